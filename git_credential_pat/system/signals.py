"""Signals that end a process, held back while it must not be broken off."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def held_back() -> Iterator[None]:
    """Have the signals that would end the process wait until what is done here is done.

    A handler of Python's own notes them: blocking them would only hand them to another thread.
    """
    came: list[signal.Signals] = []
    before = {
        number: signal.signal(number, lambda one, _frame: came.append(signal.Signals(one)))
        for number in _ENDING
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for number in dict.fromkeys(came):
            signal.raise_signal(number)

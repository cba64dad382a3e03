"""Tests and rows are the same wherever they are started: at a terminal, in the background, under nohup.

Without this a `get` that finds nothing would ask for a token on the terminal that they were started from,
and a Ctrl-C that a test sends would be ignored in a script's background.
"""

import fcntl
import os
import signal
import termios

_PYTHONS_OWN = {signal.SIGPIPE, signal.SIGXFSZ}
"""What Python itself ignores, and gives back to its children."""


def stand_alone() -> None:
    """Have no terminal and the usual signals, in this process and in all that it starts."""
    _take_usual_signals()
    _leave_terminal()


def outlive_terminal() -> None:
    """Do nothing about a hangup: a worker ends with the process that started it, which nohup may protect."""
    signal.signal(signal.SIGHUP, _do_nothing)


def _take_usual_signals() -> None:
    """Undo what the starter of this process has it ignore or block.

    A shell lets its jobs in the background ignore Ctrl-C, and nohup a hangup; programs inherit that. This
    process takes Ctrl-C again, and goes on doing nothing about the others, but by a handler: a handler
    ends where another program starts.
    """
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for number in signal.valid_signals() - _PYTHONS_OWN:
        if signal.getsignal(number) is not signal.SIG_IGN:
            continue
        if number == signal.SIGINT:
            signal.signal(number, signal.default_int_handler)
        else:
            signal.signal(number, signal.SIG_DFL if number == signal.SIGCHLD else _do_nothing)


def _leave_terminal() -> None:
    """Give up the controlling terminal, if there is one.

    Ctrl-C still arrives: it goes to the process group. Whoever leads a session keeps its terminal, which
    would hang up the whole session.
    """
    if os.getsid(0) == os.getpid():
        return
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return
    try:
        fcntl.ioctl(terminal, termios.TIOCNOTTY)
    finally:
        os.close(terminal)


def _do_nothing(*_: object) -> None:
    pass

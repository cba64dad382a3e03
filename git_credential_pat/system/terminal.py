"""The only user of the terminal.

Questions are asked on `/dev/tty` alone, so that standard input and output stay Git's. Hidden input puts
the echo back on every way out: an answer, Ctrl-C, a signal, Ctrl-Z. Notices are one line on standard
error, results go to standard output. Text from outside must come here printable already.
"""

from __future__ import annotations

import os
from contextlib import suppress

from git_credential_pat.errors import InterruptedByUserError, PatError

_LOCAL_MODES = 3
"""Where tcgetattr(3) has the echo's modes."""
_LINE_LIMIT = 4096
"""The bytes of a line with its end that a Linux terminal takes; it drops what is more."""


def is_there() -> bool:
    """Whether there is a terminal to ask on. A process in its background has none: asking would stop it."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)


def ask(question: str, *, hidden: bool = False) -> str:
    """Ask one question on `/dev/tty` and return the answer without its line end.

    Raises PatError if there is no terminal, and on Ctrl-C. A signal that would end the process still
    ends it, after the terminal is as it was.
    """
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        raise PatError("there is no terminal to ask on; give the answer on standard input") from None
    import termios  # only questions need it

    try:
        termios.tcflush(terminal, termios.TCIFLUSH)  # the rest of a paste is no answer to this question
        if hidden:
            return _Hidden(terminal, question).read()
        os.write(terminal, question.encode("utf-8", "backslashreplace"))
        return _read_line(terminal)
    except KeyboardInterrupt:  # every question comes before the first change
        with suppress(OSError):  # the terminal may be gone as well
            os.write(terminal, b"\n")
        raise InterruptedByUserError("interrupted; nothing was changed") from None
    except (OSError, termios.error):
        raise PatError("the terminal is gone; nothing was changed") from None
    finally:
        os.close(terminal)


def confirm(question: str) -> bool:
    """Ask a question that only `y` or `yes` answers with yes."""
    return ask(f"{question} [y/N] ").strip().lower() in ("y", "yes")


def _wait_for(terminal: int) -> None:
    """Wait for a line, or until a signal's handler raises.

    A signal that came just before the wait began would be noted, and its handler run only after the next
    key. Python writes to its wakeup descriptor at once, which ends the wait.
    """
    import select
    import signal

    woken, waking = os.pipe()
    os.set_blocking(waking, False)
    before = signal.set_wakeup_fd(waking)
    try:
        while terminal not in (ready := select.select([terminal, woken], [], [])[0]):
            os.read(ready[0], _LINE_LIMIT)  # the handler has run, and raised nothing
    finally:
        signal.set_wakeup_fd(before)
        os.close(woken)
        os.close(waking)


def _read_line(terminal: int) -> str:
    _wait_for(terminal)
    line = os.read(terminal, _LINE_LIMIT)
    if not line.endswith(b"\n"):  # the end of input (Ctrl-D), or a line that the terminal did not take whole
        os.write(terminal, b"\n")
    if len(line) >= _LINE_LIMIT:
        raise PatError("the answer is longer than a terminal's line; give it on standard input")
    return line.decode("utf-8", "surrogateescape").rstrip("\r\n")


class _SignalledError(BaseException):
    """A signal that ends the process came while the echo was off."""


class _Hidden:
    """One answer that is read with the echo off, and the signals that come meanwhile."""

    def __init__(self, terminal: int, prompt: str) -> None:
        """Take the terminal's descriptor and the question; nothing is asked yet."""
        import termios  # only questions need it

        self._terminal = terminal
        self._prompt = prompt.encode("utf-8", "backslashreplace")
        self._before = termios.tcgetattr(terminal)
        modes = self._before[_LOCAL_MODES] & ~termios.ECHO | termios.ECHONL
        self._silent = [*self._before[:_LOCAL_MODES], modes, *self._before[_LOCAL_MODES + 1 :]]
        self._came = 0
        """The signal that is to end the process."""
        self._leaving = False
        self._is_continued = False
        """Whether the job was continued since the question was asked."""

    def read(self) -> str:
        """Ask and return the answer; raises KeyboardInterrupt, and ends the process by a signal's default.

        Wherever a signal comes, the terminal is as it was first: of several one counts, and while the
        terminal is put back they are only noted.
        """
        import signal

        handlers = {}
        line = ""
        try:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
                handlers[number] = signal.signal(number, self._end)
            handlers[signal.SIGTSTP] = signal.signal(signal.SIGTSTP, self._stop)
            handlers[signal.SIGCONT] = signal.signal(signal.SIGCONT, self._note_continued)
            self._ask()
            line = _read_line(self._terminal)
        except _SignalledError:
            pass
        finally:
            self._leaving = True
            self._restore()
            for number, handler in reversed(handlers.items()):
                signal.signal(number, handler)
        if self._came == signal.SIGINT:
            raise KeyboardInterrupt
        if self._came:
            signal.signal(self._came, signal.SIG_DFL)
            os.kill(os.getpid(), self._came)
        return line

    def _ask(self) -> None:
        import termios

        self._is_continued = False
        termios.tcsetattr(self._terminal, termios.TCSADRAIN, self._silent)
        os.write(self._terminal, self._prompt)

    def _restore(self) -> None:
        """Put the echo back.

        Git ends or stops of the same signal, and a shell may have taken the terminal back already: then this
        process is in the background, where a change would stop it, and only our own modes are undone.
        """
        import signal
        import termios

        stopping = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        if termios.tcgetattr(self._terminal)[_LOCAL_MODES] == self._silent[_LOCAL_MODES]:
            termios.tcsetattr(self._terminal, termios.TCSADRAIN, self._before)
        signal.signal(signal.SIGTTOU, stopping)

    def _end(self, number: int, _frame: object) -> None:
        is_first = not self._came
        self._came = self._came or number
        if is_first and not self._leaving:
            raise _SignalledError

    def _stop(self, number: int, _frame: object) -> None:
        """Stop as the whole job does, but not after it was continued: nobody would continue it again.

        The signal that stops is blocked until that is known, and one that continues takes it back meanwhile.
        """
        import signal

        self._restore()
        signal.pthread_sigmask(signal.SIG_BLOCK, [number])
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        if self._is_continued:
            signal.signal(number, signal.SIG_IGN)  # which drops it
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [number])
        signal.signal(number, self._stop)
        if not self._leaving:
            self._ask()

    def _note_continued(self, _number: int, _frame: object) -> None:
        self._is_continued = True

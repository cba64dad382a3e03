"""The only user of the terminal.

Questions are asked on `/dev/tty` alone, so that standard input and output stay Git's. Hidden input puts
the echo back on every way out: an answer, Ctrl-C, a signal, Ctrl-Z. Notices are one line on standard
error, results go to standard output. Text from outside must come here printable already.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple

from git_credential_pat.errors import InterruptedByUserError, PatError
from git_credential_pat.message import read_input, write_answer

_NAME = "git-credential-pat"
_GAP = 2
"""Blanks between the columns of a table."""
_MARK = 7
"""The width of the longest mark before a line."""
_LOCAL_MODES = 3
"""Where tcgetattr(3) has the echo's modes."""
_LINE_LIMIT = 4096
"""The bytes of a line with its end that a Linux terminal takes; it drops what is more."""


def notice(text: str) -> None:
    """Tell the user one line on standard error; a closed standard error is no reason to fail."""
    try:
        os.write(2, notice_line(text))
    except OSError:
        return


def notice_line(text: str) -> bytes:
    """Return one line as the user is told it."""
    return f"{_NAME}: {text}\n".encode("utf-8", "backslashreplace")


def report(error: PatError, message: str) -> int:
    """Tell an error's message as one line and return its exit status."""
    notice(" ".join(message.split()))
    return error.status


def write_output(data: bytes) -> None:
    """Write a result to standard output, whole; raises PatError if it takes none."""
    try:
        write_answer(data)
    except OSError as error:
        raise unwritable(error) from None


def unwritable(error: OSError) -> PatError:
    """Return what to tell when standard output takes nothing."""
    return PatError(f"cannot write the answer: {os.strerror(error.errno or 0)}")


def say(text: str) -> None:
    """Write one line of a result to standard output."""
    write_output(f"{text}\n".encode("utf-8", "backslashreplace"))


def stdin_is_terminal() -> bool:
    """Whether standard input is a terminal; a closed one is not."""
    try:
        return os.isatty(0)
    except OSError:
        return False


def stderr_is_terminal() -> bool:
    """Whether standard error is a terminal, where somebody reads what is told; a closed one is not."""
    try:
        return os.isatty(2)
    except OSError:
        return False


def input_lines(limit: int) -> Iterator[bytes]:
    """Give the lines of standard input without their ends; of too long a one, more than `limit` bytes."""
    data = b""
    while True:
        while b"\n" not in data and len(data) <= limit:
            chunk = read_input(limit)
            if not chunk:
                break
            data += chunk
        if not data:
            return
        line, _, data = data.partition(b"\n")
        yield line.removesuffix(b"\r")


def first_line(limit: int) -> bytes:
    """Return the first line of standard input, or an empty one; see `input_lines`."""
    return next(input_lines(limit), b"")


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
        raise PatError("there is no terminal to ask on; pipe the answer in") from None
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


def print_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], styles: Sequence[str], *, notes: int = 0
) -> None:
    """Print a table: fitted and in colours on a terminal, one unbroken line a row elsewhere.

    `styles` has one name of rich's styles for each row, or an empty one. On a terminal the last `notes`
    columns stand below the others; where those do not fit, all stand below the first, which people copy.
    """
    if not os.isatty(1):
        widths = [max(len(row[at]) for row in (columns, *rows)) for at in range(len(columns))]
        for row in (columns, *rows):
            say(_padded(row, widths))
        return
    from rich.console import Console  # 40 ms that Git's path must not pay
    from rich.padding import Padding
    from rich.text import Text

    console = Console(highlight=False)
    shown = len(columns) - notes
    widths = [max(len(row[at]) for row in (columns, *rows)) for at in range(shown)]
    fits = sum(widths) + _GAP * (shown - 1) <= console.width
    if fits:
        console.print(Text(_padded(columns[:shown], widths), "bold"))
    for row, style in zip(rows, styles, strict=True):
        line = _padded(row[:shown], widths) if fits else row[0]
        console.print(Text(line, style), soft_wrap=True)
        below = " · ".join(filter(None, row[shown if fits else 1 :]))
        if below:
            console.print(Padding(Text(below, style or "dim"), (0, 0, 0, _GAP), expand=False))


def _padded(cells: Sequence[str], widths: Sequence[int]) -> str:
    blanks = " " * _GAP
    return blanks.join(cell.ljust(width) for cell, width in zip(cells, widths, strict=False)).rstrip()


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[], None]]:
    """Show on standard error how far a work of `total` steps is; what is given is called after each step.

    It is gone at the end, and never there where standard error is no terminal.
    """
    if not total or not os.isatty(2):
        yield lambda: None
        return
    from rich.console import Console  # 40 ms that Git's path must not pay
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

    counting = (BarColumn(), MofNCompleteColumn()) if total > 1 else ()
    columns = (SpinnerColumn(), TextColumn(what, markup=False), *counting)
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        bar.console.show_cursor()  # hidden, it would stay so after a signal that ends or stops the process
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)


class Mark(NamedTuple):
    """A line with a mark before it, in one of rich's styles; one without a mark belongs to the line above."""

    mark: str
    style: str
    text: str


def print_marked(lines: Iterable[Mark]) -> None:
    """Print lines below each other as they come, their marks in colours on a terminal.

    No line is broken, so that a command in it can be copied.
    """
    console = None
    for line in lines:
        mark = line.mark.ljust(_MARK + _GAP)
        if not os.isatty(1):
            say(f"{mark}{line.text}")
            continue
        from rich.console import Console  # 40 ms that Git's path must not pay
        from rich.text import Text

        console = console or Console(highlight=False)
        console.print(Text.assemble((mark, line.style), line.text), soft_wrap=True)


def _read_line(terminal: int) -> str:
    line = os.read(terminal, _LINE_LIMIT)
    if not line.endswith(b"\n"):  # the end of input (Ctrl-D), or a line that the terminal did not take whole
        os.write(terminal, b"\n")
    if len(line) >= _LINE_LIMIT:
        raise PatError("the answer is longer than a line on a terminal can be; pipe it in")
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
        import signal

        self._restore()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        signal.signal(number, self._stop)
        if not self._leaving:
            self._ask()

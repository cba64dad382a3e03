"""Standard input, output and error: descriptors 0, 1 and 2; and whether there is a terminal.

It stands on built-in modules alone, for it is loaded by every call, also by one that an agent answers.
"""

from posix import O_CLOEXEC, O_NOCTTY, O_RDWR, close, isatty, read, strerror, write
from posix import open as open_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from git_credential_pat.errors import PatError

_NAME = "git-credential-pat"


def read_input(limit: int) -> bytes:
    """Read at most `limit` bytes of standard input; a closed one is at its end."""
    try:
        return read(0, limit)
    except OSError:
        return b""


def write_answer(data: bytes) -> None:
    """Write a whole answer to standard output; a reader that has gone is no error. Raises OSError."""
    try:
        write_whole(1, data)
    except BrokenPipeError:
        return


def write_whole(descriptor: int, data: bytes) -> None:
    """Write all of `data`, however much is taken at once; raises OSError."""
    view = memoryview(data)
    while view:
        view = view[write(descriptor, view) :]


def notice(text: str) -> None:
    """Print one line on standard error; a closed standard error is no reason to fail."""
    try:
        write(2, notice_line(text))
    except OSError:
        return


def notice_line(text: str) -> bytes:
    """Return one line as users see it."""
    return f"{_NAME}: {text}\n".encode("utf-8", "backslashreplace")


def report(error: "PatError", message: str) -> int:
    """Print an error's message as one line and return its exit status."""
    notice(" ".join(message.split()))
    return error.status


def write_output(data: bytes) -> None:
    """Write a result to standard output, whole; raises PatError if it takes none."""
    try:
        write_answer(data)
    except OSError as error:
        raise unwritable(error) from None


def unwritable(error: OSError) -> "PatError":
    """Return the message for a standard output that takes nothing."""
    from git_credential_pat.errors import PatError

    return PatError(f"cannot write the answer: {strerror(error.errno or 0)}")


def say(text: str) -> None:
    """Write one line of a result to standard output."""
    write_output(f"{text}\n".encode("utf-8", "backslashreplace"))


def stdin_is_terminal() -> bool:
    """Whether standard input is a terminal; a closed one is not."""
    try:
        return isatty(0)
    except OSError:
        return False


def stderr_is_terminal() -> bool:
    """Whether standard error is a terminal, where a person reads it; a closed one is not."""
    try:
        return isatty(2)
    except OSError:
        return False


def terminal_opens() -> bool:
    """Whether the process has a terminal at all; whether it may ask there, `system.terminal` decides."""
    try:
        close(open_file("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC))
    except OSError:
        return False
    return True


def input_lines(limit: int, read: "Callable[[int], bytes]" = read_input) -> "Iterator[bytes]":
    """Give the lines of standard input without their ends; of too long a one, more than `limit` bytes."""
    data = b""
    while True:
        while b"\n" not in data and len(data) <= limit:
            chunk = read(limit)
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

"""The only user of the terminal.

Questions are asked on `/dev/tty` alone, so that standard input and output stay Git's. Hidden input puts
the echo back on every way out: an answer, Ctrl-C, a signal, Ctrl-Z. Notices are one line on standard
error.
"""

import os
import sys

from git_credential_pat.errors import PatError

_NAME = "git-credential-pat"


def notice(text: str) -> None:
    """Tell the user one line on standard error; a closed standard error is no reason to fail."""
    try:
        os.write(2, f"{_NAME}: {text}\n".encode("utf-8", "backslashreplace"))
    except OSError:
        return


def report(error: PatError) -> int:
    """Tell an error as one line and return its exit status."""
    notice(" ".join(str(error).split()))
    return error.status


def write_output(data: bytes) -> None:
    """Write a whole answer to standard output; a reader that has gone is no error."""
    view = memoryview(data)
    try:
        while view:
            view = view[os.write(1, view) :]
    except BrokenPipeError:
        return
    except OSError as error:
        raise PatError(f"cannot write the answer: {os.strerror(error.errno or 0)}") from None


def stdin_is_terminal() -> bool:
    """Whether standard input is a terminal; a closed one is not."""
    try:
        return os.isatty(0)
    except OSError:
        return False


def stdout_is_terminal() -> bool:
    """Whether standard output is a terminal."""
    return sys.stdout is not None and sys.stdout.isatty()

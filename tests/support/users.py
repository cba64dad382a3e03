"""Being another user, for tests that root runs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

NOBODY = 65_534

AS_NOBODY = (
    "setpriv",
    f"--reuid={NOBODY}",
    f"--regid={NOBODY}",
    "--clear-groups",
    "--inh-caps=+dac_read_search",  # to reach the interpreter, wherever root keeps it
    "--ambient-caps=+dac_read_search",
)
"""What runs a command as another user."""


def as_nobody(do: Callable[[], bytes]) -> bytes:
    """Return what `do` returns in a process of another user; its error as `failed: ...`.

    It runs in a copy of this process, because that user may not be able to reach the interpreter.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
            os.write(writer, _said(do))
            status = 0
        finally:
            os._exit(status)  # other errors would seem to be those of this process
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    assert status == 0, "the other user's process failed, so that nothing is known"
    return said


def _said(do: Callable[[], bytes]) -> bytes:
    try:
        return do()
    except OSError as error:
        return f"failed: {error.strerror}".encode()


def give_to_nobody(*paths: str | os.PathLike[str]) -> None:
    for path in paths:
        os.chown(path, NOBODY, NOBODY)

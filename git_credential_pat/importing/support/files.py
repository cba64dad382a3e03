"""Reading files that other tools wrote."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from git_credential_pat.errors import PatError
from git_credential_pat.text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LIMIT = 64 << 20
"""The most bytes of one file."""


@dataclass(frozen=True)
class Line:
    """One line: its number from 1, where it stands in the file, and its text without the end."""

    number: int
    start: int
    end: int
    text: bytes = field(repr=False)


def read_file(path: str) -> bytes | None:
    """Return a file's bytes; None if it is not there. Raises PatError if it is no file or too large."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            return None
        raise PatError(f"cannot read {quoted(path)}: {os.strerror(error.errno or 0)}") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise PatError(f"{quoted(path)} is not a regular file; give the file itself")
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(LIMIT + 1)
    if len(data) > LIMIT:
        raise PatError(f"{quoted(path)} is larger than {LIMIT >> 20} MiB; give a file of one user's tokens")
    return data


def read_files(named: Sequence[str], usual: Sequence[str]) -> list[tuple[str, bytes]]:
    """Return path and bytes of every file that the user named, else of those of the usual ones there are.

    Raises PatError if a named one, or every usual one, is missing.
    """
    found = [(path, data) for path in named or usual if (data := read_file(path)) is not None]
    missing = next((path for path in named if path not in dict(found)), None)
    if missing is not None:
        raise PatError(f"there is no {quoted(missing)}; give the file")
    if not found:
        raise PatError(f"there is no {' and no '.join(quoted(path) for path in usual)}; give the file")
    return found


def lines_of(data: bytes) -> Iterator[Line]:
    """Give the lines of a file; each span takes in the line's end."""
    start = 0
    for number, raw in enumerate(data.split(b"\n"), 1):
        end = min(start + len(raw) + 1, len(data))
        if start < end:
            yield Line(number, start, end, raw.removesuffix(b"\r"))
        start = end


def notes_on(paths: Sequence[str]) -> tuple[str, ...]:
    """Return a warning if other users can read some of these files."""
    shared = [path for path in paths if os.stat(path).st_mode & (stat.S_IRGRP | stat.S_IROTH)]
    if not shared:
        return ()
    name = quoted(shared[0])
    others = f" and {len(shared) - 1} more files" if len(shared) > 1 else ""
    return (f"other users can read {name}{others}; run: chmod 600 {name}",)

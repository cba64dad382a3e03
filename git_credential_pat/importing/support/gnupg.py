"""Files that GnuPG encrypted: the user's own gpg decrypts them, and asks where a person is there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from git_credential_pat.importing.support.files import read_file
from git_credential_pat.importing.support.found import Around, Found
from git_credential_pat.importing.support.scrubbing import WholeFile
from git_credential_pat.system.homes import require_own_home
from git_credential_pat.system.printing import progress
from git_credential_pat.system.processes import find_program, start
from git_credential_pat.text import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from git_credential_pat.importing.support.scrubbing import Trace

    Read = Callable[[str, bytes, Trace], Found]

_PROGRAMS = ("gpg2", "gpg")
_QUIETLY = ("--quiet", "--batch", "--no-tty")
_LIMIT = 30.0
"""Seconds in which gpg must begin to print where nobody is asked anything."""


def each(files: Sequence[tuple[str, Read]], around: Around) -> Iterator[Found]:
    """Give what is read of each file's path, text and trace, or the reason why it has no text."""
    if not files:
        return
    require_own_home(around.environment.get("GNUPGHOME") or os.path.join(around.home, ".gnupg"))  # gpg writes
    search = around.environment.get("PATH", "")
    program = next((found for name in _PROGRAMS if (found := find_program(name, search))), None)
    with progress("Decrypting", len(files)) as advance:
        for path, read in files:
            yield _decrypted(path, program, around, read)
            advance()


def _decrypted(path: str, program: str | None, around: Around, read: Read) -> Found:
    if program is None:
        return Found(quoted(path), reason="gpg is not on PATH, which decrypts it")
    ways = () if around.may_ask else ("--pinentry-mode", "error")
    environment = {**around.environment}
    if around.may_ask:
        environment |= _terminal(environment)
    running = start(program, [*_QUIETLY, *ways, "--decrypt", path], environment)
    status, text = running.finish(None if around.may_ask else _LIMIT)
    if status:
        return Found(quoted(path), reason="gpg cannot decrypt it")
    return read(path, text, WholeFile(path, read_file(path) or b""))


def _terminal(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables by which gpg's agent knows where to ask; it has no terminal of its own."""
    own = next((os.ttyname(number) for number in (0, 1, 2) if os.isatty(number)), "")
    return {"GPG_TTY": own} if own and "GPG_TTY" not in environment else {}

"""The file of `git credential-store`: one URL with username and password a line (git-credential-store(1))."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_credential_pat.importing.support.files import lines_of, notes_on, read_files
from git_credential_pat.importing.support.found import Around, Found, Reading, found_at
from git_credential_pat.importing.support.scrubbing import Span
from git_credential_pat.text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def find(around: Around, places: Sequence[str]) -> Reading:
    """Return the lines of the files named, else of the two that git itself uses."""
    files = read_files(places, usual_files(around.home, around.environment))
    found = tuple(one for path, data in files for one in _found(path, data))
    return Reading(found, notes_on([path for path, _ in files]))


def usual_files(home: str, environment: Mapping[str, str]) -> list[str]:
    """Return the paths of the files that git itself uses (git-credential-store(1), "FILES")."""
    base = environment.get("XDG_CONFIG_HOME") or f"{home}/.config"
    return [f"{home}/.git-credentials", f"{base}/git/credentials"]


def _found(path: str, data: bytes) -> Iterator[Found]:
    name = quoted(path)
    for line in lines_of(data):
        if line.text.strip() and not line.text.startswith(b"#"):
            span = Span(path, line.start, data[line.start : line.end])
            yield found_at(f"{name}:{line.number}", line.text, trace=span)

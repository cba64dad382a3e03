"""The netrc file that curl, and Git through it, reads: `machine HOST login NAME password TOKEN`.

Read as curl reads it: words divided by white space, words in double quotes with backslash escapes, `#` to
the end of the line as a comment, macros to the next empty line. `default`, for any host at all, is not taken.
The standard library's reader reports neither an entry's place nor a second entry of a machine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from git_credential_pat.importing.support.files import notes_on, read_files
from git_credential_pat.importing.support.found import Around, Found, Reading, found_at
from git_credential_pat.importing.support.scrubbing import Span
from git_credential_pat.text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_WORD = re.compile(rb'#[^\n]*|"(?:[^"\\]|\\.)*"|[^\s]+', re.DOTALL)
_LINE_END = re.compile(rb"[ \t\r]*(?:\n|\Z)")
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_BEGINNINGS = frozenset((b"machine", b"default", b"macdef"))
_VALUED = frozenset((b"machine", b"login", b"password", b"account", b"port", b"protocol"))


@dataclass(frozen=True)
class _Setting:
    """A word with the value behind it, if it takes one, and where they stand."""

    name: bytes = field(repr=False)
    value: bytes | None = field(repr=False)
    start: int
    end: int


@dataclass
class _Entry:
    """One machine, while it is read."""

    start: int
    end: int
    host: bytes | None
    values: dict[bytes, bytes] = field(default_factory=dict, repr=False)


def find(around: Around, places: Sequence[str]) -> Reading:
    """Return the machines of the files named, else of the usual ones."""
    usual = [around.home_path(".netrc"), around.home_path("_netrc")]
    files = read_files(places, usual)
    found = tuple(one for path, data in files for one in _found(path, data))
    return Reading(found, notes_on([path for path, _ in files]))


def _found(path: str, data: bytes) -> Iterator[Found]:
    name = quoted(path)
    number, counted = 1, 0
    for entry in _entries(data):
        number, counted = number + data.count(b"\n", counted, entry.start), entry.start
        where = f"{name}:{number}"
        if entry.host is None:
            yield Found(where, reason='"default" is for any host; give the token to "seed" for its own')
            continue
        start, end = _whole_lines(data, entry.start, entry.end)
        port = b":" + entry.values[b"port"] if b"port" in entry.values else b""
        url = entry.values.get(b"protocol", b"https") + b"://" + entry.host + port
        yield found_at(
            where,
            url,
            username=entry.values.get(b"login"),
            password=entry.values.get(b"password"),
            trace=Span(path, start, data[start:end]),
        )


def _entries(data: bytes) -> Iterator[_Entry]:
    entry: _Entry | None = None
    for setting in _settings(data):
        if setting.name in _BEGINNINGS:
            if entry:
                yield entry
            entry = _Entry(setting.start, setting.end, setting.value) if setting.name != b"macdef" else None
        elif entry and setting.value is not None:
            entry.values.setdefault(setting.name, setting.value)
            entry.end = setting.end
    if entry:
        yield entry


def _settings(data: bytes) -> Iterator[_Setting]:
    at = 0
    while word := _next(data, at):
        at, name, value = word.end(), word.group(), None
        if name == b"macdef":
            end = data.find(b"\n\n", at)
            at = len(data) if end < 0 else end
        elif name in _VALUED:
            following = _next(data, at)
            if following is None:
                return
            at, value = following.end(), _unquoted(following.group())
        yield _Setting(name, value, word.start(), at)


def _next(data: bytes, at: int) -> re.Match[bytes] | None:
    """Return the next word that is no comment."""
    word = _WORD.search(data, at)
    while word and word.group().startswith(b"#"):
        word = _WORD.search(data, word.end())
    return word


def _unquoted(word: bytes) -> bytes:
    if not word.startswith(b'"'):
        return word
    return re.sub(
        rb"\\(.)", lambda escape: _ESCAPES.get(escape.group(1), escape.group(1)), word[1:-1], flags=re.DOTALL
    )


def _whole_lines(data: bytes, start: int, end: int) -> tuple[int, int]:
    """Take in the blanks around an entry and its line end, where nothing else stands on its lines."""
    first = start
    while first and data[first - 1] in b" \t":
        first -= 1
    line_end = _LINE_END.match(data, end)
    if (first and data[first - 1] not in b"\n") or line_end is None:
        return start, end
    return first, line_end.end()

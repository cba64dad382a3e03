"""Settings in the YAML files of gh and glab: mappings in mappings, one setting a line.

That is all those programs write, by their library, and what is read here. A line that breaks this form is
refused with its number; a value in any other form is None, and what is indented below it is passed over. So
nothing is misread, and every setting is known by its line, which is all that `--scrub` takes out.

glab of before 2026 writes a token as `!!null TOKEN`, and reads that as the token; other readers find nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from git_credential_pat.errors import PatError
from git_credential_pat.importing.support.files import Line, lines_of
from git_credential_pat.importing.support.scrubbing import Span
from git_credential_pat.text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

_SETTING = re.compile(
    rb"""(?:"(?P<double>[^"\\]*)"|'(?P<single>[^']*)'|(?P<plain>[^\s"'#&*!|>%@`\[\]{},?:-][^#\t]*?))"""
    rb""":(?:[ \t]+(?P<value>.*))?"""
)
_TAG = re.compile(rb"\A!!(?:null|str)(?:[ \t]+|\Z)")
_QUOTED = re.compile(rb"""(?:"(?P<double>[^"\\]*)"|'(?P<single>(?:[^']|'')*)')(?:[ \t]+#.*)?""")
_COMMENT = re.compile(rb"(?:\A|[ \t])#.*")
_OTHER_FORM = re.compile(rb"""["'&*!|>%@`\[\]{},]|[-?:](?:[ \t]|\Z)|.*:(?:[ \t]|\Z)""")
"""How a value begins that is no plain one, or holds what looks like a setting."""
_EMPTY = frozenset((b"", b"~", b"null", b"Null", b"NULL", b"[]", b"{}"))


@dataclass(frozen=True)
class Setting:
    """One line: its name behind those of the mappings around it, and its value."""

    path: str
    names: tuple[bytes, ...]
    value: bytes | None = field(repr=False)
    """Empty for none and for a mapping; None for one in a form that these programs do not write."""
    line: Line
    data: bytes = field(repr=False)
    """The whole file."""

    @property
    def where(self) -> str:
        """The file and line, as users see them."""
        return f"{quoted(self.path)}:{self.line.number}"

    @property
    def span(self) -> Span:
        """What `--scrub` deletes: the line."""
        return Span(self.path, self.line.start, self.data[self.line.start : self.line.end])


@dataclass
class _Level:
    """A mapping's setting that was read last."""

    indent: int
    name: bytes
    is_open: bool
    """Whether others may be below it."""


def settings_of(path: str, data: bytes) -> Iterator[Setting]:
    """Give the settings of a file in their order; raise PatError for a line of another form."""
    levels: list[_Level] = []
    passed_over: int | None = None
    """What is indented deeper than this belongs to a value that is not read."""
    for line in lines_of(data):
        text = line.text.lstrip(b" ")
        indent = len(line.text) - len(text)
        is_below = passed_over is not None and indent > passed_over
        if is_below or not text.strip() or text.startswith(b"#"):
            continue
        passed_over = None
        if text == b"---" and not (indent or levels):
            continue
        if text == b"-" or text.startswith(b"- "):  # a list, in which there is no token
            passed_over = indent
            continue
        setting = _SETTING.fullmatch(text)
        if setting is None or not _fits(levels, indent):
            where = f"{quoted(path)}:{line.number}"
            raise PatError(f'{where} is written in a form that is not read; give the token to "seed"')
        value = _value(setting["value"] or b"")
        name = (setting["double"] or setting["single"] or setting["plain"] or b"").strip()
        levels.append(_Level(indent, name, value == b""))
        if value is None:
            passed_over = indent
        yield Setting(path, tuple(level.name for level in levels), value, line, data)


def _fits(levels: list[_Level], indent: int) -> bool:
    """Close the mappings that a line is not in; return whether it stands beside another line or below one."""
    is_after_deeper = False
    while levels and levels[-1].indent > indent:
        is_after_deeper = bool(levels.pop())
    if levels and levels[-1].indent == indent:
        return bool(levels.pop())
    return not is_after_deeper and (levels[-1].is_open if levels else not indent)


def _value(text: bytes) -> bytes | None:
    """Return the value that is written so, or None."""
    text = _TAG.sub(b"", text.strip(), count=1)
    if text in _EMPTY:
        return b""
    if quoted_value := _QUOTED.fullmatch(text):
        single = quoted_value["single"]
        return quoted_value["double"] if single is None else single.replace(b"''", b"'")
    plain = _COMMENT.sub(b"", text, count=1).rstrip()
    if plain in _EMPTY:
        return b""
    return None if _OTHER_FORM.match(plain) else plain

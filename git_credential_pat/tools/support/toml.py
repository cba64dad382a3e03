"""Changes of a TOML file. `tomlkit` reads it; what is written are marked lines, so nothing else moves."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from git_credential_pat.tools.support.blocks import Marks
from git_credential_pat.tools.support.change import Obstacle, Text


class Toml(Text):
    """Keys at the top of a file or in a table of it, and tables of our own at its end."""

    def __init__(
        self, path: str, tool: str, keys: Mapping[str, Any], *, table: str = "", tables: Sequence[str] = ()
    ) -> None:
        """Take the file, the tool's name, keys with their values, the table of these, and lines of tables."""
        super().__init__(path)
        self._keys = keys
        self._table = table
        self._tables = [*tables]
        self._marks = Marks(tool)

    def shown(self) -> str:
        """Return the lines as they stand in a file of their own."""
        header = [f"[{self._table}]"] if self._table and self._keys else []
        return "\n".join([*header, *map(_line, self._keys.items()), *self._tables])

    def added(self, text: str) -> tuple[str, list[Obstacle]]:
        """Add the keys that are not there, and the tables."""
        before = _parsed(text)
        if before is None:
            return text, [self.obstacle("it is not TOML")]
        there = before.get(self._table, {}) if self._table else before
        if not isinstance(there, dict):
            return text, [self.obstacle(f"{self._table} is not a table there")]
        others = [name for name, value in self._keys.items() if there.get(name, value) != value]
        if others:
            return text, [self.obstacle(f"it has a value of your own for {others[0]}")]
        lines = [_line((name, value)) for name, value in self._keys.items() if name not in there]
        if not lines and not self._tables:
            return text, []
        after = self._with_tables(self._with_keys(text, lines, is_there=self._table in before))
        if self._is_understood(before, _parsed(after), lines):
            return after, []
        return text, [self.obstacle("it is written in a way that is not understood")]

    def removed(self, text: str) -> str:
        """Take the blocks out."""
        return self._marks.without(text)

    def ours(self, text: str) -> object:
        """Return the blocks."""
        return self._marks.found(text)

    def _with_keys(self, text: str, lines: Sequence[str], *, is_there: bool) -> str:
        """Put keys before everything else, as keys of no table must, or below the header of their table."""
        if not lines:
            return text
        if not self._table:
            return self._marks.inserted(text, 0, lines)
        if not is_there:
            return self._marks.inserted(text, len(text), [f"[{self._table}]", *lines])
        header = re.search(rf"^[ \t]*\[[ \t]*{re.escape(self._table)}[ \t]*\][^\n]*\n?", text, re.MULTILINE)
        return self._marks.inserted(text, header.end(), lines) if header else text

    def _with_tables(self, text: str) -> str:
        return self._marks.inserted(text, len(text), self._tables)

    def _is_understood(
        self, before: dict[str, Any], after: dict[str, Any] | None, lines: Sequence[str]
    ) -> bool:
        """Return whether a file says what it said before and what was to be added, and nothing else."""
        added = _parsed("\n".join([*([f"[{self._table}]"] if self._table and lines else []), *lines]))
        tables = _parsed("\n".join(self._tables))
        wanted = before
        for more in (added, tables):
            wanted = _merged(wanted, more or {})
        return after == wanted


class TomlItem(Text):
    """An item of ours at the end of a list, which has others before it by default."""

    def __init__(
        self, path: str, tool: str, name: tuple[str, str], item: str, default: Sequence[str]
    ) -> None:
        """Take the file, the tool's name, the list by table and key, the item, and those before it."""
        super().__init__(path)
        self._table, self._key = name
        self._item = item
        self._whole = Toml(path, tool, {self._key: [*default, item]}, table=self._table)
        program = re.escape(item.rpartition("/")[2])
        self._ours = re.compile(rf'(?:(?<=["\']), |(?<=\[))"(?:[^"\n]*/)?{program}"')

    def shown(self) -> str:
        """Return the list as it is without others of the user's."""
        return self._whole.shown()

    def added(self, text: str) -> tuple[str, list[Obstacle]]:
        """Write the list, or put our item behind the last one of the user's."""
        before = self._list(text)
        if before is None:
            return self._whole.added(text)
        end = self._end_of_items(text)
        after = f"{text[:end]}{', ' if before else ''}{quoted(self._item)}{text[end:]}"
        if self._list(after) == [*before, self._item]:
            return after, []
        return text, [self.obstacle("it is written in a way that is not understood")]

    def removed(self, text: str) -> str:
        """Take out our block, or our item."""
        left = self._whole.removed(text)
        start, end = self._span(left)
        return left[:start] + self._ours.sub("", left[start:end]) + left[end:]

    def ours(self, text: str) -> object:
        """Return the block, and our items of the user's list."""
        return self._whole.ours(text), self._items(self._whole.removed(text))

    def _items(self, text: str) -> list[str]:
        start, end = self._span(text)
        return [found.removeprefix(", ").strip('"') for found in self._ours.findall(text[start:end])]

    def _list(self, text: str) -> list[Any] | None:
        """Return the list as it is read; None if there is none."""
        table = (_parsed(text) or {}).get(self._table)
        found = table.get(self._key) if isinstance(table, dict) else None
        return found if isinstance(found, list) else None

    def _span(self, text: str) -> tuple[int, int]:
        """Return where the list's bracket opens, and where it closes."""
        opening = self._opening(text)
        if opening is None:
            return 0, 0
        closing = next((at for at, kind in _tokens(text, opening) if kind == "]"), opening)
        return opening - 1, closing

    def _end_of_items(self, text: str) -> int:
        """Return where the last item ends, or the bracket opens."""
        opening = self._opening(text) or 0
        ends = [at for at, kind in _tokens(text, opening) if kind == "item"]
        return ends[-1] if ends else opening

    def _opening(self, text: str) -> int | None:
        key = rf"(?:{re.escape(self._table)}\.)?{re.escape(self._key)}"
        found = re.search(rf"^[ \t]*{key}[ \t]*=[ \t]*\[", text, re.MULTILINE)
        return found.end() if found else None


_TOKEN = re.compile(r"""(?P<item>"(?:[^"\\\n]|\\.)*"|'[^'\n]*')|#[^\n]*|(?P<end>\])""")


def _tokens(text: str, start: int) -> Iterator[tuple[int, str]]:
    """Give the ends of a list's texts, as far as its bracket, and that."""
    for found in _TOKEN.finditer(text, start):
        if found["end"]:
            yield found.start(), "]"
            return
        if found["item"]:
            yield found.end(), "item"


def quoted(text: str) -> str:
    """Return a text as a string of TOML."""
    import json

    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _line(pair: tuple[str, Any]) -> str:
    name, value = pair
    values = [quoted(item) for item in value] if isinstance(value, list) else None
    return f"{name} = [{', '.join(values)}]" if values is not None else f"{name} = {quoted(value)}"


def _parsed(text: str) -> dict[str, Any] | None:
    """Return what a file says; None if it is not TOML."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        return tomlkit.parse(text).unwrap()
    except (TOMLKitError, ValueError):
        return None


def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return two documents as one: tables together, lists of tables one behind the other."""
    merged = dict(one)
    for name, value in other.items():
        old = merged.get(name)
        if isinstance(old, dict) and isinstance(value, dict):
            merged[name] = _merged(old, value)
        elif isinstance(old, list) and isinstance(value, list):
            merged[name] = old + value
        else:
            merged[name] = value
    return merged


def list_in(path: str, name: str) -> list[str]:
    """Return a list of texts at the top of a file; nothing if it has none, or cannot be read."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            found = (_parsed(file.read()) or {}).get(name)
    except OSError:
        return []
    return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []

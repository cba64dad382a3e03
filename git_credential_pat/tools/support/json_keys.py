"""A change of a JSON file: keys of one object, whose values are ours. JSON has no comments to mark them."""

import json
import re
from collections.abc import Iterable
from typing import Any

from git_credential_pat.tools.support.change import Obstacle, Text


class JsonKeys(Text):
    """Keys of an object at the top of a file, each with the value by which they are known as ours."""

    def __init__(self, path: str, member: str, keys: Iterable[str], value: str) -> None:
        """Take the file, the object by its key, its keys, and their value."""
        super().__init__(path)
        self._member = member
        self._keys = [*keys]
        self._value = value

    def shown(self) -> str:
        """Return the object as it stands in a file of its own; nothing if it has no keys."""
        return _dumped({self._member: dict.fromkeys(self._keys, self._value)}) if self._keys else ""

    def added(self, text: str) -> tuple[str, list[Obstacle]]:
        """Add the keys that are not there; another's value is in the way of its key alone."""
        document = _parsed(text)
        there = {} if document is None else document.get(self._member, {})
        if document is None or not isinstance(there, dict):
            return text, [self.obstacle("it is not understood")]
        obstacles = [
            Obstacle(
                self.path,
                f"it has another value for {key} in {self._member}",
                f"{json.dumps(key)}: {json.dumps(self._value)}",
            )
            for key in self._keys
            if there.get(key, self._value) != self._value
        ]
        missing = [key for key in self._keys if key not in there]
        if not missing:
            return text, obstacles
        changed = {**document, self._member: {**there, **dict.fromkeys(missing, self._value)}}
        return _dumped(changed, text), obstacles

    def removed(self, text: str) -> str:
        """Take out the keys with our value, and an object that has no others."""
        document = _parsed(text)
        there = None if document is None else document.get(self._member)
        if document is None or not isinstance(there, dict) or self._value not in there.values():
            return text
        left = {key: value for key, value in there.items() if value != self._value}
        rest = {name: left if name == self._member else value for name, value in document.items()}
        return _dumped(rest if left else {name: rest[name] for name in rest if name != self._member}, text)

    def ours(self, text: str) -> object:
        """Return the keys with our value."""
        document = _parsed(text)
        there = None if document is None else document.get(self._member)
        return (
            {key for key, value in there.items() if value == self._value}
            if isinstance(there, dict)
            else set()
        )

    def is_same(self, one: str, other: str) -> bool:
        """Compare the values; an object without keys says nothing."""
        return _without_empty(_parsed(one), self._member) == _without_empty(_parsed(other), self._member)

    def is_empty(self, text: str) -> bool:
        """Return whether an object without members is left, or nothing."""
        return text.strip() in ("", "{}")


def _without_empty(document: dict[str, Any] | None, member: str) -> dict[str, Any] | None:
    if document is None or document.get(member) != {}:
        return document
    return {name: value for name, value in document.items() if name != member}


def _parsed(text: str) -> dict[str, Any] | None:
    """Return an object; an empty text is one without members. None for anything else, or a repeated key."""
    if not text.strip():
        return {}
    try:
        document = json.loads(text, object_pairs_hook=_unrepeated)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        raise ValueError("a key repeats")
    return document


def _dumped(document: dict[str, Any], like: str = "") -> str:
    """Return an object in the form of a text: its indentation, its colons, what stands behind it."""
    found = re.search(r"\A\s*\{[ ]*\r?\n([ \t]+)\"", like)
    is_one_line = "\n" not in like.strip() and like.strip() not in ("", "{}")
    separators = (",", ":") if is_one_line and '": ' not in like else (", ", ": ")
    indent = None if is_one_line else found[1] if found else "\t"
    text = json.dumps(
        document,
        indent=indent,
        separators=separators if is_one_line else (",", ": "),
        ensure_ascii=like.isascii(),
    )
    behind = re.search(r"\s*\Z", like)
    return text + (behind.group() if behind else "")

"""A change of a file as `configparser` reads it: keys of one section, each with a value."""

import configparser
import re
from collections.abc import Mapping

from git_credential_pat.tools.support.blocks import Marks
from git_credential_pat.tools.support.change import Obstacle, Text


class Ini(Text):
    """Keys of a section, in a block at its end; the section is made if it is not there."""

    def __init__(self, path: str, tool: str, section: str, values: Mapping[str, str]) -> None:
        """Take the file, the tool's name, the section, and the values by their keys."""
        super().__init__(path)
        self._section = section
        self._values = values
        self._marks = Marks(tool)

    def shown(self) -> str:
        """Return the lines as they stand in a file of their own; nothing if there are none."""
        lines = [f"{key} = {value}" for key, value in self._values.items()]
        return "\n".join([f"[{self._section}]", *lines]) if lines else ""

    def added(self, text: str) -> tuple[str, list[Obstacle]]:
        """Add the keys that are not there; none if one has another value."""
        if not self._values:
            return text, []
        before = _parsed(text)
        if before is None:
            return text, [self.obstacle("it is not understood")]
        there = before.get(self._section, {})
        others = [key for key, value in self._values.items() if there.get(key, value) != value]
        if others:
            return text, [self.obstacle(f"it has a value of your own for {others[0]}")]
        missing = {key: value for key, value in self._values.items() if key not in there}
        lines = [f"{key} = {value}" for key, value in missing.items()]
        if not lines:
            return text, []
        place = self._end(text) if self._section in before else None
        if place is None:
            after = self._marks.inserted(text, len(text), [f"[{self._section}]", *lines])
        else:
            after = self._marks.inserted(text, place, lines)
        if _parsed(after) == {**before, self._section: {**there, **missing}}:
            return after, []
        return text, [self.obstacle("it is written in a way that is not understood")]

    def removed(self, text: str) -> str:
        """Take the block out."""
        return self._marks.without(text)

    def ours(self, text: str) -> object:
        """Return the block."""
        return self._marks.found(text)

    def _end(self, text: str) -> int:
        """Return where a section's last line ends that is not blank."""
        header = re.search(rf"^\[{re.escape(self._section)}\][^\n]*(?:\n|\Z)", text, re.MULTILINE)
        if header is None:
            return len(text)
        following = re.search(r"^\[", text[header.end() :], re.MULTILINE)
        end = header.end() + following.start() if following else len(text)
        blank = re.search(r"\n(?:[ \t\r]*\n)*\Z", text[:end])
        return blank.start() + 1 if blank else end


def _parsed(text: str) -> dict[str, dict[str, str]] | None:
    """Return the sections; None if they are not understood."""
    reader = configparser.RawConfigParser()
    try:
        reader.read_string(text)
    except configparser.Error:
        return None
    default = {"": dict(reader.defaults())} if reader.defaults() else {}
    return {**default, **{name: dict(reader.items(name)) for name in reader.sections()}}

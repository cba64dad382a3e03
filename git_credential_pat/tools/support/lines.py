"""A change of a file of lines: ours stand in one block at its end."""

import re
from collections.abc import Sequence

from git_credential_pat.tools.support.blocks import Marks
from git_credential_pat.tools.support.change import Obstacle, Text


class Lines(Text):
    """Lines at the end of a file.

    `in_the_way` finds a line of the user's own that says otherwise. Tools that write the file anew may drop
    comments, and so our marks: `ours_unmarked` finds lines that are ours without them.
    """

    def __init__(
        self, path: str, tool: str, lines: Sequence[str], *, in_the_way: str = "", ours_unmarked: str = ""
    ) -> None:
        """Take the file, the tool's name, the lines, and the two patterns, each for a whole line."""
        super().__init__(path)
        self.lines = [*lines]
        self._marks = Marks(tool)
        self._in_the_way = re.compile(rf"^(?:{in_the_way})\r?$", re.MULTILINE) if in_the_way else None
        self._unmarked = re.compile(rf"^(?:{ours_unmarked})\r?\n", re.MULTILINE) if ours_unmarked else None

    def shown(self) -> str:
        """Return the lines."""
        return "\n".join(self.lines)

    def added(self, text: str) -> tuple[str, list[Obstacle]]:
        """Add the block, unless a line is in the way."""
        other = self._in_the_way.search(text) if self._in_the_way and self.lines else None
        if other:
            return text, [self.obstacle(f"it has a line of your own: {other.group().strip()}")]
        return self._marks.inserted(text, len(text), self.lines), []

    def removed(self, text: str) -> str:
        """Take the block out, and lines of ours that lost their marks."""
        left = self._marks.without(text)
        return self._unmarked.sub("", left) if self._unmarked else left

    def ours(self, text: str) -> object:
        """Return the block, and lines without marks."""
        rest = self._marks.without(text)
        return self._marks.found(text), self._unmarked.findall(rest) if self._unmarked else []

"""A mutation: one way to break the program, and the tests that must notice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

CAMPAIGN = "campaign:"
"""What stands before the name of a row among the tests: `campaign:near_misses` or `campaign:parser=20000`."""


@dataclass(frozen=True)
class Mutation:
    """One break: in `file`, `before` becomes `after`; then each of `tests` must fail."""

    name: str
    """What is broken, in words."""
    file: str
    """A path below the package's folder; `launcher` is the launcher."""
    before: str
    """A text that stands in the file exactly once."""
    after: str
    tests: tuple[str, ...]
    """Tests as pytest names them, or rows of the campaign."""

    def applied(self, source: str) -> str:
        """Return the broken source.

        Raises:
            ValueError: if the source does not have the text exactly once: the mutation is out of date.
        """
        if source.count(self.before) != 1:
            message = f"{self.file} has the text of {self.name!r} {source.count(self.before)} times, not once"
            raise ValueError(message)
        return source.replace(self.before, self.after)


def source_of(mutation: Mutation, package: Path, launcher: Path) -> Path:
    """Return the file that a mutation breaks, where a package and its launcher lie."""
    return launcher if mutation.file == "launcher" else package / mutation.file

"""The mutation check: the program is broken in one way after another, and some test must notice each time.

    sh install/test.sh --mutations [WORD ...]

The breaks are those that no tool thinks of, and at least one for each defence of docs/threat-model.md and
each row of the campaign. What a tool makes of the pure code by itself is tried by `--mutants`.

`AREAS` names the modules that hold the breaks, each in a tuple `MUTATIONS`.
"""

from importlib import import_module
from pathlib import Path
from typing import NamedTuple

AREAS = ("answers", "disk", "process", "secrets", "network", "agent", "tools", "renewal")

LAUNCHER = Path("install/git-credential-pat")
CAMPAIGN = "campaign:"


class Mutation(NamedTuple):
    """One break: in `file`, `before` becomes `after`; then each of `tests` must fail."""

    file: str
    """A path below the package's folder; `launcher` is the launcher."""
    name: str
    """What is broken, in words."""
    before: str
    """A text that stands in the file exactly once."""
    after: str
    tests: tuple[str, ...]
    """Tests below tests/ as pytest names them, or rows of the campaign as `campaign:NAME=SIZE`."""

    @property
    def path(self) -> Path:
        """The file in the project."""
        return LAUNCHER if self.file == "launcher" else Path("git_credential_pat") / self.file

    def applied(self, source: str) -> str:
        """Return the broken source.

        Raises:
            ValueError: if the source does not have the text exactly once: the mutation is out of date.
        """
        if source.count(self.before) != 1:
            message = f"{self.file} has the text of {self.name!r} {source.count(self.before)} times, not once"
            raise ValueError(message)
        return source.replace(self.before, self.after)


def all_mutations() -> list[Mutation]:
    """Return the mutations of all areas."""
    return [mutation for area in AREAS for mutation in import_module(f"{__name__}.{area}").MUTATIONS]

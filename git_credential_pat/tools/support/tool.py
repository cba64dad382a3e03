"""The base of all tools: what is true of most."""

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

from git_credential_pat.model import NamedTuple
from git_credential_pat.tools.support import versions
from git_credential_pat.tools.support.around import Around
from git_credential_pat.tools.support.change import Change
from git_credential_pat.tools.support.probe import HOST, Probe


class Rival(NamedTuple):
    """What a tool uses in place of a stored token, as half a sentence, and the command that removes it."""

    text: str
    fix: str


class Tool:
    """A tool that can ask this program for a token, and what it needs for that."""

    name: ClassVar[str]
    """The word for `configure`."""
    title: ClassVar[str]
    """What people call it."""
    programs: ClassVar[tuple[str, ...]]
    """The programs of which one on PATH shows that it is installed."""
    asks_version: ClassVar[tuple[str, ...]] = ("--version",)
    """The arguments at which the program prints its version, and the first number that it prints is that."""
    quietly: ClassVar[Mapping[str, str]] = {}
    """Variables that keep the program from asking the network meanwhile."""
    distribution: ClassVar[str] = ""
    """The Python distribution that it comes in, where it is written in Python."""
    packages: ClassVar[tuple[str, ...]] = ()
    """The packages of npm that it comes in, where it runs on Node."""
    least: ClassVar[tuple[int, ...]] = ()
    """The first version that asks."""
    instead: ClassVar[str] = ""
    """What serves it, where it can ask nobody; nothing is configured then."""
    follows_tokens: ClassVar[bool] = False
    """Whether its changes depend on which tokens are stored."""

    before_us: ClassVar[str] = ""
    """A pattern of the variables that it takes a login from, or its way to one, before it asks."""
    reads_netrc: ClassVar[bool] = False
    """Whether it takes a login from netrc before it asks."""

    def changes(self, around: Around) -> list[Change]:
        """Return what its configuration is to have."""
        del around
        return []

    def probe(self, around: Around) -> Probe:
        """Return a question by which `doctor` finds out whether the tool gets an answer."""
        return Probe((around.launcher, "answer", "header", f"https://{HOST}/"), status=1)

    def logins(self, around: Around) -> Iterator[Rival]:
        """Give the logins that the tool has elsewhere for hosts whose tokens are stored."""
        del around
        yield from ()

    def version_beside(self, program: str) -> tuple[int, ...]:
        """Return the version by what lies around its program; nothing if it has to be asked."""
        seen = versions.of_distribution(program, self.distribution) if self.distribution else ""
        return self.version_in(seen or versions.of_package(program, self.packages))

    def version_in(self, output: str) -> tuple[int, ...]:
        """Return the version that its program printed; nothing if it is not known."""
        found = re.search(r"(?<![\w.])v?(?:go)?(\d+(?:\.\d+)+)", output)
        return tuple(map(int, found[1].split("."))) if found else ()

    def is_new_enough(self, version: tuple[int, ...]) -> bool:
        """Return whether a version asks; an unknown one may."""
        return not version or version >= self.least

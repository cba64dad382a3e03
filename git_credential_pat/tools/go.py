"""Go: GOAUTH in the file that `go env -w` writes."""

import os
from typing import ClassVar

from git_credential_pat.text import quoted
from git_credential_pat.tools.support.around import Around
from git_credential_pat.tools.support.change import Change
from git_credential_pat.tools.support.lines import Lines
from git_credential_pat.tools.support.probe import HOST, Probe
from git_credential_pat.tools.support.tool import Tool

_NAME = "GOAUTH"
_WORDS, _DEFAULT = "answer go", "netrc"


class Go(Tool):
    """The go command."""

    name: ClassVar[str] = "go"
    title: ClassVar[str] = "Go"
    programs: ClassVar[tuple[str, ...]] = ("go",)
    asks_version: ClassVar[tuple[str, ...]] = ("version",)
    least: ClassVar[tuple[int, ...]] = (1, 24)

    def changes(self, around: Around) -> list[Change]:
        """Have Go ask this program first, and then as it does by default."""
        support = around.below_home("Library", "Application Support") if around.is_mac else around.config()
        path = around.named("GOENV", os.path.join(support, "go", "env"))
        line = f"{_NAME}={quoted(around.command)} {_WORDS};{_DEFAULT}"
        return [Lines(path, self.name, [line], in_the_way=rf"{_NAME}=.*").unless(*_outside(around))]

    def probe(self, around: Around) -> Probe:
        """Ask as Go does for a URL that is refused."""
        return Probe((around.launcher, *_WORDS.split(), f"https://{HOST}/"))


def _outside(around: Around) -> tuple[str, str]:
    """Return which variable keeps Go from reading its file or our line, and the command against it."""
    if around.variables.get("GOENV") == "off":
        return "GOENV is off", "unset GOENV"
    value = around.variables.get(_NAME, "")
    return (f"the variable {_NAME} goes before it" if value and _WORDS not in value else ""), f"unset {_NAME}"

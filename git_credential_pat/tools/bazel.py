"""Bazel: a credential helper for each host, by its path."""

from typing import ClassVar

from git_credential_pat.tools.support.around import Around
from git_credential_pat.tools.support.change import Change
from git_credential_pat.tools.support.lines import Lines
from git_credential_pat.tools.support.probe import HOST, Probe
from git_credential_pat.tools.support.tool import Tool

_PROGRAM = "bazel-credential-pat"


class Bazel(Tool):
    """Bazel and Bazelisk."""

    name: ClassVar[str] = "bazel"
    title: ClassVar[str] = "Bazel"
    programs: ClassVar[tuple[str, ...]] = ("bazel", "bazelisk")
    least: ClassVar[tuple[int, ...]] = (6, 3)
    follows_tokens: ClassVar[bool] = True

    def changes(self, around: Around) -> list[Change]:
        """Write a line for each host whose token is stored."""
        program = around.own_on_path(_PROGRAM)
        value = f'"{program}"' if " " in program else program
        lines = [f"common --credential_helper={host}={value}" for host in around.hosts]
        return [Lines(around.below_home(".bazelrc"), self.name, lines)]

    def probe(self, around: Around) -> Probe:
        """Ask as Bazel does."""
        program = around.found(_PROGRAM) or around.own(_PROGRAM)
        return Probe((program, "get"), f'{{"uri":"https://{HOST}/"}}'.encode(), output=b"{}\n")

"""Cargo: a credential provider, which it asks before those that stand before it in the list."""

import os
from typing import ClassVar

from git_credential_pat.tools.support.around import Around
from git_credential_pat.tools.support.change import Change
from git_credential_pat.tools.support.probe import HOST, Probe
from git_credential_pat.tools.support.toml import TomlItem
from git_credential_pat.tools.support.tool import Tool

_PROGRAM = "cargo-credential-pat"


class Cargo(Tool):
    """Cargo."""

    name: ClassVar[str] = "cargo"
    title: ClassVar[str] = "Cargo"
    programs: ClassVar[tuple[str, ...]] = ("cargo",)
    least: ClassVar[tuple[int, ...]] = (1, 74)
    before_us: ClassVar[str] = r"CARGO_REGISTRIES_\w+_CREDENTIAL_PROVIDER"

    def changes(self, around: Around) -> list[Change]:
        """Put our provider behind the user's own, else behind Cargo's."""
        folder = around.named("CARGO_HOME", around.below_home(".cargo"))
        path, old = os.path.join(folder, "config.toml"), os.path.join(folder, "config")
        name = ("registry", "global-credential-providers")
        program = around.own_on_path(_PROGRAM)
        path = old if os.path.exists(old) and not os.path.exists(path) else path
        return [TomlItem(path, self.name, name, program, ["cargo:token"])]

    def probe(self, around: Around) -> Probe:
        """Ask as Cargo does, a line after the greeting."""
        program = around.found(_PROGRAM) or around.own(_PROGRAM)
        question = f'{{"v":1,"registry":{{"index-url":"sparse+https://{HOST}/"}},"kind":"get","args":[]}}\n'
        miss = b'{"v":[1]}\n{"Err": {"kind": "url-not-supported"}}\n'
        return Probe((program, "--cargo-plugin"), question.encode(), output=miss)

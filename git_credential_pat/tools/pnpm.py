"""pnpm: a token helper for each registry, whose output is the header.

From 11.13 on it is read from pnpm's own file, and may have arguments. Before, it is a program's path in the
user's `.npmrc`, and a program that fails breaks every install. So each has its own launcher that never fails.
"""

import os
import re
from collections.abc import Mapping
from shlex import quote
from typing import ClassVar
from urllib.parse import quote as encoded

from git_credential_pat.tools.support.around import Around
from git_credential_pat.tools.support.change import Change
from git_credential_pat.tools.support.files import OwnFolder, signed
from git_credential_pat.tools.support.lines import Lines
from git_credential_pat.tools.support.tool import Tool

_OWN_FILE = (11, 13)
"""The first version that takes helpers from its own file."""
_OURS = r"//\S+:tokenHelper=\S*git-credential-pat\S*(?: answer header \S+)?"
_PLAIN = re.compile(r"[\w./+@%:,=-]+")


class Pnpm(Tool):
    """pnpm."""

    name: ClassVar[str] = "pnpm"
    title: ClassVar[str] = "pnpm"
    programs: ClassVar[tuple[str, ...]] = ("pnpm",)
    packages: ClassVar[tuple[str, ...]] = ("pnpm",)
    least: ClassVar[tuple[int, ...]] = (7,)
    follows_tokens: ClassVar[bool] = True

    def changes(self, around: Around) -> list[Change]:
        """Write what the version that is installed reads; if that is not known, as it is written already."""
        version = around.versions.get(self.name, ())
        user = around.below_home(".npmrc")
        for variable in ("NPM_CONFIG_USERCONFIG", "npm_config_userconfig"):
            user = around.named(variable, user)
        folder = os.path.join(around.data_folder, "pnpm")
        is_old = version < _OWN_FILE if version else os.path.isdir(folder)
        programs = {_program(url): _launcher(around, url) for url in around.registries if is_old}
        by_path = {url: os.path.join(folder, _program(url)) for url in around.registries if is_old}
        by_command = {
            url: f"{around.launcher} answer header {url}" for url in around.registries if not is_old
        }
        preferences = around.below_home("Library", "Preferences") if around.is_mac else around.config()
        base = around.named("XDG_CONFIG_HOME", preferences)
        return [
            OwnFolder(folder, programs),
            _helpers(user, by_path),
            _helpers(os.path.join(base, "pnpm", "auth.ini"), by_command),
        ]


def _helpers(path: str, helpers: Mapping[str, str]) -> Change:
    """Return the lines of the helpers by registry; npm writes its file anew without comments."""
    lines = [f"{_key(url)}:tokenHelper={helper}" for url, helper in helpers.items()]
    keys = "|".join(re.escape(_key(url)) for url in helpers)
    in_the_way = rf"(?:{keys}):(?:tokenHelper|_authToken|_auth|_password)=.*" if keys else ""
    words = (word for helper in helpers.values() for word in helper.split(" "))
    reason = "" if all(map(_PLAIN.fullmatch, words)) else "pnpm takes no helper in a folder of such a name"
    return Lines(path, Pnpm.name, lines, in_the_way=in_the_way, ours_unmarked=_OURS).unless(reason, "")


def _key(url: str) -> str:
    return url.partition(":")[2]


def _program(url: str) -> str:
    return encoded(_key(url).strip("/"), safe="")


def _launcher(around: Around, url: str) -> str:
    command = f"{quote(around.launcher)} answer header {quote(url)} || exit 0"
    return signed(Pnpm.name, [command], first="#!/bin/sh")

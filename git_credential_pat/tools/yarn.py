"""Yarn from version 3 on: a plugin that gives a registry's header, and its line in `.yarnrc.yml`."""

import json
import os
import re
from collections.abc import Mapping
from typing import ClassVar

from git_credential_pat.tools.support.around import Around
from git_credential_pat.tools.support.blocks import Marks
from git_credential_pat.tools.support.change import Change, Obstacle, Text
from git_credential_pat.tools.support.files import OwnFile, signed
from git_credential_pat.tools.support.tool import Tool

_PLUGIN = """module.exports = {
  name: "plugin-git-credential-pat",
  factory: require => {
    const hosts = %s, known = new Map();
    const ask = registry => {
      try {
        const words = ["answer", "header", registry];
        return require("child_process").execFileSync(%s, words, {
          encoding: "utf8", stdio: ["ignore", "pipe", "inherit"],
        }).trim();
      } catch { return ""; }
    };
    const isOurs = registry => {
      try { return hosts.includes(new URL(registry).host); } catch { return false; }
    };
    return {hooks: {async getNpmAuthenticationHeader(header, registry) {
      if (header || !isOurs(registry)) return header;
      if (!known.has(registry)) known.set(registry, ask(registry));
      return known.get(registry) || header;
    }}};
  },
};"""


class Yarn(Tool):
    """Yarn."""

    name: ClassVar[str] = "yarn"
    title: ClassVar[str] = "Yarn"
    programs: ClassVar[tuple[str, ...]] = ("yarn",)
    packages: ClassVar[tuple[str, ...]] = ("yarn", "@yarnpkg/cli-dist")
    quietly: ClassVar[Mapping[str, str]] = {"COREPACK_ENABLE_NETWORK": "0"}
    least: ClassVar[tuple[int, ...]] = (3,)
    follows_tokens: ClassVar[bool] = True
    before_us: ClassVar[str] = r"YARN_NPM_AUTH_(?:TOKEN|IDENT)"

    def changes(self, around: Around) -> list[Change]:
        """Write the plugin, and name it to Yarn."""
        plugin = os.path.join(around.data_folder, "yarn", "plugin.cjs")
        name = around.variables.get("YARN_RC_FILENAME", ".yarnrc.yml")
        text = _PLUGIN % (json.dumps(around.hosts), json.dumps(around.launcher))
        return [
            OwnFile(plugin, signed(self.name, [text], comment="//")),
            plugins(around.below_home(name), plugin),
        ]


def plugins(path: str, plugin: str) -> Text:
    """Return what has a plugin in the list of a file."""
    return _Plugins(path, plugin)


class _Plugins(Text):
    """Our item of the list of plugins, which is made if it is not there."""

    _list = re.compile(r"^plugins:[ \t]*(?:#[^\n]*)?\r?\n", re.MULTILINE)

    def __init__(self, path: str, plugin: str) -> None:
        super().__init__(path)
        self._item = f"- path: {json.dumps(plugin)}"
        self._marks = Marks(Yarn.name)

    def shown(self) -> str:
        return f"plugins:\n  {self._item}"

    def added(self, text: str) -> tuple[str, list[Obstacle]]:
        found = self._list.search(text)
        if found:
            first = re.match(r"(?:[ \t]*(?:#[^\n]*)?\r?\n)*(?P<indent>[ ]*)- ", text[found.end() :])
            if first:
                return self._marks.inserted(text, found.end(), [self._item], first["indent"]), []
        if found or re.search(r"^[\"']?plugins\b", text, re.MULTILINE) or not _is_block(text):
            return text, [self.obstacle("its list of plugins is not understood")]
        return self._marks.inserted(text, len(text), self.shown().split("\n")), []

    def removed(self, text: str) -> str:
        return self._marks.without(text)

    def ours(self, text: str) -> object:
        return self._marks.found(text)


def _is_block(text: str) -> bool:
    """Return whether a YAML file is made of lines of keys, to which one more can be added."""
    first = next((line for line in text.splitlines() if line.strip() and not line.startswith("#")), "a:")
    return not first.startswith(("{", "[", "-", "%", "---", " ", "\t"))

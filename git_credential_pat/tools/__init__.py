"""Tools: what each needs to ask this program. A tool is a file here and a row of `TOOLS`.

What `git credential-pat configure TOOL` writes is a list of changes, which a tool says and `support` makes. A
change is only ours: marked lines, keys that are known by their values, files and links. To add a tool, add a
file with a class that inherits from `Tool`, and a row below, where it is to stand in lists.
"""

from sys import modules

from git_credential_pat import suggest
from git_credential_pat.errors import UsageError
from git_credential_pat.text import shown
from git_credential_pat.tools.support.around import Around
from git_credential_pat.tools.support.tool import Tool

__all__ = ["TOOLS", "Around", "Tool", "tool_named", "tools"]

TOOLS = {
    "uv": "uv:Uv",
    "pip": "pip:Pip",
    "twine": "twine:Twine",
    "poetry": "poetry:Poetry",
    "hatch": "hatch:Hatch",
    "pdm": "pdm:Pdm",
    "npm": "npm:Npm",
    "pnpm": "pnpm:Pnpm",
    "yarn": "yarn:Yarn",
    "bun": "bun:Bun",
    "docker": "docker:Docker",
    "podman": "podman:Podman",
    "skopeo": "skopeo:Skopeo",
    "cargo": "cargo:Cargo",
    "go": "go:Go",
    "bazel": "bazel:Bazel",
    "terraform": "terraform:Terraform",
    "nuget": "nuget:NuGet",
}
"""The class of each tool, as "module:Class", by the word for `configure`."""


def tools() -> list[Tool]:
    """Return every tool, in the order of the table."""
    return [*map(tool_named, TOOLS)]


def tool_named(name: str) -> Tool:
    """Return a tool; raise UsageError if there is none of this name."""
    if name not in TOOLS:
        command = suggest.own("configure", "--list")
        raise UsageError(f'unknown tool "{shown(name)}"; to see all, run: {command}')
    file, _, kind = TOOLS[name].partition(":")
    path = f"{__name__}.{file}"
    __import__(path)
    tool: Tool = getattr(modules[path], kind)()
    return tool

"""What tools read of tokens in variables, one file a tool, for `exec`.

A tool's `give(around)` finds the files of the tool, the URLs of ours in them, and gives the variables for
them. To add a tool, add a file here and a row to `TOOLS`.
"""

from collections.abc import Sequence
from importlib import import_module

from git_credential_pat.errors import UsageError
from git_credential_pat.text import quoted, shown
from git_credential_pat.variables.support.around import Around, Token
from git_credential_pat.variables.support.given import Given

__all__ = ["TOOLS", "Around", "Given", "Token", "give"]

TOOLS = {
    "nuget": True,
    "uv": True,
    "npm": True,
    "bun": True,
    "cargo": True,
    "composer": True,
    "bundler": True,
    "terraform": True,
    "gradle": True,
    "pip": False,
    "docker": False,
    "nix": False,
    "homebrew": False,
    "renovate": False,
}
"""The tools, and whether they are looked for by their files; the others are given only what is asked for."""


def give(names: Sequence[str], around: Around) -> None:
    """Give what the tools of these names read; without any, the tools whose files name places of ours."""
    for name in names:
        if name not in TOOLS:
            raise UsageError(f'unknown tool "{shown(name)}"; use one of {", ".join(TOOLS)}')
    missing = []
    for name in names or [name for name, is_looked_for in TOOLS.items() if is_looked_for]:
        before = around.given.count()
        import_module(f"git_credential_pat.variables.{name}").give(around)
        if names and around.given.count() == before:
            missing.append(_why_nothing(name, around.folder))
    if missing and not around.given.count():
        raise UsageError("; ".join(missing))
    for line in missing:
        around.given.say(line)


def _why_nothing(name: str, folder: str) -> str:
    if not TOOLS[name]:
        return f"nothing is set for {name}: it needs no token of these URLs"
    return (
        f"nothing is set for {name}: no file of it from {quoted(folder)} upwards names a place of these URLs"
    )

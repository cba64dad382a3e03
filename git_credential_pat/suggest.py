"""The commands that messages suggest, ready to be pasted into a shell.

Every word is quoted, for servers choose paths. A command has what it needs to work. Usernames come from
`operations.notices`, which knows what looks like a token and is not to be shown.
"""

from __future__ import annotations

from git_credential_pat.text import quoted

EXAMPLE = "https://dev.azure.com/ORGANIZATION"


def own(*words: str) -> str:
    """Return a command of this program."""
    return _command("git credential-pat", words)


def seed(url: str, *options: str) -> str:
    """Return the command that stores a token for a URL, or replaces the one that is stored."""
    allow = ("--allow-http",) if url.startswith("http://") else ()  # without it, `seed` refuses
    return own("seed", *allow, url, *options)


def first_seed() -> str:
    """Return the command that keeps a first token, whose organization the user fills in."""
    return seed(EXAMPLE)


def restore(url: str, *options: str) -> str:
    """Return the command that has a rejected token answer again."""
    return own("restore", url, *options)


def rotate(url: str, *options: str) -> str:
    """Return the command that puts a token in the place of the one that is stored."""
    return own("rotate", url, *options)


def revoke(url: str, *options: str) -> str:
    """Return the command that ends a stored token at its host."""
    return own("revoke", url, *options)


def placing(url: str, options: tuple[str, ...], place: str) -> str:
    """Return the command that keeps the token of one URL for another place too."""
    return f"{own('token', *options, url)} | {seed(place)}"


def configure() -> str:
    """Return the command after which Git asks this helper."""
    return own("configure")


def as_root(program: str, *words: str, sudo: bool) -> str:
    """Return a command of this program for root, whose PATH may lack it; `program` is `pat` or its path."""
    start = "git credential-pat" if program == "pat" else quoted(program)
    return _command(f"sudo {start}" if sudo else start, words)


def az(*words: str) -> str:
    """Return a command of the Azure CLI."""
    return _command("az", words)


def install_library(name: str, python: str, installer: str) -> str:
    """Return the command that adds a library to where this program is installed, by what installed it."""
    if installer == "pipx":
        return _command("pipx inject git-credential-pat", (name,))
    if installer == "uv":
        return _command("uv pip install --python", (python, name))
    return f"{quoted(python)} -m pip install {quoted(name)}"


def git_config(*words: str) -> str:
    """Return a command on the user's own configuration of Git: a key and its value, or an option first."""
    return _command("git config --global", words)


def git_config_of_all(*words: str, sudo: bool) -> str:
    """Return a command on the configuration of every user of the machine."""
    return _command("sudo git config --system" if sudo else "git config --system", words)


def header_into(key: str, url: str) -> str:
    """Return the command that writes a token's header into the user's configuration."""
    return f'{git_config(key)} "$({own("header", url)})"'


def _command(start: str, words: tuple[str, ...]) -> str:
    return " ".join([start, *map(quoted, words)])

"""uv: a username and a password for each index of uv.toml and pyproject.toml.

uv gives the files of a package the token that it last sent to their host, unless an index is above them. So
where several organizations are at one host, each gets an index above all of its own: in uv's system
configuration, which leaves the user's and the project's as they are.
"""

import os
import re
from collections.abc import Iterator

import tomlkit

from git_credential_pat.variables.support.around import Around, Token
from git_credential_pat.variables.support.structured import member, read_toml, rows

_SYSTEM = "XDG_CONFIG_DIRS"
_USUAL = "/etc/xdg"
_LAST = "/etc/uv/uv.toml"


def give(around: Around) -> None:
    """Give the indexes their tokens."""
    found = [
        (file, _variable(name), url)
        for file, data in around.files("uv.toml", "pyproject.toml")
        for name, url in _indexes(file, read_toml(around, file, data))
    ]
    given = [token for name, token in around.give_each(found) if _give_index(around, name, token)]
    above = {around.above(url): token for *_, url in found for token in around.fitting(url) if token in given}
    hosts = [url.split("/")[2] for url in above]
    if len(hosts) > len(set(hosts)):
        _give_above(around, above)


def _give_index(around: Around, name: str, token: Token) -> bool:
    start = f"UV_INDEX_{name}"
    return around.given.give({f"{start}_USERNAME": token.username, f"{start}_PASSWORD": token.text}, token)


def _indexes(file: str, settings: object) -> Iterator[tuple[str, str]]:
    if os.path.basename(file) == "pyproject.toml":
        settings = member(settings, "tool", "uv")
    for index in rows(member(settings, "index")):
        name, url = member(index, "name"), member(index, "url")
        if isinstance(name, str) and isinstance(url, str):
            yield name, url


def _variable(name: str) -> str:
    return re.sub(r"[^A-Z0-9]", "_", name.upper())


def _give_above(around: Around, above: dict[str, Token]) -> None:
    """Give an index above each URL, in a folder that uv looks into before the system's own."""
    folders = around.environment.get(_SYSTEM) or _USUAL
    usual = next(around.read(*(f"{folder}/uv/uv.toml" for folder in folders.split(":")), _LAST), None)
    settings = read_toml(around, *usual) if usual else None
    indexes = rows(member(settings, "index"))
    for url, token in above.items():
        name = "-".join(["pat", *re.findall(r"[a-z0-9]+", url.partition("//")[2].lower())])
        indexes.append({"name": name, "url": url, "explicit": True})
        _give_index(around, _variable(name), token)
    text = tomlkit.dumps({**(settings if isinstance(settings, dict) else {}), "index": indexes})
    folder = around.given.give_in_folder("uv/uv.toml", text.encode())
    around.given.give_merged(_SYSTEM, f"{folder}:{folders}", above.values())

"""Files with structure, read without trust in what they hold."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from git_credential_pat.text import quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    from git_credential_pat.variables.support.around import Around


def read_toml(around: Around, file: str, data: bytes) -> object:
    """Return what a file in TOML holds; nothing, and say so, if it is not understood."""
    import tomlkit  # 25 ms that few calls need

    return _read(around, file, data, lambda text: tomlkit.parse(text).unwrap())


def read_json(around: Around, file: str, data: bytes) -> object:
    """Return what a file in JSON holds; nothing, and say so, if it is not understood."""
    return _read(around, file, data, json.loads)


def member(value: object, *names: str) -> object:
    """Return what stands below these names, or None."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def rows(value: object) -> list[object]:
    """Return the items of a list or the values of an object; nothing of anything else."""
    if isinstance(value, dict):
        return [*value.values()]
    return value if isinstance(value, list) else []


def own_json(around: Around, name: str, usual: object) -> object:
    """Return what the user has in a variable in JSON, else `usual`; None, and say so, if it is none."""
    text = around.environment.get(name)
    if not text:
        return usual
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, type(usual)) and all(isinstance(part, dict) for part in rows(value)):
        return value
    around.given.say(f"{name} is not understood and stays as it is; unset it to have the stored token")
    return None


def _read(around: Around, file: str, data: bytes, parse: Callable[[str], object]) -> object:
    try:
        return parse(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        around.given.say(f"{quoted(file)} is not understood, so no token is set for it")
        return None

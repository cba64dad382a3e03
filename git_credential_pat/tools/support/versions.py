"""The version of a tool by what lies around its program: starting Python or Node for it takes much longer."""

import json
import os
import re
from glob import escape, glob

_SHEBANG = re.compile(rb"#!(?:/\S*/env )?(?P<python>/\S*python[\d.]*)\s")
_FIRST_LINE = 300
_UPWARDS = 3
"""How many folders above a program of Node its package may begin."""


def of_distribution(program: str, name: str) -> str:
    """Return the version of the Python distribution that a program is of; empty if it is not seen."""
    found = _SHEBANG.match(_start(program))
    if not found:
        return ""
    prefix = os.path.dirname(os.path.dirname(os.fsdecode(found["python"])))
    files = glob(f"{escape(prefix)}/lib/python3*/*-packages/{escape(name)}-[0-9]*-info")
    versions = {os.path.basename(file).split("-")[1].removesuffix(".dist") for file in files}
    return versions.pop() if len(versions) == 1 else ""


def of_package(program: str, names: tuple[str, ...]) -> str:
    """Return the version of a package of npm that a program is of; empty if it is not seen."""
    folder = os.path.dirname(os.path.realpath(program))
    for _ in range(_UPWARDS):
        try:
            with open(os.path.join(folder, "package.json"), encoding="utf-8") as file:
                facts = json.load(file)
        except (OSError, ValueError):
            facts = None
        if isinstance(facts, dict) and facts.get("name") in names:
            return str(facts.get("version", ""))
        folder = os.path.dirname(folder)
    return ""


def _start(program: str) -> bytes:
    try:
        with open(program, "rb") as file:
            return file.read(_FIRST_LINE)
    except OSError:
        return b""

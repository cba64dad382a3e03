"""Tests that a table or a document names: whether they are there."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from reliability.campaign import ROWS
from reliability.mutations import CAMPAIGN

TESTS = Path(__file__).parents[1]


def is_there(name: str) -> bool:
    """Whether a row of the campaign (`campaign:NAME`), a test file below tests/ or `FILE::TEST` exists."""
    if name.startswith(CAMPAIGN):
        return name.removeprefix(CAMPAIGN).partition("=")[0] in ROWS
    file, _, test = name.partition("::")
    path = TESTS / file
    return path.exists() if not test else path.is_file() and test.partition("[")[0] in _functions(path)


@cache
def _functions(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_bytes())
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))

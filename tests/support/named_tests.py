"""Tests that a table or a document names: whether they are there."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from reliability.campaign import ROWS
from reliability.mutations.mutation import CAMPAIGN

PROJECT = Path(__file__).parents[2]


def is_there(name: str) -> bool:
    """Whether a row of the campaign (`campaign:NAME`), a test file, or a test in it (`FILE::TEST`) exists."""
    if name.startswith(CAMPAIGN):
        return name.removeprefix(CAMPAIGN).partition("=")[0] in ROWS
    file, _, test = name.partition("::")
    path = PROJECT / file
    return path.exists() if not test else path.is_file() and test.partition("[")[0] in _functions(path)


@cache
def _functions(path: Path) -> frozenset[str]:
    """Return the names of the tests in a file; those in classes as `Class::test`."""
    tree = ast.parse(path.read_bytes())
    named = (ast.FunctionDef, ast.ClassDef)
    plain = {node.name for node in tree.body if isinstance(node, named)}
    assigned = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    inner = {
        f"{outer.name}::{node.name}"
        for outer in tree.body
        if isinstance(outer, ast.ClassDef)
        for node in outer.body
        if isinstance(node, ast.FunctionDef)
    }
    return frozenset(plain | assigned | inner)

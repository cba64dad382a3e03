"""What CONTRIBUTING.md and docs/architecture.md name is there."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from test_layers import FILES, ROWS

from git_credential_pat.commands import COMMANDS
from git_credential_pat.frontends import OPERATIONS

PROJECT = Path(__file__).parents[1]
PACKAGE = PROJECT / "git_credential_pat"
MAP = PROJECT / "docs" / "architecture.md"
PAGES = (MAP, PROJECT / "CONTRIBUTING.md")
WORDS = {*COMMANDS, *OPERATIONS, "pytest", "keyring", "password", "provider", "program", "NamedTuple"}
"""What is named and is no name of the source."""
PLACEHOLDER = "NAME.py"


def quoted(page: Path) -> Iterator[str]:
    """Give what stands between backticks on a page, outside blocks of code."""
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    return iter(dict.fromkeys(re.findall(r"`([^`]+)`", text)))


def names_in(file: Path) -> Iterator[str]:
    """Give what a file defines: functions, classes, and what is assigned at its top or in a class."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


@cache
def all_names() -> set[str]:
    """Return what any file of the package and of the tests defines."""
    return {name for file in (*FILES, *Path(__file__).parent.rglob("*.py")) for name in names_in(file)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_files_and_tests_that_a_page_names_are_there(page: Path) -> None:
    paths = [word for word in quoted(page) if re.fullmatch(r"[\w.-]*(/[\w.-]*)+(::\w+)?|\w+\.py", word)]
    assert len(paths) > 10
    for path in paths:
        file, _, test = path.partition("::")
        if file.endswith(PLACEHOLDER):
            file = file.removesuffix(PLACEHOLDER)
        place = next((base / file for base in (PROJECT, PACKAGE) if (base / file).exists()), None)
        assert place is not None, f"{page.name} names {path}"
        assert not test or test in names_in(place), f"{page.name} names {path}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_names_of_the_source_on_a_page_exist(page: Path) -> None:
    known = all_names() | WORDS
    said = [re.sub(r"\(.*", "", word) for word in quoted(page) if re.fullmatch(r"\w+(\([\w, ]*\))?", word)]
    assert [name for name in said if name not in known] == []


def test_the_map_has_the_rows_that_imports_keep_to() -> None:
    table = MAP.read_text("utf-8").partition("## The map")[2].partition("\n## ")[0]
    first = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    named = re.findall(r"`(\w+)(?:\.py|/)`", " ".join(first))
    assert named == [*ROWS]

"""The one reader of `git config`: what git sees, what its rows and its status mean, how long it has."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

import git_credential_pat
from git_credential_pat.errors import UnreadableConfigError
from git_credential_pat.git import config
from git_credential_pat.git.config import Row
from git_credential_pat.system.processes import Ended

PACKAGE = Path(git_credential_pat.__file__).parent
READER = PACKAGE / "git" / "config.py"


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    repository = tmp_path / "repository" / ".git"
    for folder in ("objects", "refs"):
        (repository / folder).mkdir(parents=True)
    (repository / "HEAD").write_text("ref: refs/heads/main\n")
    (repository / "config").write_text("[a]\n\there = 1\n")
    monkeypatch.chdir(repository.parent)
    (tmp_path / "user").write_text('[a]\n\talone\n\tempty =\n\tlines = "one\\ntwo"\n')
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "GIT_CONFIG_GLOBAL": str(tmp_path / "user"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_DIR": str(repository),
    }


ROWS = [Row("a.alone", "true"), Row("a.empty", ""), Row("a.lines", "one\ntwo")]


def test_a_row_is_read_whole_and_no_repository_is_seen(environment: dict[str, str]) -> None:
    asked = ["--get-regexp", r"^a\."]
    assert config.read(asked, environment) == config.start(asked, environment).finish() == ROWS


def test_rows_say_where_they_come_from_if_that_is_asked(environment: dict[str, str]) -> None:
    origin = f"file:{environment['GIT_CONFIG_GLOBAL']}"
    rows = config.rows(config.list_in("/", {**environment, "GIT_DIR": os.devnull}, limit=20), before=2)
    assert rows == [row._replace(origin=origin, scope="global") for row in ROWS]
    rows = config.start(["--list"], environment, with_origin=True).finish()
    assert rows == [row._replace(origin=origin) for row in ROWS]


def test_nothing_that_fits_is_no_row_and_a_broken_file_is_an_error(environment: dict[str, str]) -> None:
    assert config.read(["--get-regexp", "^none$"], environment) == []
    Path(environment["GIT_CONFIG_GLOBAL"]).write_text("[a\n")
    for reading in (config.read, lambda *asked: config.start(*asked).finish()):
        with pytest.raises(UnreadableConfigError):
            reading(["--list"], environment)


def test_the_given_text_is_read_in_the_place_of_a_file(environment: dict[str, str]) -> None:
    rows = config.read(["--file", "-", "--list"], environment, given='[b "\udcff"]\n\tc\n')
    assert rows == [Row("b.\udcff.c", "true")]


def test_git_that_hangs_is_killed(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "git").write_text("#!/bin/sh\nexec sleep 60\n")
    (tmp_path / "git").chmod(0o755)
    hanging = {**environment, "PATH": f"{tmp_path}:/bin:/usr/bin"}
    with pytest.raises(UnreadableConfigError):
        config.start(["--list"], hanging).finish(limit=0.1)
    assert config.list_in("/", hanging, limit=0.1) == Ended(-9, b"")


def test_a_row_does_not_show_its_value() -> None:
    assert "secret" not in repr(Row("http.extraheader", "secret"))


def test_nothing_else_reads_what_git_config_prints() -> None:
    """Whoever does asks for NUL between the rows; and few places start programs by `subprocess`.

    The backend of the keyring library is in the processes of other tools, where it stands alone.
    """
    starting = (
        "system/processes.py",
        "system/asking_versions.py",
        "system/browser.py",
        "keyring_path/git_credential_pat_keyring.py",
    )
    assert {file for file in PACKAGE.rglob("*.py") if "--null" in constants(file)} == {READER}
    assert {file for file in PACKAGE.rglob("*.py") if "subprocess" in imported(file)} == {
        PACKAGE / path for path in starting
    }


def constants(file: Path) -> set[object]:
    nodes = ast.walk(ast.parse(file.read_text()))
    return {node.value for node in nodes if isinstance(node, ast.Constant)}


def imported(file: Path) -> set[str]:
    nodes = ast.walk(ast.parse(file.read_text()))
    return {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}

"""The helpers that follow this one are those that real Git asks after it, in its order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.program import Program, attributes

from git_credential_pat.frontends.git import parse
from git_credential_pat.git.helpers import Helper, following

if TYPE_CHECKING:
    from pathlib import Path

OWN = "!: git-credential-pat"
REQUEST = ("protocol=https", "host=dev.azure.com", "path=fabrikam/web", "username=jane")
URL = "https://dev.azure.com"


@pytest.fixture
def program(tmp_path: Path) -> Program:
    program = Program(tmp_path / "home")
    for key, value in [("credential.useHttpPath", "true"), ("credential.helper", OWN)]:
        program.git("config", "--global", "--add", key, value)
    return program


def noting(program: Program, name: str) -> str:
    """Return a helper that writes down that it was asked, and has no answer."""
    return f"!echo {name} >>{program.home}/asked; :"


def asked_by_git(program: Program, folder: Path) -> list[str]:
    """Return the names that helpers wrote down when real Git asked them all."""
    noted = program.home / "asked"
    noted.unlink(missing_ok=True)
    program.git("credential", "fill", stdin=attributes(*REQUEST), cwd=folder)
    return noted.read_text().splitlines() if noted.exists() else []


def found(program: Program, folder: Path) -> list[str]:
    helpers = following(parse(attributes(*REQUEST)).request, str(folder), program.environment)
    return [helper.value.split()[1] for helper in helpers]


@pytest.mark.parametrize(
    "rows",
    [
        [("credential.helper", "one"), ("credential.helper", "two")],
        [(f"credential.{URL}.helper", "one"), ("credential.helper", "two")],
        [(f"credential.{URL}/fabrikam.helper", "one"), (f"credential.{URL}/contoso.helper", "two")],
        [
            ("credential.https://*.azure.com.helper", "one"),
            ("credential.https://jane@dev.azure.com.helper", "two"),
        ],
        [
            ("credential.https://bob@dev.azure.com.helper", "one"),
            ("credential.http://dev.azure.com.helper", "two"),
        ],
        [("credential.dev.azure.com.helper", "one"), ("credential.https://.helper", "two")],
        [("credential.azure.com.helper", "one"), ("credential.http://.helper", "two")],
        [("credential.bob@dev.azure.com.helper", "one"), ("credential.jane@dev.azure.com.helper", "two")],
        [("credential./fabrikam/web.helper", "one"), ("credential.dev.azure.com/fabrikam.helper", "two")],
        [
            ("credential.helper", "one"),
            ("credential.helper", ""),
            ("credential.helper", OWN),
            ("credential.helper", "two"),
        ],
        [("credential.helper", "one"), (f"credential.{URL}.helper", "")],
        [
            ("credential.helper", "one"),
            ("credential.https://github.com.helper", ""),
            ("credential.helper", "two"),
        ],
        [("credential.helper", "one"), ("credential.helper", OWN), ("credential.helper", "two")],
    ],
)
def test_what_follows_is_what_git_asks(program: Program, rows: list[tuple[str, str]]) -> None:
    for key, value in rows:
        helper = value if value in ("", OWN) else noting(program, value)
        assert program.git("config", "--global", "--add", key, helper).status == 0
    assert found(program, program.home) == asked_by_git(program, program.home)


def test_what_stands_before_it_does_not_follow(program: Program) -> None:
    program.gitconfig.unlink()
    for value in (noting(program, "one"), OWN, noting(program, "two")):
        program.git("config", "--global", "--add", "credential.helper", value)
    assert found(program, program.home) == ["two"]


def test_where_git_does_not_name_it_nothing_is_known_to_follow(program: Program) -> None:
    program.gitconfig.unlink()
    program.git("config", "--global", "--add", "credential.helper", noting(program, "one"))
    assert found(program, program.home) == []


def test_a_repository_s_helpers_follow_too_and_are_known_as_its(program: Program) -> None:
    program.git("init", "--quiet", "web")
    folder = program.home / "web"
    program.git("config", "credential.helper", noting(program, "two"), cwd=folder)
    program.git("config", "--global", "--add", "credential.helper", noting(program, "one"))
    assert found(program, folder) == asked_by_git(program, folder) == ["one", "two"]
    helpers = following(parse(attributes(*REQUEST)).request, str(folder), program.environment)
    assert [helper.is_protected for helper in helpers] == [True, False]
    program.git("config", "--add", "credential.helper", "", cwd=folder)
    program.git("config", "--add", "credential.helper", OWN, cwd=folder)
    assert found(program, folder) == asked_by_git(program, folder) == []


def test_a_repository_s_configuration_that_cannot_be_read_leaves_the_others(program: Program) -> None:
    program.git("init", "--quiet", "web")
    folder = program.home / "web"
    program.git("config", "--global", "--add", "credential.helper", noting(program, "one"))
    (folder / ".git" / "config").write_text("[nonsense")
    assert found(program, folder) == ["one"]


def test_a_helper_of_the_command_line_is_no_repository_s(program: Program) -> None:
    program.environment["GIT_CONFIG_PARAMETERS"] = "'credential.helper=!echo one'"
    (helper,) = following(parse(attributes(*REQUEST)).request, None, program.environment)
    assert helper.is_protected


@pytest.mark.parametrize(
    ("value", "command"),
    [
        ("store --file x", "git credential-store --file x get"),
        ("/opt/helper --all", "/opt/helper --all get"),
        ("!f() { echo a; }; f", "f() { echo a; }; f get"),
    ],
)
def test_a_helper_is_started_as_git_starts_it(value: str, command: str) -> None:
    assert Helper(value).command == command


@pytest.mark.parametrize(
    "value",
    [
        *("pat", "pat --backend vault", "/usr/bin/git-credential-pat", "!git credential-pat"),
        *(
            "!git-credential-pat",
            '!f() { tee log | git-credential-pat "$1"; }; f',
            "'/a b/git-credential-pat'",
        ),
    ],
)
def test_this_program_is_known_however_it_is_named(value: str) -> None:
    assert Helper(value).is_own


@pytest.mark.parametrize("value", ["store", "patience", "/opt/pat-helper", "!'"])
def test_other_programs_are_not_taken_for_it(value: str) -> None:
    assert not Helper(value).is_own


@pytest.mark.parametrize(
    "value",
    [
        *("oauth", "oauth -device", "/usr/bin/git-credential-oauth", "!git credential-oauth"),
        *("manager", "manager-core", "azure"),
        "/mnt/c/Program\\ Files/Git/mingw64/bin/git-credential-manager.exe",
    ],
)
def test_programs_that_open_a_browser_are_known(value: str) -> None:
    assert Helper(value).asks


@pytest.mark.parametrize("value", ["store", "cache", "libsecret", "!gh auth git-credential", "!'", "!"])
def test_programs_that_only_look_up_are_no_such_programs(value: str) -> None:
    assert not Helper(value).asks

"""What Tab offers beside commands and options: where tokens are kept, kinds and names; also behind `git`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from install.shells import Zsh, offered_by_bash, offered_by_fish, offered_by_git_in_bash
from support.checks import keep
from support.program import FABRIKAM, Program

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GITHUB = "https://github.com/acme"


@pytest.fixture
def program(tmp_path: Path) -> Program:
    program = Program(tmp_path / "home")
    keep(program, FABRIKAM)
    keep(program, GITHUB, token="secret")
    return program


def by_zsh(program: Program, line: str) -> set[str]:
    shell = Zsh(program)
    try:
        return shell.offered(line)
    finally:
        shell.close()


SHELLS = [
    offered_by_bash,
    pytest.param(offered_by_fish, marks=pytest.mark.needs("fish")),
    pytest.param(by_zsh, marks=pytest.mark.needs("zsh")),
]
each_shell = pytest.mark.parametrize("offered", SHELLS, ids=["bash", "fish", "zsh"])


@each_shell
def test_a_url_is_one_for_which_a_token_is_kept(
    program: Program, offered: Callable[[Program, str], set[str]]
) -> None:
    for command in ("seed", "verify", "token", "header", "exec", "remove", "restore"):
        assert offered(program, f"git-credential-pat {command} ") == {FABRIKAM, GITHUB}


@each_shell
def test_nobody_is_asked_where_the_vault_is_locked(
    program: Program, offered: Callable[[Program, str], set[str]]
) -> None:
    assert program.run("vault", "add-slot", "passphrase", stdin=b"a long passphrase\n").status == 0
    program.key.unlink()
    begun = time.monotonic()
    assert offered(program, "git-credential-pat token ") == set()
    assert time.monotonic() - begun < 10


@each_shell
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("vault add-slot ", {"keyring", "passphrase", "keyfile"}),
        ("import ", {"git-credentials", "netrc", "remotes", "az-devops", "tfx", "gcm", "environment"}),
        ("--backend ", {"vault", "keyring"}),
        ("seed --provider git", {"github", "gitlab", "gitea"}),
        ("--backend vault re", {"remove", "restore"}),
        ("help vault", {"vault"}),
    ],
)
def test_a_word_is_one_that_the_program_takes(
    program: Program, offered: Callable[[Program, str], set[str]], line: str, words: set[str]
) -> None:
    found = offered(program, f"git-credential-pat {line}")
    assert {word for word in found if word.startswith(line.rpartition(" ")[2])} == words


@each_shell
def test_behind_exec_s_url_stands_a_command(
    program: Program, offered: Callable[[Program, str], set[str]]
) -> None:
    found = offered(program, f"git-credential-pat exec {FABRIKAM} git-credential-p")
    assert "git-credential-pat" in found


@each_shell
def test_what_a_repository_named_runs_nothing(
    program: Program, offered: Callable[[Program, str], set[str]]
) -> None:
    (program.home / "$(touch made-by-a-file)").touch()
    (program.home / "`touch made-by-a-file`").touch()
    keep(program, "https://git.example.com/$(touch$IFS'made-by-a-path')", username="jane")
    for line in ("import netrc ", "vault recover ", "vault backup $", "token ", "token https://git"):
        offered(program, f"git-credential-pat {line}")
    assert list(program.home.glob("made-*")) == []


def test_bash_offers_odd_names_quoted_as_one_word(program: Program) -> None:
    for name in ("$(touch made)", "two words", "plain-1.netrc"):
        (program.home / name).touch()
    keep(program, "https://git.example.com/it's;odd", username="jane")
    assert offered_by_bash(program, "git-credential-pat import netrc ") >= {
        r"\$\(touch\ made\)",
        r"two\ words",
        "plain-1.netrc",
    }
    assert r"https://git.example.com/it\'s\;odd" in offered_by_bash(program, "git-credential-pat token ")


@pytest.mark.parametrize(
    "offered",
    [
        pytest.param(offered_by_git_in_bash, marks=pytest.mark.needs("bash-completion")),
        pytest.param(by_zsh, marks=pytest.mark.needs("zsh")),
    ],
    ids=["bash", "zsh"],  # fish 3.6, of Debian 12, has a fault here: it looks for "git git-credential-pat"
)
def test_git_s_own_completion_hands_on(program: Program, offered: Callable[[Program, str], set[str]]) -> None:
    assert offered(program, "git credential-pat re") == {"remove", "restore"}
    assert offered(program, "git credential-pat seed --no") == {"--no-verify", "--no-configure"}
    assert offered(program, "git credential-pat vault add-slot k") == {"keyring", "keyfile"}
    assert offered(program, "git credential-pat token ") == {FABRIKAM, GITHUB}


@pytest.mark.needs("bash-completion")
def test_bash_completes_a_url_with_its_colon(program: Program) -> None:
    assert offered_by_git_in_bash(program, "git credential-pat token https://gi") == {"//github.com/acme"}

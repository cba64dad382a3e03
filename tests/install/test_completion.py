"""What Tab offers beside commands and options: where tokens are kept, kinds and names; also behind `git`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from install.shells import Zsh, offered_by_bash, offered_by_git_in_bash
from support.checks import keep
from support.program import FABRIKAM, Program
from support.slots import lock_by_passphrase

from git_credential_pat.backends import BACKENDS
from git_credential_pat.importing import SOURCES

if TYPE_CHECKING:
    from collections.abc import Callable

    Offered = Callable[[str], set[str]]

GITHUB = "https://github.com/acme"


pytestmark = pytest.mark.slow


@pytest.fixture
def program(program: Program) -> Program:
    keep(program, FABRIKAM)
    keep(program, GITHUB, token="secret")
    return program


def test_a_url_is_one_for_which_a_token_is_kept_and_behind_that_of_exec_stands_a_command(
    offered: Offered,
) -> None:
    for command in ("seed", "verify", "token", "header", "exec", "remove", "restore"):
        assert offered(f"git-credential-pat {command} ") == {FABRIKAM, GITHUB}
    assert "git-credential-pat" in offered(f"git-credential-pat exec {FABRIKAM} git-credential-p")


def test_nobody_is_asked_where_the_vault_is_locked(
    program: Program, offered: Offered, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock_by_passphrase(program, monkeypatch)
    begun = time.monotonic()
    assert offered("git-credential-pat token ") == set()
    assert time.monotonic() - begun < 20


WORDS = {
    "vault add-slot ": {"keyring", "passphrase", "keyfile"},
    "import ": {*SOURCES},
    "--backend ": {*BACKENDS},
    "seed --provider git": {"github", "gitlab", "gitea"},
    "--backend vault re": {"remove", "restore", "revoke"},
    "help con": {"configure", "containers"},
}


def test_a_word_is_one_that_the_program_takes(offered: Offered) -> None:
    found = {
        line: {word for word in offered(f"git-credential-pat {line}") if word.startswith(line.split(" ")[-1])}
        for line in WORDS
    }
    assert found == WORDS


def test_what_a_repository_named_runs_nothing(program: Program, offered: Offered) -> None:
    (program.home / "$(touch made-by-a-file)").touch()
    (program.home / "`touch made-by-a-file`").touch()
    keep(program, "https://git.example.com/$(touch$IFS'made-by-a-path')", username="jane")
    for line in ("import netrc ", "vault recover ", "vault backup $", "token ", "token https://git"):
        offered(f"git-credential-pat {line}")
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


@pytest.mark.needs("bash-completion")
def test_git_s_own_completion_hands_on_in_bash(program: Program) -> None:
    hands_on(lambda line: offered_by_git_in_bash(program, line))
    assert offered_by_git_in_bash(program, "git credential-pat token https://gi") == {"//github.com/acme"}


@pytest.mark.needs("zsh")
def test_git_s_own_completion_hands_on_in_zsh(program: Program) -> None:
    shell = Zsh(program)
    hands_on(shell.offered)
    shell.close()


def hands_on(offered: Offered) -> None:
    """See that it does; in fish 3.6, of Debian 12, it looks for "git git-credential-pat"."""
    assert offered("git credential-pat re") == {"remove", "restore", "revoke"}
    assert offered("git credential-pat seed --no") == {"--no-verify", "--no-configure"}
    assert offered("git credential-pat vault add-slot k") == {"keyring", "keyfile"}
    assert offered("git credential-pat token ") == {FABRIKAM, GITHUB}

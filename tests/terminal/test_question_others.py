"""Before the question for a token, the helpers that Git asks next: one that has the answer spares it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest
from support.asking import QUESTION, answered, unasked
from support.checks import keep
from support.cloning import WEB
from support.program import AZURE_TOKEN, FABRIKAM
from support.pty_program import Script

if TYPE_CHECKING:
    from pathlib import Path

    from support.program import Program

pytestmark = pytest.mark.slow

AZURE = "https://dev.azure.com"
CLONE = f"git clone {WEB} copy"
ASKS_ITSELF = (
    'printf "Mine: " >/dev/tty && read answer </dev/tty && echo username=pat && echo "password=$answer"'
)


def follow(program: Program, helper: str, key: str = f"credential.{AZURE}.helper") -> None:
    """Have Git ask another helper after this one."""
    assert program.git("config", "--global", "--add", key, helper).status == 0


def script(program: Program, name: str, answer: str) -> Path:
    """Return a helper that writes down what it hears to a `get`, and then runs a line of sh."""
    path = program.home / "bin" / name
    path.parent.mkdir(exist_ok=True)
    hears = '[ "$1" = get ] || exit 0\nrequest=$(cat)\nprintf "%s\\n" -- "$request" >>"$HOME/heard"'
    path.write_text(f'#!/bin/sh\n{hears}\nprintf "%s\\n\\n" "$request" | {{ {answer}\n}}\n')
    path.chmod(0o755)
    program.environment["PATH"] = f"{path.parent}:{program.environment['PATH']}"
    return path


def heard(program: Program) -> list[str]:
    """Return what a script heard, each time that it was asked."""
    path = program.home / "heard"
    return path.read_text().split("--\n")[1:] if path.exists() else []


def has_answer(program: Program) -> str:
    """Return the options of a real git-credential-store that has the answer."""
    stored = program.home / "credentials"
    stored.write_text(WEB.replace("://", f"://jane:{AZURE_TOKEN}@") + "\n")
    return f"--file {shlex.quote(str(stored))}"


GIVES = f"echo username=jane; echo password={AZURE_TOKEN}"


@pytest.mark.parametrize(
    "key", ["credential.https://dev.azure.com.helper", "credential.dev.azure.com.helper"]
)
@pytest.mark.parametrize("value", ["store {}", "!git credential-store {}"])
def test_where_a_helper_that_follows_has_the_answer_nothing_is_asked(
    user: Program, key: str, value: str
) -> None:
    follow(user, value.format(has_answer(user)), key)
    terminal = unasked(user, CLONE)
    assert "Git needs a token" not in terminal.seen
    assert user.run("list", "--json").stdout.count(b'"scope"') == 1, "Git handed the answer round"


def test_a_helper_on_the_command_line_and_one_by_its_path_are_asked_too(lone: Program) -> None:
    path = script(lone, "helper", GIVES)
    unasked(lone, f"git -c credential.{AZURE}.helper={path} clone {WEB} copy")


def test_it_is_asked_as_git_asks_it(lone: Program) -> None:
    follow(lone, str(script(lone, "helper", GIVES)))
    unasked(lone, CLONE)
    in_advance, by_git = heard(lone)
    assert in_advance == by_git
    assert "path=fabrikam/web/_git/web" in by_git


def test_a_username_of_one_helper_goes_to_the_next(lone: Program) -> None:
    follow(lone, "!echo username=jane; :")
    follow(lone, str(script(lone, "helper", f"echo password={AZURE_TOKEN}")))
    unasked(lone, CLONE)
    in_advance, by_git = heard(lone)
    assert sorted(in_advance.split()) == sorted(by_git.split())
    assert "username=jane" in by_git


@pytest.mark.parametrize(
    "answer",
    [
        ":",
        "exit 1",
        "echo username=jane",
        "echo password=stale; echo username=jane; echo password_expiry_utc=1",
        "git-credential-pat get",
    ],
    ids=["nothing", "a failure", "a username", "what has expired", "this very helper"],
)
def test_where_none_has_an_answer_it_is_asked_once(lone: Program, answer: str) -> None:
    follow(lone, str(script(lone, "helper", answer)))
    answered(lone, CLONE, QUESTION, AZURE_TOKEN)
    assert len(heard(lone)) == 1, "Git has the answer"


def test_what_git_does_not_ask_any_more_is_not_asked(lone: Program) -> None:
    lone.git("config", "--global", "--unset-all", f"credential.{AZURE}.helper")
    for helper in (f"store {has_answer(lone)}", "", "pat"):
        follow(lone, helper)
    answered(lone, CLONE, QUESTION, AZURE_TOKEN)


def test_a_program_that_opens_a_browser_is_left_to_git(lone: Program) -> None:
    script(lone, "git-credential-oauth", GIVES)
    follow(lone, "oauth")
    unasked(lone, CLONE)
    assert len(heard(lone)) == 1


def test_a_helper_that_asks_on_the_terminal_asks_once(lone: Program) -> None:
    follow(lone, str(script(lone, "helper", ASKS_ITSELF)))
    terminal = Script(lone, CLONE)
    terminal.ask_hidden(QUESTION)
    terminal.enter("")
    terminal.wait_for("Mine: ")
    terminal.enter(AZURE_TOKEN)
    assert terminal.finish() == 0, terminal.seen
    assert terminal.seen.count("Mine: ") == 1


def test_a_repository_s_helper_is_not_run_in_advance_and_nothing_is_asked(lone: Program) -> None:
    folder = lone.home / "work"
    lone.git("init", "--quiet", str(folder))
    lone.git("config", "credential.helper", str(script(lone, "helper", GIVES)), cwd=folder)
    unasked(lone, f"git -C work fetch {WEB}")
    assert len(heard(lone)) == 1


def test_in_a_repository_an_alias_of_it_is_not_run(lone: Program) -> None:
    folder = lone.home / "work"
    lone.git("init", "--quiet", str(folder))
    lone.git("config", "alias.credential-missing", "!touch $HOME/ran;:", cwd=folder)
    follow(lone, "missing")
    terminal = Script(lone, f"git -C work fetch {WEB}")
    terminal.ask_hidden(QUESTION)
    assert not (lone.home / "ran").exists()
    terminal.press("c")
    terminal.finish()


@pytest.mark.slow
def test_a_helper_that_takes_too_long_is_ended_and_left_to_git(lone: Program) -> None:
    waits = f'[ -e "$HOME/once" ] || {{ touch "$HOME/once"; sleep 600; }}\n{GIVES}'
    follow(lone, str(script(lone, "helper", waits)))
    unasked(lone, CLONE)
    assert len(heard(lone)) == 2


def test_where_a_token_is_kept_nobody_else_is_asked(lone: Program) -> None:
    keep(lone, FABRIKAM)
    follow(lone, str(script(lone, "helper", GIVES)))
    unasked(lone, CLONE)
    assert heard(lone) == []

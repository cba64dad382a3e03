"""An access token of OAuth that has expired: another helper gets the next one by its refresh token."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from support.checks import keep
from support.git_credential import GitCredential, Login, asked_by_git, states
from support.newer_git import lead_with_newer_git
from support.pty_program import Script

if TYPE_CHECKING:
    from pathlib import Path

    from support.program import Program

LINES = ("protocol=https", "host=gitlab.com", "path=group/web.git")
PLACE = "https://gitlab.com/group"
REFRESHES = r"""#!/bin/sh
[ "$1" = get ] || exit 0
token=$(sed -n 's/^oauth_refresh_token=//p')
echo "${token:-browser}" >>"$HOME/used"
[ -n "$token" ] && [ ! -e "$HOME/spent-$token" ] || exit 1
touch "$HOME/spent-$token"
echo "password=after $token"
echo "password_expiry_utc=$(($(date +%s) + 7200))"
echo "oauth_refresh_token=next-$token"
"""
"""A helper that gets tokens as git-credential-oauth does: each refresh token serves once."""


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """A user of a newer Git who has an expired token with a refresh token."""
    program = asked_by_git(tmp_path / "home")
    lead_with_newer_git(program)
    program.git("config", "--global", "credential.useHttpPath", "true")
    keep(program, PLACE, "before", expires=1_700_000_000, refresh_token=b"R")
    return program


def follow(program: Program, name: str) -> None:
    """Have Git ask the helper that refreshes after this one."""
    folder = program.home / "bin"
    folder.mkdir()
    (folder / f"git-credential-{name}").write_text(REFRESHES)
    (folder / f"git-credential-{name}").chmod(0o755)
    program.environment["PATH"] = f"{folder}:{program.environment['PATH']}"
    program.git("config", "--global", "--add", "credential.helper", name)


def used(program: Program) -> list[str]:
    return (program.home / "used").read_text().split()


pytestmark = pytest.mark.needs("newer-git")


def test_the_helper_that_follows_gets_the_refresh_token_and_no_browser_opens(program: Program) -> None:
    follow(program, "oauth")
    git = GitCredential(program)
    filled = git.run("fill", *LINES)
    assert (filled.status, filled.stderr) == (0, "")
    assert b"password=after R\n" in filled.stdout
    git.approve(*filled.stdout.decode().splitlines())
    assert git.fill(*LINES) == Login("oauth2", "after R")
    assert used(program) == ["R"]


def test_what_it_gets_is_stored_with_the_next_refresh_token(program: Program) -> None:
    follow(program, "oauth")
    git = GitCredential(program)
    for spent in ("R", "next-R"):
        filled = git.run("fill", *LINES).stdout.decode().splitlines()
        assert f"password=after {spent}" in filled
        end = int(time.time()) + 2
        git.approve(*(line for line in filled if "expiry" not in line), f"password_expiry_utc={end}")
        time.sleep(max(0.0, end - time.time()))
    assert used(program) == ["R", "next-R"]
    assert states(program) == {f"{PLACE} oauth2": "expired"}


@pytest.mark.parametrize("name", ["oauth", "refreshes"])
def test_on_a_terminal_nothing_is_asked_and_the_refresh_token_is_used_once(
    program: Program, name: str
) -> None:
    follow(program, name)
    (program.home / "request").write_text("\n".join(LINES))
    terminal = Script(program, "git credential fill <request")
    assert terminal.finish() == 0, terminal.seen
    assert "password=after R\r\n" in terminal.seen
    assert "git-credential-pat" not in terminal.seen
    assert used(program) == ["R"]


def test_where_no_helper_follows_the_token_is_asked_for(program: Program) -> None:
    (program.home / "request").write_text("\n".join(LINES))
    terminal = Script(program, "git credential fill <request")
    terminal.ask_hidden(f"Password for '{PLACE}': ")
    terminal.enter("glpat-" + "x" * 20)
    assert terminal.finish() == 0, terminal.seen
    assert "expired" not in terminal.seen
    assert "oauth_refresh_token" not in terminal.seen
    assert "password=glpat-" in terminal.seen


def test_the_machine_s_own_git_may_ignore_the_line(program: Program) -> None:
    program.environment["PATH"] = program.environment["PATH"].partition(":")[2]
    assert GitCredential(program).asks(*LINES) == "Password for 'https://oauth2@gitlab.com/group/web.git'"

"""A sign-in with real Git: its token goes out as a header, to an older Git as a password, and is not kept."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from support.checks import keep, only_entry
from support.cloning import NEWER, WEB, commit_and_push, done, meet, untouched
from support.git_server import BEARER, Account, GitServer
from support.newer_git import lead_with_newer_git, overhearing
from support.program import FABRIKAM, Program
from support.signing_in import made_up_token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.token_hosts.az import Az

pytestmark = pytest.mark.slow

PLACE = "dev.azure.com/fabrikam"
TOKEN, NEXT = made_up_token(jti="1"), made_up_token(jti="2")


@pytest.fixture(scope="module")
def running_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    with GitServer(tmp_path_factory.mktemp("sign-in") / "server") as server:
        server.create_repository(WEB)
        yield server


@pytest.fixture
def server(running_server: GitServer) -> GitServer:
    running_server.log.clear()
    return running_server


@pytest.fixture(params=["the machine's Git", NEWER])
def is_newer(request: pytest.FixtureRequest, server: GitServer, program: Program, az: Az) -> bool:
    """Let the user sign in to fabrikam by az; return whether the Git is one that takes headers."""
    is_newer: bool = request.param == "a newer Git"
    if is_newer:
        lead_with_newer_git(program)
    server.set_account(PLACE, Account(TOKEN, by_bearer=is_newer))
    az.tokens = {"": TOKEN}
    meet(server, program)
    keep(program, FABRIKAM, "", sign_in="entra")
    done(program.run("configure", "git"))
    return is_newer


def answered(server: GitServer) -> set[tuple[str | None, int]]:
    return {(record.username, record.status) for record in server.log} - {(None, 401)}


def test_a_clone_and_a_push_write_nothing(
    server: GitServer, program: Program, az: Az, *, is_newer: bool
) -> None:
    with untouched(program.vault):
        done(program.git("clone", WEB, "first"))
        commit_and_push(program, "first", f"by-{is_newer}")
    assert answered(server) == {(BEARER if is_newer else "pat", 200)}
    assert only_entry(program)["state"] == "active"
    assert not az.leaks(TOKEN)


def test_git_hands_the_token_back_and_it_is_not_kept(program: Program, *, is_newer: bool) -> None:
    with untouched(program.vault):
        done(program.git(*overhearing(), "ls-remote", WEB))
    said = (program.home / "said").read_text(encoding="utf-8").splitlines()
    heard = (program.home / "heard").read_text(encoding="utf-8").splitlines()
    if is_newer:
        lines = ["authtype=Bearer", f"credential={TOKEN}", "ephemeral=1"]
        assert said[:-1] == ["capability[]=authtype", *lines]
        assert set(lines) < set(heard[heard.index("[store]") :])
    else:
        assert said[:-1] == ["username=pat", f"password={TOKEN}"]
    name, _, end = said[-1].partition("=")
    assert name == "password_expiry_utc"
    assert 0 < int(end) - time.time() <= 3600
    assert f"{'credential' if is_newer else 'password'}={TOKEN}" in heard[heard.index("[store]") :]


def test_a_token_that_is_refused_leaves_the_sign_in(
    server: GitServer, program: Program, az: Az, *, is_newer: bool
) -> None:
    server.set_account(PLACE, Account(NEXT, by_bearer=is_newer))
    with untouched(program.vault):
        assert program.git("ls-remote", WEB).status == 128
    assert only_entry(program)["state"] == "active"
    az.tokens = {"": NEXT}
    done(program.git("ls-remote", WEB))


@pytest.mark.usefixtures("is_newer")
def test_git_says_why_there_is_no_token(program: Program, az: Az) -> None:
    az.mode = "signed-out"
    run = program.git("ls-remote", WEB)
    assert run.status == 128
    assert f"git-credential-pat: cannot sign in to {FABRIKAM}: az is not signed in" in run.stderr
    assert "; run: az login " in run.stderr

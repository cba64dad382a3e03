"""Tokens by Bearer with real Git: a header of its own from 2.46 on, and a line for an older one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.checks import only_entry
from support.cloning import commit_and_push, done, meet, untouched
from support.git_server import BEARER, Account, GitServer
from support.newer_git import lead_with_newer_git, overhearing
from support.program import Program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOST = "https://bitbucket.example.com"
PROJECT = f"{HOST}/scm/web"
WEB = f"{HOST}/scm/WEB/web.git"
TOKEN, CHANGED = "BBDC-" + "a1B2" * 11, "BBDC-" + "c3D4" * 11

newer = pytest.mark.needs("newer-git")


@pytest.fixture(scope="module")
def running_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    with GitServer(tmp_path_factory.mktemp("bearer") / "server") as server:
        server.create_repository(WEB)
        yield server


@pytest.fixture
def server(running_server: GitServer) -> GitServer:
    running_server.log.clear()
    running_server.set_account("bitbucket.example.com", Account(TOKEN, by_bearer=True))
    return running_server


@pytest.fixture
def older(server: GitServer, tmp_path: Path) -> Program:
    """A user with a token of a project and the machine's own Git."""
    program = meet(server, Program(tmp_path / "home"))
    done(program.git("config", "--global", f"pat.{HOST}.provider", "bitbucket"))
    program.seed(PROJECT, TOKEN, "--authtype", "bearer")
    return program


@pytest.fixture
def program(older: Program) -> Program:
    """The same with the newer Git."""
    lead_with_newer_git(older)
    return older


def answered(server: GitServer) -> set[tuple[str | None, int]]:
    """Return how requests ended, beside those without a token that ended in a 401: (username, status)."""
    return {(record.username, record.status) for record in server.log} - {(None, 401)}


@newer
def test_a_clone_a_push_and_a_fetch_need_no_question_and_write_nothing(
    server: GitServer, program: Program
) -> None:
    with untouched(program.vault):
        for folder, url in (("first", WEB), ("second", WEB.replace("://", "://jane@"))):
            assert "git-credential-pat" not in done(program.git("clone", url, folder)).stderr
        commit_and_push(program, "first", "news")
        done(program.git("-C", "second", "fetch"))
    of_url = ("jane", 401)  # before it asks a helper, curl tries a URL's username without a password
    assert answered(server) - {of_url} == {(BEARER, 200)}


@newer
def test_git_reports_the_header_back_as_it_was_answered(server: GitServer, program: Program) -> None:
    done(program.git(*overhearing(), "ls-remote", WEB))
    lines = ["authtype=Bearer", f"credential={TOKEN}"]
    said = (program.home / "said").read_text(encoding="utf-8").splitlines()
    assert said == ["capability[]=authtype", *lines]
    heard = (program.home / "heard").read_text(encoding="utf-8").splitlines()
    assert set(lines) < set(heard[heard.index("[store]") :])
    assert answered(server) == {(BEARER, 200)}


@newer
def test_a_token_that_the_host_changed_is_put_aside_and_restored(server: GitServer, program: Program) -> None:
    server.set_account("bitbucket.example.com", Account(CHANGED, by_bearer=True))
    assert program.git("clone", WEB).status == 128
    assert only_entry(program)["state"] == "rejected"
    run = program.git("clone", WEB)
    assert f"to replace it, run: git credential-pat seed {PROJECT} --authtype bearer" in run.stderr
    server.set_account("bitbucket.example.com", Account(TOKEN, by_bearer=True))
    done(program.run("restore", PROJECT))
    done(program.git("clone", WEB))
    assert answered(server) == {(BEARER, 401), (BEARER, 200)}


def test_an_older_git_is_given_nothing_and_says_why(server: GitServer, older: Program) -> None:
    run = older.git("clone", WEB)
    assert run.status == 128
    assert f"Git sends the token for {PROJECT} as Bearer, which needs Git 2.46 or later" in run.stderr
    assert answered(server) == set()
    assert only_entry(older)["state"] == "active"

"""Azure DevOps Server with Windows logins beside Basic: with which Git a token works there, and how.

Git from 2.46 on takes a whole `Authorization` header from a helper. An older one hands curl a username
and a password, and curl spends them on NTLM before Basic.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from support.checks import answering_first, keep
from support.cloning import commit_and_push, done, meet, untouched
from support.doctor import fixes, problems
from support.git_credential import states
from support.git_server import BESIDE_NTLM, Account, GitServer
from support.newer_git import lead_with_newer_git, overhearing, silence
from support.program import AZURE_TOKEN, OTHER_AZURE_TOKEN, Program, Run
from support.pty_program import Script

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOST = "https://tfs.example.com"
COLLECTION = f"{HOST}/tfs/DefaultCollection"
KEPT = COLLECTION.lower()
WEB = f"{COLLECTION}/web/_git/web"
PAT_BASIC = f"cGF0Ok{'FBQU' * 25}FBWkRPYjFjMg=="  # base64 of "pat:" and AZURE_TOKEN
HEADER = ["authtype=Basic", f"credential={PAT_BASIC}"]
WITH_TOKEN = {("pat", 200)}
WITHOUT_NTLM = ('Basic realm="https://tfs.example.com/tfs"', "Negotiate")
WITHOUT_BASIC = ("Negotiate", "NTLM")

newer = pytest.mark.needs("newer-git")


@pytest.fixture(scope="module")
def running_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    with GitServer(tmp_path_factory.mktemp("on premises") / "server") as server:
        server.create_repository(WEB, {"README.md": "On premises\n"})
        yield server


@pytest.fixture
def server(running_server: GitServer) -> GitServer:
    running_server.log.clear()
    running_server.challenges = BESIDE_NTLM
    running_server.set_account("tfs.example.com", Account(AZURE_TOKEN))
    return running_server


@pytest.fixture
def anybody(server: GitServer, tmp_path: Path) -> Program:
    """A user with the machine's own Git who reaches the server and has no token."""
    program = meet(server, Program(tmp_path / "home"))
    done(program.run("configure"))
    return program


@pytest.fixture
def program(anybody: Program) -> Program:
    """A user with the newer Git and a token of the collection."""
    anybody.seed(COLLECTION, AZURE_TOKEN)
    lead_with_newer_git(anybody)
    return anybody


@pytest.fixture
def older(anybody: Program) -> Program:
    """A user with a token whose Git is older than 2.41, or speaks like one."""
    anybody.seed(COLLECTION, AZURE_TOKEN)
    silence(anybody, "capability", "wwwauth")
    return anybody


def answers(server: GitServer) -> set[tuple[str | None, int]]:
    """Return how requests ended, beside those without a token that ended in a 401: (username, status)."""
    return {(record.username, record.status) for record in server.log} - {(None, 401)}


def lines(program: Program, name: str) -> list[str]:
    return (program.home / name).read_text(encoding="utf-8").splitlines()


def is_refused(run: Run) -> bool:
    return run.status == 128 and run.stderr.endswith(f"fatal: Authentication failed for '{WEB}/'\n")


# From Git 2.46 on


@newer
def test_a_clone_a_push_and_a_fetch_need_no_question_and_write_nothing(
    server: GitServer, program: Program
) -> None:
    with untouched(program.vault):
        for folder in ("first", "second"):
            assert "git-credential-pat" not in done(program.git("clone", WEB, folder)).stderr
        commit_and_push(program, "first", "news")
        done(program.git("-C", "second", "fetch"))
    assert program.git("-C", "second", "show", "origin/main:news").stdout == b"news"
    assert answers(server) == WITH_TOKEN


@newer
def test_git_and_helper_agree_on_a_header_and_the_state_of_another_helper_does_no_harm(
    server: GitServer, program: Program
) -> None:
    other = "!f() { test $1 != get || printf 'capability[]=state\\nstate[]=other.a=1\\n'; }; f"
    done(program.git(*overhearing(other), "ls-remote", WEB))
    place = ["protocol=https", "host=tfs.example.com", "path=tfs/DefaultCollection/web/_git/web"]
    heard = lines(program, "heard")
    end = heard.index("[store]")
    assert {"capability[]=authtype", *place, "wwwauth[]=Negotiate", "wwwauth[]=NTLM"} < set(heard[:end])
    assert {"capability[]=authtype", "state[]=other.a=1", *place, *HEADER} < set(heard[end:])
    assert lines(program, "said") == ["capability[]=authtype", *HEADER]
    assert answers(server) == WITH_TOKEN


@newer
def test_a_token_that_the_server_changed_is_put_aside_until_the_next_is_seeded(
    server: GitServer, program: Program
) -> None:
    server.set_account("tfs.example.com", Account(OTHER_AZURE_TOKEN))
    assert is_refused(program.git("clone", WEB))
    assert states(program) == {f"{KEPT} pat": "rejected"}
    assert answers(server) == {("pat", 401)}
    asked = program.git("clone", WEB)
    assert f"the token for {KEPT} was rejected by its host; " in asked.stderr
    program.seed(COLLECTION, OTHER_AZURE_TOKEN, "--expires", "2399-12-31")
    done(program.git("clone", WEB))
    entry, old = answering_first(program)
    assert (entry["state"], entry["expires"]) == ("active", "2399-12-31T23:59:59Z")
    assert old["state"] == "rejected"


@newer
def test_an_expired_token_is_not_sent(server: GitServer, program: Program) -> None:
    done(program.run("remove", COLLECTION, "--yes"))
    keep(program, KEPT, expires=int(time.time()) - 1)
    run = program.git("clone", WEB)
    assert run.status == 128
    assert f"the token for {KEPT} expired on " in run.stderr
    assert answers(server) == set()


@newer
def test_a_token_pasted_at_the_question_is_kept_as_a_token(server: GitServer, anybody: Program) -> None:
    lead_with_newer_git(anybody)
    done(anybody.git("config", "--global", f"pat.{HOST}.provider", "azure-devops-server"))
    terminal = Script(anybody, f"git clone {WEB}")
    terminal.wait_for("Password for 'https://tfs.example.com': ")
    terminal.enter(AZURE_TOKEN)
    assert terminal.finish() == 0
    assert AZURE_TOKEN not in terminal.seen
    assert states(anybody) == {f"{HOST} pat": "active"}
    assert anybody.run("token", WEB).stdout == f"{AZURE_TOKEN}\n".encode()
    done(anybody.git("-C", "web", "fetch"))
    assert answers(server) == WITH_TOKEN


@newer
def test_without_basic_the_doctors_command_lets_the_header_through(
    server: GitServer, program: Program
) -> None:
    server.challenges = WITHOUT_BASIC
    (finding,) = problems(program, "--json")
    assert fixes(program, finding, "--json")
    done(program.git("clone", WEB))
    assert answers(server) == WITH_TOKEN


# Before Git 2.46


def test_an_older_git_spends_the_token_on_ntlm(server: GitServer, older: Program) -> None:
    assert is_refused(older.git("clone", WEB))
    assert answers(server) == set()
    assert states(older) == {f"{KEPT} pat": "rejected"}


@newer
def test_a_git_that_names_the_challenges_gets_the_reason_too_where_there_is_one(
    server: GitServer, program: Program
) -> None:
    silence(program, "capability")
    server.challenges = WITHOUT_NTLM
    assert "git-credential-pat" not in done(program.git("clone", WEB)).stderr
    assert answers(server) == WITH_TOKEN
    server.challenges = BESIDE_NTLM
    run = program.git("clone", WEB, "again")
    assert is_refused(run)
    assert f"git-credential-pat: {HOST} offers NTLM or Negotiate, where Git before 2.46 " in run.stderr
    assert f"only http.{HOST}/.extraHeader works" in run.stderr


@pytest.mark.parametrize(
    ("challenges", "key"),
    [(BESIDE_NTLM, f"http.{HOST}/.extraHeader"), (WITHOUT_BASIC, f"http.{HOST}.extraHeader")],
)
def test_a_header_made_by_hand_works_with_any_git(
    server: GitServer, older: Program, challenges: tuple[str, ...], key: str
) -> None:
    server.challenges = challenges
    header = older.run("header", COLLECTION).stdout.decode().rstrip("\n")
    done(older.git("config", "--global", key, header))
    done(older.git("clone", WEB))
    assert answers(server) == {("", 200)}


def test_negotiate_beside_basic_takes_no_token(server: GitServer, older: Program) -> None:
    server.challenges = WITHOUT_NTLM
    done(older.git("clone", WEB))
    assert answers(server) == WITH_TOKEN

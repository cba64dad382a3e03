"""Azure DevOps Server with Windows logins beside Basic: with which Git a token works there, and how.

Git from 2.46 on takes a whole `Authorization` header from a helper. An older one hands curl a username
and a password, and curl spends them on NTLM before Basic.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from support.checks import entries, keep
from support.doctor import mends, problems
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
WEB = f"{COLLECTION}/web/_git/web"
PAT_BASIC = f"cGF0Ok{'FBQU' * 25}FBWkRPYjFjMg=="  # base64 of "pat:" and AZURE_TOKEN
WITH_TOKEN = {("pat", 200)}

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
    program = Program(tmp_path / "home")
    server.configure_client(program.home)
    for key, value in [("user.name", "A Tester"), ("user.email", "tester@example.com")]:
        done(program.git("config", "--global", key, value))
    return program


@pytest.fixture
def seeded(anybody: Program) -> Program:
    """A user with the machine's own Git and a token of the collection."""
    done(anybody.run("configure"))
    anybody.seed(COLLECTION, AZURE_TOKEN)
    return anybody


@pytest.fixture
def program(seeded: Program) -> Program:
    """A user with the newer Git and a token of the collection."""
    lead_with_newer_git(seeded)
    return seeded


@pytest.fixture
def older(seeded: Program) -> Program:
    """A user with a token whose Git is older than 2.41, or speaks like one."""
    silence(seeded, "capability", "wwwauth")
    return seeded


def done(run: Run) -> Run:
    assert run.status == 0, run
    return run


def answers(server: GitServer) -> set[tuple[str | None, int]]:
    """Return how requests ended, beside those without a token that ended in a 401: (username, status)."""
    return {(record.username, record.status) for record in server.log} - {(None, 401)}


def lines(program: Program, name: str) -> list[str]:
    return (program.home / name).read_text(encoding="utf-8").splitlines()


def is_refused(run: Run) -> bool:
    return run.status == 128 and run.stderr.endswith(f"fatal: Authentication failed for '{WEB}/'\n")


# From Git 2.46 on


@newer
def test_a_clone_a_push_and_a_fetch_need_no_question(server: GitServer, program: Program) -> None:
    url = f"{COLLECTION}/shared/_git/shared"
    server.create_repository(url)
    for folder in ("first", "second"):
        assert "git-credential-pat" not in done(program.git("clone", url, folder)).stderr
    (program.home / "first" / "news").write_text("from the first\n", encoding="utf-8")
    done(program.git("-C", "first", "add", "news"))
    done(program.git("-C", "first", "commit", "--message", "news"))
    done(program.git("-C", "first", "push"))
    done(program.git("-C", "second", "fetch"))
    assert program.git("-C", "second", "show", "origin/main:news").stdout == b"from the first\n"
    assert answers(server) == WITH_TOKEN


@newer
def test_what_git_reports_back_is_the_token_that_it_was_given(server: GitServer, program: Program) -> None:
    before = program.vault.stat()
    done(program.git("clone", WEB))
    after = program.vault.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert states(program) == {f"{HOST}/tfs/defaultcollection pat": "active"}
    assert answers(server) == WITH_TOKEN


@newer
@pytest.mark.usefixtures("server")
def test_git_and_helper_agree_on_a_header(program: Program) -> None:
    done(program.git(*overhearing(), "ls-remote", WEB))
    place = ["protocol=https", "host=tfs.example.com", "path=tfs/DefaultCollection/web/_git/web"]
    header = ["authtype=Basic", f"credential={PAT_BASIC}"]
    heard = lines(program, "heard")
    end = heard.index("[store]")
    assert heard[:end] == [
        *["[get]", "capability[]=authtype", "capability[]=state", *place],
        *['wwwauth[]=Basic realm="https://tfs.example.com/tfs"', "wwwauth[]=Negotiate", "wwwauth[]=NTLM"],
    ]
    assert {"capability[]=authtype", *place, *header} < set(heard[end:])
    assert lines(program, "said") == ["capability[]=authtype", *header]


@newer
def test_the_state_of_another_helper_does_no_harm(server: GitServer, program: Program) -> None:
    other = "!f() { test $1 != get || printf 'capability[]=state\\nstate[]=other.a=1\\n'; }; f"
    done(program.git(*overhearing(other), "ls-remote", WEB))
    assert "state[]=other.a=1" in lines(program, "heard")
    assert lines(program, "said") == ["capability[]=authtype", "authtype=Basic", f"credential={PAT_BASIC}"]
    assert answers(server) == WITH_TOKEN


@newer
def test_a_token_that_the_server_changed_is_put_aside_until_the_next_is_seeded(
    server: GitServer, program: Program
) -> None:
    server.set_account("tfs.example.com", Account(OTHER_AZURE_TOKEN))
    assert is_refused(program.git("clone", WEB))
    assert states(program) == {f"{HOST}/tfs/defaultcollection pat": "rejected"}
    assert answers(server) == {("pat", 401)}
    asked = program.git("clone", WEB)
    assert f"the token for {HOST}/tfs/defaultcollection was rejected by its host; " in asked.stderr
    assert f"fatal: could not read Username for '{WEB}': " in asked.stderr
    program.seed(COLLECTION, OTHER_AZURE_TOKEN)
    done(program.git("clone", WEB))
    assert states(program) == {f"{HOST}/tfs/defaultcollection pat": "active"}


@newer
def test_a_token_that_expires_keeps_its_day(server: GitServer, program: Program) -> None:
    program.seed(COLLECTION, AZURE_TOKEN, "--expires", "2399-12-31")
    done(program.git("clone", WEB))
    (entry,) = entries(program)
    assert entry["expires"] == "2399-12-31T23:59:59Z"
    assert answers(server) == WITH_TOKEN


@newer
def test_an_expired_token_is_not_sent(server: GitServer, program: Program) -> None:
    done(program.run("remove", COLLECTION, "--yes"))
    keep(program, COLLECTION.lower(), expires=int(time.time()) - 1)
    run = program.git("clone", WEB)
    assert run.status == 128
    assert f"the token for {HOST}/tfs/defaultcollection expired on " in run.stderr
    assert answers(server) == set()


@newer
def test_a_token_pasted_at_the_question_is_kept_as_a_token(server: GitServer, anybody: Program) -> None:
    lead_with_newer_git(anybody)
    done(anybody.run("configure"))
    done(anybody.git("config", "--global", f"pat.{HOST}.provider", "azure-devops-server"))
    terminal = Script(anybody, f"git clone {WEB}")
    terminal.wait_for("Paste a token for tfs.example.com (make one at ")
    terminal.wait_for("needs Code: Read & write): ")
    terminal.enter(AZURE_TOKEN)
    assert terminal.finish() == 0
    assert AZURE_TOKEN not in terminal.seen
    assert states(anybody) == {f"{HOST} pat": "active"}
    assert anybody.run("token", WEB).stdout == f"{AZURE_TOKEN}\n".encode()
    done(anybody.git("-C", "web", "fetch"))
    assert answers(server) == WITH_TOKEN


@newer
def test_a_token_pasted_for_a_rejected_one_takes_its_place(server: GitServer, program: Program) -> None:
    program.seed(COLLECTION, AZURE_TOKEN, "--label", "laptop")
    server.set_account("tfs.example.com", Account(OTHER_AZURE_TOKEN))
    assert is_refused(program.git("clone", WEB))
    terminal = Script(program, f"git clone {WEB}")
    terminal.wait_for("Paste a token for tfs.example.com/tfs/defaultcollection (make one at ")
    terminal.wait_for("): ")
    terminal.enter(OTHER_AZURE_TOKEN)
    assert terminal.finish() == 0
    (entry,) = entries(program)
    assert (entry["scope"], entry["state"], entry["label"]) == (
        "https://tfs.example.com/tfs/defaultcollection",
        "active",
        "laptop",
    )
    assert program.run("token", WEB).stdout == f"{OTHER_AZURE_TOKEN}\n".encode()


@newer
def test_without_basic_the_doctors_command_lets_the_header_through(
    server: GitServer, program: Program
) -> None:
    server.challenges = ("Negotiate", "NTLM")
    (finding,) = problems(program, "--json")
    assert mends(program, finding, "--json")
    done(program.git("clone", WEB))
    assert answers(server) == WITH_TOKEN


# Before Git 2.46


def test_an_older_git_spends_the_token_on_ntlm(server: GitServer, older: Program) -> None:
    assert is_refused(older.git("clone", WEB))
    assert answers(server) == set()
    assert states(older) == {f"{HOST}/tfs/defaultcollection pat": "rejected"}


@newer
def test_a_git_that_names_the_challenges_gets_the_reason_too(server: GitServer, program: Program) -> None:
    silence(program, "capability")
    run = program.git("clone", WEB)
    assert is_refused(run)
    assert f"git-credential-pat: {HOST} offers NTLM or Negotiate, on which Git before 2.46 " in run.stderr
    assert f"only http.{HOST}/.extraHeader works" in run.stderr
    assert answers(server) == set()


@pytest.mark.parametrize(
    ("challenges", "key"),
    [
        (BESIDE_NTLM, f"http.{HOST}/.extraHeader"),
        (("Negotiate", "NTLM"), f"http.{HOST}.extraHeader"),
    ],
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
    server.challenges = ('Basic realm="https://tfs.example.com/tfs"', "Negotiate")
    done(older.git("clone", WEB))
    assert answers(server) == WITH_TOKEN


@newer
def test_negotiate_beside_basic_is_no_matter_to_speak_of(server: GitServer, program: Program) -> None:
    server.challenges = ('Basic realm="https://tfs.example.com/tfs"', "Negotiate")
    silence(program, "capability")
    assert "git-credential-pat" not in done(program.git("clone", WEB)).stderr
    assert answers(server) == WITH_TOKEN

"""Real `git clone` from other hosts, and what a clone must never let out or let in."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support.git_credential import states
from support.git_server import Account, GitServer
from support.program import AZURE_TOKEN, OTHER_AZURE_TOKEN, Program, Run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WEB = "https://dev.azure.com/fabrikam/web/_git/web"
TOOL = "https://git.example.com/group/tool.git"
TFS = "https://tfs.example.com/tfs/DefaultCollection/web/_git/web"
ALICE_TOKEN = "ghp_" + "a" * 36
BOB_TOKEN = "ghp_" + "b" * 36
ACCOUNTS = {
    "git.example.com": Account("se cret=%&", "jane@example.org"),
    "tfs.example.com": Account(OTHER_AZURE_TOKEN),
    "github.com/alice": Account(ALICE_TOKEN),
    "github.com/bob": Account(BOB_TOKEN),
}


@pytest.fixture(scope="module")
def running_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    root = tmp_path_factory.mktemp("hosts") / "server"
    with GitServer(root, {"fabrikam": AZURE_TOKEN}, ACCOUNTS) as server:
        for url in (WEB, TOOL, TFS, "https://github.com/alice/tool.git", "https://github.com/bob/tool.git"):
            server.create_repository(url, {"README.md": f"{url}\n"})
        yield server


@pytest.fixture
def server(running_server: GitServer) -> GitServer:
    running_server.log.clear()
    return running_server


@pytest.fixture
def program(server: GitServer, tmp_path: Path) -> Program:
    program = Program(tmp_path / "home")
    server.configure_client(program.home)
    done(program.run("configure"))
    return program


def done(run: Run) -> Run:
    assert run.status == 0, run
    return run


def logins(server: GitServer) -> set[tuple[str, str | None, int]]:
    """Return who was answered what, of the requests with a login: (host, username, status)."""
    return {(record.host, record.username, record.status) for record in server.log if record.username}


# Other hosts


def test_a_host_with_username_and_password_is_cloned(server: GitServer, program: Program) -> None:
    program.seed("https://git.example.com", "se cret=%&", "--username", "jane@example.org")
    done(program.git("clone", TOOL))
    assert (program.home / "tool" / "README.md").read_text(encoding="utf-8") == f"{TOOL}\n"
    assert logins(server) == {("git.example.com", "jane@example.org", 200)}


def test_a_wrong_password_of_a_host_is_rejected(server: GitServer, program: Program) -> None:
    program.seed("https://git.example.com", "wrong", "--username", "jane@example.org")
    refused = program.git("clone", TOOL)
    assert (refused.status, refused.stderr.splitlines()[-1]) == (
        128,
        f"fatal: Authentication failed for '{TOOL}/'",
    )
    assert states(program) == {"https://git.example.com jane@example.org": "rejected"}
    assert logins(server) == {("git.example.com", "jane@example.org", 401)}


@pytest.mark.parametrize("url", [TFS, "https://tfs.example.com/tfs/DefaultCollection"])
def test_azure_devops_server_is_known_by_its_address(server: GitServer, program: Program, url: str) -> None:
    program.seed(url, OTHER_AZURE_TOKEN)
    done(program.git("clone", TFS))
    done(program.git("clone", TFS.replace("https://", "https://jane@"), "again"))
    assert {login for login in logins(server) if login[2] == 200} == {
        ("tfs.example.com", "pat", 200),
        ("tfs.example.com", "jane", 200),
    }


def test_azure_devops_server_is_known_by_its_provider(server: GitServer, program: Program) -> None:
    program.seed("https://tfs.example.com", OTHER_AZURE_TOKEN, "--provider", "azure-devops-server")
    done(program.git("clone", TFS))
    assert logins(server) == {("tfs.example.com", "pat", 200)}


def test_each_owner_at_github_has_a_token(server: GitServer, program: Program) -> None:
    program.seed("https://github.com/alice", ALICE_TOKEN)
    program.seed("https://github.com/bob", BOB_TOKEN)
    done(program.git("clone", "https://github.com/alice/tool.git", "of alice"))
    done(program.git("clone", "https://github.com/bob/tool", "of bob"))
    assert logins(server) == {("github.com", "x-access-token", 200)}
    assert states(program) == {
        "https://github.com/alice x-access-token": "active",
        "https://github.com/bob x-access-token": "active",
    }


# What must not get out, and what must not get in


def test_no_trace_of_git_shows_a_token(server: GitServer, program: Program) -> None:
    program.seed("https://dev.azure.com/fabrikam", AZURE_TOKEN)
    traces = {"GIT_TRACE": "1", "GIT_TRACE_CURL": "1", "GIT_TRACE_SETUP": "1", "GIT_CURL_VERBOSE": "1"}
    run = done(program.git("clone", WEB, environment=traces))
    assert "git-credential-pat get" in run.stderr
    assert AZURE_TOKEN not in run.stdout.decode() + run.stderr
    program.seed("https://dev.azure.com/fabrikam", OTHER_AZURE_TOKEN)
    refused = program.git("-C", "web", "fetch", environment=traces)
    assert refused.status == 128
    assert "git-credential-pat erase" in refused.stderr
    assert OTHER_AZURE_TOKEN not in refused.stdout.decode() + refused.stderr
    assert ("dev.azure.com", "pat", 401) in logins(server)


def test_a_hostile_folder_and_python_settings_run_nothing(program: Program) -> None:
    program.seed("https://dev.azure.com/fabrikam", AZURE_TOKEN)
    folder = program.home / "hostile"
    mark = program.home / "mark"
    (folder / "git_credential_pat").mkdir(parents=True)
    trap = f"open({str(mark)!r}, 'w').close()\nraise SystemExit('caught')\n"
    for name in ("sitecustomize", "usercustomize", "json", "cryptography", "git_credential_pat/__init__"):
        (folder / f"{name}.py").write_text(trap, encoding="utf-8")
    hostile = {
        "PYTHONPATH": str(folder),
        "PYTHONSTARTUP": str(folder / "json.py"),
        "PYTHONHOME": str(folder),
        "PYTHONINSPECT": "1",
    }
    done(program.git("clone", WEB, cwd=folder, environment=hostile))
    assert not mark.exists()
    bare = {"PYTHONPATH": str(folder)}  # the trap is a trap: any other Python falls into it
    assert subprocess.run([sys.executable, "-c", ""], env=bare, check=False, capture_output=True).returncode
    assert mark.exists()


def test_settings_of_the_repository_do_not_steer_the_helper(server: GitServer, program: Program) -> None:
    program.seed("https://dev.azure.com/fabrikam", AZURE_TOKEN)
    done(program.git("clone", WEB))
    done(program.git("-C", "web", "config", "pat.backend", "nowhere"))
    done(program.git("-C", "web", "config", "pat.https://dev.azure.com.username", "mallory"))
    for place in (["-C", "web"], ["--git-dir", str(program.home / "web" / ".git")]):
        server.log.clear()
        done(program.git(*place, "fetch"))
        assert logins(server) == {("dev.azure.com", "pat", 200)}

"""A token that was left in `http.extraHeader`: what real Git sends of it, and the command that takes it out.

actions/checkout and pipelines write such headers, into a repository's configuration, a file that it includes,
the user's, the system's or the environment.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from support.cloning import WEB, done, logins, meet
from support.doctor import Found, doctor
from support.git_credential import states
from support.git_server import BESIDE_NTLM, Account, GitServer
from support.newer_git import lead_with_newer_git
from support.program import AZURE_TOKEN, CONTOSO, FABRIKAM, OTHER_AZURE_TOKEN, Program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

SECRET = "dGhlaXJzOmNhbmFyeQ=="
THEIRS = f"AUTHORIZATION: basic {SECRET}"
"""As actions/checkout writes it; the username in it is "theirs"."""
HOST = "http.https://dev.azure.com/.extraHeader"
SET = f"git config --global --add {HOST}"
SYSTEM = "git config --file $GIT_CONFIG_SYSTEM --add"
WORKED = {("fabrikam", "pat", 200)}
TFS = "https://tfs.example.com/tfs/DefaultCollection"

PLACES = {
    "for the host": f"{SET} '{THEIRS}'",
    "in small letters": f"{SET} 'authorization: basic {SECRET}'",
    "for every host": f"git config --global http.extraHeader '{THEIRS}'",
    "for a repository": f"git config --global http.{WEB}.extraHeader '{THEIRS}'",
    "for an organization in capitals": f"git config --global http.{FABRIKAM}.extraHeader '{THEIRS}'",
    "for a pattern": f"git config --global http.https://*.azure.com.extraHeader '{THEIRS}'",
    "in the repository": f"git config {HOST} '{THEIRS}'",
    "in a file that the repository includes": (
        f"git config --file $HOME/runner.config {HOST} '{THEIRS}'; "
        "git config includeIf.gitdir:$PWD/.git.path $HOME/runner.config"
    ),
    "in the system's configuration": f"{SYSTEM} {HOST} '{THEIRS}'",
    "twice": f"{SET} '{THEIRS}'; {SET} 'Authorization: Bearer canary'",
    "in two places": f"git config --global http.extraHeader '{THEIRS}'; {SET} '{THEIRS}'",
    "that sends none": f"{SET} Authorization:",
}


@pytest.fixture(scope="module")
def running_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    with GitServer(tmp_path_factory.mktemp("headers") / "server", {"fabrikam": AZURE_TOKEN}) as server:
        server.create_repository(WEB)
        server.create_repository(f"{TFS}/web/_git/web")
        yield server


@pytest.fixture
def server(running_server: GitServer) -> GitServer:
    running_server.log.clear()
    return running_server


@pytest.fixture
def member(server: GitServer, tmp_path: Path) -> Program:
    """Return a program with a token, in whose home lies a repository of the server."""
    program = meet(server, Program(tmp_path / "home"))
    del program.environment["GIT_CONFIG_NOSYSTEM"]
    program.environment["GIT_CONFIG_SYSTEM"] = str(program.home / "system.gitconfig")
    program.seed(FABRIKAM, AZURE_TOKEN)
    done(program.git("init", "--quiet", "repository"))
    done(program.git("-C", "repository", "remote", "add", "origin", WEB))
    return program


def paste(program: Program, command: str, then: str = "true") -> bytes:
    """Run a command in a shell in the repository, and another one in the same shell."""
    return subprocess.run(
        ["/bin/sh", "-ec", f"{command}\n{then}"],
        env=program.environment,
        cwd=program.home / "repository",
        check=True,
        capture_output=True,
    ).stdout


def left_over(program: Program) -> list[Found]:
    found = doctor(program, cwd=program.home / "repository")
    return [finding for finding in found if finding.state != "ok"]


@pytest.mark.parametrize("place", PLACES)
def test_git_sends_a_left_over_header_in_place_of_the_token_until_the_printed_command_has_run(
    member: Program, server: GitServer, place: str
) -> None:
    paste(member, f"{PLACES[place]}; {SET} 'X-Other: stays'")
    assert member.git("-C", "repository", "ls-remote").status == 128
    assert ("fabrikam", "pat", 200) not in logins(server)
    member.run("restore", FABRIKAM)  # it is set aside, unless Git did not even ask
    (finding,) = left_over(member)
    assert (finding.check, finding.state) == ("left-over-headers", "problem")
    assert "https://dev.azure.com" in finding.text
    assert SECRET not in str(finding)
    assert "canary" not in str(finding)
    assert finding.fix is not None
    paste(member, finding.fix)
    assert left_over(member) == []
    server.log.clear()
    done(member.git("-C", "repository", "ls-remote"))
    assert logins(server) == WORKED
    assert paste(member, f"git config --get-all {HOST}") == b"X-Other: stays\n"


def test_git_has_the_good_token_set_aside_for_a_header_that_it_sent_in_its_place(
    member: Program, server: GitServer
) -> None:
    paste(member, f"{SET} '{THEIRS}'")
    assert member.git("-C", "repository", "ls-remote").status == 128
    assert logins(server) == {("fabrikam", "theirs", 401)}
    assert states(member) == {f"{FABRIKAM} pat": "rejected"}


@pytest.mark.parametrize("at", range(3))
def test_of_several_settings_of_the_environment_only_the_header_is_taken_out(
    member: Program, server: GitServer, at: int
) -> None:
    settings = [("pat.agent", "never"), ("color.ui", "always")]
    settings.insert(at, ("http.https://dev.azure.com/.EXTRAHEADER", THEIRS))
    member.environment["GIT_CONFIG_COUNT"] = "3"
    for number, (key, value) in enumerate(settings):
        member.environment |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    assert member.git("-C", "repository", "ls-remote").status == 128
    done(member.run("restore", FABRIKAM))
    (finding,) = left_over(member)
    assert finding.text.startswith(
        "Git sends the Authorization header of http.extraHeader in the environment"
    )
    assert finding.fix is not None
    kept = paste(member, finding.fix, "git config --get-regexp '^(pat|color|http.http)'; git ls-remote >&2")
    assert sorted(kept.decode().splitlines()) == ["color.ui always", "pat.agent never"]
    assert ("fabrikam", "pat", 200) in logins(server)


def test_a_header_alone_in_the_environment_goes_with_its_count(member: Program) -> None:
    member.environment |= {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": HOST, "GIT_CONFIG_VALUE_0": THEIRS}
    paste(member, "git config --global pat.agent never")
    (finding,) = left_over(member)
    assert finding.fix == "unset GIT_CONFIG_COUNT"


@pytest.mark.parametrize(
    "line",
    [
        f"{SET} '{THEIRS}'; {SET} ''",
        f"git config --global http.extraHeader '{THEIRS}'; {SET} ''",
        f"git config --global http.{CONTOSO}.extraHeader '{THEIRS}'",
        f"git config --global http.https://github.com/.extraHeader '{THEIRS}'",
        f"{SET} 'X-Authorization: basic x'; git config http.extraHeader '{THEIRS}'",
    ],
    ids=["reset", "reset for the host", "another organization", "another host", "less close"],
)
def test_a_header_that_git_does_not_send_to_the_tokens_host_is_only_noted(
    member: Program, server: GitServer, line: str
) -> None:
    paste(member, line)
    done(member.git("-C", "repository", "ls-remote"))
    assert logins(server) == WORKED
    assert {(found.check, found.state) for found in left_over(member)} <= {("left-over-headers", "note")}


def test_another_address_of_the_organization_is_found_by_the_remote(
    member: Program, server: GitServer
) -> None:
    old = "https://fabrikam.visualstudio.com"
    paste(member, f"git remote set-url origin {old}/web/_git/web")
    paste(member, f"git config --global http.{old}/.extraHeader '{THEIRS}'")
    (finding,) = left_over(member)
    assert finding.state == "problem"
    assert finding.fix is not None
    paste(member, finding.fix)
    done(member.git("-C", "repository", "ls-remote"))
    assert ("fabrikam.visualstudio.com", "pat", 200) in logins(server)


def test_a_login_of_netrc_is_sent_before_this_helper_is_asked(member: Program, server: GitServer) -> None:
    netrc = member.home / ".netrc"
    netrc.touch(0o600)
    netrc.write_text("machine dev.azure.com login theirs password canary\n")
    done(member.git("-C", "repository", "ls-remote"))
    assert logins(server) == {("fabrikam", "theirs", 401), *WORKED}
    assert states(member) == {f"{FABRIKAM} pat": "active"}
    (finding,) = left_over(member)
    assert (finding.check, finding.state) == ("plaintext", "note")
    assert finding.text.endswith(" in plain text, which Git sends before it asks a helper")


@pytest.mark.parametrize("is_included", [False, True])
def test_a_submodule_of_the_repository_is_looked_at(member: Program, *, is_included: bool) -> None:
    module = member.home / "repository/.git/modules/lib"
    done(member.git("clone", "--quiet", "--bare", WEB, str(module)))
    file = member.home / "runner.config" if is_included else module / "config"
    paste(member, f"git config --file {file} http.https://dev.azure.com/.extraHeader '{THEIRS}'")
    if is_included:
        paste(member, f"git config --file {module}/config include.path {file}")
    assert member.git("-C", str(module), "ls-remote").status == 128
    done(member.run("restore", FABRIKAM))
    (finding,) = left_over(member)
    assert (finding.check, finding.state) == ("left-over-headers", "problem")
    assert finding.fix is not None
    paste(member, finding.fix)
    assert left_over(member) == []
    done(member.git("-C", str(module), "ls-remote"))


@pytest.mark.needs("newer-git")
def test_a_newer_git_sends_a_header_of_this_helper_beside_the_left_over_one(
    member: Program, server: GitServer
) -> None:
    server.challenges = BESIDE_NTLM
    server.set_account("tfs.example.com", Account(OTHER_AZURE_TOKEN))
    member.seed(TFS, OTHER_AZURE_TOKEN)
    paste(member, f"git config --global http.https://tfs.example.com/.extraHeader '{THEIRS}'")
    assert [found.state for found in left_over(member)] == ["note"], "the only way for an older Git"
    lead_with_newer_git(member)
    member.git("ls-remote", f"{TFS}/web/_git/web")
    assert [record.status for record in server.log][-1] == 400, "Duplicate header"
    (finding,) = left_over(member)
    assert finding.state == "problem"
    assert finding.fix is not None
    paste(member, finding.fix)
    done(member.git("ls-remote", f"{TFS}/web/_git/web"))

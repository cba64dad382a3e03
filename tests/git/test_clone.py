"""Real `git clone`, `push` and `fetch` under the hosts' real names, with this machine's Git and a newer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.cloning import APP, NEWER, WEB, WRONG_TOKEN, commit_and_push, done, logins, meet, untouched
from support.git_credential import states
from support.git_server import Account, GitServer
from support.newer_git import lead_with_newer_git, overhearing
from support.program import AZURE_TOKEN, CONTOSO, FABRIKAM, OTHER_AZURE_TOKEN, Program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOOL = "https://git.example.com/group/tool.git"
SPACE = f"{FABRIKAM}/My%20Project/_git/A%20Tool"
TFS = "https://tfs.example.com/tfs/DefaultCollection/web/_git/web"
OF_ALICE, OF_BOB = "https://github.com/alice/tool.git", "https://github.com/bob/tool.git"
ACCOUNTS = {
    "git.example.com": Account("se cret=%&", "jane@example.org"),
    "tfs.example.com": Account(OTHER_AZURE_TOKEN),
    "github.com/alice": Account("ghp_" + "a" * 36),
    "github.com/bob": Account("ghp_" + "b" * 36),
}


@pytest.fixture(scope="module")
def running_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    organizations = {"fabrikam": AZURE_TOKEN, "contoso": OTHER_AZURE_TOKEN}
    with GitServer(tmp_path_factory.mktemp("clone") / "server", organizations, ACCOUNTS) as server:
        for url in (WEB, APP, SPACE, TOOL, TFS, OF_ALICE, OF_BOB):
            server.create_repository(url, {"README.md": f"{url}\n"})
        yield server


@pytest.fixture
def server(running_server: GitServer) -> GitServer:
    running_server.log.clear()
    return running_server


@pytest.fixture
def user(server: GitServer, tmp_path: Path) -> Program:
    """A user who reaches the server; Git asks nobody for credentials."""
    return meet(server, Program(tmp_path / "home"))


@pytest.fixture
def configured(user: Program) -> Program:
    """The same user after `configure`, without a token."""
    done(user.run("configure"))
    return user


@pytest.fixture
def pathless(user: Program) -> Program:
    """A user whose Git asks this helper, but names no path, and so no organization."""
    done(user.git("config", "--global", "credential.helper", "pat"))
    user.seed(FABRIKAM, AZURE_TOKEN, "--no-configure")
    return user


@pytest.fixture
def program(configured: Program) -> Program:
    """A user with a token of each organization."""
    configured.seed(FABRIKAM, AZURE_TOKEN)
    configured.seed(CONTOSO, OTHER_AZURE_TOKEN)
    return configured


@pytest.fixture(params=["its own Git", NEWER])
def either(request: pytest.FixtureRequest, program: Program) -> Program:
    """The same, with the machine's Git or with one of 2.46 or later."""
    if request.param != "its own Git":
        lead_with_newer_git(program)
    return program


def readme(program: Program, folder: str) -> str:
    return (program.home / folder / "README.md").read_text(encoding="utf-8").rstrip("\n")


# Each organization its own token


def test_two_organizations_of_one_host_are_worked_with_and_nothing_is_asked_said_or_written(
    server: GitServer, either: Program
) -> None:
    with untouched(either.vault):
        for url, folder in [(WEB, "web"), (WEB, "second"), (APP, "app")]:
            assert "git-credential-pat" not in done(either.git("clone", url, folder)).stderr
            assert readme(either, folder) == url
        commit_and_push(either, "web", either.home.parent.name)
        done(either.git("-C", "second", "fetch"))
    assert either.git("-C", "second", "diff", "HEAD", "origin/main").stdout != b""
    assert logins(server) == {("fabrikam", "pat", 200), ("contoso", "pat", 200)}


def test_the_old_address_and_a_project_with_a_space_in_its_name_work_too(
    server: GitServer, program: Program
) -> None:
    done(program.git("clone", SPACE, "tool"))
    done(program.git("clone", "https://fabrikam.visualstudio.com/DefaultCollection/web/_git/web", "old"))
    done(program.git("clone", f"{FABRIKAM.replace('fab', 'Fab')}/_git/Web", "capitals"))
    assert [readme(program, folder) for folder in ("tool", "old", "capitals")] == [SPACE, WEB, WEB]
    assert {login[1:] for login in logins(server)} == {("pat", 200)}


@pytest.mark.parametrize("sends_path", [True, False])
def test_the_clone_buttons_address_works(server: GitServer, either: Program, *, sends_path: bool) -> None:
    if not sends_path:
        done(either.run("unconfigure"))
        done(either.git("config", "--global", "credential.helper", "pat"))
    done(either.git("clone", WEB.replace("://", "://fabrikam@")))
    done(either.git("clone", APP.replace("://", "://contoso@")))
    answered = {login for login in logins(server) if login[2] == 200}
    assert answered == {("fabrikam", "fabrikam", 200), ("contoso", "contoso", 200)}


@pytest.mark.slow
def test_a_submodule_may_lie_in_the_other_organization(
    server: GitServer, either: Program, request: pytest.FixtureRequest
) -> None:
    url = f"{FABRIKAM}/super/_git/{'newer' if 'newer' in request.node.name else 'super'}"
    server.create_repository(url)
    done(either.git("clone", url, "super"))
    done(either.git("-C", "super", "submodule", "add", APP, "app"))
    commit_and_push(either, "super", "news")
    server.log.clear()
    done(either.git("clone", "--recurse-submodules", url, "copy"))
    assert readme(either, "copy/app") == APP
    assert logins(server) == {("fabrikam", "pat", 200), ("contoso", "pat", 200)}


@pytest.mark.needs("newer-git")
def test_where_no_windows_login_is_offered_a_newer_git_gets_username_and_password(either: Program) -> None:
    lead_with_newer_git(either)
    done(either.git(*overhearing(), "ls-remote", WEB))
    said = (either.home / "said").read_text(encoding="utf-8")
    assert said == f"username=pat\npassword={AZURE_TOKEN}\n"


# Tokens that the server refuses


def test_a_wrong_token_is_put_aside_until_a_right_one_is_seeded(server: GitServer, either: Program) -> None:
    either.seed(FABRIKAM, WRONG_TOKEN)
    refused = either.git("clone", WEB)
    assert refused.status == 128
    assert refused.stderr.endswith(f"fatal: Authentication failed for '{WEB}/'\n")
    assert states(either) == {f"{CONTOSO} pat": "active", f"{FABRIKAM} pat": "rejected"}
    asked = either.git("clone", WEB)
    assert asked.status == 128
    assert f"fatal: could not read Username for '{WEB}': " in asked.stderr
    done(either.git("clone", APP))
    either.seed(FABRIKAM, AZURE_TOKEN)
    done(either.git("clone", WEB))
    assert states(either)[f"{FABRIKAM} pat"] == "active"
    assert ("fabrikam", "pat", 200) in logins(server)


def test_without_paths_a_foreign_repository_costs_no_token(server: GitServer, pathless: Program) -> None:
    assert pathless.git("clone", APP).status == 128
    assert states(pathless) == {f"{FABRIKAM} pat": "doubtful"}
    done(pathless.git("-c", "credential.useHttpPath=true", "clone", WEB))
    assert states(pathless) == {f"{FABRIKAM} pat": "active"}
    assert logins(server) == {("contoso", "pat", 401), ("fabrikam", "pat", 200)}


# Tokens typed at Git's own prompts


@pytest.mark.parametrize(("sends_path", "place"), [(True, WEB), (False, "https://dev.azure.com")])
def test_a_token_typed_once_is_kept(
    server: GitServer, configured: Program, *, sends_path: bool, place: str
) -> None:
    if not sends_path:
        done(configured.run("unconfigure"))
        done(configured.git("config", "--global", "credential.helper", "pat"))
    script = configured.home / "askpass"
    script.write_text(
        '#!/bin/sh\nprintf "%s\\n" "$1" >>"$HOME/questions"\n'
        f"case $1 in Username*) echo jane ;; *) echo '{AZURE_TOKEN}' ;; esac\n",
        encoding="utf-8",
    )
    script.chmod(0o700)
    for command in (["clone", WEB, "first"], ["clone", WEB, "second"], ["-C", "first", "fetch"]):
        done(configured.git(*command, environment={"GIT_ASKPASS": str(script)}))
    assert (configured.home / "questions").read_text(encoding="utf-8").splitlines() == [
        f"Username for '{place}': ",
        f"Password for '{place.replace('://', '://jane@')}': ",
    ]
    assert states(configured) == {f"{FABRIKAM if sends_path else place} jane": "active"}
    if sends_path:
        assert configured.git("clone", APP).status == 128
    assert logins(server) == {("fabrikam", "jane", 200)}


# Other hosts


def test_a_host_with_username_and_password_is_cloned(server: GitServer, configured: Program) -> None:
    configured.seed("https://git.example.com", "se cret=%&", "--username", "jane@example.org")
    done(configured.git("clone", TOOL))
    assert logins(server) == {("git.example.com", "jane@example.org", 200)}


@pytest.mark.parametrize(
    "words",
    [
        ("https://tfs.example.com/tfs/DefaultCollection",),
        ("https://tfs.example.com", "--provider", "azure-devops-server"),
    ],
    ids=["by its address", "by its provider"],
)
def test_azure_devops_server_is_known(server: GitServer, configured: Program, words: list[str]) -> None:
    configured.seed(words[0], OTHER_AZURE_TOKEN, *words[1:])
    done(configured.git("clone", TFS))
    done(configured.git("clone", TFS.replace("https://", "https://jane@"), "again"))
    answered = {login for login in logins(server) if login[2] == 200}
    assert answered == {("tfs.example.com", "pat", 200), ("tfs.example.com", "jane", 200)}


def test_each_owner_at_github_has_a_token(server: GitServer, configured: Program) -> None:
    for owner in ("alice", "bob"):
        configured.seed(f"https://github.com/{owner}", ACCOUNTS[f"github.com/{owner}"].password)
    done(configured.git("clone", OF_ALICE, "of alice"))
    done(configured.git("clone", OF_BOB.removesuffix(".git"), "of bob"))
    assert logins(server) == {("github.com", "x-access-token", 200)}


# What must not get out


def test_no_trace_of_git_shows_a_token(server: GitServer, configured: Program) -> None:
    traces = {"GIT_TRACE": "1", "GIT_TRACE_CURL": "1", "GIT_TRACE_SETUP": "1", "GIT_CURL_VERBOSE": "1"}
    for token, status, operation in ((AZURE_TOKEN, 0, "get"), (WRONG_TOKEN, 128, "erase")):
        configured.seed(FABRIKAM, token)
        run = configured.git("clone", WEB, operation, environment=traces)
        assert run.status == status
        assert f"git-credential-pat {operation}" in run.stderr
        assert token not in run.stdout.decode() + run.stderr
    assert logins(server) == {("fabrikam", "pat", 200), ("fabrikam", "pat", 401)}


def test_a_token_in_a_url_does_not_take_the_place_of_the_seeded_one(
    either: Program, server: GitServer
) -> None:
    """The host accepts both, as hosts do; the server here knows one at a time."""
    done(either.git("clone", "--quiet", WEB, "mine"))
    somebodys = "B" * 76 + "AZDO" + "f5g6"
    server.set_token("fabrikam", somebodys)
    try:
        cloned = done(
            either.git("clone", "--quiet", WEB.replace("https://", f"https://pat:{somebodys}@"), "theirs")
        )
    finally:
        server.set_token("fabrikam", AZURE_TOKEN)
    assert "the token that you stored for https://dev.azure.com/fabrikam still answers" in cloned.stderr
    assert somebodys not in cloned.stderr
    done(either.git("-C", "mine", "fetch"))
    assert either.run("token", FABRIKAM).stdout.decode().strip() == AZURE_TOKEN

"""Real `git clone`, `push` and `fetch` from Azure DevOps Services with a Git of 2.46 or later."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.git_credential import states
from support.git_server import GitServer
from support.newer_git import lead_with_newer_git, overhearing
from support.program import AZURE_TOKEN, OTHER_AZURE_TOKEN, Program, Run
from support.pty_program import Script

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WEB = "https://dev.azure.com/fabrikam/web/_git/web"
APP = "https://dev.azure.com/contoso/app/_git/app"
QUESTION = "Paste a token for dev.azure.com/fabrikam (make one at "
WRONG_TOKEN = "C" * 76 + "AZDO" + "f5g6"

pytestmark = pytest.mark.needs("newer-git")


@pytest.fixture(scope="module")
def running_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    root = tmp_path_factory.mktemp("newer") / "server"
    with GitServer(root, {"fabrikam": AZURE_TOKEN, "contoso": OTHER_AZURE_TOKEN}) as server:
        server.create_repository(WEB, {"README.md": "Fabrikam's web\n"})
        server.create_repository(APP, {"README.md": "Contoso's app\n"})
        yield server


@pytest.fixture
def server(running_server: GitServer) -> GitServer:
    running_server.log.clear()
    return running_server


@pytest.fixture
def anybody(server: GitServer, tmp_path: Path) -> Program:
    """A user with the newer Git who reaches the server, has run `configure` and has no token."""
    program = Program(tmp_path / "home")
    lead_with_newer_git(program)
    server.configure_client(program.home)
    for key, value in [("user.name", "A Tester"), ("user.email", "tester@example.com")]:
        done(program.git("config", "--global", key, value))
    done(program.run("configure"))
    return program


@pytest.fixture
def program(anybody: Program) -> Program:
    """The same user with a token of each organization."""
    anybody.seed("https://dev.azure.com/fabrikam", AZURE_TOKEN)
    anybody.seed("https://dev.azure.com/contoso", OTHER_AZURE_TOKEN)
    return anybody


def done(run: Run) -> Run:
    assert run.status == 0, run
    return run


def logins(server: GitServer) -> set[tuple[str, str | None, int]]:
    """Return who was answered what, of the requests with a login: (organization, user, status)."""
    return {
        (record.path.split("/")[1], record.username, record.status)
        for record in server.log
        if record.username
    }


@pytest.mark.usefixtures("server")
def test_git_is_of_2_46_or_later(program: Program) -> None:
    version = program.git("version").stdout.decode().split()[2]
    assert tuple(map(int, version.split(".")[:2])) >= (2, 46)


def test_two_organizations_of_one_host_are_cloned_without_a_question(
    server: GitServer, program: Program
) -> None:
    before = program.vault.stat()
    assert "git-credential-pat" not in done(program.git("clone", WEB)).stderr
    assert "git-credential-pat" not in done(program.git("clone", APP)).stderr
    assert (program.home / "web" / "README.md").read_text(encoding="utf-8") == "Fabrikam's web\n"
    assert (program.home / "app" / "README.md").read_text(encoding="utf-8") == "Contoso's app\n"
    assert logins(server) == {("fabrikam", "pat", 200), ("contoso", "pat", 200)}
    after = program.vault.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_where_no_windows_login_is_offered_git_gets_username_and_password(
    server: GitServer, program: Program
) -> None:
    done(program.git(*overhearing(), "ls-remote", WEB))
    said = (program.home / "said").read_text(encoding="utf-8")
    assert said == f"username=pat\npassword={AZURE_TOKEN}\n"
    assert logins(server) == {("fabrikam", "pat", 200)}


def test_what_one_clone_pushes_another_fetches(server: GitServer, program: Program) -> None:
    url = "https://dev.azure.com/fabrikam/shared/_git/shared"
    server.create_repository(url)
    done(program.git("clone", url, "first"))
    done(program.git("clone", url, "second"))
    (program.home / "first" / "news").write_text("from the first\n", encoding="utf-8")
    done(program.git("-C", "first", "add", "news"))
    done(program.git("-C", "first", "commit", "--message", "news"))
    done(program.git("-C", "first", "push"))
    done(program.git("-C", "second", "fetch"))
    assert program.git("-C", "second", "show", "origin/main:news").stdout == b"from the first\n"
    assert logins(server) == {("fabrikam", "pat", 200)}


def test_the_clone_buttons_address_works(server: GitServer, program: Program) -> None:
    done(program.git("clone", "https://fabrikam@dev.azure.com/fabrikam/web/_git/web"))
    done(program.git("clone", "https://contoso@dev.azure.com/contoso/app/_git/app"))
    answered = {login for login in logins(server) if login[2] == 200}
    assert answered == {("fabrikam", "fabrikam", 200), ("contoso", "contoso", 200)}


def test_a_submodule_may_lie_in_the_other_organization(server: GitServer, program: Program) -> None:
    url = "https://dev.azure.com/fabrikam/super/_git/super"
    server.create_repository(url)
    done(program.git("clone", url))
    done(program.git("-C", "super", "submodule", "add", APP, "app"))
    done(program.git("-C", "super", "commit", "--message", "Add the app"))
    done(program.git("-C", "super", "push"))
    server.log.clear()
    done(program.git("clone", "--recurse-submodules", url, "copy"))
    assert (program.home / "copy" / "app" / "README.md").read_text(encoding="utf-8") == "Contoso's app\n"
    assert logins(server) == {("fabrikam", "pat", 200), ("contoso", "pat", 200)}


def test_a_wrong_token_is_put_aside_until_a_right_one_is_seeded(server: GitServer, program: Program) -> None:
    program.seed("https://dev.azure.com/fabrikam", WRONG_TOKEN)
    refused = program.git("clone", WEB)
    assert refused.status == 128
    assert refused.stderr.endswith(f"fatal: Authentication failed for '{WEB}/'\n")
    assert states(program) == {
        "https://dev.azure.com/contoso pat": "active",
        "https://dev.azure.com/fabrikam pat": "rejected",
    }
    program.seed("https://dev.azure.com/fabrikam", AZURE_TOKEN)
    done(program.git("clone", WEB))
    assert states(program)["https://dev.azure.com/fabrikam pat"] == "active"
    assert logins(server) == {("fabrikam", "pat", 401), ("fabrikam", "pat", 200)}


# Asked on the terminal


def test_a_token_that_is_not_kept_is_asked_for_once(server: GitServer, anybody: Program) -> None:
    terminal = Script(anybody, f"git clone {WEB} first && git clone {WEB} second")
    terminal.wait_for(QUESTION)
    terminal.enter(AZURE_TOKEN)
    assert terminal.finish() == 0
    assert terminal.seen.count("Paste a token") == 1
    assert AZURE_TOKEN not in terminal.seen
    assert states(anybody) == {"https://dev.azure.com/fabrikam pat": "active"}
    assert logins(server) == {("fabrikam", "pat", 200)}


def test_a_wrong_token_at_the_question_is_not_kept(server: GitServer, anybody: Program) -> None:
    terminal = Script(anybody, f"git clone {WEB}")
    terminal.wait_for(QUESTION)
    terminal.enter(WRONG_TOKEN)
    assert terminal.finish() == 128
    assert "fatal: Authentication failed" in terminal.seen
    assert states(anybody) == {}
    assert logins(server) == {("fabrikam", "pat", 401)}


def test_who_breaks_the_question_off_is_asked_nothing_more(server: GitServer, anybody: Program) -> None:
    terminal = Script(anybody, f"git clone {WEB}")
    terminal.wait_for(QUESTION)
    terminal.press("c")
    assert terminal.finish() not in (0, None)
    assert "Username for" not in terminal.seen
    assert states(anybody) == {}
    assert logins(server) == set()

"""Real `git clone`, `push` and `fetch` from two organizations of Azure DevOps under their real names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.git_credential import states
from support.git_server import GitServer, RequestRecord
from support.program import AZURE_TOKEN, OTHER_AZURE_TOKEN, Program, Run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WEB = "https://dev.azure.com/fabrikam/web/_git/web"
APP = "https://dev.azure.com/contoso/app/_git/app"
WRONG_TOKEN = "C" * 76 + "AZDO" + "f5g6"


@pytest.fixture(scope="module")
def running_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    root = tmp_path_factory.mktemp("clone") / "server"
    with GitServer(root, {"fabrikam": AZURE_TOKEN, "contoso": OTHER_AZURE_TOKEN}) as server:
        server.create_repository(WEB, {"README.md": "Fabrikam's web\n"})
        server.create_repository(APP, {"README.md": "Contoso's app\n"})
        yield server


@pytest.fixture
def server(running_server: GitServer) -> GitServer:
    running_server.log.clear()
    return running_server


@pytest.fixture
def program(server: GitServer, tmp_path: Path) -> Program:
    """A user who reaches the server, has run `configure` and has seeded a token of each organization."""
    program = new_user(server, tmp_path / "home")
    assert program.run("configure").status == 0
    program.seed("https://dev.azure.com/fabrikam", AZURE_TOKEN)
    program.seed("https://dev.azure.com/contoso", OTHER_AZURE_TOKEN)
    return program


def new_user(server: GitServer, home: Path) -> Program:
    program = Program(home)
    server.configure_client(home)
    for key, value in [("user.name", "A Tester"), ("user.email", "tester@example.com")]:
        done(program.git("config", "--global", key, value))
    return program


def done(run: Run) -> Run:
    assert run.status == 0, run
    return run


def logins(server: GitServer) -> set[tuple[str, str | None, int]]:
    """Return who was answered what, of the requests with a login: (organization or host, user, status)."""
    return {
        (_organization(record), record.username, record.status) for record in server.log if record.username
    }


def _organization(record: RequestRecord) -> str:
    return record.path.split("/")[1] if record.host == "dev.azure.com" else record.host


def commit(program: Program, folder: str, name: str, text: str) -> None:
    (program.home / folder / name).write_text(text, encoding="utf-8")
    done(program.git("-C", folder, "add", name))
    done(program.git("-C", folder, "commit", "--quiet", "--message", name))


# Each organization its own token


def test_two_organizations_of_one_host_are_cloned_without_a_question(
    server: GitServer, program: Program
) -> None:
    done(program.git("clone", WEB))
    done(program.git("clone", APP))
    assert (program.home / "web" / "README.md").read_text(encoding="utf-8") == "Fabrikam's web\n"
    assert (program.home / "app" / "README.md").read_text(encoding="utf-8") == "Contoso's app\n"
    assert logins(server) == {("fabrikam", "pat", 200), ("contoso", "pat", 200)}


def test_what_one_clone_pushes_another_fetches(server: GitServer, program: Program) -> None:
    url = "https://dev.azure.com/fabrikam/shared/_git/shared"
    server.create_repository(url)
    done(program.git("clone", url, "first"))
    done(program.git("clone", url, "second"))
    commit(program, "first", "news", "from the first\n")
    done(program.git("-C", "first", "push"))
    done(program.git("-C", "second", "fetch"))
    assert program.git("-C", "second", "show", "origin/main:news").stdout == b"from the first\n"
    assert logins(server) == {("fabrikam", "pat", 200)}


def test_daily_work_leaves_the_vault_untouched(server: GitServer, program: Program) -> None:
    url = "https://dev.azure.com/fabrikam/daily/_git/daily"
    server.create_repository(url)
    before = program.vault.stat()
    done(program.git("clone", url))
    commit(program, "daily", "news", "news\n")
    done(program.git("-C", "daily", "push"))
    done(program.git("-C", "daily", "fetch"))
    after = program.vault.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize(
    ("url", "login"),
    [
        ("https://fabrikam.visualstudio.com/web/_git/web", ("fabrikam.visualstudio.com", "pat", 200)),
        (
            "https://fabrikam.visualstudio.com/DefaultCollection/web/_git/web",
            ("fabrikam.visualstudio.com", "pat", 200),
        ),
        ("https://dev.azure.com/Fabrikam/_git/Web", ("Fabrikam", "pat", 200)),
    ],
)
def test_other_addresses_of_the_organization_work_too(
    server: GitServer, program: Program, url: str, login: tuple[str, str, int]
) -> None:
    done(program.git("clone", url, "copy"))
    assert logins(server) == {login}


def test_the_clone_buttons_address_works(server: GitServer, program: Program) -> None:
    done(program.git("clone", "https://fabrikam@dev.azure.com/fabrikam/web/_git/web"))
    done(program.git("clone", "https://contoso@dev.azure.com/contoso/app/_git/app"))
    answered = {login for login in logins(server) if login[2] == 200}
    assert answered == {("fabrikam", "fabrikam", 200), ("contoso", "contoso", 200)}


def test_the_clone_buttons_address_works_where_git_tells_no_path(server: GitServer, tmp_path: Path) -> None:
    program = new_user(server, tmp_path / "other home")
    done(program.git("config", "--global", "credential.helper", "pat"))
    program.seed("https://dev.azure.com/fabrikam", AZURE_TOKEN, "--no-configure")
    program.seed("https://dev.azure.com/contoso", OTHER_AZURE_TOKEN, "--no-configure")
    done(program.git("clone", "https://fabrikam@dev.azure.com/fabrikam/web/_git/web"))
    done(program.git("clone", "https://contoso@dev.azure.com/contoso/app/_git/app"))
    assert (program.home / "app" / "README.md").read_text(encoding="utf-8") == "Contoso's app\n"


def test_a_project_with_a_space_in_its_name_is_cloned(server: GitServer, program: Program) -> None:
    server.create_repository("https://dev.azure.com/fabrikam/My%20Project/_git/A%20Tool", {"a": "a tool\n"})
    done(program.git("clone", "https://dev.azure.com/fabrikam/My%20Project/_git/A%20Tool", "tool"))
    done(program.git("clone", "https://fabrikam.visualstudio.com/My%20Project/_git/A%20Tool", "same"))
    assert (program.home / "tool" / "a").read_text(encoding="utf-8") == "a tool\n"


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


# Tokens that the server refuses


def test_a_wrong_token_is_put_aside_until_a_right_one_is_seeded(server: GitServer, program: Program) -> None:
    program.seed("https://dev.azure.com/fabrikam", WRONG_TOKEN)
    refused = program.git("clone", WEB)
    assert refused.status == 128
    assert refused.stderr.endswith(f"fatal: Authentication failed for '{WEB}/'\n")
    assert states(program) == {
        "https://dev.azure.com/contoso pat": "active",
        "https://dev.azure.com/fabrikam pat": "rejected",
    }
    asked = program.git("clone", WEB)
    assert asked.status == 128
    assert f"fatal: could not read Username for '{WEB}': " in asked.stderr
    done(program.git("clone", APP))
    program.seed("https://dev.azure.com/fabrikam", AZURE_TOKEN)
    done(program.git("clone", WEB))
    assert states(program)["https://dev.azure.com/fabrikam pat"] == "active"
    assert ("fabrikam", "pat", 200) in logins(server)


def test_a_token_refused_for_a_moment_can_be_restored(server: GitServer, program: Program) -> None:
    server.set_token("fabrikam", None)
    assert program.git("clone", WEB).status == 128
    server.set_token("fabrikam", AZURE_TOKEN)
    assert program.git("clone", WEB).status == 128
    done(program.run("restore", "fabrikam"))
    done(program.git("clone", WEB))


def test_without_paths_a_foreign_repository_costs_no_token(server: GitServer, tmp_path: Path) -> None:
    program = new_user(server, tmp_path / "other home")
    done(program.git("config", "--global", "credential.helper", "pat"))
    program.seed("https://dev.azure.com/fabrikam", AZURE_TOKEN, "--no-configure")
    assert program.git("clone", APP).status == 128
    assert states(program) == {"https://dev.azure.com/fabrikam pat": "doubtful"}
    done(program.git("-c", "credential.useHttpPath=true", "clone", WEB))
    assert states(program) == {"https://dev.azure.com/fabrikam pat": "active"}
    assert logins(server) == {("contoso", "pat", 401), ("fabrikam", "pat", 200)}


# Tokens typed at Git's own prompts


def test_a_token_typed_once_is_kept_for_its_organization(server: GitServer, tmp_path: Path) -> None:
    program = new_user(server, tmp_path / "other home")
    done(program.run("configure"))
    typing = askpass(program, "jane", AZURE_TOKEN)
    done(program.git("clone", WEB, "first", environment=typing))
    done(program.git("clone", WEB, "second", environment=typing))
    done(program.git("-C", "first", "fetch", environment=typing))
    assert questions(program) == [
        f"Username for '{WEB}': ",
        f"Password for '{WEB.replace('://', '://jane@')}': ",
    ]
    assert states(program) == {"https://dev.azure.com/fabrikam jane": "active"}
    assert program.git("clone", APP).status == 128
    assert logins(server) == {("fabrikam", "jane", 200)}


@pytest.mark.usefixtures("server")
def test_a_token_typed_without_an_organization_is_kept_too(server: GitServer, tmp_path: Path) -> None:
    program = new_user(server, tmp_path / "other home")
    done(program.git("config", "--global", "credential.helper", "pat"))
    typing = askpass(program, "jane", AZURE_TOKEN)
    done(program.git("clone", WEB, "first", environment=typing))
    done(program.git("clone", WEB, "second", environment=typing))
    assert questions(program) == [
        "Username for 'https://dev.azure.com': ",
        "Password for 'https://jane@dev.azure.com': ",
    ]
    assert states(program) == {"https://dev.azure.com jane": "active"}


def askpass(program: Program, username: str, password: str) -> dict[str, str]:
    """Return the environment in which this user types these answers, and every question is noted."""
    script = program.home / "askpass"
    script.write_text(
        '#!/bin/sh\nprintf "%s\\n" "$1" >>"$HOME/questions"\n'
        f"case $1 in Username*) echo '{username}' ;; *) echo '{password}' ;; esac\n",
        encoding="utf-8",
    )
    script.chmod(0o700)
    return {"GIT_ASKPASS": str(script)}


def questions(program: Program) -> list[str]:
    return (program.home / "questions").read_text(encoding="utf-8").splitlines()

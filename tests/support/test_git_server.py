"""The server of real Git: what would make other tests pass for nothing if it were lenient."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.git_server import Account, GitServer, RequestRecord, git_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

WEB = "https://dev.azure.com/fabrikam/web/_git/web"
TOOL = "https://github.com/alice/tool.git"
HOSTED_BY_PROXY = ("https://pat:fabrikam-token@dev.azure.com.example.net/fabrikam/_git/web", "502")
PLAIN = ("http://dev.azure.com/fabrikam/_git/web", "501")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    folder = tmp_path_factory.mktemp("server")
    organizations = {"fabrikam": "fabrikam-token", "contoso": "contoso-token"}
    accounts = {"github.com": Account("of-anyone"), "github.com/alice": Account("of-alice", "alice")}
    with GitServer(folder / "server", organizations, accounts) as server:
        server.create_repository(WEB)
        server.create_repository(TOOL)
        (folder / "home").mkdir()
        server.configure_client(folder / "home")
        yield server


def ls_remote(server: GitServer, url: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Have Git look at a repository; the log has what it asked for."""
    home = server.ca_file.parents[1] / "home"
    server.log.clear()
    return subprocess.run(
        ["git", *options, "ls-remote", url],
        cwd=server.ca_file.parent,
        env=git_environment(home),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("url", "login"), [(WEB, "pat:fabrikam-token"), (TOOL, "alice:of-alice")], ids=["token", "account"]
)
def test_the_right_login_opens_a_repository_and_is_not_logged(
    server: GitServer, url: str, login: str
) -> None:
    assert ls_remote(server, url.replace("://", f"://{login}@")).returncode == 0
    assert [record.status for record in server.log][:2] == [401, 200]
    assert login.partition(":")[2] not in repr(server.log)


@pytest.mark.parametrize(
    ("url", "login"),
    [
        *((WEB, login) for login in ("pat:contoso-token", "pat:wrong", "a%40b.com:fabrikam-token")),
        *((WEB, login) for login in (":fabrikam-token", "")),
        *((TOOL, login) for login in ("bob:of-alice", "alice:of-anyone")),
    ],
)
def test_other_logins_are_refused(server: GitServer, url: str, login: str) -> None:
    assert ls_remote(server, url.replace("://", f"://{login}@" if login else "://")).returncode == 128
    assert {record.status for record in server.log} == {401}


def test_a_request_is_logged_as_it_came(server: GitServer) -> None:
    assert "could not read Username for 'https://dev.azure.com'" in ls_remote(server, WEB).stderr
    path = "/fabrikam/web/_git/web/info/refs?service=git-upload-pack"
    assert server.log == [RequestRecord("dev.azure.com", "GET", path, None, 401)]


@pytest.mark.parametrize(("url", "status"), [HOSTED_BY_PROXY, PLAIN])
def test_the_proxy_leads_to_names_of_the_server_alone_and_by_connect(
    server: GitServer, url: str, status: str
) -> None:
    assert status in ls_remote(server, url).stderr
    assert server.log == []


def test_the_program_serves_until_it_is_asked_to_end(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("fabrikam-token\n")
    command = [sys.executable, "-m", "support.git_server", "--root", str(tmp_path / "server")]
    command += ["--organization", f"fabrikam={token}", "--repository", WEB]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True) as program:
        assert program.stdout
        assert program.stdout.readline().startswith("proxy=http://127.0.0.1:")
        assert program.stdout.readline() == f"ca={tmp_path}/server/ca.pem\n"
        program.send_signal(signal.SIGTERM)
        assert program.wait(timeout=10) == 0

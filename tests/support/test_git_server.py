from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.connect_proxy import ConnectProxy
from support.git_server import Account, GitServer, RequestRecord, git_environment, locate

if TYPE_CHECKING:
    from collections.abc import Iterator

WEB = "https://dev.azure.com/fabrikam/web/_git/web"
AS_PAT = "https://pat:fabrikam-token@dev.azure.com/fabrikam/web/_git/web"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    organizations = {"fabrikam": "fabrikam-token", "contoso": "contoso-token"}
    with GitServer(tmp_path / "server", organizations) as server:
        server.create_repository(WEB, {"README.md": "Fabrikam's web\n", "docs/a page.md": "Übersicht\n"})
        yield server


@pytest.fixture
def home(server: GitServer, tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    server.configure_client(home)
    return home


def git(home: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**git_environment(home), **variables}
    return subprocess.run(
        ["git", *arguments], cwd=home, env=environment, capture_output=True, text=True, check=False
    )


def commit(home: Path, folder: str, name: str, content: bytes) -> None:
    (home / folder / name).write_bytes(content)
    assert git(home, "-C", folder, "add", name).returncode == 0
    assert git(home, "-C", folder, "commit", "--quiet", "--message", name).returncode == 0


def test_without_credentials_git_is_refused(server: GitServer, home: Path) -> None:
    answer = git(home, "clone", WEB, "copy")
    assert answer.returncode == 128
    assert "could not read Username for 'https://dev.azure.com'" in answer.stderr
    path = "/fabrikam/web/_git/web/info/refs?service=git-upload-pack"
    assert server.log == [RequestRecord("dev.azure.com", "GET", path, None, 401)]


@pytest.mark.usefixtures("server")
def test_the_challenge_is_in_separate_headers(home: Path) -> None:
    lines = git(home, "ls-remote", WEB, GIT_TRACE_CURL="1").stderr.splitlines()
    challenges = [line.partition("WWW-Authenticate: ")[2] for line in lines if "WWW-Authenticate" in line]
    assert [challenge.split()[0] for challenge in challenges] == ["Bearer", "Basic", "TFS-Federated"]


@pytest.mark.usefixtures("server")
def test_the_token_of_the_organization_opens_its_repository(home: Path) -> None:
    assert git(home, "clone", AS_PAT, "copy").returncode == 0
    assert (home / "copy/docs/a page.md").read_text(encoding="utf-8") == "Übersicht\n"


@pytest.mark.parametrize(
    "login", ["pat:contoso-token", "pat:wrong", "someone%40example.com:fabrikam-token", ":fabrikam-token"]
)
def test_other_logins_are_refused(server: GitServer, home: Path, login: str) -> None:
    assert git(home, "ls-remote", WEB.replace("://", f"://{login}@")).returncode == 128
    assert {record.status for record in server.log} == {401}


def test_a_token_can_be_replaced_and_revoked(server: GitServer, home: Path) -> None:
    server.set_token("Fabrikam", "next-token")
    assert git(home, "ls-remote", AS_PAT).returncode == 128
    assert git(home, "ls-remote", AS_PAT.replace("fabrikam-token", "next-token")).returncode == 0
    server.set_token("fabrikam", None)
    assert git(home, "ls-remote", AS_PAT.replace("fabrikam-token", "next-token")).returncode == 128


@pytest.mark.parametrize("buffer", ["8m", "64k"], ids=["whole", "chunked"])
def test_a_large_push_arrives_under_the_other_host_too(server: GitServer, home: Path, buffer: str) -> None:
    content = random.Random(1).randbytes(1_500_000)
    git(home, "clone", AS_PAT, "copy")
    commit(home, "copy", "large", content)
    push = git(home, "-C", "copy", "-c", f"http.postBuffer={buffer}", "push", GIT_TRACE_CURL="1")
    assert push.returncode == 0
    assert ("=> Send header: Transfer-Encoding: chunked" in push.stderr) == (buffer == "64k")
    url = "https://pat:fabrikam-token@fabrikam.visualstudio.com/DefaultCollection/web/_git/web"
    assert git(home, "clone", url, "second").returncode == 0
    assert (home / "second/large").read_bytes() == content
    last_push = [record for record in server.log if record.path.endswith("/git-receive-pack")][-1]
    assert last_push == RequestRecord(
        "dev.azure.com", "POST", "/fabrikam/web/_git/web/git-receive-pack", "pat", 200
    )


@pytest.mark.usefixtures("server")
def test_a_compressed_request_is_understood(home: Path) -> None:
    git(home, "clone", AS_PAT, "copy")
    for number in range(40):  # a fetch names the commits it has, and compresses from 1 KiB on
        commit(home, "copy", "file", b"%d" % number)
    git(home, "clone", AS_PAT, "other")
    commit(home, "other", "remote", b"")
    assert git(home, "-C", "other", "push").returncode == 0
    fetch = git(home, "-C", "copy", "fetch", GIT_TRACE_CURL="1")
    assert fetch.returncode == 0
    assert "=> Send header: Content-Encoding: gzip" in fetch.stderr


def test_an_account_of_another_host_may_have_a_username(server: GitServer, home: Path) -> None:
    server.create_repository("https://github.com/alice/tool.git")
    server.set_account("github.com", Account("of-anyone"))
    server.set_account("github.com/alice", Account("of-alice", "alice"))
    assert git(home, "ls-remote", "https://alice:of-alice@github.com/alice/tool").returncode == 0
    assert git(home, "ls-remote", "https://bob:of-alice@github.com/alice/tool").returncode == 128
    server.set_account("github.com/alice", None)
    assert git(home, "ls-remote", "https://bob:of-anyone@github.com/alice/tool.git").returncode == 0
    assert "of-a" not in repr(server.log)


def test_what_is_not_there_is_not_found(server: GitServer, home: Path) -> None:
    assert git(home, "ls-remote", AS_PAT + "2").returncode == 128
    assert git(home, "ls-remote", "https://pat:fabrikam-token@dev.azure.com/fabrikam/web").returncode == 128
    assert [record.status for record in server.log] == [401, 404, 401, 404]
    with pytest.raises(ValueError, match="not the URL of a repository"):
        server.create_repository("https://dev.azure.com/fabrikam/web")


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("dev.azure.com", "/fabrikam/My%20Project/_git/My%20Project"),
        ("dev.azure.com", "/Fabrikam/_git/my%20project"),
        ("fabrikam.visualstudio.com", "/My%20Project/_git/My%20Project"),
        ("Fabrikam.VisualStudio.com", "/DefaultCollection/_git/My%20Project"),
    ],
)
def test_every_shape_of_a_url_is_one_location(host: str, path: str) -> None:
    location = locate(host, path)
    assert location.accounts == ("dev.azure.com/fabrikam",)
    assert location.repository == "dev.azure.com/fabrikam/my project/my project.git"


def test_the_proxy_refuses_other_names_and_other_methods(server: GitServer, home: Path) -> None:
    unknown = git(home, "ls-remote", "https://pat:fabrikam-token@dev.azure.com.example.net/fabrikam/_git/web")
    assert "502" in unknown.stderr
    assert "501" in git(home, "ls-remote", "http://dev.azure.com/fabrikam/_git/web").stderr
    assert server.log == []


def test_a_tunnel_left_open_ends_with_the_proxy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as target:
        route = {"git.example.com:443": target.getsockname()}
        with ConnectProxy(route.get) as proxy:
            client = socket.create_connection(proxy.address)
            client.sendall(b"CONNECT git.example.com:443 HTTP/1.1\r\n\r\n")
            behind, _ = target.accept()
            assert client.recv(4096).startswith(b"HTTP/1.0 200 ")
        with client, behind:
            while client.recv(4096):
                pass
            assert behind.recv(1) == b""


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT, None], ids=["term", "int", "end of input"])
def test_the_program_serves_until_it_is_told_to_end(tmp_path: Path, ending: signal.Signals | None) -> None:
    token = tmp_path / "token"
    token.write_text("fabrikam-token\n")
    command = [sys.executable, "-m", "support.git_server", "--root", str(tmp_path / "server")]
    command += ["--organization", f"fabrikam={token}", "--repository", WEB]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True
    ) as program:
        assert program.stdout
        proxy, ca = (program.stdout.readline().rstrip("\n").split("=", 1) for _ in range(2))
        assert (proxy[0], ca) == ("proxy", ["ca", str(tmp_path / "server/ca.pem")])
        settings = ["-c", f"http.proxy={proxy[1]}", "-c", f"http.sslCAInfo={ca[1]}"]
        assert git(tmp_path, *settings, "ls-remote", AS_PAT).stdout.endswith("refs/heads/main\n")
        if ending:
            program.send_signal(ending)
            program.wait(timeout=10)
        assert program.communicate(timeout=10) == ("", "")
    assert program.returncode == 0

r"""Real Git over real HTTPS: `git http-backend` behind TLS, under the names of the hosts it stands in for.

In a test:

    with GitServer(tmp_path / "server", organizations={"fabrikam": "token"}) as server:
        server.create_repository("https://dev.azure.com/fabrikam/web/_git/web")
        server.configure_client(home)
        subprocess.run(["git", "clone", ...], env=git_environment(home))

In a shell, with PYTHONPATH=tests; it serves until SIGTERM, SIGINT or the end of its standard input. Scripts
give a command started with `&` an empty standard input, so start it with `coproc` or from a FIFO:

    coproc python -m support.git_server --root DIR --organization fabrikam=TOKENFILE \
        --repository https://dev.azure.com/fabrikam/web/_git/web
    { read -r proxy; read -r ca; } <&"${COPROC[0]}"    # proxy=http://127.0.0.1:PORT and ca=DIR/ca.pem
"""

from __future__ import annotations

import argparse
import base64
import http.client
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple, cast
from urllib.parse import unquote, urlsplit

from support.connect_proxy import Address, QuietHandler
from support.tls_server import TlsServer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_HOSTED_NAMES = ("dev.azure.com", "*.dev.azure.com", "*.visualstudio.com", "*.pkgs.visualstudio.com")
_OTHER_NAMES = (
    "github.com",
    "gitlab.com",
    "bitbucket.example.com",
    "bitbucket.org",
    "codeberg.org",
    "git.example.com",
    "tfs.example.com",
)
_NAMES = frozenset((*_HOSTED_NAMES, *_OTHER_NAMES, "localhost", "127.0.0.1"))
_HOSTED_CHALLENGES = (
    "Bearer authorization_uri=https://login.windows.net/00000000-0000-0000-0000-000000000000",
    'Basic realm="https://tfsprodweu1.visualstudio.com/"',
    "TFS-Federated",
)
_OTHER_CHALLENGES = ('Basic realm="git"',)
BESIDE_NTLM = ('Basic realm="https://tfs.example.com/tfs"', "Negotiate", "NTLM")
"""What an Azure DevOps Server asks for; where Basic is switched off, only the last two."""
_WHO_AM_I = "/_apis/connectionData"
_TESTER = {
    "id": "0e6c8a4c-5a0d-4c0f-8a4e-3f1f0f5f7a11",
    "providerDisplayName": "A Tester",
    "properties": {"Account": {"$type": "System.String", "$value": "tester@example.com"}},
}
_SERVICES = ("/info/refs", "/git-upload-pack", "/git-receive-pack")


BEARER = "(Bearer)"


class Login(NamedTuple):
    """What a client sent in an Authorization header; by Bearer, the username is `BEARER`."""

    username: str
    password: str


class RequestRecord(NamedTuple):
    """One answered request; the path is as it was sent, query included, and no password is kept."""

    host: str
    method: str
    path: str
    username: str | None
    status: int


@dataclass(frozen=True)
class Account:
    """Who may use a place: a password or token, and the username that goes with it (None for any).

    One that goes by Bearer goes by nothing else.
    """

    password: str = field(repr=False)
    username: str | None = None
    by_bearer: bool = False

    def admits(self, login: Login) -> bool:
        if self.by_bearer != (login.username == BEARER):
            return False
        return login.password == self.password and self.username in (None, login.username)


@dataclass(frozen=True)
class Location:
    """What a URL means here; all URL shapes of one Azure DevOps repository give equal locations."""

    accounts: tuple[str, ...]  # keys of the account that guards it, the most exact first
    repository: str | None  # its folder; None if the URL cannot be a repository's
    hosted: bool  # by Azure DevOps


def locate(host: str, path: str) -> Location:
    """Find what a host and a repository's path, percent-encoded, stand for."""
    host = host.lower()
    segments = [unquote(segment) for segment in path.split("/") if segment]
    if f".{host}".endswith((".dev.azure.com", ".visualstudio.com")):
        return _locate_hosted(host, [segment.lower() for segment in segments])
    repository = "/".join([host, *segments]).removesuffix(".git") + ".git" if segments else None
    return Location(("/".join([host, *segments[:1]]), host), repository, hosted=False)


def _locate_hosted(host: str, segments: list[str]) -> Location:
    """Azure DevOps: the organization is the host's label or the first segment, and names have no case."""
    if host.endswith(".visualstudio.com"):
        segments = [host.partition(".")[0], *segments]
    segments = [segment for segment in segments if segment != "defaultcollection"]
    repository = None
    match segments:
        case [organization, project, "_git", name]:
            repository = f"dev.azure.com/{organization}/{project}/{name}.git"
        case [organization, "_git", name]:  # the repository that bears its project's name
            repository = f"dev.azure.com/{organization}/{name}/{name}.git"
    return Location(("/".join(["dev.azure.com", *segments[:1]]),), repository, hosted=True)


def git_environment(home: Path) -> dict[str, str]:
    """Everything a real Git client is to know of the machine, when `home` is its home."""
    person = {"NAME": "A Tester", "EMAIL": "tester@example.com"}
    return {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        **{f"GIT_{who}_{key}": value for who in ("AUTHOR", "COMMITTER") for key, value in person.items()},
    }


def _server_environment() -> dict[str, str]:
    """The environment of the server's own Git: no configuration but this, whoever owns the folders."""
    return {
        "PATH": os.environ["PATH"],
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
    }


def _git(*arguments: str, given: bytes = b"") -> None:
    subprocess.run(["git", *arguments], input=given, env=_server_environment(), check=True)


def _first_commit(files: Mapping[str, str]) -> Iterator[bytes]:
    """Yield a `git fast-import` stream with one commit on `main`, the same at any time."""
    yield b"commit refs/heads/main\ncommitter A Tester <tester@example.com> 1700000000 +0000\n"
    yield b"data <<.\nStart\n.\n"
    for name, text in files.items():
        content = text.encode()
        yield b"M 100644 inline %s\ndata %d\n%s\n" % (name.encode(), len(content), content)


class GitServer(TlsServer):
    """Serves the repositories it makes in a fresh `root` to the accounts it knows, inside a `with` block.

    `organizations` are the tokens of Azure DevOps organizations. `accounts` are those of other hosts, for
    "host/first-path-segment" or, where there is no such entry, for "host"; ports are left out. `proxy` leads
    Git to the server, `ca_file` lets it trust the server, and `log` has every request in order. Two
    Authorization headers in one request are a bad request, as for GitHub.
    `challenges` is what hosts other than Azure DevOps Services ask for, a header each.
    """

    def __init__(
        self,
        root: Path,
        organizations: Mapping[str, str] | None = None,
        accounts: Mapping[str, Account] | None = None,
    ) -> None:
        self.repositories = root / "repositories"
        self.repositories.mkdir(parents=True)
        self.log: list[RequestRecord] = []
        self.challenges: tuple[str, ...] = _OTHER_CHALLENGES
        self._accounts: dict[str, Account | None] = dict(accounts or {})
        for organization, token in (organizations or {}).items():
            self.set_token(organization, token)
        super().__init__(_GitHandler, root, _NAMES)

    def set_token(self, organization: str, token: str | None) -> None:
        """Make this the one token of an Azure DevOps organization; None leaves it with none."""
        self.set_account(f"dev.azure.com/{organization.lower()}", Account(token) if token else None)

    def set_account(self, place: str, account: Account | None) -> None:
        """Make this the one account of "host/first-path-segment" or "host"; None removes it."""
        self._accounts[place] = account

    def create_repository(self, url: str, files: Mapping[str, str] | None = None) -> Path:
        """Make the bare repository that `url` stands for, with a commit on `main`; return its folder."""
        parts = urlsplit(url)
        repository = locate(parts.hostname or "", parts.path).repository
        if repository is None:
            raise ValueError(f"not the URL of a repository: {url}")
        folder = self.repositories / repository
        _git("init", "--quiet", "--bare", "--initial-branch=main", str(folder))
        _git("--git-dir", str(folder), "config", "http.receivepack", "true")
        stream = b"".join(_first_commit(files or {"README.md": "A repository\n"}))
        _git("--git-dir", str(folder), "fast-import", "--quiet", given=stream)
        return folder

    def admits(self, location: Location, login: Login | None) -> bool:
        """Return whether the login opens the location."""
        if login is None or (location.hosted and ("@" in login.username or not login.username)):
            return False
        account = next(filter(None, map(self._accounts.get, location.accounts)), None)
        return account is not None and account.admits(login)

    def route(self, place: str) -> Address | None:
        """Return the server's address for a name of its own, on whatever port."""
        host = place.rpartition(":")[0].lower()
        wildcard = "*." + host.partition(".")[2]
        return self.address if _NAMES & {host, wildcard} else None


class _GitHandler(QuietHandler):
    server: GitServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:  # noqa: N802 - http.server's name for it
        path, _, query = self.path.partition("?")
        service = next(filter(path.endswith, (*_SERVICES, _WHO_AM_I)), "")
        location = locate(self._host, path.removesuffix(service))
        with tempfile.TemporaryFile() as body:  # a file, so that Git never waits for us nor we for Git
            body.writelines(self.body())
            body.seek(0)
            login = self._login
            if login and service == _WHO_AM_I:  # where Azure DevOps takes an empty username
                login = login._replace(username="pat")
            if len(self.headers.get_all("Authorization", [])) > 1:
                self._send(HTTPStatus.BAD_REQUEST, [], io.BytesIO(b"Duplicate header"))
            elif not self.server.admits(location, login):
                challenges = _HOSTED_CHALLENGES if location.hosted else self.server.challenges
                self._send(HTTPStatus.UNAUTHORIZED, [("WWW-Authenticate", each) for each in challenges])
            elif service == _WHO_AM_I and location.hosted:
                facts = json.dumps({"authenticatedUser": _TESTER}).encode()
                self._send(HTTPStatus.OK, [("Content-Type", "application/json")], io.BytesIO(facts))
            elif location.repository is None or service not in _SERVICES:
                self._send(HTTPStatus.NOT_FOUND, [])
            else:
                self._run_backend(f"/{location.repository}{service}", query, body)

    do_POST = do_GET  # noqa: N815 - as above

    def do_HEAD(self) -> None:  # noqa: N802 - as above
        """Refuse, as an organization does that is asked for its tenant."""
        self.send_response(HTTPStatus.UNAUTHORIZED)
        for challenge in _HOSTED_CHALLENGES:
            self.send_header("WWW-Authenticate", challenge)
        self.send_header("Content-Length", "0")
        self.end_headers()

    @property
    def _host(self) -> str:
        return self.headers.get("Host", "").partition(":")[0].lower()

    @property
    def _login(self) -> Login | None:
        scheme, _, value = self.headers.get("Authorization", "").partition(" ")
        if scheme == "Bearer":
            return Login(BEARER, value)
        try:
            username, colon, password = base64.b64decode(value, validate=True).decode().partition(":")
        except ValueError:
            return None
        return Login(username, password) if scheme.lower() == "basic" and colon else None

    def _run_backend(self, path: str, query: str, body: IO[bytes]) -> None:
        variables = {
            "GIT_PROJECT_ROOT": str(self.server.repositories),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REMOTE_USER": self._login.username if self._login else "",
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(os.fstat(body.fileno()).st_size),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
        }
        environment = {**_server_environment(), **variables}
        command = ["git", "http-backend"]
        with subprocess.Popen(command, env=environment, stdin=body, stdout=subprocess.PIPE) as backend:
            output = cast("IO[bytes]", backend.stdout)
            headers = http.client.parse_headers(output)
            status = int(headers.get("Status", "200").split()[0])
            del headers["Status"]
            self._send(status, headers.items(), output)

    def _send(self, status: int, headers: Iterable[tuple[str, str]], body: IO[bytes] | None = None) -> None:
        """Record the request, then answer it: a client that has its answer finds it in the log."""
        username = self._login.username if self._login else None
        self.server.log.append(RequestRecord(self._host, self.command, self.path, username, status))
        self.send_response(status)
        for name, value in (*headers, ("Transfer-Encoding", "chunked")):
            self.send_header(name, value)
        self.end_headers()
        while chunk := body.read(65536) if body else b"":
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        self.wfile.write(b"0\r\n\r\n")


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Serve Git repositories until SIGTERM, SIGINT or end of input"
    )
    parser.add_argument("--root", type=Path, required=True, metavar="DIR")
    parser.add_argument("--organization", action="append", default=[], metavar="NAME=TOKENFILE")
    parser.add_argument("--repository", action="append", default=[], metavar="URL")
    return parser.parse_args()


def main() -> None:
    """Serve as the command line says; tokens come from files, so that no command line shows them."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    arguments = _parse_arguments()
    pairs = (each.partition("=") for each in arguments.organization)
    tokens = {name: Path(file).read_text(encoding="utf-8").strip() for name, _, file in pairs}
    with GitServer(arguments.root, tokens) as server:
        for url in arguments.repository:
            server.create_repository(url)
        sys.stdout.write(f"proxy={server.proxy.url}\nca={server.ca_file}\n")
        sys.stdout.flush()
        while os.read(sys.stdin.fileno(), 4096):
            pass


if __name__ == "__main__":
    main()

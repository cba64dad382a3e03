"""A mock of the hosts' web APIs: scripted answers over real TLS, under the names of the hosts.

It is a mock because the APIs of Azure DevOps, GitHub and the others cannot be had by a test: they need
accounts and tokens that live. Everything between is real: TLS with a certificate authority of its own, a
CONNECT proxy, HTTP, redirects that one could follow, connections that break. What the hosts answer is
taken from their documentation and from answers that users published, and stands in tests/vectors/answers/.

    with ApiServer(tmp_path / "api") as server:
        server.serve("https://api.github.com/user", Answer(200, body=b"{}"), f"Authorization: token {TOKEN}")
        server.configure_client(program.home)
        program.run("verify", "https://github.com/octo")
        assert server.log[0].headers["Authorization"] == RIGHT
"""

from __future__ import annotations

import base64
import threading
from typing import TYPE_CHECKING, NamedTuple, Protocol
from urllib.parse import urlsplit

from support.connect_proxy import QuietHandler
from support.tls_server import TlsServer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path


NAMES = (
    *("dev.azure.com", "*.visualstudio.com", "tfs.example.com", "elsewhere.example.com"),
    *("github.com", "api.github.com", "github.example.com", "gitlab.com", "gitlab.example.com"),
    *("bitbucket.org", "api.bitbucket.org", "bitbucket.example.com", "codeberg.org", "git.example.com"),
    *("shared.example.com", "northwind.ghe.com", "api.northwind.ghe.com", "forge.example.com"),
    *("ghcr.io", "npm.pkg.github.com", "registry.gitlab.com"),
    *("vssps.dev.azure.com", "login.microsoftonline.com", "login.windows.net"),
    "pipelines.actions.githubusercontent.com",
    *("localhost", "127.0.0.1"),
)

RIGHT, WRONG = "right", "wrong"
"""What the log has in place of a credential."""

_CREDENTIALS = ("authorization", "private-token", "job-token", "cookie", "proxy-authorization")


class ApiRequest(NamedTuple):
    """One request as it came; a header that carries a credential has `RIGHT` or `WRONG` for a value.

    Right is the one credential that the URL was served for, and no other beside it.
    """

    host: str
    method: str
    path: str
    headers: dict[str, str]

    @property
    def url(self) -> str:
        return f"https://{self.host}{self.path}"


class Reply(Protocol):
    """What the server does with a request; tests/support/api_replies.py has those that are no answer."""

    def send(self, request: ApiHandler) -> None: ...


class Answer(NamedTuple):
    """An ordinary answer. A name may stand repeatedly in `headers`."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def send(self, request: ApiHandler) -> None:
        request.begin(self.status, (*self.headers, ("Content-Length", str(len(self.body)))))
        request.wfile.write(self.body)


REFUSED = Answer(401, (("WWW-Authenticate", 'Basic realm="https://tfsprodweu1.visualstudio.com/"'),))
"""What whoever has the wrong credential gets, whatever is served."""

NOT_SERVED = Answer(404, (("Content-Type", "text/plain"),), b"Nothing is served here.")


class _Served(NamedTuple):
    reply: Reply
    credential: tuple[str, str] | None


class ApiServer(TlsServer):
    """Answers GET under `names` as it was set up to, inside a `with` block; `log` has every request in order.

    `folder` is made and gets `ca.pem`. `names` are those in the certificate, which ends at `until`; the proxy
    leads every name here, whether or not the certificate has it, and `proxy.asked` shows which were wanted.
    """

    def __init__(self, folder: Path, names: Iterable[str] = NAMES, until: datetime | None = None) -> None:
        self.log: list[ApiRequest] = []
        self.ending = threading.Event()
        self._served: dict[str, _Served] = {}
        self._also: dict[str, list[_Served]] = {}
        self._unsigned: dict[str, Reply] = {}
        super().__init__(ApiHandler, folder, names, until)

    def __exit__(self, *_: object) -> None:
        self.ending.set()
        super().__exit__()

    def serve(self, url: str, reply: Reply, credential: str | None) -> None:
        """Reply so at exactly this URL, in any case of letters, to whoever sends this one header line.

        Without a line the reply is for everybody, and what anybody sends is wrong.
        """
        self._served[_key(url)] = _Served(reply, _header(credential) if credential else None)

    def serve_also(self, url: str, reply: Reply, credential: str) -> None:
        """Reply so to whoever sends this header line, beside what is served there to others."""
        self._also.setdefault(_key(url), []).append(_Served(reply, _header(credential)))

    def serve_unsigned(self, url: str, reply: Reply) -> None:
        """Reply so at exactly this URL to whoever brings no credential."""
        self._unsigned[_key(url)] = reply

    def take(self, request: ApiHandler) -> Reply:
        """Note a request and return what to do with it."""
        host = (urlsplit(f"//{request.headers.get('Host', '')}").hostname or "").lower()
        url = _key(f"https://{host}{request.path}")
        given = [line for line in request.headers.items() if line[0].lower() in _CREDENTIALS]
        sent = [(name.lower(), value) for name, value in given]
        also = (one for one in self._also.get(url, ()) if [one.credential] == sent)
        served = next(also, self._served.get(url))
        wanted = served.credential if served else None
        is_right = sent == [wanted]
        headers = {
            **dict(request.headers.items()),
            **{name: RIGHT if is_right else WRONG for name, _ in given},
        }
        self.log.append(ApiRequest(host, request.command, request.path, headers))
        if not given and url in self._unsigned:
            return self._unsigned[url]
        if served is None or request.command != "GET":
            return NOT_SERVED
        return served.reply if is_right or wanted is None else REFUSED


class ApiHandler(QuietHandler):
    """One connection."""

    server: ApiServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:  # noqa: N802 - http.server's name for it
        self.close_connection = True
        self.server.take(self).send(self)

    do_HEAD = do_POST = do_PUT = do_OPTIONS = do_GET  # noqa: N815 - as above

    def begin(self, status: int, headers: Iterable[tuple[str, str]]) -> None:
        """Send the status and the headers, in their order and with nothing added."""
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()


def basic(username: str, token: str) -> str:
    """Return the header line of HTTP Basic (RFC 7617)."""
    return f"Authorization: Basic {base64.b64encode(f'{username}:{token}'.encode()).decode()}"


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(": ")
    return name.lower(), value


def _key(url: str) -> str:
    return url.lower()

"""A server that lets nobody in: it answers 401 with challenges that a test chooses, behind real TLS."""

from __future__ import annotations

import ssl
from http import HTTPStatus
from typing import TYPE_CHECKING

import trustme

from support.connect_proxy import Address, BackgroundServer, ConnectProxy, QuietHandler

if TYPE_CHECKING:
    from pathlib import Path

    from typing_extensions import Self

    from support.program import Program


class ChallengeServer(BackgroundServer):
    """Serves https://NAME inside a `with` block; `seen` has the path and the headers of each request."""

    def __init__(self, folder: Path, name: str) -> None:
        self.challenges: list[str] = []
        self.headers: dict[str, str] = {}
        self.date = ""
        self.seen: list[tuple[str, dict[str, str]]] = []
        self._name = name
        self.ca_file = folder / "ca.pem"
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(self.ca_file))
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name).configure_cert(tls)
        super().__init__(_Handler)
        self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.proxy = ConnectProxy(self._route)

    def __enter__(self) -> Self:
        super().__enter__()
        self.proxy.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.proxy.__exit__()
        super().__exit__()

    def configure(self, program: Program) -> None:
        """Let git and the program reach the server by its name."""
        for name, value in (("http.proxy", self.proxy.url), ("http.sslCAInfo", str(self.ca_file))):
            done = program.git("config", "--global", name, value)
            assert done.status == 0, done

    def _route(self, name: str) -> Address | None:
        return self.address if name == f"{self._name}:443" else None


class _Handler(QuietHandler):
    server: ChallengeServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:  # noqa: N802  # http.server's name for it
        self.server.seen.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        self.send_response(HTTPStatus.UNAUTHORIZED)
        for challenge in self.server.challenges:
            self.send_header("WWW-Authenticate", challenge)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Return the server's own idea of the time."""
        return self.server.date or super().date_time_string(timestamp)

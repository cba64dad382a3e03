"""A server that lets nobody in: it answers 401 with challenges that a test chooses, behind real TLS."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from support.connect_proxy import QuietHandler
from support.tls_server import TlsServer

if TYPE_CHECKING:
    from pathlib import Path


class ChallengeServer(TlsServer):
    """Serves https://NAME inside a `with` block; `seen` has the path and the headers of each request."""

    def __init__(self, folder: Path, name: str) -> None:
        self.challenges: list[str] = []
        self.headers: dict[str, str] = {}
        self.date = ""
        self.seen: list[tuple[str, dict[str, str]]] = []
        super().__init__(_Handler, folder, [name])


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

"""A CONNECT proxy on loopback: real Git speaks to real host names, and a test's own server answers.

A test cannot take port 443 or change name resolution without root; `http.proxy` needs neither. The proxy
passes bytes only, so TLS, its host name check included, is between Git and the server behind. With a login
it is a proxy that demands one.
"""

from __future__ import annotations

import base64
import contextlib
import socket
import socketserver
import ssl
import sys
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Self

Address = tuple[str, int]
Route = Callable[[str], Address | None]


class QuietHandler(BaseHTTPRequestHandler):
    """Handles requests without writing each of them to standard error."""

    def log_message(self, *_: object) -> None:
        """Drop what http.server would print."""

    def body(self) -> Iterator[bytes]:
        """Give what the request sends, in one piece or in chunks."""
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            yield self.rfile.read(int(self.headers.get("Content-Length", "0")))
            return
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers


class BackgroundServer(socketserver.ThreadingTCPServer):
    """Serves 127.0.0.1 on a free port inside a `with` block, and leaves no thread or socket behind it.

    Clients keep connections open between requests, so leaving the block ends those that are still open:
    their threads see the end of the stream and finish, and are joined.
    """

    daemon_threads = False
    request_queue_size = 64

    def __init__(self, handler: type[QuietHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.address: Address = ("127.0.0.1", self.socket.getsockname()[1])
        self._connections: set[socket.socket] = set()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        for connection in tuple(self._connections):
            _end(connection)
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as in socketserver
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401 - as in socketserver
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as in socketserver
        """Print what went wrong, unless it is only a client that went away or refused the certificate."""
        if not isinstance(sys.exc_info()[1], (ConnectionError, ssl.SSLError)):
            super().handle_error(request, client_address)


class ConnectProxy(BackgroundServer):
    """Joins `CONNECT host:port` to the address that `route` gives for "host:port", or answers 502.

    The `get` of a dictionary is a route. Any method but CONNECT is answered 501. With a `login`, which is
    "name:password", whoever comes without it is answered 407. `asked` has every "host:port" in order.
    """

    def __init__(self, route: Route, login: str | None = None) -> None:
        super().__init__(_ConnectHandler)
        self.route = route
        self.asked: list[str] = []
        self._login = login

    def admits(self, authorization: str) -> bool:
        """Return whether a Proxy-Authorization header, or its absence (empty), opens the proxy."""
        if self._login is None:
            return True
        return authorization == f"Basic {base64.b64encode(self._login.encode()).decode()}"

    @property
    def url(self) -> str:
        """The value for Git's `http.proxy`."""
        return "http://{}:{}".format(*self.address)


class _ConnectHandler(QuietHandler):
    server: ConnectProxy
    disable_nagle_algorithm = True  # a handshake through the tunnel would wait 40 ms at every turn
    rbufsize = 0  # what follows the request belongs to the tunnel and must stay in the socket

    def do_CONNECT(self) -> None:
        self.server.asked.append(self.path)
        if not self.server.admits(self.headers.get("Proxy-Authorization", "")):
            self._demand_login()
            return
        target = self.server.route(self.path)
        if target is None:
            self.send_error(HTTPStatus.BAD_GATEWAY, "No such host here")
            return
        with socket.create_connection(target) as upstream:
            upstream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.send_response(HTTPStatus.OK, "Connection established")
            self.end_headers()
            upward = threading.Thread(target=_pour, args=(self.connection, upstream))
            upward.start()
            _pour(upstream, self.connection)
            upward.join()

    def _demand_login(self) -> None:
        self.send_response(HTTPStatus.PROXY_AUTHENTICATION_REQUIRED)
        self.send_header("Proxy-Authenticate", 'Basic realm="proxy"')
        self.send_header("Content-Length", "0")
        self.end_headers()


def _pour(source: socket.socket, sink: socket.socket) -> None:
    """Copy until either side closes, then end both: a TLS connection is of no use half closed."""
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    _end(source)
    _end(sink)


def _end(connection: socket.socket) -> None:
    """Wake whoever reads from the connection with the end of the stream; its owner closes it.

    The plain socket's method, because that of a TLS socket drops the TLS state its owner is using.
    """
    with contextlib.suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)

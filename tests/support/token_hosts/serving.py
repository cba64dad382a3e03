"""The mocked hosts over real TLS, under their real names, with faults on the way."""

from __future__ import annotations

import os
import socket
import struct
import threading
import time
from typing import TYPE_CHECKING

from support.api_server import NAMES, NOT_SERVED
from support.connect_proxy import QuietHandler
from support.tls_server import TlsServer
from support.token_hosts.faults import Fault, Faults
from support.token_hosts.host import Request, wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from support.api_server import Answer
    from support.token_hosts.host import Host

_LONGEST = 60
"""Seconds after which a slow answer is given up, whatever the client does."""


class TokenServer(TlsServer):
    """Serves the hosts inside a `with` block; `log` has every request in order, also to what nobody serves.

    `clock` is the hosts' time.
    """

    def __init__(
        self,
        folder: Path,
        hosts: Iterable[Host],
        *,
        names: Iterable[str] = NAMES,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.log: list[Request] = []
        self.faults = Faults()
        self.clock = clock
        self.ending = threading.Event()
        self._hosts: dict[str, Host] = {}
        for host in hosts:
            self.at(host, *host.names)
        super().__init__(_Handler, folder, names)

    def __exit__(self, *_: object) -> None:
        self.ending.set()
        super().__exit__()

    def at(self, host: Host, *names: str) -> None:
        """Serve a host under these names."""
        self._hosts.update(dict.fromkeys(names, host))

    def host(self, name: str) -> Host | None:
        """Return the host with this name."""
        return self._hosts.get(name) or self._hosts.get(f"*.{name.partition('.')[2]}")

    def act(self, request: Request) -> Answer:
        """Let the request's host answer it."""
        host = self.host(request.host)
        return host.answer(*request) if host else NOT_SERVED

    def is_chunked(self, request: Request) -> bool:
        host = self.host(request.host)
        return host is not None and host.chunked


class _Handler(QuietHandler):
    server: TokenServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:  # noqa: N802  # http.server's name for it
        self.close_connection = True
        host = self.headers.get("Host", "").partition(":")[0].lower()
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = b"".join(self.body())
        request = Request(self.command, f"https://{host}{self.path}", headers, body, self.server.clock())
        self.server.log.append(request)
        fault = self.server.faults.take(request)
        if fault is None:
            self._send(request, self.server.act(request), Fault())
            return
        if fault.first:
            fault.first()
        answer = self.server.act(request) if fault.acts else NOT_SERVED
        if fault.then:
            fault.then()
        self.server.ending.wait(fault.wait)
        self._send(request, fault.answer or answer, fault)

    do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_GET  # noqa: N815  # as above

    def _send(self, request: Request, answer: Answer, fault: Fault) -> None:
        data = wire(answer, method=request.method, chunked=self.server.is_chunked(request))[: fault.cut]
        if fault.pace:
            for at in range(min(len(data), int(_LONGEST / fault.pace))):
                if self.server.ending.wait(fault.pace):
                    return
                self.wfile.write(data[at : at + 1])
        else:
            self.wfile.write(data)
        if fault.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(self.connection.detach())

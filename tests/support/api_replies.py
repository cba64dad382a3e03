"""What a server or the way to it may do in place of an answer: never end, crawl, be silent, break off."""

from __future__ import annotations

import os
import socket
import struct
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from support.api_server import ApiHandler

_JSON = ("Content-Type", "application/json")
_LONGEST = 60
"""Seconds after which every reply here gives up, whatever the client does."""


class Endless:
    """200 and blanks, with which JSON may begin, as fast as the client takes them; `sent` counts bytes."""

    def __init__(self) -> None:
        self.sent = 0

    def send(self, request: ApiHandler) -> None:
        request.begin(200, [_JSON])
        blanks = b" " * 65536
        while not request.server.ending.is_set():
            request.wfile.write(blanks)
            self.sent += len(blanks)


class Crawling(NamedTuple):
    """`data` byte by byte, and blanks after it: each comes soon enough, the whole never does."""

    data: bytes
    pause: float = 0.1
    """Seconds between two bytes."""

    def send(self, request: ApiHandler) -> None:
        for at in range(int(_LONGEST / self.pause)):
            if request.server.ending.wait(self.pause):
                return
            request.wfile.write(self.data[at : at + 1] or b" ")


class Silent:
    """Takes the request and never says a word."""

    def send(self, request: ApiHandler) -> None:
        request.server.ending.wait(_LONGEST)


class HangUp(NamedTuple):
    """Sends `data` and breaks the connection off, with a TCP reset."""

    data: bytes = b""

    def send(self, request: ApiHandler) -> None:
        request.wfile.write(self.data)
        linger = struct.pack("ii", 1, 0)
        request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        os.close(request.connection.detach())

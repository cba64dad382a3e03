"""What may listen in the agent's place: processes that answer wrongly, late, or not at all."""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from git_credential_pat.agent import FAMILY, OPENING, pack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.agents import AgentProgram

_ANSWER = b"username=mallory\npassword=wrong\n"
_RIGHT = pack(b"done", _ANSWER, b"")
_SLOWNESS = 10.0
"""Seconds for which a slow one holds a connection, unless its client goes."""


def _says(reply: bytes) -> Callable[[socket.socket], None]:
    def say(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(reply)

    return say


def _trickle(connection: socket.socket) -> None:
    end = time.monotonic() + _SLOWNESS
    for byte in _RIGHT:
        connection.sendall(bytes([byte]))
        time.sleep(0.5)
        if time.monotonic() > end:
            return


def _wait(connection: socket.socket) -> None:
    connection.settimeout(_SLOWNESS)
    while connection.recv(65_536):
        pass


def _begin_and_wait(connection: socket.socket) -> None:
    connection.sendall(_RIGHT[:-1])
    _wait(connection)


def _never_read(connection: socket.socket) -> None:
    connection.settimeout(_SLOWNESS)
    time.sleep(3)


QUICK: dict[str, Callable[[socket.socket], None]] = {
    "closes at once": lambda _: None,
    "closes after the request": _says(b""),
    "garbage": _says(os.urandom(1000)),
    "a shell's prompt": _says(b"$ "),
    "the answer without a frame": _says(_ANSWER),
    "a frame of another version": _says(FAMILY + b"9.8.7\n" + _RIGHT[len(OPENING) :]),
    "a frame cut short": _says(_RIGHT[:-1]),
    "a frame with more behind it": _says(_RIGHT + b"x"),
    "a frame of 2^32-1 bytes": _says(OPENING + b"\xff\xff\xff\xff" + _RIGHT),
    "a frame of 2 MiB and a byte": _says(OPENING + (2**21 + 1).to_bytes(4, "big") + bytes(2**21 + 1)),
    "a frame without fields": _says(pack()),
    "a field longer than its frame": _says(OPENING + b"\0\0\0\x08\xff\xff\xff\xffdone"),
    "done and no more": _says(pack(b"done")),
    "done with one field": _says(pack(b"done", _ANSWER)),
    "done with three fields": _says(pack(b"done", _ANSWER, b"", b"")),
    "an unknown word": _says(pack(b"certainly", _ANSWER, b"")),
    "absent": _says(pack(b"absent")),
    "locked": _says(pack(b"locked")),
}

SLOW: dict[str, Callable[[socket.socket], None]] = {
    "reads and says nothing": _wait,
    "begins an answer": _begin_and_wait,
    "answers a byte at a time": _trickle,
    "never reads": _never_read,
}


@contextmanager
def fake_agent(program: AgentProgram, behave: Callable[[socket.socket], None]) -> Iterator[None]:
    """Listen in the agent's place and behave so to every client."""
    program.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(program.socket))
        listener.listen()
        thread = threading.Thread(target=_serve, args=(listener, behave))
        thread.start()
        try:
            yield
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(listener: socket.socket, behave: Callable[[socket.socket], None]) -> None:
    clients = []
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            break
        client = threading.Thread(target=_behave, args=(connection, behave))
        client.start()
        clients.append(client)
    for client in clients:
        client.join()


def _behave(connection: socket.socket, behave: Callable[[socket.socket], None]) -> None:
    with connection:
        try:
            behave(connection)
        except OSError:  # the client went first
            return

"""The agent's loop: it moves frames between many clients and the one service, and knows when to end.

It ends when it was idle for too long, is asked to, gets SIGTERM, finds its socket gone, or meets a client
of another version. No client can hold up another: reading and writing never wait, each request is
bounded, as are all together, and a client that takes too long is dropped. For a client that has gone
nothing is done but to end: it has done the rest itself by now, and what came after that must stay.
"""

import errno
import os
import selectors
import socket
from time import monotonic

from git_credential_pat.agent import HEAD, body_length, is_of_another_version, pack, unpack
from git_credential_pat.agent.identity import is_with_own_user
from git_credential_pat.agent.service import Service
from git_credential_pat.system.background import end_of_process

CLIENT_TIMEOUT = 5.0
"""Seconds in which a client must have sent its request and taken the reply."""

CLIENT_LIMIT = 256
"""The most clients at once; more wait in the socket's queue."""

HELD_LIMIT = 1 << 24
"""The most bytes of unfinished requests, all clients together; whoever sends more is dropped."""

_PAUSE = 0.25
"""Seconds until a client is accepted again where no descriptor was left for one, unless one goes first."""

_SHORTAGES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_TICK = 5.0
"""Seconds between two looks at whether the socket is still there."""
_CHUNK = 65_536


class _Client:
    """One connection, which carries one request and its reply."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.deadline = monotonic() + CLIENT_TIMEOUT
        self.received = b""
        self.reply = b""


class Server:
    """The loop over a listening Unix socket."""

    def __init__(self, listener: socket.socket, service: Service) -> None:
        """Take a socket that listens at a path."""
        self._listener = listener
        self._service = service
        self._path: str = listener.getsockname()
        self._identity = self._look()
        self._selector = selectors.DefaultSelector()
        self._clients: dict[int, _Client] = {}
        self._accepts = False
        self._pauses_until = 0.0
        self._ended = False

    def run(self) -> None:
        """Serve until there is a reason to end."""
        self._listener.settimeout(0)
        self._end_on_signals()
        while not self._ended and self._service.seconds_left > 0 and self._is_in_place():
            self._accept_or_not()
            for key, _ in self._selector.select(self._wait()):
                key.data()
            self._drop_slow()
            self._service.tend()

    def remove_socket(self) -> None:
        """Take the socket's file away, unless another stands there by now."""
        if self._is_in_place():
            os.unlink(self._path)

    def _is_in_place(self) -> bool:
        return self._identity is not None and self._look() == self._identity

    def _wait(self) -> float:
        """Return the seconds until there is something to do even if nobody asks anything."""
        now = monotonic()
        waits = [client.deadline - now for client in self._clients.values()]
        if self._pauses_until > now:
            waits.append(self._pauses_until - now)
        return max(0.0, min([_TICK, self._service.seconds_left, *waits]))

    def _end_on_signals(self) -> None:
        self._selector.register(end_of_process(), selectors.EVENT_READ, self._end)

    def _end(self) -> None:
        self._ended = True

    def _look(self) -> tuple[int, int] | None:
        try:
            status = os.lstat(self._path)
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def _accept_or_not(self) -> None:
        """Listen as long as there is room for a client."""
        has_room = len(self._clients) < CLIENT_LIMIT and self._pauses_until <= monotonic()
        if has_room and not self._accepts:
            self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        elif self._accepts and not has_room:
            self._selector.unregister(self._listener)
        self._accepts = has_room

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError as error:
            if error.errno in _SHORTAGES:
                self._pauses_until = monotonic() + _PAUSE  # else this would be tried without end
            return
        connection.settimeout(0)
        if not _is_ours(connection):
            connection.close()
            return
        client = _Client(connection)
        self._clients[connection.fileno()] = client
        self._selector.register(connection, selectors.EVENT_READ, lambda: self._read(client))

    def _read(self, client: _Client) -> None:
        try:
            chunk = client.connection.recv(_CHUNK)
            client.received += chunk
            length = body_length(client.received)
            if length is not None and len(client.received) >= HEAD + length:
                self._reply(client, unpack(client.received))
            elif not chunk or self._holds_too_much(client):
                self._drop(client)
        except BlockingIOError:
            return
        except (OSError, ValueError):
            self._ended = self._ended or is_of_another_version(client.received)
            self._drop(client)

    def _reply(self, client: _Client, fields: list[bytes]) -> None:
        if _has_gone(client.connection) and fields[:1] != [b"stop"]:
            self._drop(client)
            return
        client.reply = pack(*self._service.reply(fields))
        self._ended = self._ended or self._service.stopped
        self._write(client)
        if client.reply:  # its buffer is full, which hardly ever happens
            self._selector.modify(client.connection, selectors.EVENT_WRITE, lambda: self._write(client))

    def _holds_too_much(self, client: _Client) -> bool:
        """Return whether there is too much to hold; clients that sent little do not count."""
        return len(client.received) > _CHUNK and (
            sum(len(other.received) for other in self._clients.values()) > HELD_LIMIT
        )

    def _write(self, client: _Client) -> None:
        try:
            client.reply = client.reply[client.connection.send(client.reply) :]
        except BlockingIOError:
            return
        except OSError:
            client.reply = b""
        if not client.reply:
            self._drop(client)

    def _drop(self, client: _Client) -> None:
        del self._clients[client.connection.fileno()]
        self._selector.unregister(client.connection)
        client.connection.close()
        self._pauses_until = 0.0

    def _drop_slow(self) -> None:
        now = monotonic()
        for client in [client for client in self._clients.values() if client.deadline <= now]:
            self._drop(client)


def _has_gone(connection: socket.socket) -> bool:
    """Return whether a client has closed its end; one that only sends no more still waits for its reply."""
    try:
        connection.send(b"")  # poll(2) reports it too, but on macOS only together with other events
    except OSError:
        return True
    return False


def _is_ours(connection: socket.socket) -> bool:
    try:
        return is_with_own_user(connection)
    except OSError:  # it has gone again
        return False

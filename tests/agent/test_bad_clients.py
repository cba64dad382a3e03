"""Whatever clients send, and however slowly: the agent drops them, and answers the others at once."""

from __future__ import annotations

import os
import resource
import socket
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from support.agents import FOUND, REQUEST, asked, connected, cpu_seconds, megabytes

from git_credential_pat.agent import OPENING, pack

if TYPE_CHECKING:
    from support.agents import AgentProgram

CLIENT_TIMEOUT = 5.0
"""Seconds after which the agent drops a client."""


def exchange(program: AgentProgram, data: bytes) -> bytes:
    """Send bytes and the end of input; return all that comes back."""
    with connected(program) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            return b""
        return received(connection)


def received(connection: socket.socket) -> bytes:
    """Return all that comes until the agent drops the connection."""
    data = b""
    try:
        while chunk := connection.recv(65_536):
            data += chunk
    except ConnectionResetError:  # what the agent did not read any more
        return data
    return data


def assert_as_good_as_before(program: AgentProgram) -> None:
    begun = time.monotonic()
    assert asked(program, b"status")[:1] == [b"done"]
    assert time.monotonic() - begun < CLIENT_TIMEOUT / 2
    assert program.by_agent("get") == FOUND


NO_FRAMES = (
    b"",
    b"GET / HTTP/1.1\r\n\r\n",
    bytes(100_000),
    OPENING + b"\xff\xff\xff\xff",
    OPENING + (2**21 + 1).to_bytes(4, "big") + bytes(2**21 + 1),
    OPENING + b"\0\0\0\x04\xff\xff\xff\xff",
    pack(b"get")[:-1],
    pack(b"get") + b"x",
    pack(b"status") + pack(b"status"),
)


def test_what_is_no_frame_gets_nothing(shared: AgentProgram) -> None:
    assert {data: exchange(shared, data) for data in NO_FRAMES} == dict.fromkeys(NO_FRAMES, b"")
    assert_as_good_as_before(shared)


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [b""],
        [b"frobnicate"],
        [b"get"],
        [b"get", b"", b"", b"", b""],
        [b"get", b"HOME=/elsewhere", b"", REQUEST],
        [b"capability", b"", b""],
        [b"unlock"],
        [b"unlock", b"/elsewhere", b"k" * 32],
        [b"unlock", b"\xff\0", b""],
        [b"status", b"more"],
        [b"stop", b"more"],
        [b"key"],
        [b"_answer", b"", b""],
        [b"x" * (2**21 - 4)],
    ],
)
def test_a_request_that_it_does_not_know_is_declined(shared: AgentProgram, fields: list[bytes]) -> None:
    assert exchange(shared, pack(*fields)) == pack(b"declined")
    assert asked(shared, b"status")[:1] == [b"done"]


def test_a_key_is_given_only_for_the_vault_s_own_path(shared: AgentProgram) -> None:
    assert exchange(shared, pack(b"key", os.fsencode(shared.vault) + b"x")) == pack(b"locked")
    reply = exchange(shared, pack(b"key", os.fsencode(shared.vault)))
    assert len(reply) == len(pack(b"done", bytes(32)))


def test_a_request_may_come_in_any_pieces(shared: AgentProgram) -> None:
    frame = pack(b"status")
    with connected(shared) as connection:
        for byte in frame:
            connection.sendall(bytes([byte]))
        assert received(connection).startswith(OPENING)


def test_who_goes_before_the_reply_is_no_trouble(shared: AgentProgram) -> None:
    for _ in range(50):
        with connected(shared) as connection:
            connection.sendall(pack(b"status"))
    assert_as_good_as_before(shared)


@pytest.mark.slow
def test_the_slow_are_dropped_in_time_and_nobody_waits_for_them(shared: AgentProgram) -> None:
    """A silent one, one with half a frame, one that sends a byte a second, one that takes no reply."""
    with ExitStack() as stack:
        silent, half, trickling, deaf = (stack.enter_context(connected(shared)) for _ in range(4))
        begun = time.monotonic()
        half.sendall(pack(b"status")[:-1])
        deaf.sendall(pack(b"status"))
        frame = pack(b"get", bytes(1000))
        dropped = 0.0
        for at in range(20):
            try:
                trickling.sendall(frame[at : at + 1])
            except (BrokenPipeError, ConnectionResetError):
                dropped = time.monotonic() - begun
                break
            assert_as_good_as_before(shared)
            time.sleep(0.7)
        assert CLIENT_TIMEOUT <= dropped < 2 * CLIENT_TIMEOUT
        assert (received(silent), received(half)) == (b"", b"")


def test_all_that_clients_have_begun_to_say_takes_little_memory(shared: AgentProgram) -> None:
    pid = shared.pid()
    begun = OPENING + (2**21).to_bytes(4, "big") + bytes(2**21 - 1)
    before = megabytes(pid)
    with ExitStack() as stack:
        for _ in range(60):
            connection = stack.enter_context(connected(shared))
            try:
                connection.sendall(begun)
            except (BrokenPipeError, ConnectionResetError):
                continue
        assert_as_good_as_before(shared)
        assert megabytes(pid) - before < 30
    assert_as_good_as_before(shared)


def test_more_clients_than_it_takes_wait_and_calls_are_answered_all_the_same(shared: AgentProgram) -> None:
    pid = asked(shared, b"status")[1]
    before = cpu_seconds(int(pid))
    with ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(connected(shared))
        assert shared.run("get", stdin=REQUEST) == FOUND
    assert cpu_seconds(int(pid)) - before < 1, "it sleeps while it waits"
    assert_as_good_as_before(shared)


def test_without_any_descriptor_it_sleeps_and_serves_many_again_once_there_are_some(
    program: AgentProgram,
) -> None:
    pid = program.start()
    limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (5, limits[1]))
    before = cpu_seconds(pid)
    with ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(connected(program))
        time.sleep(1)
        assert cpu_seconds(pid) - before < 0.2, "it sleeps until a descriptor may be free"
        resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
        assert program.by_agent("get") == FOUND
    assert program.pid() == pid

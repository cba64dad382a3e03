"""What frames of other versions do to an agent; tests/install/test_upgrade.py has real other versions."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from support.agents import FOUND, eventually, is_gone

if TYPE_CHECKING:
    from support.agents import AgentProgram


def test_what_opens_as_another_version_s_frame_ends_it_whatever_follows(served: AgentProgram) -> None:
    pid = served.pid()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(served.socket))
        connection.sendall(b"git-credential-pat agent 9.8.7\n and then any other form")
        assert connection.recv(100) == b""
    eventually(lambda: is_gone(pid), "it ends", 2)


def test_what_only_begins_alike_does_not_end_it(served: AgentProgram) -> None:
    for data in (
        b"git-credential-pat agent",
        b"git-credential-pat agent ",
        b"git-credential-pat\n",
        b"GET /",
    ):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(served.socket))
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(100) == b""
    assert served.by_agent("get") == FOUND

"""Other users beside the agent: they speak to it, or listen in its place. Only root can have them."""

from __future__ import annotations

import os
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

from git_credential_pat.agent import pack
from support.agents import state_of
from support.users import NOBODY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.agents import AgentProgram

LIE = pack(b"done", b"username=mallory\npassword=wrong\n", b"")


def open_up(program: AgentProgram) -> None:
    """Let every user reach the agent's socket, whatever its folder is for."""
    for folder in (program.home.parent, program.home, program.home / ".cache", program.folder):
        folder.chmod(0o755)
    program.socket.chmod(0o666)


def speak(path: Path, data: bytes) -> bytes:
    """Return all that whoever listens there says to some bytes."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        connection.connect(str(path))
        connection.sendall(data)
        return connection.recv(65_536)


@contextmanager
def listening_as_nobody(path: Path) -> Iterator[None]:
    """Have a process of another user listen on a socket, and lie to whoever asks."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    child = os.fork()
    if child == 0:
        try:
            os.setresuid(NOBODY, NOBODY, NOBODY)
            listener.listen()
            while True:
                connection, _ = listener.accept()
                connection.recv(65_536)
                connection.sendall(LIE)
        finally:
            os._exit(0)
    try:
        while state_of(child) != "S":
            pass
        yield
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
        listener.close()

"""After an upgrade: an agent and clients of different versions get out of each other's way."""

from __future__ import annotations

import re
import shutil
import socket
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.agents import FOUND, REQUEST, AgentProgram, eventually, is_gone
from support.program import LAUNCHER, Run

if TYPE_CHECKING:
    from collections.abc import Iterator

OTHER_VERSION = "9.8.7"


def install_other_version(folder: Path) -> Path:
    """Make a copy of the installed program that is of another version; return its launcher."""
    installed = Path(sysconfig.get_path("purelib"))
    packages = folder / installed.relative_to(LAUNCHER.parents[1])
    packages.mkdir(parents=True)
    for path in installed.iterdir():
        if path.name != "git_credential_pat":
            (packages / path.name).symlink_to(path)
    package = packages / "git_credential_pat"
    shutil.copytree(installed / package.name, package, ignore=shutil.ignore_patterns("__pycache__"))
    face = package / "__init__.py"
    face.write_text(re.sub('"[0-9.]+"\n', f'"{OTHER_VERSION}"\n', face.read_text("utf-8")), "utf-8")
    (folder / "bin").mkdir()
    shutil.copy2(LAUNCHER, folder / "bin")
    for python in LAUNCHER.parent.glob("python3*"):
        (folder / "bin" / python.name).symlink_to(python)
    shutil.copy2(LAUNCHER.parents[1] / "pyvenv.cfg", folder)
    return folder / "bin" / LAUNCHER.name


@pytest.fixture
def upgraded(served: AgentProgram, tmp_path: Path) -> Iterator[AgentProgram]:
    """The same home after an upgrade, with the agent of before."""
    program = AgentProgram(served.home, install_other_version(tmp_path))
    try:
        yield program
    finally:
        program.run("agent", "stop")


def test_the_copy_is_of_another_version(upgraded: AgentProgram) -> None:
    assert upgraded.run("--version") == Run(0, f"git-credential-pat {OTHER_VERSION}\n".encode(), "")


def test_the_call_of_another_version_is_answered_and_ends_the_agent(
    served: AgentProgram, upgraded: AgentProgram
) -> None:
    pid = served.pid()
    assert upgraded.run("get", stdin=REQUEST) == FOUND
    eventually(lambda: is_gone(pid), "it ends", 2)
    assert not served.socket.exists()


def test_the_call_after_it_starts_an_agent_of_its_own_version(
    served: AgentProgram, upgraded: AgentProgram
) -> None:
    pid = served.pid()
    upgraded.run("get", stdin=REQUEST)
    eventually(lambda: is_gone(pid), "it ends", 2)
    assert upgraded.run("get", stdin=REQUEST) == FOUND
    assert upgraded.by_agent("get") == FOUND
    told = upgraded.run("agent", "status", "--json").stdout
    assert f'"version": "{OTHER_VERSION}"'.encode() in told


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

"""Other users: they get nothing of the agent, and nothing of theirs is taken for it."""

from __future__ import annotations

import os
import re
import subprocess
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.agents import FOUND, REQUEST, asked, eventually
from support.program import LAUNCHER
from support.strangers import listening_as_nobody, open_up, speak
from support.users import AS_NOBODY, as_nobody, give_to_nobody

from git_credential_pat.agent import pack
from git_credential_pat.agent.identity import standing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.agents import AgentProgram

pytestmark = pytest.mark.needs("root")


def test_a_process_of_another_user_gets_nothing_even_if_it_reaches_the_socket(served: AgentProgram) -> None:
    open_up(served)
    stand = standing(served.bare_environment, ())
    assert stand is not None
    frames = [
        pack(b"get", stand, b"", REQUEST),
        pack(b"key", os.fsencode(served.vault)),
        pack(b"status"),
        pack(b"stop"),
        pack(b"unlock", os.fsencode(served.vault), bytes(32)),
        b"git-credential-pat agent 9.8.7\n",
        b"garbage",
    ]
    for frame in frames:
        answer = as_nobody(partial(speak, served.socket, frame))
        assert answer in (b"", b"failed: Broken pipe", b"failed: Connection reset by peer")
    served.folder.chmod(0o700)
    assert served.by_agent("get") == FOUND
    assert asked(served, b"status")[3] == b"done", "its key is as it was"


def test_the_folder_keeps_other_users_from_the_socket(served: AgentProgram) -> None:
    for folder in (served.home.parent, served.home, served.home / ".cache"):
        folder.chmod(0o755)
    assert as_nobody(lambda: speak(served.socket, pack(b"status"))) == b"failed: Permission denied"


def test_whoever_else_listens_in_a_folder_of_ours_is_not_believed(program: AgentProgram) -> None:
    program.folder.mkdir(0o700, parents=True)
    with listening_as_nobody(program.socket):
        assert program.run("get", stdin=REQUEST) == FOUND
        assert asked(program, b"status") == [b"silent"]


@pytest.mark.parametrize("mode", [0o700, 0o755, 0o777])
def test_a_folder_of_another_user_s_is_not_used(program: AgentProgram, mode: int) -> None:
    program.folder.mkdir(parents=True)
    with listening_as_nobody(program.socket):
        program.folder.chmod(mode)
        give_to_nobody(program.folder, program.socket)
        assert program.run("get", stdin=REQUEST) == FOUND
        assert asked(program, b"status") == [b"absent"]
    assert program.run("get", stdin=REQUEST) == FOUND
    assert os.listdir(program.folder) == ["agent.sock"], "no agent is started there"


@pytest.fixture
def theirs(program: AgentProgram) -> Path:
    """A runtime folder of another user's."""
    runtime = program.home / "run"
    runtime.mkdir()
    runtime.chmod(0o777)
    give_to_nobody(runtime)
    program.environment["XDG_RUNTIME_DIR"] = str(runtime)
    return runtime


def test_a_runtime_folder_of_another_user_s_gets_no_more_than_a_folder_closed_to_him(
    program: AgentProgram, theirs: Path
) -> None:
    program.folder.mkdir(mode=0o700)
    assert program.start()
    assert program.socket.is_socket()
    program.folder.rename(theirs / "away")  # as its owner can
    program.folder.mkdir(mode=0o700)
    give_to_nobody(program.folder)
    assert program.run("get", stdin=REQUEST) == FOUND
    program.folder.rmdir()  # nothing was put there
    (theirs / "away").rename(program.folder)
    assert program.run("agent", "stop").status == 0


def test_in_a_runtime_folder_of_another_user_s_nothing_is_made_and_the_caches_serve(
    program: AgentProgram, theirs: Path
) -> None:
    assert program.start()
    assert [*theirs.iterdir()] == []
    assert (program.home / ".cache" / "git-credential-pat" / "agent.sock").is_socket()


def test_a_link_to_a_folder_of_another_user_s_is_not_followed(program: AgentProgram) -> None:
    theirs = program.home / "theirs"
    theirs.mkdir(0o700)
    give_to_nobody(theirs)
    program.folder.parent.mkdir()
    program.folder.symlink_to(theirs)
    assert [program.run("get", stdin=REQUEST) for _ in range(2)] == [FOUND, FOUND]
    assert os.listdir(theirs) == []
    program.folder.unlink()


def test_a_lock_that_is_a_link_is_not_followed(program: AgentProgram) -> None:
    program.folder.mkdir(0o700, parents=True)
    (program.folder / "agent.lock").symlink_to(program.home / "victim")
    assert program.run("get", stdin=REQUEST) == FOUND
    assert not (program.home / "victim").exists()
    assert not program.socket.exists()
    (program.folder / "agent.lock").unlink()


# Processes of the same user


@pytest.fixture
def of_nobody(program: AgentProgram) -> Iterator[int]:
    """The process of an agent that another user than root runs."""
    for folder, _, files in os.walk(program.home):
        give_to_nobody(folder, *(os.path.join(folder, file) for file in files))
    program.home.parent.chmod(0o755)
    command = [*AS_NOBODY, str(LAUNCHER), "agent"]
    done = subprocess.run(command, env=program.environment, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    pid = int(re.findall(rb"process (\d+)", done.stdout)[0])
    yield pid
    os.kill(pid, 9)


def opens(pid: int, file: str) -> bool:
    """Whether a process of the agent's user can open one of a process's files in /proc."""
    command = [*AS_NOBODY, "sh", "-c", f"exec <{Path('/proc') / str(pid) / file}"]
    return subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0


def test_its_memory_is_closed_to_other_processes_of_its_user(of_nobody: int) -> None:
    files = ("environ", "mem", "maps", "fd/0")
    with subprocess.Popen([*AS_NOBODY, "sleep", "60"], stdin=subprocess.DEVNULL) as other:
        try:
            eventually(lambda: all(opens(other.pid, file) for file in files), "those of any other open")
        finally:
            other.kill()
    assert [file for file in files if opens(of_nobody, file)] == []
    assert subprocess.run([*AS_NOBODY, "kill", "-0", str(of_nobody)], check=False).returncode == 0

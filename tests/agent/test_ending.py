"""When the agent ends, that nothing stays of it, and what does not end it."""

from __future__ import annotations

import os
import signal
import socket
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from support.agents import (
    FOUND,
    LIMIT,
    REQUEST,
    AgentProgram,
    agent_program,
    asked,
    eventually,
    in_foreground,
    is_free,
    is_gone,
)
from support.checks import keep
from support.program import FABRIKAM, Run

if TYPE_CHECKING:
    from collections.abc import Callable


def test_it_ends_after_its_idle_seconds_and_takes_its_socket_away(program: AgentProgram) -> None:
    program.gitconfig.write_text("[pat]\n\tagentTimeout = 1\n")
    pid = program.start()
    eventually(lambda: is_gone(pid), "it ends")
    assert not program.socket.exists()


def test_what_is_asked_keeps_it_alive_but_a_question_for_its_status_does_not(program: AgentProgram) -> None:
    program.run("agent", "--timeout", "1")
    pid = program.pid()
    for _ in range(3):
        time.sleep(0.5)
        assert program.by_agent("get") == FOUND
    eventually(lambda: program.status() is None and is_gone(pid), "it ends, however often it is asked")


def test_calls_that_stand_on_something_else_do_not_keep_it_alive(program: AgentProgram) -> None:
    program.run("agent", "--timeout", "1")
    pid = program.pid()
    assert asked(program, b"get", b"another stand", b"", REQUEST) == [b"declined"]

    def is_gone_though_asked() -> bool:
        asked(program, b"get", b"another stand", b"", REQUEST)
        return is_gone(pid)

    eventually(is_gone_though_asked, "it ends")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_it_in_good_order(program: AgentProgram, number: signal.Signals) -> None:
    with in_foreground(program) as agent:
        os.kill(agent.pid, number)
        assert agent.wait(5) == 0
        assert agent.stderr is not None
        assert agent.stderr.read() == b""
    assert not program.socket.exists()


@pytest.mark.parametrize("command", ["lock", "agent stop"])
def test_it_is_gone_when_the_command_that_ends_it_returns(served: AgentProgram, command: str) -> None:
    pid = served.pid()
    assert served.run(*command.split()).status == 0
    assert is_free(served.folder / "agent.lock"), "the kernel has taken its memory"
    eventually(lambda: is_gone(pid), "it ends", 1)
    assert not served.socket.exists()
    assert served.by_agent("get") is None


def test_one_that_its_parent_has_not_waited_for_is_gone_all_the_same(program: AgentProgram) -> None:
    with in_foreground(program) as agent:  # as in a container whose first process waits for nobody
        assert program.run("agent", "stop") == Run(0, b"The agent is stopped.\n", "")
        assert agent.wait(5) == 0


def remove_folder(program: AgentProgram) -> None:
    for path in program.folder.iterdir():
        path.unlink()
    program.folder.rmdir()


def replace_socket(program: AgentProgram) -> None:
    program.socket.rename(program.folder / "old")
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(program.socket))


@pytest.mark.slow
def test_it_ends_when_its_socket_is_gone_and_leaves_another_s_alone() -> None:
    ways: list[Callable[[AgentProgram], None]] = [
        lambda program: program.socket.unlink(),
        remove_folder,
        replace_socket,
    ]
    with ExitStack() as stack:  # all at once, because it looks every 5 seconds
        programs = [stack.enter_context(agent_program()) for _ in ways]
        pids = []
        for program, way in zip(programs, ways, strict=True):
            keep(program, FABRIKAM)
            pids.append(program.start())
            way(program)
        eventually(lambda: all(map(is_gone, pids)), "they end", 3 * LIMIT)
        assert [program.socket.exists() for program in programs] == [False, False, True]

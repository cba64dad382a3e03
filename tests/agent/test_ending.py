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
    REQUEST,
    AgentProgram,
    agent_program,
    asked,
    eventually,
    in_foreground,
    is_free,
    is_gone,
)
from support.checks import keep, refusal
from support.program import FABRIKAM

if TYPE_CHECKING:
    from collections.abc import Callable

TICK = 5.0
"""Seconds within which it looks for its socket."""


@pytest.mark.parametrize("way", ["option", "setting"])
def test_it_ends_after_its_idle_seconds_and_takes_its_socket_away(program: AgentProgram, way: str) -> None:
    if way == "option":
        assert program.run("agent", "--timeout", "1").status == 0
    else:
        program.gitconfig.write_text("[pat]\n\tagentTimeout = 1\n")
        program.start()
    pid = program.pid()
    eventually(lambda: is_gone(pid), "it ends", 3)
    assert not program.socket.exists()


def test_what_is_asked_keeps_it_alive_but_a_question_for_its_status_does_not(program: AgentProgram) -> None:
    program.run("agent", "--timeout", "1")
    pid = program.pid()
    for _ in range(3):
        time.sleep(0.5)
        assert program.by_agent("get") == FOUND
    begun = time.monotonic()
    while not is_gone(pid):
        program.status()
        time.sleep(0.1)
        assert time.monotonic() - begun < 3


def test_calls_that_stand_on_something_else_do_not_keep_it_alive(program: AgentProgram) -> None:
    program.run("agent", "--timeout", "1")
    pid = program.pid()
    assert asked(program, b"get", b"another stand", REQUEST) == [b"declined"]
    begun = time.monotonic()
    while not is_gone(pid):
        asked(program, b"get", b"another stand", REQUEST)
        time.sleep(0.1)
        assert time.monotonic() - begun < 3


def test_idle_seconds_of_none_are_refused(program: AgentProgram) -> None:
    program.gitconfig.write_text("[pat]\n\tagentTimeout = 0\n")
    line = "pat.agentTimeout is 0; set it to 1 or more, or pat.agent to never"
    assert refusal(program.run("get", stdin=REQUEST), 1) == line


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
        stopped = program.run("agent", "stop")
        assert (stopped.status, stopped.stdout, stopped.stderr) == (0, b"The agent is stopped.\n", "")
        assert agent.wait(5) == 0


def remove_socket(program: AgentProgram) -> None:
    program.socket.unlink()


def remove_folder(program: AgentProgram) -> None:
    for path in program.folder.iterdir():
        path.unlink()
    program.folder.rmdir()


def replace_socket(program: AgentProgram) -> None:
    program.socket.rename(program.folder / "old")
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(program.socket))


def test_it_ends_when_its_socket_is_gone_and_leaves_another_s_alone() -> None:
    ways: list[Callable[[AgentProgram], None]] = [remove_socket, remove_folder, replace_socket]
    with ExitStack() as stack:  # all at once, because each takes as long
        programs = [stack.enter_context(agent_program()) for _ in ways]
        pids = []
        for program, way in zip(programs, ways, strict=True):
            keep(program, FABRIKAM)
            pids.append(program.start())
            way(program)
        eventually(lambda: all(map(is_gone, pids)), "they end", TICK + 2)
        assert [program.socket.exists() for program in programs] == [False, False, True]


def test_another_of_its_kind_can_start_when_it_is_gone(served: AgentProgram) -> None:
    pid = served.pid()
    os.kill(pid, signal.SIGTERM)
    eventually(lambda: is_gone(pid), "it ends")
    assert served.start() != pid


def test_a_client_that_asks_it_to_stop_is_told_so_first(served: AgentProgram) -> None:
    pid = served.pid()
    assert asked(served, b"stop") == [b"done"]
    eventually(lambda: is_gone(pid), "it ends")
    assert asked(served, b"stop") == [b"absent"]

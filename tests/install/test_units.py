"""The systemd units: what they say, and an agent that is started by a call on a socket it was handed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from configparser import ConfigParser
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from install.conftest import PROJECT
from support.agents import FOUND, REQUEST, agent_program, asked, eventually, in_foreground
from support.checks import keep
from support.program import FABRIKAM
from support.slots import PHRASE, lock_by_passphrase

from git_credential_pat.agent.identity import folders

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.agents import AgentProgram

UNITS = [PROJECT / "install" / f"git-credential-pat-agent.{kind}" for kind in ("socket", "service")]


def sections(kind: str) -> ConfigParser:
    parser = ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # as configparser's manual has it
    parser.read_string((PROJECT / "install" / f"git-credential-pat-agent.{kind}").read_text("ascii"))
    return parser


# What they say


@pytest.mark.needs("systemd")
def test_systemd_finds_nothing_wrong_with_them(program: AgentProgram) -> None:
    launcher = program.home / ".local" / "bin" / "git-credential-pat"
    launcher.parent.mkdir(parents=True)
    launcher.symlink_to(program.launcher)
    (program.home / "run").mkdir(0o700)
    environment = {**program.environment, "XDG_RUNTIME_DIR": str(program.home / "run")}
    verified = subprocess.run(
        ["systemd-analyze", "--user", "--man=no", "verify", *map(str, UNITS)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    assert (verified.returncode, verified.stdout) == (0, b"")


def test_the_socket_lies_where_calls_look_for_it_and_is_closed_to_others() -> None:
    socket_unit = sections("socket")["Socket"]
    path = socket_unit["ListenStream"].replace("%t", "/run/user/1000")
    folder, *_ = folders({b"XDG_RUNTIME_DIR": b"/run/user/1000"})
    assert path == f"{os.fsdecode(folder)}/agent.sock"
    assert (socket_unit["SocketMode"], socket_unit["DirectoryMode"]) == ("0600", "0700")


def test_the_service_runs_what_the_installer_installs_and_can_gain_nothing() -> None:
    service = sections("service")["Service"]
    assert service["ExecStart"] == "%h/.local/bin/git-credential-pat agent --foreground"
    assert (service["UMask"], service["LimitCORE"], service["NoNewPrivileges"]) == ("0077", "0", "yes")


# Activation


@pytest.fixture
def program() -> Iterator[AgentProgram]:
    """A program that keeps one token; its folder for the socket is there."""
    with agent_program() as program:
        keep(program, FABRIKAM)
        program.folder.mkdir(mode=0o700, parents=True)
        yield program


class Activator:
    """What a service manager does: it listens, and runs the agent once a call comes."""

    def __init__(self, program: AgentProgram, listener: socket.socket) -> None:
        self._program = program
        self._listener = listener

    @contextmanager
    def agent(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run an agent on the socket, by the protocol of sd_listen_fds(3)."""
        command = 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" agent --foreground "$@"'
        with subprocess.Popen(
            ["/bin/sh", "-c", command, str(self._program.launcher), *arguments],
            env=self._program.environment,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            preexec_fn=lambda: os.dup2(self._listener.fileno(), 3),  # noqa: PLW1509  # no threads run here
            pass_fds=(3,),
        ) as agent:
            try:
                yield agent
            finally:
                agent.kill()


@pytest.fixture
def activator(program: AgentProgram) -> Iterator[Activator]:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(program.socket))
        listener.listen()
        yield Activator(program, listener)


def test_the_call_that_wakes_an_agent_is_answered_by_it(program: AgentProgram, activator: Activator) -> None:
    with activator.agent() as agent:
        assert program.by_agent("get") == FOUND
        assert program.pid() == agent.pid


def test_the_socket_stays_when_the_agent_ends_and_wakes_another(
    program: AgentProgram, activator: Activator
) -> None:
    for _ in range(2):
        with activator.agent() as agent:
            eventually(lambda: program.status() is not None, "it answers")
            assert program.by_agent("get") == FOUND
            assert asked(program, b"stop") == [b"done"]
            assert agent.wait(5) == 0
            assert agent.stderr is not None
            assert agent.stderr.read() == b""
        assert program.socket.is_socket()


def test_it_ends_when_it_was_idle_and_at_once_when_its_socket_was_gone_before_it_came(
    program: AgentProgram, activator: Activator
) -> None:
    with activator.agent("--timeout", "1") as agent:
        eventually(lambda: program.status() is not None, "it answers")
        assert agent.wait(5) == 0
    assert program.socket.is_socket()
    program.socket.unlink()
    with activator.agent() as agent:
        assert agent.wait(5) == 0


def test_while_nobody_answers_on_the_socket_calls_go_the_full_way(
    program: AgentProgram, activator: Activator
) -> None:
    assert program.run("get", stdin=REQUEST) == FOUND
    with activator.agent() as agent:
        eventually(lambda: program.status() is not None, "it answers")
        assert program.pid() == agent.pid


def test_a_vault_with_a_passphrase_is_locked_until_somebody_unlocks_it(
    program: AgentProgram, activator: Activator, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock_by_passphrase(program, monkeypatch)
    with activator.agent() as agent:
        eventually(lambda: program.status() is not None, "it answers")
        assert program.run("get", stdin=REQUEST).status == 3
        assert program.run("unlock", stdin=f"{PHRASE}\n".encode()).status == 0
        assert program.by_agent("get") == FOUND
        assert program.pid() == agent.pid


def test_a_damaged_vault_keeps_the_agent_from_nothing(program: AgentProgram, activator: Activator) -> None:
    data = program.vault.read_bytes()
    program.vault.write_bytes(data[:-1])
    with activator.agent():
        eventually(lambda: program.status() is not None, "it answers")
        assert program.run("get", stdin=REQUEST).status == 4
        program.vault.write_bytes(data)
        assert program.run("get", stdin=REQUEST) == FOUND


@pytest.mark.parametrize(
    "handed",
    [{"LISTEN_PID": "1", "LISTEN_FDS": "1"}, {"LISTEN_FDS": "1"}, {"LISTEN_PID": "", "LISTEN_FDS": ""}],
)
def test_what_was_handed_to_another_process_is_not_taken(
    program: AgentProgram, handed: dict[str, str]
) -> None:
    program.environment.update(handed)
    with in_foreground(program) as agent:
        assert program.pid() == agent.pid
        assert program.by_agent("get") == FOUND


@pytest.mark.needs("systemd")
def test_systemd_s_own_activator_starts_it(program: AgentProgram) -> None:
    activate = shutil.which("systemd-socket-activate")
    assert activate
    kept = [f"--setenv={name}" for name in program.environment]
    with subprocess.Popen(
        [activate, f"--listen={program.socket}", *kept, str(program.launcher), "agent", "--foreground"],
        env=program.environment,
        stderr=subprocess.DEVNULL,
    ) as agent:
        try:
            eventually(program.socket.is_socket, "it listens")
            assert program.run("get", stdin=REQUEST) == FOUND
            eventually(lambda: program.status() is not None, "it answers")
            assert program.pid() == agent.pid
            assert program.by_agent("get") == FOUND
            assert program.run("agent", "status").status == 0
            assert asked(program, b"stop") == [b"done"]
            assert agent.wait(5) == 0
        finally:
            agent.kill()
    assert program.socket.is_socket()
    assert asked(program, b"status") == [b"absent"]
    assert program.run("get", stdin=REQUEST) == FOUND

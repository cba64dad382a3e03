"""`exec --tool`: a tool that needs a folder has this program for a parent, and notices nothing of it."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest
from support.checks import keep
from support.program import FABRIKAM, Program, Run
from support.pty_program import Terminal

from git_credential_pat.system import lending

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def program(tmp_path: Path) -> Program:
    program = Program(tmp_path / "home")
    keep(program, FABRIKAM)
    runtime = program.home / "run"
    runtime.mkdir()
    program.environment["XDG_RUNTIME_DIR"] = str(runtime)
    return program


WORDS = ("exec", FABRIKAM, "--tool", "pip", "--")


def lent(program: Program) -> list[Path]:
    """Return the folders that commands have."""
    return [*(program.home / "run").iterdir()]


def started(program: Program, script: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [program.launcher, *WORDS, "sh", "-c", script],
        env=program.environment,
        cwd=program.home,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.parametrize("status", [0, 5, 255])
def test_its_exit_status_is_the_command_s_and_the_folder_is_gone(program: Program, status: int) -> None:
    run = program.run(*WORDS, "sh", "-c", f'ls -ld "${{PATH%%:*}}" | cut -c1-10; exit {status}')
    assert run == Run(status, b"drwx------\n", "")
    assert lent(program) == []


@pytest.mark.parametrize(("command", "status"), [("no-such-program", 127), ("/", 126)])
def test_a_command_that_cannot_be_run_leaves_no_folder(program: Program, command: str, status: int) -> None:
    run = program.run(*WORDS, command)
    assert (run.status, run.stderr.count("\n")) == (status, 1)
    assert lent(program) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_is_passed_on_and_ends_both_alike(program: Program, number: signal.Signals) -> None:
    with started(program, "echo ready; exec sleep 60") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(number)
        assert process.wait(10) == -number
    assert lent(program) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1])
def test_a_signal_that_the_command_handles_ends_neither(program: Program, number: signal.Signals) -> None:
    name = number.name.removeprefix("SIG")
    with started(
        program, f'trap "echo caught; exit 7" {name}; echo ready; while :; do sleep 0.1; done'
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(number)
        assert process.stdout.readline() == b"caught\n"
        assert process.wait(10) == 7


def test_no_signal_is_ignored_or_blocked_for_the_command(program: Program) -> None:
    with started(program, "grep '^Sig[BI]' /proc/self/status") as process:
        assert process.stdout is not None
        assert process.stdout.read().split() == [b"SigBlk:", b"0" * 16, b"SigIgn:", b"0" * 16]


def test_it_stops_when_the_command_does_and_goes_on_with_it(program: Program) -> None:
    with started(program, "kill -STOP $$; echo went on") as process:
        assert os.WIFSTOPPED(os.waitpid(process.pid, os.WUNTRACED)[1])
        process.send_signal(signal.SIGCONT)
        assert process.stdout is not None
        assert process.stdout.readline() == b"went on\n"
        assert process.wait(10) == 0


def test_ctrl_c_and_ctrl_z_on_a_terminal_reach_the_command_once(program: Program) -> None:
    script = 'trap "echo caught" INT; echo ready; sleep 1; sleep 1; exit 6'
    terminal = Terminal(program, *WORDS, "sh", "-c", script)
    terminal.wait_for("ready")
    terminal.press("c")
    terminal.wait_for("caught")
    assert terminal.finish() == 6
    assert terminal.seen.count("caught") == 1
    assert lent(program) == []


def test_a_secret_is_a_file_of_the_user_s_alone_where_there_is_no_memory_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lending, "_in_memory", lambda _: None)
    folder = tmp_path / "lent"
    script = 'stat -c "%a" "$1"; cat "$1"'
    if (child := os.fork()) == 0:
        try:
            os.dup2(os.open(tmp_path / "said", os.O_WRONLY | os.O_CREAT), 1)
            lending.lend(
                lending.Lent(str(folder), {"A": b"secret"}, {}, {}),
                lambda paths: os.execv("/bin/sh", ["sh", "-c", script, "sh", paths["A"]]),  # noqa: S606  # as exec
            )
        finally:
            os._exit(99)
    assert os.waitpid(child, 0)[1] == 0
    assert (tmp_path / "said").read_text() == "600\nsecret"
    assert not folder.exists()

"""`exec URL -- CMD`: CMD takes the program's place, as if it had been started without it."""

from __future__ import annotations

import base64
import contextlib
import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.checks import files, keep
from support.program import AZURE_TOKEN, FABRIKAM, Program, Run
from support.pty_program import Terminal

from git_credential_pat.system import becoming


def started(program: Program, *command: str, **options: object) -> subprocess.Popen[bytes]:
    """Start `exec` with a command and pipes to it."""
    return subprocess.Popen(  # type: ignore[call-overload,no-any-return]  # options are Popen's own
        [program.launcher, "exec", FABRIKAM, "--", *command],
        env=program.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **{"cwd": program.home, **options},
    )


def shelled(program: Program, before: str, command: str) -> subprocess.CompletedProcess[bytes]:
    """Run `exec` with a command by a shell that does something before."""
    line = f'{before}; exec "{program.launcher}" exec {FABRIKAM} -- {command}'
    return subprocess.run(
        ["sh", "-c", line], env=program.environment, cwd=program.home, capture_output=True, check=False
    )


@pytest.fixture
def program(tmp_path: Path) -> Program:
    program = Program(tmp_path / "home")
    keep(program, FABRIKAM)
    return program


# The command line

ECHO = ["printf", "%s|", "-n", "--username", "--help", "--", "x y"]


@pytest.mark.parametrize(
    "line",
    [
        ["exec", FABRIKAM, "--"],
        ["exec", FABRIKAM],
        ["exec", "--username", "pat", FABRIKAM],
        ["exec", FABRIKAM, "--username=pat", "--env", "T"],
        ["exec", "--env", "T", "--", FABRIKAM],
        ["exec", "--env", "T", FABRIKAM, "--env", "U", "--"],
        ["--backend", "vault", "exec", FABRIKAM, "--"],
    ],
    ids=" ".join,
)
def test_the_command_s_words_are_its_own(program: Program, line: list[str]) -> None:
    assert program.run(*line, *ECHO) == Run(0, b"-n|--username|--help|--|x y|", "")


def test_options_may_stand_on_both_sides_of_the_url(program: Program) -> None:
    run = program.run("exec", "--env", "ONE", FABRIKAM, "--env", "TWO", "--", "sh", "-c", 'echo "$ONE$TWO"')
    assert run.stdout == f"{AZURE_TOKEN}{AZURE_TOKEN}\n".encode()


# Which program


def test_a_script_without_a_first_line_is_the_shell_s(program: Program) -> None:
    script = program.home / "script"
    script.write_text('echo "$# $1"\n')
    script.chmod(0o755)
    assert program.run("exec", FABRIKAM, "--", "./script", "a b", "c") == Run(0, b"2 a b\n", "")


def test_the_program_is_looked_up_on_the_user_s_path_as_shells_do(program: Program) -> None:
    for folder, mode in (("first", 0o644), ("second", 0o755), ("third", 0o755)):
        tool = program.home / folder / "tool"
        tool.parent.mkdir()
        tool.write_text(f"#!/bin/sh\necho {folder}\n")
        tool.chmod(mode)
    path = f"nowhere:{program.home}/first:second:{program.home}/third:{program.environment['PATH']}"
    assert program.run("exec", FABRIKAM, "--", "tool", environment={"PATH": path}).stdout == b"second\n"
    beside = {"PATH": f":{program.environment['PATH']}"}
    assert (
        program.run("exec", FABRIKAM, "--", "tool", environment=beside, cwd=program.home / "third").stdout
        == b"third\n"
    )


def test_a_folder_of_the_path_that_may_not_be_looked_into_has_no_program(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:  # root may look into any
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(becoming, "_execute", refuse)
    with pytest.raises(becoming.NotFoundError):
        becoming._run([b"no such"], {b"PATH": b"/hidden"})  # noqa: SLF001  # its caller would change this process
    with pytest.raises(becoming.NotRunnableError):
        becoming._run([b"/hidden/tool"], {})  # noqa: SLF001  # as above


# Its process


def test_the_command_has_the_process_of_the_program(program: Program) -> None:
    with started(program, "sh", "-c", "echo $$") as process:
        assert process.stdout is not None
        assert int(process.stdout.read()) == process.pid


@pytest.mark.parametrize("status", [0, 5, 255])
def test_its_exit_status_is_the_command_s(program: Program, status: int) -> None:
    assert program.run("exec", FABRIKAM, "--", "sh", "-c", f"exit {status}") == Run(status, b"", "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGPIPE])
def test_a_signal_ends_the_command_itself(program: Program, number: signal.Signals) -> None:
    with started(program, "sh", "-c", "echo ready; exec sleep 60") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(number)
        assert process.wait(10) == -number


def test_no_signal_is_ignored_or_blocked_for_the_command(program: Program) -> None:
    finished = shelled(program, ":", "grep '^Sig[BI]' /proc/self/status")
    assert finished.stdout.split() == [b"SigBlk:", b"0" * 16, b"SigIgn:", b"0" * 16]


def test_a_signal_that_the_user_ignores_stays_ignored(program: Program) -> None:
    finished = shelled(program, 'trap "" INT HUP', "grep SigIgn /proc/self/status")
    assert finished.stdout.split() == [b"SigIgn:", b"0000000000000003"]


def test_standard_input_and_output_are_the_command_s_untouched(program: Program) -> None:
    data = bytes(range(256)) * 1000
    assert program.run("exec", FABRIKAM, "--", "cat", stdin=data) == Run(0, data, "")
    assert program.run("exec", FABRIKAM, "--", "sh", "-c", "echo said >&2; exit 3") == Run(3, b"", "said\n")


def test_the_command_gets_the_descriptors_of_the_user_and_no_others(program: Program) -> None:
    listing = ["ls", "/proc/self/fd"]
    reader, writer = os.pipe()
    try:
        direct = subprocess.run(listing, capture_output=True, check=True, pass_fds=(writer,)).stdout
        with started(program, *listing, pass_fds=(writer,)) as process:
            assert process.stdout is not None
            assert process.stdout.read() == direct
    finally:
        os.close(reader)
        os.close(writer)
    assert str(writer).encode() in direct.split()


@pytest.mark.parametrize("word", ["get", "capability"])
def test_a_command_that_ends_in_the_name_of_an_operation_is_no_operation(program: Program, word: str) -> None:
    for before in ([], ["--backend", "vault"], ["--backend=vault"]):
        run = program.run(*before, "exec", FABRIKAM, "--", "sh", "-c", "echo $0; cat", word, stdin=b"data")
        assert run == Run(0, f"{word}\ndata".encode(), "")


def test_the_command_stands_in_the_user_s_working_folder(program: Program) -> None:
    folder = program.home / "a b"
    folder.mkdir()
    run = program.run("exec", FABRIKAM, "--", "pwd", "-P", cwd=folder)
    assert run.stdout == f"{folder.resolve()}\n".encode()


def test_a_working_folder_that_is_gone_is_reported(program: Program) -> None:
    (program.home / "gone").mkdir()
    finished = shelled(program, "cd gone; rmdir ../gone", "true")
    assert (finished.returncode, finished.stdout) == (1, b"")
    assert finished.stderr.endswith(b": the working folder is gone; change to one that is there\n")


@pytest.mark.parametrize("umask", ["022", "000"])
def test_the_command_has_the_user_s_umask(program: Program, umask: str) -> None:
    assert shelled(program, f"umask {umask}", "sh -c umask").stdout == f"0{umask}\n".encode()


def test_the_command_dumps_no_core_unless_it_wants_to(program: Program) -> None:
    seen = shelled(program, "ulimit -S -c $(ulimit -H -c)", "sh -c 'ulimit -S -c; ulimit -H -c'").stdout
    hardest = subprocess.check_output(["sh", "-c", "ulimit -H -c"]).strip()
    assert seen.split() == [b"0", hardest]


def test_ctrl_c_on_a_terminal_reaches_the_command(program: Program) -> None:
    script = 'trap "echo caught; exit 7" INT; echo ready; while :; do sleep 0.1; done'
    terminal = Terminal(program, "exec", FABRIKAM, "--", "sh", "-c", script)
    terminal.wait_for("ready")
    terminal.press("c")
    terminal.wait_for("caught")
    assert terminal.finish() == 7


def test_the_command_has_the_terminal_as_it_was(program: Program) -> None:
    terminal = Terminal(program, "exec", FABRIKAM, "--", "sh", "-c", "[ -t 0 ] && [ -t 1 ] && stty -a")
    assert terminal.finish() == 0
    assert " echo " in terminal.seen


# Where the token is


def test_the_token_stands_on_no_command_line(program: Program) -> None:
    encoded = base64.b64encode(AZURE_TOKEN.encode()).rstrip(b"=")[:-1]
    seen: set[bytes] = set()
    command = (sys.executable, "-c", "import sys; sys.stdin.read()")
    with started(program, *command) as process:
        assert process.stdin is not None
        while not any(line.startswith("\0".join(command).encode()) for line in seen):
            assert process.poll() is None
            seen |= command_lines()
        process.stdin.close()
        assert process.wait(10) == 0
    assert any(b"git_credential_pat" in line for line in seen)
    assert [line for line in seen if AZURE_TOKEN.encode() in line or encoded in line] == []


def command_lines() -> set[bytes]:
    """Return the command lines of all processes that there are now."""
    found = set()
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has ended
            found.add(place.read_bytes())
    return found


def test_running_a_command_changes_nothing_that_is_kept(program: Program) -> None:
    before = files(program)
    program.run("exec", FABRIKAM, "--", "true")
    program.run("exec", FABRIKAM, "--", "no-such-program")
    assert files(program) == before

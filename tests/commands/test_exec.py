"""`exec URL -- CMD`: CMD takes the program's place, as if it had been started without it."""

from __future__ import annotations

import base64
import contextlib
import os
import resource
import signal
import subprocess
from pathlib import Path

import pytest
from support.checks import files, keep, refusal
from support.program import AZURE_TOKEN, FABRIKAM, Program, Run, attributes
from support.pty_program import Terminal

REQUEST = ("protocol=https", "host=dev.azure.com", "path=fabrikam/web/_git/api", "username=pat")


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


@pytest.fixture
def program(tmp_path: Path) -> Program:
    program = Program(tmp_path / "home")
    keep(program, FABRIKAM)
    return program


# The command line


@pytest.mark.parametrize(
    "line",
    [
        ["exec", FABRIKAM, "--", "printf", "%s|", "-n", "--username", "--", "x y"],
        ["exec", FABRIKAM, "printf", "%s|", "-n", "--username", "--", "x y"],
        ["exec", "--username", "pat", FABRIKAM, "printf", "%s|", "-n", "--username", "--", "x y"],
        ["exec", FABRIKAM, "--username=pat", "--env", "T", "printf", "%s|", "-n", "--username", "--", "x y"],
        ["exec", "--env", "T", "--", FABRIKAM, "printf", "%s|", "-n", "--username", "--", "x y"],
        [
            "exec",
            "--env",
            "T",
            FABRIKAM,
            "--env",
            "U",
            "--",
            "printf",
            "%s|",
            "-n",
            "--username",
            "--",
            "x y",
        ],
        ["--backend", "vault", "exec", FABRIKAM, "--", "printf", "%s|", "-n", "--username", "--", "x y"],
    ],
)
def test_the_command_s_words_are_its_own(program: Program, line: list[str]) -> None:
    assert program.run(*line) == Run(0, b"-n|--username|--|x y|", "")


@pytest.mark.parametrize("option", ["--help", "-h", "--version", "--env"])
def test_an_option_behind_the_command_is_the_command_s(program: Program, option: str) -> None:
    assert program.run("exec", FABRIKAM, "echo", "x", option).stdout == f"x {option}\n".encode()


def test_options_may_stand_on_both_sides_of_the_url(program: Program) -> None:
    run = program.run("exec", "--env", "ONE", FABRIKAM, "--env", "TWO", "--", "sh", "-c", 'echo "$ONE$TWO"')
    assert run.stdout == f"{AZURE_TOKEN}{AZURE_TOKEN}\n".encode()


@pytest.mark.parametrize("line", [[], ["--"], [FABRIKAM], [FABRIKAM, "--"], ["--env", "T", FABRIKAM]])
def test_a_line_without_url_or_command_is_refused(program: Program, line: list[str]) -> None:
    refused = refusal(program.run("exec", *line), 2)
    assert refused.endswith('see "git credential-pat exec --help"')


def test_an_empty_command_is_refused(program: Program) -> None:
    assert (
        refusal(program.run("exec", FABRIKAM, "--", ""), 2) == "the command is empty; give a program's name"
    )


@pytest.mark.parametrize(
    "line", [["--frobnicate", FABRIKAM, "true"], [FABRIKAM, "--frobnicate", "--", "true"]]
)
def test_an_unknown_option_of_ours_is_refused(program: Program, line: list[str]) -> None:
    assert "no such option" in refusal(program.run("exec", *line), 2)


# Which program


def test_a_program_that_is_not_there_is_told_with_the_status_of_shells(program: Program) -> None:
    assert refusal(program.run("exec", FABRIKAM, "--", "no such\nprogram"), 127) == (
        'there is no program "no%20such%0Aprogram"; install it, or give its path'
    )
    refusal(program.run("exec", FABRIKAM, "--", "./nothing"), 127)
    refusal(program.run("exec", FABRIKAM, "--", f"{program.gitconfig}/nothing"), 127)


def test_what_may_not_be_run_is_told_with_the_status_of_shells(program: Program) -> None:
    plain = program.home / "plain"
    plain.write_text("text")
    assert refusal(program.run("exec", FABRIKAM, "--", str(plain)), 126) == (
        f'"{plain}" cannot be run: Permission denied'
    )
    refusal(program.run("exec", FABRIKAM, "--", "/"), 126)


def test_a_script_whose_interpreter_is_missing_is_told(program: Program) -> None:
    script = program.home / "script"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)
    assert refusal(program.run("exec", FABRIKAM, "--", "./script"), 126) == (
        '"./script" cannot be run: the program that is to run it is missing'
    )


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


# Its process


def test_the_command_has_the_process_of_the_program(program: Program) -> None:
    with started(program, "sh", "-c", "echo $$") as process:
        assert process.stdout is not None
        assert int(process.stdout.read()) == process.pid


@pytest.mark.parametrize("status", [0, 1, 5, 130, 255])
def test_its_exit_status_is_the_command_s(program: Program, status: int) -> None:
    assert program.run("exec", FABRIKAM, "--", "sh", "-c", f"exit {status}") == Run(status, b"", "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL, signal.SIGPIPE])
def test_a_signal_ends_the_command_itself(program: Program, number: signal.Signals) -> None:
    with started(program, "sh", "-c", "echo ready; exec sleep 60") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(number)
        assert process.wait(10) == -number


def test_no_signal_is_ignored_or_blocked_for_the_command(program: Program) -> None:
    run = program.run("exec", FABRIKAM, "--", "grep", "^Sig[BI]", "/proc/self/status")
    assert run.stdout.split() == [b"SigBlk:", b"0" * 16, b"SigIgn:", b"0" * 16]


def test_a_signal_that_the_user_ignores_stays_ignored(program: Program) -> None:
    command = f'trap "" INT HUP; exec "{program.launcher}" exec {FABRIKAM} -- grep SigIgn /proc/self/status'
    finished = subprocess.run(
        ["sh", "-c", command], env=program.environment, cwd=program.home, capture_output=True, check=True
    )
    assert finished.stdout.split() == [b"SigIgn:", b"0000000000000003"]


def test_standard_input_and_output_are_the_command_s_untouched(program: Program) -> None:
    data = bytes(range(256)) * 1000
    assert program.run("exec", FABRIKAM, "--", "cat", stdin=data) == Run(0, data, "")
    assert program.run("exec", FABRIKAM, "--", "sh", "-c", "echo told >&2; exit 3") == Run(3, b"", "told\n")


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


@pytest.mark.parametrize("word", ["get", "store", "erase", "capability"])
def test_a_command_that_ends_in_the_name_of_an_operation_is_no_operation(program: Program, word: str) -> None:
    for before in ([], ["--backend", "vault"], ["--backend=vault"]):
        run = program.run(*before, "exec", FABRIKAM, "--", "sh", "-c", "echo $0; cat", word, stdin=b"data")
        assert run == Run(0, f"{word}\ndata".encode(), "")


def test_the_command_stands_in_the_user_s_working_folder(program: Program) -> None:
    folder = program.home / "a b"
    folder.mkdir()
    run = program.run("exec", FABRIKAM, "--", "pwd", "-P", cwd=folder)
    assert run.stdout == f"{folder.resolve()}\n".encode()


def test_a_working_folder_that_is_gone_is_told(program: Program) -> None:
    folder = program.home / "gone"
    folder.mkdir()
    command = f'cd gone; rmdir ../gone; exec "{program.launcher}" exec {FABRIKAM} -- true'
    finished = subprocess.run(
        ["sh", "-c", command], env=program.environment, cwd=program.home, capture_output=True, check=False
    )
    assert (finished.returncode, finished.stdout) == (1, b"")
    assert finished.stderr.splitlines()[-1] == (
        b"git-credential-pat: the working folder is gone; change to one that is there"
    )


@pytest.mark.parametrize("umask", ["022", "002", "077", "000"])
def test_the_command_has_the_user_s_umask(program: Program, umask: str) -> None:
    command = f'umask {umask}; exec "{program.launcher}" exec {FABRIKAM} -- sh -c umask'
    finished = subprocess.run(
        ["sh", "-c", command], env=program.environment, cwd=program.home, capture_output=True, check=True
    )
    assert finished.stdout == f"0{umask}\n".encode()


def test_the_command_dumps_no_core_unless_it_wants_to(program: Program) -> None:
    before = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
    try:
        run = program.run("exec", FABRIKAM, "--", "sh", "-c", "ulimit -S -c; ulimit -H -c")
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, before)
    hardest = b"unlimited" if before[1] == resource.RLIM_INFINITY else str(before[1] // 512).encode()
    assert run.stdout.split() == [b"0", hardest]


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
    with started(program, "sh", "-c", "echo ready; cat") as process:
        assert process.stdin is not None
        while not any(line.startswith(b"sh\0-c\0echo ready") for line in seen):
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


# When there is no token


def mark(program: Program) -> list[str]:
    """Return a command that leaves a mark if it is run."""
    return ["touch", str(program.home / "mark")]


@pytest.mark.parametrize(
    "url", ["https://dev.azure.com/contoso", "contoso", "ssh://git@ssh.dev.azure.com/v3/x"]
)
def test_without_a_token_the_command_is_not_run(program: Program, url: str) -> None:
    refusal(program.run("exec", url, "--", *mark(program)), 1)
    assert not (program.home / "mark").exists()


def test_with_an_expired_token_the_command_is_not_run(program: Program) -> None:
    keep(program, "https://dev.azure.com/contoso", expires=1_700_000_000)
    line = refusal(program.run("exec", "contoso", "--", *mark(program)), 1)
    assert line.startswith("the token for https://dev.azure.com/contoso expired on 2023-11-14; ")
    assert not (program.home / "mark").exists()


def test_with_a_rejected_token_the_command_is_not_run(program: Program) -> None:
    program.run("erase", stdin=attributes(*REQUEST, f"password={AZURE_TOKEN}"))
    line = refusal(program.run("exec", FABRIKAM, "--", *mark(program)), 1)
    assert line.startswith(f"the token for {FABRIKAM} was rejected")
    assert not (program.home / "mark").exists()


def test_a_url_with_a_token_in_it_is_refused(program: Program) -> None:
    refusal(program.run("exec", f"https://pat:{AZURE_TOKEN}@dev.azure.com/fabrikam", "--", *mark(program)), 2)
    assert not (program.home / "mark").exists()

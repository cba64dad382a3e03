"""How an agent comes to life: by the first `get` that found something, once, and detached from everything."""

from __future__ import annotations

import os
import resource
import secrets
import select
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.agents import ANSWER, FOUND, PATIENCE, REQUEST, eventually, is_gone, state_of
from support.checks import refusal
from support.program import AZURE_TOKEN, FABRIKAM, attributes
from support.pty_program import Script

import git_credential_pat

if TYPE_CHECKING:
    from support.agents import AgentProgram

ELSEWHERE = attributes("protocol=https", "host=git.example.com")
APPROVAL = REQUEST[:-1] + f"username=pat\npassword={AZURE_TOKEN}\n\n".encode()
OTHER_APPROVAL = REQUEST[:-1] + b"username=pat\npassword=another\n\n"


def processes(mark: str) -> list[int]:
    """Return the processes that have `mark` in their command line."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if mark.encode() in command and b"agent" in command.split(b"\0"):
            found.append(int(folder.name))
    return found


def descriptors(pid: int) -> list[str]:
    """Return what the descriptors of a process are, by name."""
    folder = Path(f"/proc/{pid}/fd")
    try:
        return sorted(os.readlink(path).partition(":")[0] for path in folder.iterdir())
    except OSError:  # one was closed meanwhile
        return []


def test_the_first_get_that_finds_something_starts_an_agent_which_answers_the_next(
    program: AgentProgram,
) -> None:
    assert program.by_agent("get") is None
    assert program.run("get", stdin=REQUEST) == FOUND
    assert program.by_agent("get") == FOUND


@pytest.mark.parametrize(
    ("operation", "stdin"),
    [
        ("get", ELSEWHERE),
        ("store", APPROVAL),
        ("store", OTHER_APPROVAL),
        ("erase", OTHER_APPROVAL),
        ("erase", APPROVAL),
        ("capability", b""),
    ],
)
def test_no_other_call_starts_one(program: AgentProgram, operation: str, stdin: bytes) -> None:
    assert program.run(operation, stdin=stdin).status == 0
    assert not program.socket.exists()


@pytest.mark.parametrize(
    "arguments", [["list"], ["token", FABRIKAM], ["header", FABRIKAM], ["vault", "info"], ["agent", "status"]]
)
def test_no_command_starts_one(program: AgentProgram, arguments: list[str]) -> None:
    program.run(*arguments)
    assert not program.socket.exists()


def test_calls_start_none_where_pat_agent_is_never(program: AgentProgram) -> None:
    program.gitconfig.write_text("[pat]\n\tagent = never\n")
    assert program.run("get", stdin=REQUEST) == FOUND
    assert not program.socket.exists()


def test_a_user_may_start_one_where_pat_agent_is_never(program: AgentProgram) -> None:
    program.gitconfig.write_text("[pat]\n\tagent = never\n")
    assert program.run("agent").status == 0
    assert program.by_agent("get") == FOUND


def test_of_many_calls_at_once_one_starts_an_agent(program: AgentProgram) -> None:
    mark = f"--backend=mark-{secrets.token_hex(8)}"  # the last of several holds
    command = [str(program.launcher), mark, "--backend=vault", "get"]
    calls = [
        subprocess.Popen(
            command, env=program.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd="/"
        )
        for _ in range(24)
    ]
    try:
        for call in calls:
            assert call.stdin is not None
            call.stdin.write(REQUEST)
            call.stdin.flush()
        assert [call.communicate()[0] for call in calls] == [ANSWER] * 24
    finally:
        for call in calls:
            call.kill()
    assert processes(mark) == [program.pid()]


def test_it_has_a_session_of_its_own_and_survives_the_terminal(program: AgentProgram) -> None:
    (program.home / "request").write_bytes(REQUEST)
    script = Script(program, "set +m; git-credential-pat get <request; echo ready; sleep 60")
    script.wait_for("ready")
    pid = program.pid()
    session, terminal = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(") ")[2].split()[3:5]
    assert (int(session), int(terminal)) == (pid, 0)
    script.press("c")
    assert script.finish() == -2, "Ctrl-C reached what ran on the terminal"
    script.child.close(force=True)
    assert program.by_agent("get") == FOUND


def test_it_stands_in_the_root_folder_and_keeps_files_to_itself(served: AgentProgram) -> None:
    status = Path(f"/proc/{served.pid()}/status").read_text("ascii")
    assert "Umask:\t0077\n" in status
    assert "TracerPid:\t0\n" in status
    if os.geteuid() == 0:  # for others it is as unreadable as its memory
        assert os.readlink(f"/proc/{served.pid()}/cwd") == "/"


@pytest.mark.needs("root")
def test_it_can_dump_no_core_whatever_its_starter_could(program: AgentProgram) -> None:
    main = Path(git_credential_pat.__file__).with_name("__main__.py")
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    before = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, unlimited)
    try:  # without the launcher, which has a limit of its own
        subprocess.run([sys.executable, "-I", "-S", main, "agent"], env=program.environment, check=True)
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, before)
    limits = Path(f"/proc/{program.pid()}/limits").read_text("ascii").splitlines()
    (core,) = (line.split() for line in limits if line.startswith("Max core file size"))
    assert core[4:6] == ["0", "0"]


def test_git_inherits_neither_its_socket_nor_its_lock(program: AgentProgram) -> None:
    programs, log = program.home / "bin", program.home / "log"
    programs.mkdir()
    (programs / "git").write_text(f'#!/bin/sh\nls -l /proc/$$/fd >>{log}\nexec {shutil.which("git")} "$@"\n')
    (programs / "git").chmod(0o755)
    program.environment["PATH"] = f"{programs}:{program.environment['PATH']}"
    program.start()
    log.unlink()
    program.gitconfig.write_text("[pat]\n\tagentTimeout = 100\n")
    assert program.by_agent("get") == FOUND
    seen = log.read_text()
    assert "/dev/null" in seen
    assert "agent.lock" not in seen
    assert "socket:" not in seen


@pytest.mark.needs("root")
def test_it_inherits_no_descriptor(program: AgentProgram) -> None:
    reader, writer = os.pipe()
    command = [str(program.launcher), "get"]
    subprocess.run(command, env=program.environment, input=REQUEST, pass_fds=(writer,), check=True, cwd="/")
    os.close(writer)
    pid = program.pid()
    assert select.select([reader], [], [], PATIENCE)[0] == [reader], "nobody else holds the pipe"
    os.close(reader)
    own = ["anon_inode", "pipe", "pipe", "socket"]  # its selector, wake-up pipe and listening socket
    lock = str(program.folder / "agent.lock")
    eventually(lambda: descriptors(pid) == ["/dev/null"] * 3 + [lock, *own], "it has these and no other")


@pytest.mark.needs("root")
def test_it_has_the_variables_that_it_needs_and_no_other(program: AgentProgram) -> None:
    secret = {"AZURE_DEVOPS_EXT_PAT": "canary", "SSH_AUTH_SOCK": "/s", "GIT_DIR": "/g", "LC_ALL": "C"}
    git = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": "x"}
    runtime = program.home / "run"
    runtime.mkdir(0o700)
    places = {"XDG_DATA_HOME": str(program.home / ".local" / "share"), "XDG_RUNTIME_DIR": str(runtime)}
    program.environment.update(places)
    assert program.run("get", stdin=REQUEST, environment={**secret, **git}) == FOUND
    environment = Path(f"/proc/{program.pid()}/environ").read_bytes().decode().rstrip("\0").split("\0")
    assert dict(row.split("=", 1) for row in environment) == {
        **{name: program.environment[name] for name in ("HOME", "PATH", "LANG", "GIT_CONFIG_NOSYSTEM")},
        **places,
        "GIT_CREDENTIAL_PAT_LAUNCHER": str(program.launcher),
    }


def test_git_does_not_wait_for_it(program: AgentProgram) -> None:
    program.gitconfig.write_text(
        f'[credential]\n\thelper = {program.launcher}\n[credential "{FABRIKAM}"]\n\tuseHttpPath = true\n'
    )
    filled = program.git("credential", "fill", stdin=attributes(f"url={FABRIKAM}/web/_git/api"))
    assert AZURE_TOKEN.encode() in filled.stdout  # `git` reads its helper's output to the end
    assert not is_gone(program.pid())


def test_calls_that_come_while_it_starts_are_answered_by_it(program: AgentProgram) -> None:
    assert program.run("get", stdin=REQUEST) == FOUND
    assert [program.by_agent("get") for _ in range(3)] == [FOUND] * 3


def test_an_agent_that_died_without_a_word_is_followed_by_another(served: AgentProgram) -> None:
    pid = served.pid()
    os.kill(pid, 9)
    eventually(lambda: is_gone(pid), "it ends")
    assert served.socket.exists()
    assert served.run("get", stdin=REQUEST) == FOUND
    assert served.pid() != pid
    assert state_of(served.pid()) in ("S", "R")


def test_the_folder_and_what_is_in_it_are_closed_to_others(served: AgentProgram) -> None:
    assert served.folder.stat().st_mode & 0o777 == 0o700
    assert {path.name: path.stat().st_mode & 0o077 for path in served.folder.iterdir()} == {
        "agent.lock": 0,
        "agent.sock": 0,
    }


def test_a_home_whose_name_is_too_long_for_a_socket_does_without(program: AgentProgram) -> None:
    program.environment["XDG_RUNTIME_DIR"] = str(program.home / ("x" * 100))
    assert [program.run("get", stdin=REQUEST) for _ in range(2)] == [FOUND, FOUND]
    line = refusal(program.run("agent", "--foreground"), 1)
    assert line == f"cannot listen in {program.folder}: its path is too long for a socket"

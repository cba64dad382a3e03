"""How an agent comes to life: by the first `get` that found something, once, and detached from everything."""

from __future__ import annotations

import os
import resource
import secrets
import select
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.agents import FOUND, PATIENCE, REQUEST, eventually, is_gone, said_by_git
from support.program import AZURE_TOKEN, FABRIKAM, attributes
from support.pty_program import Script

import git_credential_pat

if TYPE_CHECKING:
    from support.agents import AgentProgram

ELSEWHERE = attributes("protocol=https", "host=git.example.com")


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


@pytest.mark.parametrize(
    ("operation", "stdin"),
    [
        ("get", ELSEWHERE),
        ("store", said_by_git("another")),
        ("erase", said_by_git(AZURE_TOKEN)),
        ("capability", b""),
        ("list", b""),
        (f"token {FABRIKAM}", b""),
        (f"header {FABRIKAM}", b""),
        ("vault info", b""),
    ],
)
def test_no_other_call_and_no_command_starts_one(program: AgentProgram, operation: str, stdin: bytes) -> None:
    assert program.run(*operation.split(), stdin=stdin).status == 0
    assert not program.socket.exists()


def test_where_pat_agent_is_never_only_the_user_starts_one(program: AgentProgram) -> None:
    program.gitconfig.write_text("[pat]\n\tagent = never\n")
    assert program.run("get", stdin=REQUEST) == FOUND
    assert not program.socket.exists()
    assert program.run("agent").status == 0
    assert program.by_agent("get") == FOUND


def test_of_many_calls_at_once_one_starts_an_agent(program: AgentProgram) -> None:
    mark = f"--backend=mark-{secrets.token_hex(8)}"  # the last of several holds
    with ThreadPoolExecutor(24) as pool:
        calls = [pool.submit(program.run, mark, "--backend=vault", "get", stdin=REQUEST) for _ in range(24)]
    assert {call.result() for call in calls} == {FOUND}
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
    }


def test_git_does_not_wait_for_it(program: AgentProgram) -> None:
    program.gitconfig.write_text(f"[credential]\n\thelper = {program.launcher}\n\tuseHttpPath = true\n")
    filled = program.git("credential", "fill", stdin=attributes(f"url={FABRIKAM}/web/_git/api"))
    assert AZURE_TOKEN.encode() in filled.stdout  # `git` reads its helper's output to the end
    assert not is_gone(program.pid())


def test_an_agent_that_died_without_a_word_is_followed_by_another(served: AgentProgram) -> None:
    pid = served.pid()
    os.kill(pid, 9)
    eventually(lambda: is_gone(pid), "it ends")
    assert served.socket.exists()
    assert served.run("get", stdin=REQUEST) == FOUND
    assert served.pid() != pid


def test_it_keeps_files_to_itself_and_stands_in_the_root_folder(served: AgentProgram) -> None:
    assert served.folder.stat().st_mode & 0o777 == 0o700
    assert {path.name: path.stat().st_mode & 0o077 for path in served.folder.iterdir()} == {
        "agent.lock": 0,
        "agent.sock": 0,
    }
    assert "Umask:\t0077\n" in Path(f"/proc/{served.pid()}/status").read_text("ascii")
    if os.geteuid() == 0:  # for others it is as unreadable as its memory
        assert os.readlink(f"/proc/{served.pid()}/cwd") == "/"

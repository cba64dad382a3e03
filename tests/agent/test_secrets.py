"""Token and data key: in the agent's memory and on its socket, and nowhere else that it writes."""

from __future__ import annotations

import os
import re
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.agents import REQUEST, asked, eventually
from support.checks import keep
from support.leaks import Secrets, forms
from support.program import Run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.agents import AgentProgram

CANARY = "canary-7f3a9d51c2e8"
URL = "https://git.example.com"
ASKED = b"protocol=https\nhost=git.example.com\n\n"
ANSWERED = Run(0, f"username=jane\npassword={CANARY}\n".encode(), "")
CALLS = "open,openat,creat,write,writev,pwrite64,sendto,sendmsg,execve,memfd_create,rename,link,symlink"


def key_of(program: AgentProgram) -> bytes:
    outcome, key = asked(program, b"key", os.fsencode(program.vault))
    assert (outcome, len(key)) == (b"done", 32)
    return key


@pytest.mark.needs("root")
def test_neither_is_in_its_command_line_or_its_environment_or_any_file_in_the_home(
    program: AgentProgram,
) -> None:
    keep(program, URL, CANARY, "jane")
    assert program.run("get", stdin=ASKED) == program.by_agent("get", ASKED) == ANSWERED
    secrets = Secrets(token=CANARY.encode(), key=key_of(program))
    of_process = [Path(f"/proc/{program.pid()}") / name for name in ("cmdline", "environ")]
    files = [path for path in program.home.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"vault", "key", "agent.lock"}
    for path in (*of_process, *files):
        assert secrets.within(path.read_bytes()) == set(), path


@contextmanager
def traced(program: AgentProgram, *arguments: str, stdin: bytes = b"") -> Iterator[Path]:
    """Run the program until its agent was stopped; give the file into which strace writes what leaves it."""
    log = program.home.parent / "log"
    options = ["-f", "-q", "-xx", "-s", "65536", "-e", f"trace={CALLS}", "-o", str(log)]
    command = ["strace", *options, str(program.launcher), *arguments]
    with subprocess.Popen(
        command, env=program.environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as process:
        try:
            assert process.stdin is not None
            process.stdin.write(stdin)
            process.stdin.close()
            eventually(lambda: program.status() is not None, "the agent answers")
            yield log
            assert asked(program, b"stop") == [b"done"]
            assert process.wait(10) == 0
        finally:
            process.kill()


def calls_with(log: Path, *secrets: bytes) -> list[str]:
    """Return the names of the system calls that one of the secrets went through."""
    wanted = [form for secret in secrets for form in forms(secret).values()]
    hidden = ["".join(f"\\x{byte:02x}" for byte in form) for form in wanted]
    lines = [line for line in log.read_text("ascii").splitlines() if any(map(line.count, hidden))]
    return [re.sub(r"^\d+ +(\w+)\(.*", r"\1", line) for line in lines]


@pytest.mark.needs("strace", "root")
def test_both_leave_it_through_its_socket_alone(program: AgentProgram) -> None:
    keep(program, URL, CANARY, "jane")
    approval = ASKED[:-1] + f"username=jane\npassword={CANARY}-2\n\n".encode()
    with traced(program, "agent", "--foreground") as log:
        assert program.by_agent("get", ASKED) == ANSWERED
        for operation in ("store", "erase"):
            run = program.by_agent(operation, approval)
            assert run is not None
            assert (run.status, run.stdout) == (0, b"")
        assert program.run("get", stdin=b"garbage" + CANARY.encode()).status == 1
        key = key_of(program)
    sent = calls_with(log, CANARY.encode(), key)
    assert sent == ["sendto", "sendto"], "the answer of the get, and the key to this test"


@pytest.mark.needs("strace", "root")
def test_the_call_that_starts_it_hands_the_key_over_by_a_pipe(program: AgentProgram) -> None:
    with traced(program, "get", stdin=REQUEST) as log:
        key = key_of(program)
    assert calls_with(log, key) == ["write", "sendto"], "into the pipe, and to this test"

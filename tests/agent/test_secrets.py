"""Token and data key: in the agent's memory and on its socket, and nowhere else that it writes."""

from __future__ import annotations

import base64
import os
import re
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.agents import REQUEST, asked, eventually
from support.checks import keep
from support.program import Run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.agents import AgentProgram

CANARY = "canary-7f3a9d51c2e8"
URL = "https://git.example.com"
ASKED = b"protocol=https\nhost=git.example.com\n\n"
ANSWERED = Run(0, f"username=jane\npassword={CANARY}\n".encode(), "")
CALLS = "open,openat,creat,write,writev,pwrite64,sendto,sendmsg,execve,memfd_create,rename,link,symlink"


def forms(secret: bytes) -> list[bytes]:
    """Return a secret as it could show up: raw, base64, hexadecimal, UTF-16."""
    raw = secret.decode("latin-1")
    return [
        secret,
        base64.b64encode(secret).rstrip(b"="),
        secret.hex().encode(),
        raw.encode("utf-16-le"),
        repr(secret)[2:-1].encode(),
    ]


@pytest.fixture
def watched(program: AgentProgram) -> AgentProgram:
    keep(program, URL, CANARY, "jane")
    assert program.run("get", stdin=ASKED) == ANSWERED
    assert program.by_agent("get", ASKED) == ANSWERED
    return program


def secrets_of(program: AgentProgram) -> list[bytes]:
    outcome, key = asked(program, b"key", os.fsencode(program.vault))
    assert (outcome, len(key)) == (b"done", 32)
    return [CANARY.encode(), key]


@pytest.mark.needs("root")
def test_neither_is_in_its_command_line_or_its_environment(watched: AgentProgram) -> None:
    process = Path(f"/proc/{watched.pid()}")
    seen = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
    assert b"agent" in seen
    assert not [form for secret in secrets_of(watched) for form in forms(secret) if form in seen]


def test_neither_is_in_a_file_below_its_folder_or_anywhere_in_the_home(watched: AgentProgram) -> None:
    wanted = [form for secret in secrets_of(watched) for form in forms(secret)]
    seen = [path for path in watched.home.rglob("*") if path.is_file()]
    assert {path.name for path in seen} >= {"vault", "key", "agent.lock"}
    assert not [path for path in seen if any(map(path.read_bytes().count, wanted))]


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


def calls_with(log: Path, secrets: list[bytes]) -> list[str]:
    """Return the names of the system calls that one of the secrets went through."""
    hidden = ["".join(f"\\x{byte:02x}" for byte in form) for secret in secrets for form in forms(secret)]
    lines = [line for line in log.read_text("ascii").splitlines() if any(map(line.count, hidden))]
    return [re.sub(r"^\d+ +(\w+)\(.*", r"\1", line) for line in lines]


@pytest.mark.needs("strace", "root")
def test_both_leave_it_through_its_socket_alone(program: AgentProgram) -> None:
    keep(program, URL, CANARY, "jane")
    approval = ASKED[:-1] + f"username=jane\npassword={CANARY}-2\n\n".encode()
    with traced(program, "agent", "--foreground") as log:
        assert program.by_agent("get", ASKED) == ANSWERED
        for operation in ("store", "erase"):
            assert program.by_agent(operation, approval) == Run(0, b"", "")
        assert program.run("get", stdin=b"garbage" + CANARY.encode()).status == 1
        secrets = secrets_of(program)
    assert calls_with(log, secrets) == ["sendto", "sendto"], "the answer of the get, and the key to this test"


@pytest.mark.needs("strace", "root")
def test_the_call_that_starts_it_hands_the_key_over_by_a_pipe(program: AgentProgram) -> None:
    with traced(program, "get", stdin=REQUEST) as log:
        _, key = secrets_of(program)
    assert calls_with(log, [key]) == ["write", "sendto"], "into the pipe, and to this test"

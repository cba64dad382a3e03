"""What every process does before it works: where it stands, what it lets others have, and no core dumps."""

from __future__ import annotations

import fcntl
import resource
import shlex
import shutil
import signal
import subprocess
import termios
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.agents import eventually
from support.program import Program, attributes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ASKED = attributes("protocol=https", "host=git.example.com")


def state_of_git(program: Program, *words: str) -> list[str]:
    """Return the working folder and the umask in which a command starts git."""
    folder = program.home / "bin"
    folder.mkdir()
    seen = shlex.quote(str(folder / "seen"))
    real = shlex.quote(shutil.which("git") or "")
    (folder / "git").write_text(f'#!/bin/sh\npwd >{seen}\numask >>{seen}\nexec {real} "$@"\n')
    (folder / "git").chmod(0o755)
    path = f"{folder}:{program.environment['PATH']}"
    done = program.run(*words, stdin=ASKED, environment={"PATH": path}, cwd=program.home)
    assert done.status == 0, done
    return (folder / "seen").read_text().split()


@pytest.mark.parametrize("word", ["get", "erase", "list"])
def test_it_works_in_no_folder_of_the_user_s_and_makes_nothing_for_others(
    program: Program, word: str
) -> None:
    assert state_of_git(program, word) == ["/", "0077"]


@contextmanager
def at_work(
    program: Program, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Give a `store` whose Python has read the first half of its request and waits for the rest."""
    process = subprocess.Popen(
        [program.launcher, "store"],
        env={**program.environment, **(environment or {})},
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=program.home,
    )
    with process:
        assert process.stdin is not None
        process.stdin.write(ASKED[:-1] + b"password=secret\n")
        process.stdin.flush()
        pipe = process.stdin.fileno()
        eventually(lambda: fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)) == bytes(4), "Python reads")
        yield process
        process.kill()


def test_a_process_that_holds_a_secret_leaves_no_core_dump(program: Program) -> None:
    before = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
    try:
        with at_work(program) as process:
            limits = Path(f"/proc/{process.pid}/limits").read_text("ascii").splitlines()
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, before)
    (limit,) = [line.split()[4] for line in limits if line.startswith("Max core file size")]
    assert limit == "0"


@pytest.mark.parametrize("name", ["OPENSSL_CONF", "OPENSSL_MODULES", "OPENSSL_ENGINES"])
def test_no_variable_names_a_library_that_openssl_would_load(program: Program, name: str) -> None:
    with at_work(program, {name: str(program.home)}) as process:
        variables = Path(f"/proc/{process.pid}/environ").read_bytes().split(b"\0")
    assert b"HOME=" + bytes(program.home) in variables
    assert name.encode() not in [variable.partition(b"=")[0] for variable in variables]


def test_ctrl_c_while_git_still_writes_is_reported_as_everywhere(program: Program) -> None:
    with at_work(program) as process:
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        said = process.stderr.read()
        status = process.wait(20)
    assert (status, said) == (130, b"git-credential-pat: interrupted\n")

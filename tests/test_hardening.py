"""What every process does before it works: where it stands, what it lets others have, and no core dumps."""

from __future__ import annotations

import resource
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from support.agents import eventually
from support.program import Program, attributes

ASKED = attributes("protocol=https", "host=git.example.com")


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path / "home")


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


def test_a_process_that_holds_a_secret_leaves_no_core_dump(program: Program) -> None:
    before = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
    try:
        process = subprocess.Popen(
            [program.launcher, "store"], env=program.environment, stdin=subprocess.PIPE, cwd=program.home
        )
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, before)
    with process:
        assert process.stdin is not None
        process.stdin.write(ASKED[:-1] + b"password=secret\n")
        process.stdin.flush()
        eventually(lambda: b"-S" in Path(f"/proc/{process.pid}/cmdline").read_bytes(), "Python runs")
        limits = Path(f"/proc/{process.pid}/limits").read_text("ascii").splitlines()
        process.kill()
    (limit,) = [line.split()[4] for line in limits if line.startswith("Max core file size")]
    assert limit == "0"

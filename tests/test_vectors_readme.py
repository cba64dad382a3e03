"""The runner that tests/vectors/README.md offers to other implementations."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support.program import LAUNCHER, Program
from support.vectors import FOLDER

if TYPE_CHECKING:
    from pathlib import Path

RUNNER = (FOLDER / "README.md").read_text("utf-8").partition("```python\n")[2].partition("```")[0]


def run(tmp_path: Path, helper: Path) -> subprocess.CompletedProcess[str]:
    """Run the program of the page on some of the vectors."""
    return subprocess.run(
        [sys.executable, "-c", RUNNER, str(helper), "protocol/hostile.json"],
        cwd=FOLDER,
        env={**os.environ, **Program(tmp_path).environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_it_finds_nothing_wrong_with_this_helper(tmp_path: Path) -> None:
    ended = run(tmp_path, LAUNCHER)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


@pytest.mark.parametrize(
    "script",
    ["exit 0", "echo no >&2; exit 1", "echo no >&2; echo username=jane; exit 1", "exit 1"],
    ids=["refuses nothing", "refuses everything", "answers and refuses", "refuses silently"],
)
def test_it_finds_a_helper_that_is_wrong(tmp_path: Path, script: str) -> None:
    helper = tmp_path / "helper"
    helper.write_text(f"#!/bin/sh\n{script}\n")
    helper.chmod(0o755)
    ended = run(tmp_path, helper)
    assert ended.returncode == 1
    assert "protocol/hostile.json: " in ended.stdout

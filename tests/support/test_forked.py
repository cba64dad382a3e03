"""A forked run ends as a started one would: with its status, in time, or with the same exceptions."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from support import forked
from support.program import FABRIKAM, Program

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "ending",
    ["import time; time.sleep(60)", "import os, time; os.closerange(0, 3); time.sleep(60)"],
    ids=["holds its output", "has closed its output"],
)
def test_what_does_not_end_is_killed_and_reported(
    ending: str, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    program.seed(FABRIKAM, "token")
    monkeypatch.setattr(forked, "_LIMIT", 1.0)
    with pytest.raises(subprocess.TimeoutExpired):
        program.run("exec", FABRIKAM, "--", sys.executable, "-c", ending)


def test_a_run_that_cannot_begin_is_no_answer_of_the_program(program: Program, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="could not begin"):
        program.run("list", cwd=tmp_path / "nowhere")


def test_threads_share_one_process(monkeypatch: pytest.MonkeyPatch, program: Program) -> None:
    monkeypatch.setattr(forked, "_shared", [])
    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(lambda _: program.run("capability").status, range(8)))
    assert statuses == [0] * 8
    (nursery,) = forked._shared  # noqa: SLF001  # what the threads have made
    nursery.close()

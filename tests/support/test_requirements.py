from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

EXAMPLE = """
import pytest

@pytest.mark.needs("tmux")
def test_one(): pass

@pytest.mark.needs("tmux", "man")
def test_two(): pass

def test_three(): pass
"""


@pytest.fixture
def example(tmp_path: Path) -> Path:
    (tmp_path / "conftest.py").symlink_to(TESTS / "conftest.py")
    (tmp_path / "test_example.py").write_text(EXAMPLE)
    (tmp_path / "programs").mkdir()
    return tmp_path


def run(example: Path, programs: list[str], *, try_all: bool = False) -> tuple[int, list[str]]:
    for program in programs:
        (example / "programs" / program).touch(0o755)
    environment = {"PATH": str(example / "programs"), "PYTHONPATH": str(TESTS)}
    if try_all:
        environment["GIT_CREDENTIAL_PAT_TRY_ALL"] = "1"
    command = [sys.executable, "-m", "pytest", "--rootdir", str(example), "-p", "no:cacheprovider", "-rE"]
    finished = subprocess.run(
        command,
        cwd=example,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return finished.returncode, finished.stdout.splitlines()


def test_what_cannot_run_here_is_left_out_and_said_by_name_and_count(example: Path) -> None:
    status, lines = run(example, ["man"])
    assert status == 0
    assert "not tried: needs tmux (2 tests)" in lines
    assert not [line for line in lines if "needs man" in line]
    assert " 1 passed, 2 deselected" in lines[-1]


def test_each_missing_thing_has_its_line(example: Path) -> None:
    _, lines = run(example, [])
    missing = [line for line in lines if line.startswith("not tried: needs ")]
    assert missing == ["not tried: needs man (1 test)", "not tried: needs tmux (2 tests)"]


def test_nothing_is_said_where_nothing_is_missing(example: Path) -> None:
    status, lines = run(example, ["man", "tmux"])
    assert status == 0
    assert not [line for line in lines if "not tried" in line]
    assert " 3 passed" in lines[-1]


def test_a_run_that_must_try_all_fails_for_what_is_missing(example: Path) -> None:
    status, lines = run(example, ["man"], try_all=True)
    assert status == 1
    assert " 1 passed, 2 errors" in lines[-1]
    assert (
        len([line for line in lines if line.startswith("ERROR test_") and "not tried: needs tmux" in line])
        == 2
    )


def test_a_name_that_nobody_knows_stops_the_run(example: Path) -> None:
    (example / "test_example.py").write_text(EXAMPLE.replace('"man"', '"mann"'))
    status, lines = run(example, ["man"])
    assert status == 4
    assert "mann, which tests/support/requirements.py does not know" in "\n".join(lines)

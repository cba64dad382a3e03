"""What a run leaves out, and what it says of that."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

EXAMPLE = """
import pytest

@pytest.mark.needs("zsh")
def test_one(): pass

@pytest.mark.needs("zsh", "man")
def test_two(): pass

@pytest.mark.slow
def test_three(): pass

def test_four(): pass
"""


@pytest.fixture
def example(tmp_path: Path) -> Path:
    (tmp_path / "conftest.py").symlink_to(TESTS / "conftest.py")
    (tmp_path / "test_example.py").write_text(EXAMPLE)
    (tmp_path / "programs").mkdir()
    return tmp_path


def run(example: Path, *options: str, programs: str = "man zsh", **variables: str) -> tuple[int, list[str]]:
    """Return the status of a run of the example, and its lines that say what was left out and the last."""
    for program in programs.split():
        (example / "programs" / program).touch(0o755)
    finished = subprocess.run(
        [sys.executable, "-m", "pytest", "--rootdir", str(example), "-p", "no:cacheprovider", *options],
        cwd=example,
        env={"PATH": str(example / "programs"), "PYTHONPATH": str(TESTS), **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    lines = finished.stdout.splitlines()
    return finished.returncode, [line for line in lines if "not tried" in line] + lines[-1:]


@pytest.mark.slow
@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "with workers"])
def test_a_run_of_everything_is_quick_and_says_what_it_left_out(
    example: Path, workers: tuple[str, ...]
) -> None:
    status, (left_out, end) = run(example, *workers)
    assert status == 0
    assert left_out == "not tried: slow, or with other programs; --all tries them (3 tests)"
    assert " 1 passed" in end


@pytest.mark.parametrize("what", ["--all", "test_example.py"])
def test_all_is_tried_where_that_is_asked_for_or_the_file_is_named(example: Path, what: str) -> None:
    status, (end,) = run(example, what)
    assert status == 0
    assert " 4 passed" in end


@pytest.mark.parametrize(
    ("programs", "said"),
    [("man", ["zsh (2 tests)"]), ("", ["man (1 test)", "zsh (2 tests)"])],
    ids=["one is missing", "two are missing"],
)
def test_each_missing_program_has_its_line(example: Path, programs: str, said: list[str]) -> None:
    status, (*left_out, end) = run(example, "--all", programs=programs)
    assert status == 0
    assert left_out == [f"not tried: needs {what}" for what in said]
    assert " 2 passed, 2 deselected" in end


def test_a_run_that_must_try_all_fails_for_what_is_missing(example: Path) -> None:
    status, lines = run(example, "--all", "-rE", programs="man", GIT_CREDENTIAL_PAT_TRY_ALL="1")
    assert status == 1
    assert " 2 passed, 2 errors" in lines[-1]
    assert sum(line.startswith("ERROR test_") and "not tried: needs zsh" in line for line in lines) == 2


def test_a_name_that_nobody_knows_stops_the_run(example: Path) -> None:
    (example / "test_example.py").write_text(EXAMPLE.replace('"man"', '"mann"'))
    assert run(example)[0] == 4

"""The table of mutations fits the program as it is; whether tests notice them is tried by --mutations."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from reliability.mutations import all_mutations
from reliability.mutations.mutation import Mutation, source_of
from reliability.mutations.workshop import end_all
from support.named_tests import is_there

PROJECT = Path(__file__).parents[2]
PACKAGE, LAUNCHER = PROJECT / "git_credential_pat", PROJECT / "install/git-credential-pat"
EACH = pytest.mark.parametrize("mutation", all_mutations(), ids=lambda mutation: mutation.name)
BREAK = Mutation("a break", "file.py", "good", "bad", ("tests/core/test_scope.py",))


@EACH
def test_each_mutation_changes_one_place_of_a_source_that_stays_a_program(mutation: Mutation) -> None:
    source = source_of(mutation, PACKAGE, LAUNCHER).read_text("utf-8")
    broken = mutation.applied(source)
    assert broken != source
    if mutation.file.endswith(".py"):
        compile(broken, mutation.file, "exec")


@EACH
def test_each_mutation_names_tests_that_are_there(mutation: Mutation) -> None:
    assert mutation.tests
    assert [test for test in mutation.tests if not is_there(test)] == []


def test_the_names_are_unique() -> None:
    names = Counter((mutation.file, mutation.name) for mutation in all_mutations())
    assert [name for name, count in names.items() if count > 1] == []


def test_no_two_break_the_program_alike() -> None:
    broken = [
        (mutation.file, mutation.applied(source_of(mutation, PACKAGE, LAUNCHER).read_text("utf-8")))
        for mutation in all_mutations()
    ]
    assert len(set(broken)) == len(broken)


@pytest.mark.parametrize("source", ["better", "good good"], ids=["nowhere", "twice"])
def test_a_mutation_that_does_not_fit_the_source_is_out_of_date(source: str) -> None:
    with pytest.raises(ValueError, match="'a break'"):
        BREAK.applied(source)


def test_tests_that_are_not_there_are_noticed() -> None:
    assert is_there("tests/reliability/test_mutations.py::test_tests_that_are_not_there_are_noticed")
    assert is_there("campaign:near_misses=10")
    assert not is_there("tests/reliability/test_mutations.py::test_of_nothing")
    assert not is_there("tests/reliability/test_of_nothing.py")
    assert not is_there("campaign:nothing")


def test_what_a_broken_program_left_running_is_ended_and_nothing_else(tmp_path: Path) -> None:
    with _python_of(tmp_path / "bin") as left, _python_of(tmp_path / "bin-of-others") as other:
        end_all(tmp_path / "bin")
        assert left.wait(5) == -signal.SIGKILL
        assert other.poll() is None
        other.kill()


def _python_of(folder: Path) -> subprocess.Popen[bytes]:
    folder.mkdir()
    python = folder / "python"
    python.symlink_to(sys.executable)
    process = subprocess.Popen(
        [python, "-I", "-S", "-c", "print(flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout
    assert process.stdout.readline() == b"\n"
    return process

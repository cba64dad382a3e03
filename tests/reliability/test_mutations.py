"""The table of mutations fits the program as it is; whether tests notice them is tried by --mutations."""

from __future__ import annotations

from pathlib import Path

import pytest
from reliability.mutations import Mutation, all_mutations
from support.named_tests import is_there

PROJECT = Path(__file__).parents[2]
BREAK = Mutation("file.py", "a break", "good", "bad", ("core/test_scope.py",))


@pytest.mark.parametrize("mutation", all_mutations(), ids=lambda mutation: mutation.name)
def test_each_mutation_changes_one_place_of_a_program_and_names_tests_that_are_there(
    mutation: Mutation,
) -> None:
    source = (PROJECT / mutation.path).read_text("utf-8")
    broken = mutation.applied(source)
    assert broken != source
    if mutation.path.suffix == ".py":
        compile(broken, mutation.file, "exec")
    assert mutation.tests
    assert [test for test in mutation.tests if not is_there(test)] == []


@pytest.mark.parametrize("source", ["better", "good good"], ids=["nowhere", "twice"])
def test_a_mutation_that_does_not_fit_the_source_is_out_of_date(source: str) -> None:
    with pytest.raises(ValueError, match="'a break'"):
        BREAK.applied(source)


def test_tests_that_are_not_there_are_noticed() -> None:
    assert is_there("reliability/test_mutations.py::test_tests_that_are_not_there_are_noticed")
    assert is_there("campaign:near_misses=10")
    assert not is_there("reliability/test_mutations.py::test_of_nothing")
    assert not is_there("reliability/test_of_nothing.py")
    assert not is_there("campaign:nothing")

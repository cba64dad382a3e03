"""Two real processes on one backend, in any order: all is as in one order of their commits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from support.turns import NAMES, SECRETS, WHAT, Pair, Step, pair

if TYPE_CHECKING:
    from collections.abc import Iterator

WANTED = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(SECRETS), max_size=2)
STEPS = st.lists(st.builds(Step, st.integers(0, 1), st.sampled_from(WHAT), WANTED, WANTED), max_size=20)
X, Y, _ = NAMES
CONFLICT = [Step(0, "apply", {X: "1"}, {}), Step(1, "apply", {X: "2"}, {})]
trying = settings(deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def two() -> Iterator[Pair]:
    with pair() as two:
        yield two


@settings(trying, max_examples=40)
@given(steps=STEPS)
@example(steps=CONFLICT)
def test_in_any_order_nothing_is_lost_and_what_changed_meanwhile_is_a_conflict(
    two: Pair, steps: list[Step]
) -> None:
    two.expect_as_modelled(steps)


@settings(trying, max_examples=20)
@given(steps=STEPS)
@example(steps=CONFLICT)
def test_the_same_holds_in_a_keyring(two: Pair, steps: list[Step]) -> None:
    two.expect_as_modelled([step for step in steps if step.what != "meanwhile"], "keyring")


@pytest.mark.parametrize(
    ("steps", "conflicts", "waits"),
    [
        (CONFLICT, 1, 0),
        ([Step(0, "apply", {X: "1"}, {}), Step(1, "apply", {Y: "2"}, {})], 0, 0),
        ([Step(0, "meanwhile", {X: "1"}, {X: "2"})], 1, 1),
        ([Step(0, "meanwhile", {X: "1"}, {Y: "2"}), Step(1, "meanwhile", {Y: None}, {X: None})], 0, 2),
    ],
)
def test_two_meet_in_one_entry_or_pass_each_other(
    two: Pair, steps: list[Step], conflicts: int, waits: int
) -> None:
    before = two.conflicts, two.waits
    two.expect_as_modelled(steps)
    assert (two.conflicts - before[0], two.waits - before[1]) == (conflicts, waits)

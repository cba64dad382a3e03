"""docs/threat-model.md names what there is: rows, with figures, and tests that hold each defence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from reliability.campaign import ROWS, row_of
from reliability.campaign.table import BEGIN, END
from reliability.mutations import all_mutations
from support.named_tests import is_there

DOCUMENT = (Path(__file__).parents[2] / "docs/threat-model.md").read_text("utf-8")
DEFENCES = re.findall(r"^\| (.+) \| .+ \| (`.+`) \|$", DOCUMENT.partition("## Defences")[2], re.MULTILINE)
CAMPAIGN = DOCUMENT.partition(BEGIN)[2].partition(END)[0]


def test_there_are_defences() -> None:
    assert len(DEFENCES) >= 25


@pytest.mark.parametrize(("defence", "held_by"), DEFENCES, ids=[defence for defence, _ in DEFENCES])
def test_each_defence_names_rows_and_tests_that_are_there(defence: str, held_by: str) -> None:
    del defence
    names = re.findall("`([^`]+)`", held_by)
    assert names
    assert [name for name in names if name not in ROWS and not is_there(name)] == []


@pytest.mark.parametrize(("defence", "held_by"), DEFENCES, ids=[defence for defence, _ in DEFENCES])
def test_each_defence_is_broken_by_a_mutation_that_one_of_them_must_notice(
    defence: str, held_by: str
) -> None:
    del defence
    noticing = {test for mutation in all_mutations() for test in mutation.tests}
    starts = tuple(start for name in re.findall("`([^`]+)`", held_by) for start in (f"campaign:{name}", name))
    assert [test for test in noticing if test.startswith(starts)]


@pytest.mark.parametrize("name", ROWS)
def test_each_row_of_the_campaign_has_its_figures_there(name: str) -> None:
    row = row_of(name)
    found = re.search(rf"^\| `{name}` \| (.+) \| (.+) \|$", CAMPAIGN, re.MULTILINE)
    assert found, "run: sh install/test.sh --campaign=full --write"
    figures = dict(figure.split("=") for figure in found[2].split(", "))
    assert found[1] == row.promise
    assert list(figures) == [*row.tried, *row.breaches, *row.measured]
    assert all(float(figures[name]) > 0 for name in row.tried)
    assert all(figures[name] == "0" for name in row.breaches)

"""What the campaign's programs do when a promise holds, when it is broken, and when nothing was tried."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from reliability.campaign import ROWS, row_of
from reliability.campaign.__main__ import main as run_rows
from reliability.campaign.near_misses import ROW as NEAR_MISSES
from reliability.campaign.row import Row, Trial, main
from reliability.campaign.table import Result, as_text, write_markdown
from reliability.mutations import all_mutations

if TYPE_CHECKING:
    from pathlib import Path


def ten_inputs(trial: Trial) -> None:
    for number in range(trial.size):
        trial.count("inputs")
        trial.require(number != 10, "answers", "the eleventh input got an answer")
        trial.worst("worst_seconds", number / 4)


ROW = Row("nothing gets an answer", ten_inputs, 5, 20, ("inputs",), ("answers",), ("worst_seconds",))


def test_a_promise_that_holds_prints_its_figures(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(ROW, []) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("inputs=5 answers=0 worst_seconds=1.0 seed=1 seconds=")
    assert printed.err == ""


def test_the_first_breach_ends_the_row_with_1_and_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(ROW, ["--full"]) == 1
    printed = capsys.readouterr()
    assert printed.out.startswith("inputs=11 answers=1 ")
    assert printed.err == "breach: the eleventh input got an answer\n"


def test_a_row_that_has_tried_nothing_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(replace(ROW, attack=lambda _trial: None), []) == 1
    assert capsys.readouterr().err == "breach: nothing was tried: inputs\n"


def test_a_row_that_is_at_fault_itself_fails(capsys: pytest.CaptureFixture[str]) -> None:
    def attack(trial: Trial) -> None:
        trial.count("unknown")

    assert main(replace(ROW, attack=attack), []) == 2
    assert "KeyError: 'unknown'" in capsys.readouterr().err


def test_what_chance_gives_comes_from_the_seed() -> None:
    def rolled(seed: int) -> list[int]:
        chance = ROW.trial(1, seed).chance
        return [chance.randrange(1000) for _ in range(10)]

    assert rolled(1) == rolled(1)
    assert rolled(1) != rolled(2)


def test_near_misses_are_as_many_as_were_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(NEAR_MISSES, ["--size", "123", "--seed", "7"]) == 0
    assert capsys.readouterr().out.startswith(
        "hosts=123 paths=61 usernames=30 answers=0 rejections=0 seed=7 "
    )


def test_no_row_runs_twice() -> None:
    assert len(set(ROWS)) == len(ROWS)


@pytest.mark.parametrize("name", ROWS)
def test_a_row_counts_what_it_tries_and_what_must_not_be(name: str) -> None:
    row = row_of(name)
    assert row.tried
    assert row.breaches
    assert row.ci <= row.full


@pytest.mark.parametrize("name", ROWS)
def test_some_break_of_the_program_is_there_that_the_row_must_notice(name: str) -> None:
    noticed = {test.partition("=")[0] for mutation in all_mutations() for test in mutation.tests}
    assert f"campaign:{name}" in noticed


RESULTS = [
    Result("near_misses", "a host that is nearly stored gets nothing", "hosts=5 answers=0", 1.2, "held"),
    Result("clock", "no expired token is answered", "needs faketime", 0, "not tried"),
]


def test_the_table_tells_each_promise_with_its_figures_and_how_many_held() -> None:
    assert as_text(RESULTS).splitlines() == [
        "held         1.2 s  near_misses          a host that is nearly stored gets nothing",
        "                                         hosts=5 answers=0",
        "not tried    0.0 s  clock                no expired token is answered",
        "                                         needs faketime",
        "1 of 2 promises held, 1 s",
    ]


def test_the_document_gets_no_figures_of_the_small_size(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["campaign", "--write"])
    with pytest.raises(SystemExit, match="2"):
        run_rows()
    assert "--write needs --full" in capsys.readouterr().err


def test_the_table_replaces_the_one_in_a_document_and_nothing_else(tmp_path: Path) -> None:
    document = tmp_path / "document.md"
    document.write_text("before\n<!-- campaign: begin -->\nold\n<!-- campaign: end -->\nafter\n", "utf-8")
    write_markdown(RESULTS[:1], document)
    write_markdown(RESULTS[:1], document)
    assert document.read_text("utf-8").splitlines() == [
        "before",
        "<!-- campaign: begin -->",
        "| row | promise | figures |",
        "|---|---|---|",
        "| `near_misses` | a host that is nearly stored gets nothing | hosts=5, answers=0 |",
        "<!-- campaign: end -->",
        "after",
    ]

"""What the campaign's programs do when a promise holds, when it is broken, and when nothing was tried."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from reliability.campaign import ROWS, row_of
from reliability.campaign.__main__ import main as run_rows
from reliability.campaign.row import Row, Trial, main
from reliability.campaign.table import Result, write_markdown
from reliability.mutations import all_mutations

if TYPE_CHECKING:
    from pathlib import Path


def ten_inputs(trial: Trial) -> None:
    for number in range(trial.size):
        trial.count("inputs")
        trial.require(number != 10, "answers", "the eleventh input got an answer")
        trial.worst("worst_seconds", number / 4)


def unknown(trial: Trial) -> None:
    trial.count("unknown")


ROW = Row("nothing gets an answer", ten_inputs, 5, 20, ("inputs",), ("answers",), ("worst_seconds",))


NOTHING, AT_FAULT = (replace(ROW, attack=attack) for attack in (lambda _trial: None, unknown))


@pytest.mark.parametrize(
    ("row", "size", "status", "said"),
    [
        (ROW, 5, 0, ("inputs=5 answers=0 worst_seconds=1.0 seed=1", "")),
        (ROW, 20, 1, ("inputs=11 answers=1 worst_seconds=2.25 seed=1", "the eleventh input got an answer")),
        (NOTHING, 5, 1, ("inputs=0 answers=0 worst_seconds=0 seed=1", "nothing was tried: inputs")),
        (AT_FAULT, 5, 2, ("inputs=0 answers=0 worst_seconds=0 seed=1", "KeyError: 'unknown'")),
    ],
    ids=["held", "breach", "nothing tried", "at fault"],
)
def test_a_row_says_by_status_figures_and_errors_what_became_of_its_promise(
    row: Row, size: int, status: int, said: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(row, ["--size", str(size)]) == status
    printed = capsys.readouterr()
    assert (printed.out.partition(" seconds=")[0], printed.err.strip()[-len(said[1]) :]) == said


@pytest.mark.parametrize("name", ROWS)
def test_some_break_of_the_program_is_there_that_the_row_must_notice(name: str) -> None:
    row = row_of(name)
    assert row.tried
    assert row.breaches
    noticed = {test.partition("=")[0] for mutation in all_mutations() for test in mutation.tests}
    assert f"campaign:{name}" in noticed


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
    results = [
        Result("near_misses", "a host that is nearly stored gets nothing", "hosts=5 answers=0", 1, "held")
    ]
    for _ in range(2):
        write_markdown(results, document)
    assert document.read_text("utf-8").splitlines() == [
        "before",
        "<!-- campaign: begin -->",
        "| row | promise | figures |",
        "|---|---|---|",
        "| `near_misses` | a host that is nearly stored gets nothing | hosts=5, answers=0 |",
        "<!-- campaign: end -->",
        "after",
    ]

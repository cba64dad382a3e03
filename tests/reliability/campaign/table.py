"""The campaign's results as one table, for a terminal and for the documentation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HELD = "held"
BREACH = "BREACH"
LATE = "LATE"
AT_FAULT = "AT FAULT"
NOT_TRIED = "not tried"
BEGIN = "<!-- campaign: begin -->\n"
END = "<!-- campaign: end -->\n"


@dataclass(frozen=True)
class Result:
    """What came of a row: the figures as it prints them, or why there are none."""

    name: str
    promise: str
    figures: str
    seconds: float
    outcome: str


def as_text(results: Sequence[Result]) -> str:
    """Return the table for a terminal: two lines a row, because promises are sentences."""
    lines = [
        f"{result.outcome:<9} {result.seconds:>6.1f} s  {result.name:<20} {result.promise}\n"
        f"{'':<41}{result.figures}"
        for result in results
    ]
    held = sum(result.outcome == HELD for result in results)
    total = sum(result.seconds for result in results)
    return "\n".join([*lines, f"{held} of {len(results)} promises held, {total:.0f} s"])


def as_markdown(results: Sequence[Result]) -> str:
    """Return the table for a document."""
    head = ["| row | promise | figures |", "|---|---|---|"]
    rows = [
        f"| `{result.name}` | {result.promise} | {result.figures.replace(' ', ', ')} |" for result in results
    ]
    return "\n".join([*head, *rows, ""])


def write_markdown(results: Sequence[Result], document: Path) -> None:
    """Replace the table in a document, which stands between two comments."""
    before, _, rest = document.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    document.write_text(f"{before}{BEGIN}{as_markdown(results)}{END}{after}", "utf-8")

"""Results as people read them: tables, marked lines and progress, in colours on a terminal alone."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from git_credential_pat.model import NamedTuple
from git_credential_pat.stdio import say

_NOTHING = "-"
"""What a column shows where there is nothing; a cell that stands in no column is left out then."""
_GAP = 2
"""Blanks between the columns of a table."""


_MARK = 7
"""The width of the longest mark before a line."""


def print_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], styles: Sequence[str], *, notes: int = 0
) -> None:
    """Print a table: fitted and in colours on a terminal, one unbroken line a row elsewhere.

    `styles` has one name of rich's styles for each row, or an empty one. On a terminal the last `notes`
    columns stand below the others; where those do not fit, all stand below the first, which people copy.
    """
    if not os.isatty(1):
        widths = [max(len(row[at]) for row in (columns, *rows)) for at in range(len(columns))]
        for row in (columns, *rows):
            say(_padded(row, widths))
        return
    from rich.console import Console  # 40 ms that Git's path must not pay
    from rich.padding import Padding
    from rich.text import Text

    console = Console(highlight=False)
    shown = len(columns) - notes
    widths = [max(len(row[at]) for row in (columns, *rows)) for at in range(shown)]
    fits = sum(widths) + _GAP * (shown - 1) <= console.width
    if fits:
        console.print(Text(_padded(columns[:shown], widths), "bold"))
    for row, style in zip(rows, styles, strict=True):
        line = _padded(row[:shown], widths) if fits else row[0]
        console.print(Text(line, style), soft_wrap=True)
        below = " · ".join(cell for cell in row[shown if fits else 1 :] if cell not in ("", _NOTHING))
        if below:
            console.print(Padding(Text(below, style or "dim"), (0, 0, 0, _GAP), expand=False))


def _padded(cells: Sequence[str], widths: Sequence[int]) -> str:
    blanks = " " * _GAP
    return blanks.join(cell.ljust(width) for cell, width in zip(cells, widths, strict=False)).rstrip()


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[], None]]:
    """Show on standard error how far a work of `total` steps is; what is given is called after each step.

    It is gone at the end, and never there where standard error is no terminal.
    """
    if not total or not os.isatty(2):
        yield lambda: None
        return
    from rich.console import Console  # 40 ms that Git's path must not pay
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

    counting = (BarColumn(), MofNCompleteColumn()) if total > 1 else ()
    columns = (SpinnerColumn(), TextColumn(what, markup=False), *counting)
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        bar.console.show_cursor()  # hidden, it would stay so after a signal that ends or stops the process
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)


class Mark(NamedTuple):
    """A line with a mark before it, in one of rich's styles; one without a mark belongs to the line above."""

    mark: str
    style: str
    text: str


def print_marked(lines: Iterable[Mark]) -> None:
    """Print lines below each other as they come, their marks in colours on a terminal.

    No line is broken, so that a command in it can be copied.
    """
    console = None
    for line in lines:
        mark = line.mark.ljust(_MARK + _GAP)
        if not os.isatty(1):
            say(f"{mark}{line.text}")
            continue
        from rich.console import Console  # 40 ms that Git's path must not pay
        from rich.text import Text

        console = console or Console(highlight=False)
        console.print(Text.assemble((mark, line.style), line.text), soft_wrap=True)

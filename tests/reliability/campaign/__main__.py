"""Run all rows of the campaign, or those named, and print one table.

    python -m reliability.campaign [--full] [--seed N] [--write] [ROW ...]

Each row runs in a process of its own, one after the other, because some measure waits. The exit status
is 1 if a row found a breach, tried nothing, or did not end in time.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from reliability.campaign import ROWS, row_of
from reliability.campaign.row import BROKEN, INTERRUPTED, SEED
from reliability.campaign.table import (
    AT_FAULT,
    BREACH,
    HELD,
    LATE,
    NOT_TRIED,
    Result,
    as_text,
    write_markdown,
)
from support.requirements import TRY_ALL, missing

DOCUMENT = Path(__file__).parents[3] / "docs/threat-model.md"
LIMIT = 120.0
"""Seconds that a row may take on two cores."""
CLEANING = 15.0
"""Seconds that a row may take to end its processes and mounts after Ctrl-C."""


def main() -> int:
    """Run the rows, print the table, and report whether every promise held."""
    options = _parsed()
    results: list[Result] = []
    try:
        for name in options.rows or ROWS:
            results.append(_result(name, options))  # noqa: PERF401  # what is done by Ctrl-C is printed
    except KeyboardInterrupt:
        print(as_text(results))
        return INTERRUPTED
    print(as_text(results))
    if options.write:
        if [result.name for result in results if result.outcome == HELD] != [*ROWS]:
            print(f"{DOCUMENT} is as it was: not every row of it held", file=sys.stderr)
            return 1
        write_markdown(results, DOCUMENT)
    return 0 if all(_is_enough(result) for result in results) else 1


def _result(name: str, options: argparse.Namespace) -> Result:
    """Run a row; what it says on standard error goes to ours as it comes."""
    row = row_of(name)
    lacking = missing(row.needs)
    if lacking:
        return Result(name, row.promise, f"needs {', '.join(lacking)}", 0, NOT_TRIED)
    print(f"{name} ...", file=sys.stderr, flush=True)
    size = ["--full"] if options.full else []
    command = [sys.executable, "-m", f"reliability.campaign.{name}", *size, "--seed", str(options.seed)]
    start = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            printed, _ = process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            return Result(name, row.promise, f"not done in {LIMIT:.0f} s", LIMIT, LATE)
        except KeyboardInterrupt:
            _let_clean_up(process)
            raise
    figures = (printed.splitlines() or [""])[-1].partition(" seed=")[0]
    outcome = {0: HELD, BROKEN: BREACH}.get(process.returncode, AT_FAULT)
    return Result(name, row.promise, figures, time.monotonic() - start, outcome)


def _let_clean_up(process: subprocess.Popen[str]) -> None:
    """Give a row that was interrupted, too, the time to end what it started."""
    try:
        process.wait(CLEANING)
    except subprocess.TimeoutExpired:
        process.kill()


def _is_enough(result: Result) -> bool:
    """Whether a promise held; one that cannot be tried on this machine is a failure only if all must be."""
    return result.outcome == HELD or (result.outcome == NOT_TRIED and os.environ.get(TRY_ALL) != "1")


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m reliability.campaign", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(ROWS))
    parser.add_argument("--full", action="store_true", help="the size that the promises are stated for")
    parser.add_argument("--seed", type=int, default=SEED, help=f"where chance begins ({SEED})")
    parser.add_argument("--write", action="store_true", help="put the table into docs/threat-model.md")
    options = parser.parse_args()
    for name in options.rows:
        if name not in ROWS:
            parser.error(f"there is no row {name}; there are {', '.join(ROWS)}")
    if options.write and not options.full:
        parser.error("--write needs --full: the document has the figures of the full size")
    return options


if __name__ == "__main__":
    sys.exit(main())

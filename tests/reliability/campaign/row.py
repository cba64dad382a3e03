"""What a row of the campaign is: a promise, and an attack on it that counts what it tried.

A row is a module with a `ROW`; it runs alone too, with figures on its last line, and exits with 1 at the
first breach:

    python -m reliability.campaign.near_misses [--full | --size N] [--seed N]
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from support.standing_alone import stand_alone

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SEED = 1

BROKEN = 1
"""The exit status where a promise did not hold."""
AT_FAULT = 2
"""The exit status where the row itself failed, so that nothing is known of the promise."""
INTERRUPTED = 130
"""The exit status after Ctrl-C."""


class BreachError(AssertionError):
    """A promise that does not hold; the message says what was tried and what happened."""


@dataclass
class Trial:
    """One run of a row: how much to try, from which seed, and what was counted."""

    size: int
    seed: int
    figures: dict[str, int | float]
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def count(self, name: str, more: int = 1) -> None:
        """Add to a figure."""
        self.figures[name] += more

    def worst(self, name: str, value: float) -> None:
        """Raise a figure to the largest value that was seen."""
        self.figures[name] = max(self.figures[name], round(value, 3))

    def breach(self, name: str, what: str) -> NoReturn:
        """Count a breach and end the row.

        Raises:
            BreachError: always.
        """
        self.figures[name] += 1
        raise BreachError(what)

    def require(self, holds: object, name: str, what: str) -> None:
        """End the row by a breach of this name unless something holds."""
        if not holds:
            self.breach(name, what)


@dataclass(frozen=True)
class Row:
    """A promise and the attack on it."""

    promise: str
    """What holds, in a few words for the table."""
    attack: Callable[[Trial], None]
    """Tries `trial.size` times, or what else the row counts; raises at the first breach."""
    ci: int
    """The size that fits into each run of CI."""
    full: int
    """The size that the promise is stated for; in less than two minutes on two cores."""
    tried: tuple[str, ...]
    """The figures that count attempts; the row has tried nothing, and fails, as long as one of them is 0."""
    breaches: tuple[str, ...]
    """The figures that must stay 0."""
    measured: tuple[str, ...] = ()
    """Figures that are neither, such as a longest wait in seconds (`worst_seconds`)."""
    needs: tuple[str, ...] = ()
    """What the row needs of the machine, by the names of support/requirements.py."""

    def trial(self, size: int, seed: int) -> Trial:
        """Return a trial that has counted nothing."""
        names = (*self.tried, *self.breaches, *self.measured)
        return Trial(size, seed, dict.fromkeys(names, 0))


def main(row: Row, arguments: Sequence[str] | None = None) -> int:
    """Run a row by its command line: print its figures, and return its exit status."""
    options = _parsed(row, arguments)
    stand_alone()
    trial = row.trial(options.size or (row.full if options.full else row.ci), options.seed)
    start = time.monotonic()
    status, why = _outcome(row, trial)
    seconds = time.monotonic() - start
    if why:
        print(why, file=sys.stderr)
    shown = {**trial.figures, "seed": options.seed, "seconds": round(seconds, 1)}
    print(*(f"{name}={value}" for name, value in shown.items()), flush=True)
    return status


def _outcome(row: Row, trial: Trial) -> tuple[int, str]:
    """Attack; return the exit status, and why it is not 0."""
    try:
        row.attack(trial)
    except BreachError as breach:
        return BROKEN, f"breach: {breach}"
    except AssertionError:  # of what rows share with tests
        return BROKEN, traceback.format_exc()
    except KeyboardInterrupt:
        return INTERRUPTED, "interrupted"
    except Exception:  # noqa: BLE001  # whatever it is, the row did not show what it is for
        return AT_FAULT, traceback.format_exc()
    nothing = [name for name in row.tried if not trial.figures[name]]
    return (BROKEN, f"breach: nothing was tried: {', '.join(nothing)}") if nothing else (0, "")


def _parsed(row: Row, arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=row.promise)
    parser.add_argument("--full", action="store_true", help=f"the size {row.full} instead of {row.ci}")
    parser.add_argument("--size", type=int, help="how much to try")
    parser.add_argument("--seed", type=int, default=SEED, help=f"where chance begins ({SEED})")
    return parser.parse_args(arguments)

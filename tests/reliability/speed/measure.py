"""Time and memory of contenders. All of them take turns, so that a busy moment meets each of them."""

import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from reliability.speed.contender import FLOOR, Contender
from reliability.speed.running import Finished, run

METER = Path(__file__).with_name("meter.py")
_MEMORY_ROUNDS = 3


class Figure(NamedTuple):
    """What one row took."""

    name: str
    milliseconds: float
    """The median."""
    ratio: float
    """To the floor."""
    mebibytes: float
    """Peak memory of the largest process, in 10^6 bytes."""


def take_turns(contenders: Mapping[str, Contender], rounds: int, seconds: Mapping[str, list[float]]) -> None:
    """Add to the seconds of each contender; exit with a message if one answers wrongly.

    A first round, which fills the system's caches, does not count.
    """
    for number in range(rounds + 1):
        for name, contender in contenders.items():
            taken = _checked(name, contender, number).seconds
            if number:
                seconds[name].append(taken)


def figures(contenders: Mapping[str, Contender], seconds: Mapping[str, Sequence[float]]) -> list[Figure]:
    """Return what each contender takes, the floor among them, of all the seconds that were taken."""
    medians = {name: statistics.median(seconds[name]) for name in contenders}
    return [
        Figure(name, median * 1000, median / medians[FLOOR], _mebibytes(name, contenders[name]))
        for name, median in medians.items()
    ]


def _mebibytes(name: str, contender: Contender) -> float:
    with tempfile.NamedTemporaryFile() as file:
        meter = (sys.executable, "-I", "-S", str(METER), file.name)
        peaks = []
        for number in range(_MEMORY_ROUNDS):
            _checked(name, contender, number, meter)
            peaks.append(int(Path(file.name).read_text()) / 2**20)
    return max(peaks)


def _checked(name: str, contender: Contender, number: int, before: Sequence[str] = ()) -> Finished:
    finished = run(contender, number, before)
    if finished.status or not contender.is_answered_by(finished.output):
        raise SystemExit(f"{name}: wrong answer, status {finished.status}, {finished.shown}")
    return finished

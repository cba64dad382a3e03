"""Requests of any kind, read by the program and by a second parser that was written apart: they must agree.

Each half of the requests is made and read in a process of its own, from a seed of its own. What is understood
must be equal, what is refused by one must be refused by the other, and nothing else may come of it. Some
arrive in pieces, so that reading to a message's end is tried too.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

from reliability.campaign.requests_at_random import request_at_random
from reliability.campaign.row import Row, Trial, main
from support.second_parser import RefusedError, understood

from git_credential_pat.errors import PatError
from git_credential_pat.frontends import read_message
from git_credential_pat.frontends.git import Message, parse

if TYPE_CHECKING:
    from collections.abc import Callable

PROCESSES = 2
IN_PIECES = 16
"""One of so many requests arrives in pieces."""

Outcome = Message | str


def by_the_program(data: bytes, chance: random.Random) -> Outcome:
    """Return what the program understands of all that arrives; the text of anything but a refusal."""
    try:
        arrived = read_message(in_pieces(data, chance)) if chance.randrange(IN_PIECES) == 0 else data
        return parse(arrived)
    except PatError:
        return "refused"
    except Exception as error:  # noqa: BLE001  # anything else is the breach that is looked for
        return f"crashed by {error!r}"


def by_the_second(data: bytes) -> Outcome:
    """Return what the second parser understands."""
    try:
        return Message(**understood(data))
    except RefusedError:
        return "refused"


def in_pieces(data: bytes, chance: random.Random) -> Callable[[int], bytes]:
    """Return a `read` that hands out pieces of any size, as a pipe may."""
    longest = max(1, len(data) // chance.choice((1, 3, 30)))
    at = 0

    def read(limit: int) -> bytes:
        nonlocal at
        piece = data[at : at + min(limit, chance.randint(1, longest))]
        at += len(piece)
        return piece

    return read


def share(seed: str, size: int) -> tuple[Counter[str], str]:
    """Try requests up to the first breach; return what was counted, and what the breach is if any."""
    chance = random.Random(seed)
    counted: Counter[str] = Counter()
    while counted["inputs"] < size:
        data = request_at_random(chance)
        ours, other = by_the_program(data, chance), by_the_second(data)
        counted["inputs"] += 1
        counted["accepted"] += isinstance(ours, Message)
        if ours != other:
            name = "crashes" if str(ours).startswith("crashed") else "disagreements"
            return counted, f"{name}: {data[:2000]!r}: {line_of(ours)}; the second parser: {line_of(other)}"
    return counted, ""


def line_of(outcome: Outcome) -> str:
    """Return what was understood, whole: nothing here is a secret."""
    return str(outcome._asdict() if isinstance(outcome, Message) else outcome)


def attack(trial: Trial) -> None:
    """Share the requests out to processes."""
    seeds = [f"{trial.seed}/{number}" for number in range(PROCESSES)]
    sizes = [
        trial.size * (number + 1) // PROCESSES - trial.size * number // PROCESSES
        for number in range(PROCESSES)
    ]
    with ProcessPoolExecutor(PROCESSES) as processes:
        for counted, breach in processes.map(share, seeds, sizes):
            for name, more in counted.items():
                trial.count(name, more)
            if breach:
                trial.breach(breach.partition(":")[0], breach)


ROW = Row(
    promise="two parsers that were written apart understand every request alike",
    attack=attack,
    ci=100_000,
    full=1_000_000,
    tried=("inputs", "accepted"),
    breaches=("crashes", "disagreements"),
)

if __name__ == "__main__":
    sys.exit(main(ROW))

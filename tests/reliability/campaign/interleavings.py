"""Two processes use one vault in turns, in orders of chance; a model tells what each must see.

The order is exact: each step ends before the next begins, but for commits that are paused while they hold
the lock, beside which the other process reads, and begins a commit of its own.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from reliability.campaign.row import Row, Trial, main
from support.turns import NAMES, SECRETS, WHAT, Step, Wanted, pair

if TYPE_CHECKING:
    import random

STEPS = 12
"""The steps of one interleaving."""


def step(chance: random.Random) -> Step:
    """Return a step of chance."""
    return Step(chance.randrange(2), chance.choice(WHAT), wanted(chance), wanted(chance))


def wanted(chance: random.Random) -> Wanted:
    """Return changes of chance."""
    return {name: chance.choice(SECRETS) for name in chance.sample(NAMES, chance.choice((1, 1, 2)))}


def attack(trial: Trial) -> None:
    """Play interleavings, each in a vault of its own."""
    with pair() as two:
        for _ in range(trial.size):
            steps = [step(trial.chance) for _ in range(STEPS)]
            try:
                two.expect_as_modelled(steps)
            except AssertionError as error:
                trial.breach("anomalies", f"{error} in {steps}")
            trial.count("interleavings")
        trial.count("conflicts", two.conflicts)
        trial.count("paused_commits", two.waits)


ROW = Row(
    promise="what two processes see and change is that of one order of their commits; nothing is lost",
    attack=attack,
    ci=200,
    full=3000,
    tried=("interleavings", "conflicts", "paused_commits"),
    breaches=("anomalies",),
)

if __name__ == "__main__":
    sys.exit(main(ROW))

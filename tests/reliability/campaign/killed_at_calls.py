"""`kill -9` at every system call that a commit makes on the program's own files.

The calls are those of a run without faults; for each one the command runs again and is killed there. What
a call on any other file would do to the vault, if the process ended there, the next of these calls shows.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from reliability.campaign.commits import ALWAYS, COMMITS, Site, site
from reliability.campaign.row import Row, Trial, main

if TYPE_CHECKING:
    from support.strikes import Call


def attack(trial: Trial) -> None:
    """Kill each commit at each of its calls, or at as many as the size says."""
    with site() as here:
        plans = _chosen(trial, here.calls(_names(trial)))
        outcomes = here.threads.map(lambda plan: _outcome(here, *plan), plans)
        for (name, call), (figure, what) in zip(plans, outcomes, strict=True):
            trial.count("strikes")
            trial.require(figure in ("old", "new"), figure, f"{name}, killed at {call}: {what}")
            trial.count(figure)


def _names(trial: Trial) -> list[str]:
    """Return the commits to kill: all, or where there is time for a few strikes, `ALWAYS` and another."""
    others = [name for name in COMMITS if name not in ALWAYS]
    return [*ALWAYS, *(others if trial.size >= ROW.full else trial.chance.sample(others, 1))]


def _chosen(trial: Trial, plans: list[tuple[str, Call]]) -> list[tuple[str, Call]]:
    """Return all plans; or the last of each kind of call of those commits, and others by chance."""
    if trial.size >= len(plans):
        return plans
    kinds = {(name, call.name): (name, call) for name, call in plans if name in ALWAYS}.values()
    rest = [plan for plan in plans if plan not in kinds]
    return [*kinds, *trial.chance.sample(rest, len(rest))][: trial.size]


def _outcome(here: Site, name: str, call: Call) -> tuple[str, str]:
    """Kill a commit at a call; return the figure that counts what became of it, and what is wrong."""
    struck = here.strike(name, call, "signal=KILL")
    if not struck.hit:
        return "missed", struck.ended.log[-500:]
    figure = "old" if here.is_old(name, struck.home) else "new"
    wrong = here.flaw(name, struck.home)
    return ("lost", wrong) if wrong else (figure, "")


ROW = Row(
    promise="a commit that is killed at any system call leaves the old vault or the new one",
    attack=attack,
    ci=36,
    full=1000,
    tried=("strikes", "old", "new"),
    breaches=("lost", "missed"),
    needs=("strace",),
)

if __name__ == "__main__":
    sys.exit(main(ROW))

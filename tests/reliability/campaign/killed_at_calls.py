"""`kill -9` at every system call that a commit makes on the program's own files.

The calls are those of a run without faults; for each one the command runs again and is killed there. What
a call on any other file would do to the vault, if the process ended there, the next of these calls shows.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from reliability.campaign.commits import COMMITS, flaw, homes
from reliability.campaign.row import Row, Trial, main
from support.strikes import own_calls, strike

if TYPE_CHECKING:
    from pathlib import Path

    from support.faults import Home
    from support.strikes import Call

AT_ONCE = 2
"""How many commands run at a time."""


def attack(trial: Trial) -> None:
    """Kill each commit at each of its calls, or at as many as the size says."""
    with homes() as (folder, templates), ThreadPoolExecutor(AT_ONCE) as threads:
        names = _names(trial)
        lists = threads.map(lambda name: _calls(name, templates[name], folder), names)
        plans = _chosen(trial, [plan for plans in lists for plan in plans])

        def outcome(number: int) -> tuple[str, str]:
            name, call = plans[number]
            return _outcome(name, templates[name], folder / str(number), call)

        for (name, call), (figure, what) in zip(plans, threads.map(outcome, range(len(plans))), strict=True):
            trial.count("strikes")
            trial.require(figure in ("old", "new"), figure, f"{name}, killed at {call}: {what}")
            trial.count(figure)


def _names(trial: Trial) -> list[str]:
    """Return the commits to kill: all; or where there is time for a few strikes, a store and two others."""
    first, *others = COMMITS
    return [first, *(others if trial.size == ROW.full else trial.chance.sample(others, 2))]


def _calls(name: str, template: Home, folder: Path) -> list[tuple[str, Call]]:
    return [(name, call) for call in own_calls(template, folder / name, COMMITS[name].run)]


def _chosen(trial: Trial, plans: list[tuple[str, Call]]) -> list[tuple[str, Call]]:
    """Return all plans; or the last of each kind of call of a store, and others by chance."""
    if trial.size >= len(plans):
        return plans
    kinds = list({call.name: (name, call) for name, call in plans if name == "store"}.values())
    rest = [plan for plan in plans if plan not in kinds]
    return [*kinds, *trial.chance.sample(rest, max(0, trial.size - len(kinds)))]


def _outcome(name: str, template: Home, folder: Path, call: Call) -> tuple[str, str]:
    """Kill a command at a call; return the figure that counts what became of it, and what is wrong."""
    commit = COMMITS[name]
    struck = strike(template, folder, commit.run, call, "signal=KILL")
    if not struck.hit:
        return "missed", struck.ended.log[-500:]
    same = _vault(struck.home) == _vault(template)
    if wrong := flaw(struck.home, commit.before if same else commit.after):
        return "lost", wrong
    return ("old" if same else "new"), ""


def _vault(home: Home) -> bytes | None:
    return home.place.vault.read_bytes() if home.place.vault.exists() else None


ROW = Row(
    promise="a commit that is killed at any system call leaves the old vault or the new one",
    attack=attack,
    ci=30,
    full=1000,
    tried=("strikes", "old", "new"),
    breaches=("lost", "missed"),
    needs=("strace",),
)

if __name__ == "__main__":
    sys.exit(main(ROW))

"""What is asked of agents beside the time of a call: their memory, and many calls at once."""

import json
import os
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from time import perf_counter
from typing import NamedTuple

from reliability.speed.contender import FLOOR, Contender
from reliability.speed.running import PATIENCE, start
from reliability.speed.targets import AGENT_MEMORY, BY_AGENT_1_000, CROWD, CROWD_FACTOR
from support.program import LAUNCHER
from support.vaults import at_most

_CROWDS = 3
"""How many crowds come, because the slowest of one swings by a quarter."""


class Fact(NamedTuple):
    """One more figure, and the most that it may be."""

    name: str
    value: float
    unit: str
    limit: float


def facts(contenders: Mapping[str, Contender]) -> list[Fact]:
    """Return what is reported about the agent with 1,000 entries, if that is among the contenders."""
    contender = contenders.get(BY_AGENT_1_000)
    if contender is None:
        return []
    crowds = [slowest_of(contender, CROWD) / slowest_of(contenders[FLOOR], CROWD) for _ in range(_CROWDS)]
    return [
        Fact(
            f"the slowest of {CROWD} gets by agent at once, to that of {FLOOR}",
            statistics.median(crowds),
            "times",
            CROWD_FACTOR,
        ),
        Fact("memory of an agent with 1,000 entries", agent_mebibytes(contender), "MiB", AGENT_MEMORY),
    ]


def medians(attempts: Sequence[Sequence[Fact]]) -> list[Fact]:
    """Return each fact with the median of what attempts found."""
    return [
        same[0]._replace(value=statistics.median(fact.value for fact in same))
        for same in zip(*attempts, strict=True)
    ]


def agent_mebibytes(contender: Contender) -> float:
    """Return the peak memory of the agent that serves this contender, in 10^6 bytes."""
    command = [str(LAUNCHER), "agent", "status", "--json"]
    said = subprocess.run(command, env=contender.environment, capture_output=True, check=True).stdout
    status = Path(f"/proc/{json.loads(said)['pid']}/status").read_text(encoding="ascii")
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(peak.split()[1]) / 1024


def slowest_of(contender: Contender, count: int) -> float:
    """Start so many calls at once and return the most seconds that one took; each must answer rightly."""
    slowest = 0.0
    with at_most(PATIENCE), ExitStack() as stack, DefaultSelector() as selector:
        for _ in range(count):
            started = start(contender, os.devnull)
            output = stack.enter_context(os.fdopen(started.output, "rb"))
            selector.register(output, EVENT_READ, (started, output))
        while selector.get_map():
            for key, _ in selector.select():
                started, output = key.data
                selector.unregister(output)
                answer = output.read()
                _, status = os.waitpid(started.process, 0)
                slowest = max(slowest, perf_counter() - started.at)
                if status or not contender.is_answered_by(answer):
                    raise SystemExit(f"one of {count} calls at once was not answered rightly")
    return slowest

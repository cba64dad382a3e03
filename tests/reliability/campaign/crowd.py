"""Many processes at once: writers keep entries of their own, and readers are answered meanwhile.

Three crowds, each in a home of its own: all calls go to the agent; there is none; or some calls go to it
and some do not, while other entries are rejected and removed. Each call is the installed launcher. Where the
machine computes for others meanwhile, a call may take longer by as many times (`times_busy`).
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from reliability.campaign.row import Row, Trial, main
from support.agents import FOUND, REQUEST, AgentProgram, agent_program
from support.checks import keep
from support.program import AZURE_TOKEN, FABRIKAM, NO_AGENT, REAL_START, Run, attributes

from git_credential_pat.backends.vault import VaultBackend
from git_credential_pat.git.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

STORES = 5
"""The stores of each writer."""
READERS = 4
ENDING = 8
"""Entries that are rejected meanwhile, and as many that are removed."""
DONE = Run(0, b"", "")
BY_AGENT: Mapping[str, str] = REAL_START
ALONE = {**NO_AGENT, **REAL_START, "XDG_CACHE_HOME": "/nonexistent"}
"""The environment of a call that neither asks an agent nor starts one."""

Kept = tuple[str, bytes, str]
"""An entry's organization, secret and state."""


@dataclass(frozen=True)
class Crowd:
    """How calls are made, and how long one may take."""

    name: str
    ways: tuple[Mapping[str, str], ...]
    """The environments of the calls, in turn."""
    limit: float
    """Seconds."""
    changes_others: bool = False


CROWDS = (
    Crowd("agent", (BY_AGENT,), 5.0),
    Crowd("alone", (ALONE,), 10.0),
    Crowd("mixed", (BY_AGENT, ALONE), 10.0, changes_others=True),
)


@dataclass(frozen=True)
class Call:
    """A call: the figure that counts it, its words and standard input, and how it must end."""

    figure: str
    words: tuple[str, ...]
    given: bytes = b""
    expected: Run = DONE


@dataclass(frozen=True)
class Called:
    """How a call ended, and for how long its caller waited."""

    call: Call
    run: Run
    seconds: float


def approval(name: str) -> bytes:
    """Return what Git says of a token that an organization's host has taken, or has refused."""
    place = ("protocol=https", "host=dev.azure.com", f"path={name}/web/_git/web")
    return attributes(*place, "username=pat", f"password=token-{name}")


def storing(writer: int) -> Iterator[Call]:
    """Keep the entries of one writer."""
    for number in range(STORES):
        yield Call("stores", ("store",), approval(f"org-{writer}-{number}"))


def rejecting() -> Iterator[Call]:
    """Report each token of some entries as refused by its host."""
    for number in range(ENDING):
        yield Call("erasures", ("erase",), approval(f"bad-{number}"))


def removing() -> Iterator[Call]:
    """Remove some entries."""
    for number in range(ENDING):
        url = f"https://dev.azure.com/old-{number}"
        said = f"Removed the token for {url}. It still works until revoked at {url}/_usersSettings/tokens\n"
        yield Call("removals", ("remove", "--yes", url), expected=Run(0, said.encode(), ""))


def reading(goes_on: Callable[[], bool]) -> Iterator[Call]:
    """Ask for the entry that was there before, as long as others write."""
    yield Call("reads", ("get",), REQUEST, FOUND)
    while goes_on():
        yield Call("reads", ("get",), REQUEST, FOUND)


def made(program: AgentProgram, crowd: Crowd, caller: int, calls: Iterator[Call]) -> list[Called]:
    """Make the calls of one caller, one after the other."""
    done = []
    for number, call in enumerate(calls, caller):
        begun = time.monotonic()
        way = crowd.ways[number % len(crowd.ways)]
        run = program.run(*call.words, stdin=call.given, environment=way)
        done.append(Called(call, run, time.monotonic() - begun))
    return done


def everything(program: AgentProgram, crowd: Crowd, writers: int) -> list[Called]:
    """Let all calls of a crowd loose at once; return how each ended."""
    changing = [storing(writer) for writer in range(writers)]
    if crowd.changes_others:
        changing += [rejecting(), removing()]
    with ThreadPoolExecutor(len(changing) + READERS) as pool:
        work = [pool.submit(made, program, crowd, number, calls) for number, calls in enumerate(changing)]
        changes = tuple(work)

        def goes_on() -> bool:
            return not all(change.done() for change in changes)

        work += [pool.submit(made, program, crowd, reader, reading(goes_on)) for reader in range(READERS)]
        return list(chain.from_iterable(done.result() for done in work))


def expected_entries(crowd: Crowd, writers: int) -> Iterable[Kept]:
    """Return what must be kept in the end."""
    yield "fabrikam", AZURE_TOKEN.encode(), "active"
    for writer in range(writers):
        for number in range(STORES):
            yield f"org-{writer}-{number}", f"token-org-{writer}-{number}".encode(), "active"
    for number in range(ENDING if crowd.changes_others else 0):
        yield f"bad-{number}", f"token-bad-{number}".encode(), "rejected"


def kept_entries(program: AgentProgram) -> Iterable[Kept]:
    """Return what is kept, as a process sees it that opens the vault anew."""
    for entry in VaultBackend(Settings(str(program.data), str(program.key.parent))).entries():
        yield entry.scope.path[0].decode(), entry.secret, entry.state


def machine_seconds() -> float:
    """Return for how long processors have computed, whoever it was for."""
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system, _idle, _waiting, irq, softirq, stolen = map(int, file.readline().split()[1:9])
    return (user + nice + system + irq + softirq + stolen) / os.sysconf("SC_CLK_TCK")


def own_seconds(agent: int | None) -> float:
    """Return for how long they have computed for this process, its children that have ended, and an agent."""
    times = os.times()
    own = times.user + times.system + times.children_user + times.children_system
    if agent is None:
        return own
    fields = Path(f"/proc/{agent}/stat").read_text(encoding="utf-8").rpartition(") ")[2].split()
    return own + sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")  # utime and stime, proc(5)


def gather(trial: Trial, crowd: Crowd, writers: int) -> None:
    """Let one crowd loose, and see that each call ended as it should and nothing was lost."""
    with agent_program() as program:
        keep(program, FABRIKAM)
        for number in range(ENDING if crowd.changes_others else 0):
            for name in (f"bad-{number}", f"old-{number}"):
                keep(program, f"https://dev.azure.com/{name}", f"token-{name}")
        agent = program.start() if BY_AGENT in crowd.ways else None
        machine, own = machine_seconds(), own_seconds(agent)
        calls = everything(program, crowd, writers)
        busy = max(1.0, (machine_seconds() - machine) / (own_seconds(agent) - own))
        trial.worst("times_busy", busy)
        for called in calls:
            figure = called.call.figure
            trial.count(figure)
            breach = "failed_reads" if figure == "reads" else "failed_changes"
            trial.require(called.run == called.call.expected, breach, f"{crowd.name}: {called}")
            trial.worst(f"worst_seconds_{crowd.name}", called.seconds)
            trial.require(called.seconds <= crowd.limit * busy, "late", f"{crowd.name}: {called}")
        expected, kept = Counter(expected_entries(crowd, writers)), Counter(kept_entries(program))
        trial.require(not expected - kept, "lost", f"{crowd.name}: lost {[*(expected - kept)]}")
        trial.require(not kept - expected, "unwanted", f"{crowd.name}: has {[*(kept - expected)]}")
        status = program.status()
        trial.require((status.pid if status else None) == agent, "other_agents", f"{status}, not {agent}")


def attack(trial: Trial) -> None:
    """Let the crowds loose, one after the other."""
    for crowd in CROWDS:
        gather(trial, crowd, trial.size)


ROW = Row(
    promise="of many processes at once none loses an entry, none fails, none waits over 5 s (10 s: no agent)",
    attack=attack,
    ci=12,
    full=64,
    tried=("stores", "reads", "erasures", "removals"),
    breaches=("lost", "unwanted", "failed_reads", "failed_changes", "late", "other_agents"),
    measured=(*(f"worst_seconds_{crowd.name}" for crowd in CROWDS), "times_busy"),
)

if __name__ == "__main__":
    sys.exit(main(ROW))

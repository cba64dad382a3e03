"""Clocks that jump and clocks that are wrong: no expired token is answered, and every good one is.

First in this process, with the time as an argument; then by an agent that lives through the jumps, whose time
libfaketime makes. That it does is seen in what it answers.
"""

from __future__ import annotations

import re
import sys
import time
from typing import TYPE_CHECKING

from reliability.campaign.row import Row, Trial, main
from support.agents import AgentProgram, agent_program, in_foreground
from support.checks import keep
from support.core import ask
from support.faked_clock import LIBFAKETIME
from support.memory_backend import MemoryBackend
from support.program import attributes

from git_credential_pat.git.settings import Settings
from git_credential_pat.model.entry import DAY, SECOND, Entry, Nanoseconds, Seconds
from git_credential_pat.model.scope import Scope

if TYPE_CHECKING:
    from pathlib import Path

YEARS = 10 * 365 * DAY
SETTINGS = Settings("/nonexistent/data", "/nonexistent/config")
FABRIKAM = Scope(b"https", b"dev.azure.com", (b"fabrikam",))
LINES = ("protocol=https", "host=dev.azure.com", "path=fabrikam/web/_git/web")
REQUEST = attributes(*LINES)
MOMENTS = (0, 1, DAY, 1_893_456_000, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**33)
"""Seconds since 1970 around which clocks stand: the first day, 2030, where 31 and 32 bits end, and later."""
OFFSETS = (0, 1, 59, DAY - 1, DAY, 7 * DAY, YEARS)
USERS = (b"", b"jane", b"joe")
NEGATIVE = re.compile(r"-\d+ days?\b|\bin -")


def attack(trial: Trial) -> None:
    """Try expiries around many moments, then jumps between operations, then an agent."""
    while trial.figures["answers"] < trial.size:
        look(trial)
        jump(trial)
    with agent_program() as program:
        living_agent(trial, program)


def moment(trial: Trial) -> int:
    """Return a time in nanoseconds, before 1970 too."""
    near = trial.chance.choice(MOMENTS) + trial.chance.choice((-1, 1)) * trial.chance.choice(OFFSETS)
    return near * SECOND + trial.chance.choice((-1, 0, 1, SECOND // 2, SECOND - 1))


def look(trial: Trial) -> None:
    """Ask for tokens that expire around now: the answer must be one that does not, if there is any."""
    now = moment(trial)
    entries = []
    for user in trial.chance.sample(USERS, trial.chance.randint(1, len(USERS))):
        away = trial.chance.choice(OFFSETS) * trial.chance.choice((-1, 1))
        expires = Seconds(max(0, now // SECOND + away)) if trial.chance.random() < 0.9 else None
        kept = Nanoseconds(max(0, now + trial.chance.choice((-1, 0, 1)) * YEARS * SECOND))
        entries.append(Entry(FABRIKAM, user, b"canary-" + user, created=kept, updated=kept, expires=expires))
    given = ask("get", REQUEST, MemoryBackend(entries), SETTINGS, now)
    good = [entry for entry in entries if entry.expires is None or entry.expires * SECOND > now]
    answered = [entry for entry in entries if b"password=" + entry.secret + b"\n" in given.output]
    trial.require(
        all(entry in good for entry in answered), "expired_answered", f"at {now} of {entries}: {answered}"
    )
    trial.require(len(answered) == min(1, len(good)), "lost", f"at {now} of {entries}: {given.output!r}")
    said = " ".join(given.notices)
    trial.require(not NEGATIVE.search(said), "nonsense", f"at {now}: {said}")
    trial.count("answers")


def jump(trial: Trial) -> None:
    """Keep, use and reject a token while the clock jumps: what was kept last answers, whatever it is."""
    backend = MemoryBackend()
    for number in range(3):
        token = b"canary-%d" % number
        keeping = attributes(*LINES, "username=pat", f"password={token.decode()}")
        expires = trial.chance.choice((None, *OFFSETS[1:]))
        now = max(0, moment(trial))
        if expires:
            keeping = keeping[:-1] + b"password_expiry_utc=%d\n\n" % (now // SECOND + expires)
        ask("store", keeping, backend, SETTINGS, now)
        given = ask("get", REQUEST, backend, SETTINGS, now)
        trial.require(
            b"password=" + token + b"\n" in given.output, "lost", f"stored at {now}, and not answered"
        )
        later = max(0, moment(trial))
        given = ask("get", REQUEST, backend, SETTINGS, later)
        is_good = expires is None or (now // SECOND + expires) * SECOND > later
        name = "lost" if is_good else "expired_answered"
        trial.require(bool(given.output) == is_good, name, f"kept at {now} for {expires} s, asked at {later}")
        trial.count("jumps")
    erased = max(0, moment(trial))
    ask("erase", keeping, backend, SETTINGS, erased)
    given = ask("get", REQUEST, backend, SETTINGS, max(0, moment(trial)))
    trial.require(not given.output, "expired_answered", f"a token that was rejected at {erased} is answered")
    trial.require(len(backend.entries()) == 1, "lost", f"what was rejected at {erased} is not put aside")


def living_agent(trial: Trial, program: AgentProgram) -> None:
    """Have an agent answer while its clock jumps to and fro."""
    clock = program.home.with_name("clock")
    set_clock(clock, 0)
    start = int(time.time())
    keep(program, "https://dev.azure.com/fabrikam", "canary-token", expires=start + DAY)
    keep(program, "https://dev.azure.com/contoso", "canary-other")
    with in_foreground(
        program, environment={**LIBFAKETIME, "FAKETIME_NO_CACHE": "1", "FAKETIME_TIMESTAMP_FILE": str(clock)}
    ):
        unlock(program)
        for _ in range(max(8, trial.size // 500)):
            away = trial.chance.choice((-YEARS, -DAY, -1, 0, DAY - 60, DAY + 60, YEARS, 2 * YEARS))
            set_clock(clock, away)
            found = program.by_agent("get", REQUEST)
            assert found is not None, "the agent answers no more"
            is_good = away < DAY
            name = "lost" if is_good else "expired_answered"
            answered = b"password=canary-token\n" in found.stdout
            trial.require(answered == is_good, name, f"an agent at {away:+d} s: {found}")
            trial.require(not NEGATIVE.search(found.stderr), "nonsense", f"{away:+d}: {found}")
            trial.count("agent_calls")


def unlock(program: AgentProgram) -> None:
    """Have a call that goes the full way give the agent the key."""
    run = program.run("get", stdin=REQUEST)
    assert run.status == 0, run


def set_clock(file: Path, away: int) -> None:
    """Set the agent's clock, whole at once."""
    other = file.with_name("clock.other")
    other.write_text(f"{away:+d}\n", encoding="ascii")
    other.replace(file)


ROW = Row(
    promise="with a clock that is wrong or jumps, no expired token is answered, and every good one is",
    attack=attack,
    ci=4_000,
    full=50_000,
    tried=("answers", "jumps", "agent_calls"),
    breaches=("expired_answered", "lost", "nonsense"),
    needs=("faketime",),
)

if __name__ == "__main__":
    sys.exit(main(ROW))

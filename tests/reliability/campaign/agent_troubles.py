"""Whatever happens to the agent, every `get` is answered rightly, and soon.

It is killed and stopped, processes that answer wrongly lie in its place, it is asked by 200 calls at once and
by clients that send garbage, after which it must be the same process as before, and take little memory. Each
trouble has an agent of its own. What slow clients and those of other versions do, tests/agent tries.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import cycle, islice
from threading import Lock
from typing import TYPE_CHECKING

from reliability.campaign.row import Row, Trial, main
from support.agents import (
    FOUND,
    REQUEST,
    AgentProgram,
    agent_program,
    eventually,
    frozen,
    is_gone,
    megabytes,
)
from support.checks import keep
from support.fake_agents import QUICK, fake_agent
from support.program import FABRIKAM, Run, attributes

from git_credential_pat.agent import BODY_LIMIT, FAMILY, OPENING, pack
from git_credential_pat.agent.identity import standing

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

LIMIT = 5.0
"""Seconds in which every call must be answered."""
MEMORY = 80.0
"""Megabytes that the agent of a small vault may take, whatever clients send."""
OPEN = 100
"""Clients with garbage whose connections stay open."""

OTHER = attributes("protocol=https", "host=dev.azure.com", "path=contoso/web/_git/api")
ELSEWHERE = b"protocol=https\nhost=git.example.com\nusername=jane\npassword=garbage\n\n"
KEPT = Run(0, b"", "")
NO_AGENT_THERE = {"XDG_CACHE_HOME": "/nonexistent"}
"""Environment of a call that asks no agent."""


class Asker:
    """Asks a program for its token, and sees that each answer is right and soon."""

    def __init__(self, trial: Trial, program: AgentProgram) -> None:
        self.trial = trial
        self.program = program
        self._counting = Lock()

    def ask(self, meanwhile: str, request: bytes = REQUEST, expected: Run = FOUND) -> None:
        """Ask once."""
        begun = time.monotonic()
        run = self.program.run("get", stdin=request)
        seconds = time.monotonic() - begun
        with self._counting:
            self.trial.count("gets")
            self.trial.worst("worst_seconds", seconds)
        self.trial.require(run == expected, "wrong_answers", f"{meanwhile}: {run}")
        self.trial.require(seconds <= LIMIT, "late", f"{meanwhile}: answered after {seconds:.1f} s")

    def ask_at_once(self, times: int, meanwhile: str) -> None:
        """Ask as many times at once."""
        with ThreadPoolExecutor(times) as pool:
            list(pool.map(lambda _: self.ask(meanwhile), range(times)))

    def ask_agent(self, pid: int, after: str) -> None:
        """See that the agent is the one of before, and answers."""
        run = self.program.by_agent("get")
        size = megabytes(pid)
        self.trial.worst("worst_megabytes", size)
        self.trial.require(not is_gone(pid), "ended_agents", f"it ended after {after}")
        self.trial.require(run == FOUND, "held_up", f"the agent does not answer beside {after}: {run}")
        self.trial.require(size <= MEMORY, "bloated_agents", f"it takes {size:.0f} MB after {after}")


def kills(asker: Asker, times: int) -> Iterable[None]:
    """Kill agents at moments of chance, while eight callers ask again and again."""
    trial, program = asker.trial, asker.program
    with ThreadPoolExecutor(8) as pool:
        goes_on = True

        def ask_on() -> None:
            while goes_on:
                asker.ask("an agent was killed")

        asking = [pool.submit(ask_on) for _ in range(8)]
        try:
            for _ in range(times):
                time.sleep(trial.chance.uniform(0, 0.2))
                eventually(lambda: program.status() is not None, "a call starts an agent", 30)
                status = program.status()
                if status is not None:
                    os.kill(status.pid, signal.SIGKILL)
                    yield
        finally:
            goes_on = False
        for work in asking:
            work.result()


def stops(asker: Asker, times: int) -> Iterable[None]:
    """Stop the agent while calls ask it, and while one keeps a token that is replaced before it goes on."""
    program = asker.program
    for number in range(times):
        newer = f"newer-{number}"
        with frozen(program.start()), ThreadPoolExecutor(1) as pool:
            asking = pool.submit(asker.ask_at_once, 4, "the agent is stopped")
            stored = store(program, "of-before", {}), store(program, newer, NO_AGENT_THERE)
            asking.result()
        asker.trial.require(stored == (KEPT, KEPT), "wrong_answers", f"stores: {stored}")
        asker.ask("the agent goes on")
        asker.ask("the agent goes on", OTHER, Run(0, f"username=pat\npassword={newer}\n".encode(), ""))
        yield


def store(program: AgentProgram, token: str, environment: Mapping[str, str]) -> Run:
    """Have a token of the other organization kept, as Git does it."""
    approval = OTHER[:-1] + f"username=pat\npassword={token}\n\n".encode()
    return program.run("store", stdin=approval, environment=environment)


def bad_agents(asker: Asker, times: int) -> Iterable[None]:
    """Listen in the agent's place, and answer wrongly."""
    for name, behave in islice(cycle(QUICK.items()), times):
        with fake_agent(asker.program, behave):
            asker.ask(f"what listens in its place does: {name}")
        asker.program.socket.unlink()
        yield


def parallel_gets(asker: Asker, times: int) -> Iterable[None]:
    """Ask from all sides at once."""
    pid = asker.program.start()
    asker.ask_at_once(times, f"{times} ask at once")
    asker.ask_agent(pid, f"{times} calls at once")
    yield from [None] * times


def garbage_messages(asker: Asker, times: int) -> Iterable[None]:
    """Send garbage; end the connection, half of it, or leave it open."""
    chance, frames = asker.trial.chance, good_frames(asker.program)
    pid = asker.program.start()
    with ExitStack() as stack:
        for number in range(times):
            connection = stack.enter_context(connected(asker))
            data = garbage(chance, frames)
            end = chance.choice((socket.SHUT_WR, socket.SHUT_RDWR, None))
            try:
                connection.sendall(data)
                if end is not None:
                    connection.shutdown(end)
                    connection.recv(65_536)
            except OSError:  # dropped at the first wrong byte
                connection.close()
            if number % OPEN == OPEN - 1:
                asker.ask_agent(pid, f"message {number} of garbage, {data[:200]!r}")
                stack.close()
            yield
        asker.ask_agent(pid, f"{times} messages of garbage")


@contextmanager
def connected(asker: Asker) -> Iterator[socket.socket]:
    """Connect to the agent, which must be there."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(LIMIT)
        try:
            connection.connect(str(asker.program.socket))
        except OSError as error:
            asker.trial.breach("ended_agents", f"nobody listens: {error}")
        yield connection


def good_frames(program: AgentProgram) -> Sequence[bytes]:
    """Return frames that the agent understands, none of which changes what a `get` answers."""
    stand = standing(program.bare_environment, ())
    assert stand is not None
    vault = os.fsencode(program.vault)
    asking = pack(b"get", stand, b"", REQUEST)
    changing = (pack(operation, stand, ELSEWHERE) for operation in (b"store", b"erase"))
    return (asking, *changing, pack(b"key", vault), pack(b"unlock", vault, bytes(32)), pack(b"status"))


def garbage(chance: random.Random, frames: Sequence[bytes]) -> bytes:
    """Return bytes of chance; never the opening of another version, which ends an agent."""
    while True:
        data = chance.choice(WAYS)(chance, chance.choice(frames))
        if data.startswith(OPENING) or not data.startswith(FAMILY):
            return data


def changed(chance: random.Random, frame: bytes) -> bytes:
    data = bytearray(frame)
    for _ in range(chance.choice((1, 1, 2, 8))):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data)


def any_length(chance: random.Random) -> bytes:
    return chance.choice((*LENGTHS, chance.randrange(2**32))).to_bytes(4, "big")


LENGTHS = (0, 1, 3, 4, 5, 255, 65_536, BODY_LIMIT - 1, BODY_LIMIT, BODY_LIMIT + 1, 2**31, 2**32 - 1)
WORDS = (b"get", b"store", b"key", b"unlock", b"status", b"", b"\xff\0", b"_answer", b"x" * 70_000)
AT = len(OPENING) + 4
"""Where the first field's length begins."""
WAYS: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    changed,
    lambda chance, _frame: chance.randbytes(chance.choice((0, 1, 30, 300, 100_000))),
    lambda chance, frame: OPENING + any_length(chance) + chance.choice((b"", frame[AT:], bytes(200_000))),
    lambda chance, frame: frame[:AT] + any_length(chance) + frame[AT + 4 :],
    lambda chance, frame: frame[: chance.randrange(len(frame))],
    lambda chance, frame: frame + chance.choice((frame, chance.randbytes(40))),
    lambda chance, _frame: pack(*chance.choices(WORDS, k=chance.randrange(6))),
)
"""Ways to make garbage, most of them of a good frame."""

TROUBLES: dict[Callable[[Asker, int], Iterable[None]], Callable[[int], int]] = {
    garbage_messages: lambda size: size,
    parallel_gets: lambda size: size // 5,
    bad_agents: lambda size: size // 10,
    kills: lambda size: size // 20,
    stops: lambda size: 1 + size // 200,
}
"""The troubles, and how often each comes for the size of the row, which counts messages of garbage."""


def attack(trial: Trial) -> None:
    """Make the troubles, one after the other."""
    for trouble, times in TROUBLES.items():
        with agent_program() as program:
            keep(program, FABRIKAM)
            for _ in trouble(Asker(trial, program), times(trial.size)):
                trial.count(trouble.__name__)


ROW = Row(
    promise="whatever happens to the agent, every get is answered rightly within 5 s",
    attack=attack,
    ci=100,
    full=1000,
    tried=("gets", *(trouble.__name__ for trouble in TROUBLES)),
    breaches=("wrong_answers", "late", "held_up", "ended_agents", "bloated_agents"),
    measured=("worst_seconds", "worst_megabytes"),
)

if __name__ == "__main__":
    sys.exit(main(ROW))

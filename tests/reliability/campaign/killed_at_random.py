"""`kill -9` at random moments: of processes that only commit, and of agents that do it for their clients.

Each store keeps the next number in place of the one before. Whatever is killed, the vault opens, holds
the entry beside it, and the last number that was confirmed or the one after it.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from reliability.campaign.row import Row, Trial, main
from support.agents import NEEDS_GIT, NO_GIT, AgentProgram, agent_program
from support.program import LAUNCHER
from support.vaults import Place, approved_token, killed_count, store, token

from git_credential_pat.backends.vault import VaultBackend
from git_credential_pat.errors import PatError
from git_credential_pat.git.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OTHER = token("contoso", b"other")
REQUEST = b"protocol=https\nhost=dev.azure.com\npath=fabrikam/_git/web\n"
BURST = 0.05
"""Seconds within which a process that only commits is killed."""


class Kill(NamedTuple):
    """What came of a kill."""

    amid: bool
    """Whether the process had not ended by itself."""
    within: bool
    """Whether it left a temporary, and so was within a commit."""
    figure: str = ""
    """The breach, if there is one, and `wrong` says what it is."""
    wrong: str = ""


class Numbers:
    """A vault in which one entry is a number that each store raises."""

    def __init__(self, data: Path, config: Path) -> None:
        self._data = data
        self._settings = Settings(str(data), str(config))
        self.last = 0
        store(VaultBackend(self._settings), approved_token("fabrikam", b"0"), OTHER)

    def after_kill(self, confirmed: int, *, amid: bool) -> Kill:
        """Look what a kill left, when numbers up to `confirmed` were said to be kept."""
        within = any(path.name.startswith(".vault-") for path in self._data.iterdir())
        try:
            other, entry = VaultBackend(self._settings).entries()
        except (PatError, ValueError) as error:
            return Kill(amid, within, "damaged", str(error))
        held = int(entry.secret)
        if other != OTHER or held not in (confirmed, confirmed + 1):
            return Kill(amid, within, "lost", f"{confirmed} was confirmed, and the vault holds {held}")
        self.last = held
        return Kill(amid, within)


def attack(trial: Trial) -> None:
    """Kill processes and agents, each kind in its own vault."""
    kinds: tuple[tuple[Callable[[int, random.Random], Iterator[Kill]], int], ...] = (
        (agents, trial.size // 4),
        (processes, trial.size - trial.size // 4),
    )
    chances = [random.Random(f"{trial.seed} {kind.__name__}") for kind, _ in kinds]
    with ThreadPoolExecutor(2) as threads:
        running = [
            threads.submit(up_to_a_breach, kind(kills, chance))
            for (kind, kills), chance in zip(kinds, chances, strict=True)
        ]
        for (kind, _), run in zip(kinds, running, strict=True):
            for kill in run.result():
                trial.count("kills")
                trial.count("amid", kill.amid)
                trial.count("within", kill.within)
                trial.require(not kill.figure, kill.figure, f"{kind.__name__}: {kill.wrong}")


def up_to_a_breach(kills: Iterator[Kill]) -> list[Kill]:
    """Return kills up to the first that broke something, after which a vault is good for nothing more."""
    done = []
    for kill in kills:
        done.append(kill)
        if kill.figure:
            break
    return done


def processes(kills: int, chance: random.Random) -> Iterator[Kill]:
    """Kill processes that raise the number again and again, and say each one that is kept."""
    with TemporaryDirectory(prefix="pat-") as folder:
        place = Place(Path(folder))
        numbers = Numbers(place.data, place.config)
        for _ in range(kills):
            said, status = killed_count(place, "fabrikam", chance.uniform(0, BURST))
            yield numbers.after_kill(said[-1] if said else numbers.last, amid=status < 0)
        yield from _at_last(place)


def agents(kills: int, chance: random.Random) -> Iterator[Kill]:
    """Kill agents while they store, some for clients that cannot do it themselves; read by the next agent."""
    with agent_program() as program:
        numbers = Numbers(program.data, program.key.parent)
        for _ in range(kills):
            answered(program)
            agent, alone = program.pid(), chance.choice(({}, NO_GIT))
            with client(numbers.last + 1, {**program.environment, **alone}) as process:
                time.sleep(chance.uniform(0, BURST))
                os.kill(agent, signal.SIGKILL)
                amid = process.poll() is None
                said = process.communicate()[1].decode()
            kill = numbers.after_kill(numbers.last + (process.returncode == 0), amid=amid)
            refused = process.returncode and not (alone and said == NEEDS_GIT)
            yield kill._replace(figure="lost", wrong=said) if refused and not kill.figure else kill
            seen = [answered(program), answered(program)]
            if seen != [numbers.last] * 2:
                wrong = f"the next agents answered {seen}, not {numbers.last}"
                yield kill._replace(figure="lost", wrong=wrong)


def answered(program: AgentProgram) -> int:
    """Return the number that a `get` answers; it starts an agent if there is none, and is answered by one."""
    lines = program.run("get", stdin=REQUEST + b"\n").stdout.splitlines()
    return next((int(line[9:]) for line in lines if line.startswith(b"password=")), -1)


@contextmanager
def client(number: int, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Give a launcher that stores a number, whose request is sent; it is waited for."""
    with subprocess.Popen(
        [str(LAUNCHER), "store"],
        env=environment,
        cwd="/",
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin
        process.stdin.write(REQUEST + b"username=pat\npassword=%d\n\n" % number)
        process.stdin.flush()
        yield process


def _at_last(place: Place) -> Iterator[Kill]:
    """Store another entry, by which every temporary must go."""
    store(place.backend(), token("northwind"))
    if place.temporaries():
        wrong = f"the next store left {place.temporaries()}"
        yield Kill(amid=False, within=True, figure="lost", wrong=wrong)


ROW = Row(
    promise="a process that is killed at any moment damages nothing and loses nothing that was confirmed",
    attack=attack,
    ci=72,
    full=600,
    tried=("kills", "amid", "within"),
    breaches=("damaged", "lost"),
)

if __name__ == "__main__":
    sys.exit(main(ROW))

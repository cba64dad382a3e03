"""Keys that are not to be had: each command says so within 3 s, and asks nobody who may not be asked.

The key lies in a real gnome-keyring that is locked, hangs, is not there or out of reach; or a passphrase is
needed where nobody can be asked. What is asked on a terminal, tests/commands/test_vault_passphrase.py tries.
Where an answer comes too late it is asked for again, and what others have the machine do is left out.
"""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, TypeVar

from reliability.campaign.row import Row, Trial, main
from support.agents import ANSWER, PHRASE, AgentProgram, agent_program, in_foreground
from support.program import AZURE_TOKEN, FABRIKAM, NO_AGENT, OTHER_AZURE_TOKEN, REAL_START, Run, attributes
from support.secret_service import SecretService, bus, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

Case = TypeVar("Case")

SECONDS = 3.0
TRIES = 3
START = 0.3
"""Seconds that a call takes on a machine that does nothing else."""
LOCKED = 3
"""The exit status."""
AT_ONCE = 2
LINES = ("protocol=https", "host=dev.azure.com", "path=fabrikam/web/_git/web")
REQUEST = attributes(*LINES)
COMMANDS: dict[str, tuple[list[str], bytes]] = {
    "get": (["get"], REQUEST),
    "store": (["store"], attributes(*LINES, "username=pat", f"password={OTHER_AZURE_TOKEN}")),
    "erase": (["erase"], REQUEST),
    "list": (["list"], b""),
    "token": (["token", FABRIKAM], b""),
    "unlock": (["unlock"], b"not the passphrase\n"),
    "seed": (["seed", FABRIKAM, "--no-verify", "--no-configure"], f"{OTHER_AZURE_TOKEN}\n".encode()),
    "info": (["vault", "info"], b""),
    "add-slot": (["vault", "add-slot", "keyfile"], b"not the passphrase\n"),
}
OF_GIT = ("get", "store", "erase")
OF_VAULT = ("info", "add-slot")
MAY_SHOW_WINDOW = ("unlock", "add-slot")
"""Commands at which the keyring's own window is what their user wants, unless it is forbidden."""
FORBIDDING: tuple[dict[str, str], ...] = (
    {},
    {"GIT_TERMINAL_PROMPT": "0"},
    {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "pat.prompt", "GIT_CONFIG_VALUE_0": "never"},
)
"""What says that nobody may be asked; the first, where there is no terminal, is nothing."""


@dataclass(frozen=True)
class Call:
    """A command without a terminal."""

    home: AgentProgram
    command: str
    case: str
    """What a message names it."""
    variables: dict[str, str]

    def run(self) -> Run:
        arguments, stdin = COMMANDS[self.command]
        finished = subprocess.run(
            [str(self.home.launcher), *arguments],
            input=stdin,
            env={**self.home.environment, **self.variables},
            cwd=self.home.home,
            capture_output=True,
            start_new_session=True,  # which has no terminal
            timeout=2 * SECONDS,
            check=False,
        )
        return Run(finished.returncode, finished.stdout, finished.stderr.decode())

    def soonest(self) -> tuple[Run, float, bool]:
        """Call, again where it takes too long; return the least seconds, and if the vault is the same."""
        vault = self.home.vault
        before = vault.read_bytes() if vault.exists() else b""
        seconds: list[float] = []
        while len(seconds) < TRIES and min(seconds, default=2 * SECONDS) > SECONDS:
            start = time.monotonic()
            try:
                run = self.run()
            except subprocess.TimeoutExpired as late:
                return Run(-1, b"", "it does not end"), late.timeout, True
            seconds.append(time.monotonic() - start)
        spent = min(seconds)
        is_same = (vault.read_bytes() if vault.exists() else b"") == before
        return run, spent - (others_share(self.home) if spent > SECONDS else 0), is_same


def others_share(home: AgentProgram) -> float:
    """Return the seconds that the machine's other work costs a call that has nothing to wait for."""
    start = time.monotonic()
    home.run("list", environment={**NO_AGENT, **REAL_START, "DBUS_SESSION_BUS_ADDRESS": ""})
    return max(0, time.monotonic() - start - START)


def refused(trial: Trial, call: Call, end: tuple[Run, float, bool]) -> str:
    """Return the one line of a call's refusal after looking at all else."""
    run, seconds, is_same = end
    trial.worst("worst_seconds", seconds)
    trial.require(seconds <= SECONDS, "late", f"{call.case}: {seconds:.1f} s")
    trial.require(run.status == LOCKED, "statuses", f"{call.case}: {run}")
    trial.require(call.command == "info" or not run.stdout, "statuses", f"{call.case} printed: {run}")
    line = run.stderr.removeprefix("git-credential-pat: ")
    clear = line != run.stderr and line.endswith("\n") and line.count("\n") == 1 and "; " in line
    trial.require(clear and "internal error" not in line, "unclear", f"{call.case}: {run.stderr!r}")
    trial.require(is_same, "changed", f"{call.case} wrote the vault")
    return line


@contextmanager
def locked(service: SecretService) -> Iterator[None]:
    service.lock()
    yield
    service.unlock()


@contextmanager
def stopped(service: SecretService) -> Iterator[None]:
    service.stop()
    yield
    service.cont()


@dataclass(frozen=True)
class State:
    """What is wrong with a keyring, and what the message must say."""

    said: str
    spoil: Callable[[SecretService], AbstractContextManager[object]] = nullcontext
    address: str | None = None
    """The bus's address in place of the keyring's own."""


STATES = {
    "locked": State("Secret Service is locked; ", locked),
    "no D-Bus": State("Secret Service cannot be reached, as there is no D-Bus session; ", address=""),
    "dead bus": State("Secret Service is not running; ", address="unix:path=/nonexistent"),
    "not running": State("Secret Service is not running; ", address="bare"),
    "hung": State("Secret Service does not answer; ", stopped),
    "hung bus": State("Secret Service does not answer; ", lambda service: service.hung_bus()),
}


def some(trial: Trial, cases: Sequence[Case]) -> list[Case]:
    """Return all cases at the full size, and a part of them at a smaller."""
    return trial.chance.sample(cases, round(len(cases) * min(1, trial.size / ROW.full)))


def closed_keyring(trial: Trial, service: SecretService, bare: str, homes: dict[str, AgentProgram]) -> None:
    """Call every command in every state of the keyring: one home has a vault's key there, one the tokens."""
    for kind, home in homes.items():
        home.environment.update(NO_AGENT, DBUS_SESSION_BUS_ADDRESS=service.address)
        home.gitconfig.write_text(f"[pat]\n\tbackend = {kind}\n", encoding="utf-8")
        home.seed(FABRIKAM, AZURE_TOKEN)
    cases = [
        (name, kind, command)
        for name, kind, command in product(STATES, homes, COMMANDS)
        if kind == "vault" or command not in OF_VAULT
    ]
    cases = some(trial, cases)
    for name, state in STATES.items():
        own = {None: service.address, "bare": bare}
        address = {"DBUS_SESSION_BUS_ADDRESS": own.get(state.address, state.address or "")}
        calls = [
            Call(
                homes[kind],
                command,
                f"{command}, {kind}, keyring: {name}",
                {**FORBIDDING[command in MAY_SHOW_WINDOW or number % 3], **address},
            )
            for number, (named, kind, command) in enumerate(cases)
            if named == name
        ]
        with state.spoil(service), ThreadPoolExecutor(AT_ONCE) as threads:
            ends = list(threads.map(Call.soonest, calls))
        for call, end in zip(calls, ends, strict=True):
            said = refused(trial, call, end)
            trial.require(state.said in said, "unclear", f"{call.case}: {said}")
            trial.count("keyring")
        trial.require(not service.was_prompted, "prompts", f"a window asked, keyring: {name}")
    for home in homes.values():
        found = home.run("get", stdin=REQUEST)
        trial.require(found == Run(0, ANSWER, ""), "changed", f"the token is not what it was: {found}")


def without_terminal(trial: Trial, home: AgentProgram) -> None:
    """Call every command at a vault that a passphrase locks, where nobody can be asked; by an agent, too."""
    said = {"unlock": "no passphrase opened", "add-slot": "no passphrase opened"}
    cases = [(command, False) for command in COMMANDS] + [(command, True) for command in OF_GIT]
    for number, (command, agent) in enumerate(some(trial, cases)):
        with in_foreground(home) if agent else nullcontext():
            variables = {**({} if agent else NO_AGENT), **FORBIDDING[number % 2]}
            call = Call(home, command, f"{command}, passphrase, agent: {agent}", variables)
            line = refused(trial, call, call.soonest())
            expected = said.get(command, "is locked by a passphrase; run: git credential-pat unlock")
            trial.require(expected in line, "unclear", f"{command}: {line}")
            trial.count("passphrase")


def attack(trial: Trial) -> None:
    """Try the keyring's states, then the passphrase's."""
    with ExitStack() as stack:
        service, bare = stack.enter_context(running()), stack.enter_context(bus())
        homes = {kind: stack.enter_context(agent_program()) for kind in ("vault", "keyring")}
        closed_keyring(trial, service, bare.address, homes)
    with agent_program() as home:
        home.seed(FABRIKAM, AZURE_TOKEN)
        for words in (("add-slot", "passphrase"), ("remove-slot", "1")):
            assert home.run("vault", *words, stdin=f"{PHRASE}\n".encode()).status == 0
        without_terminal(trial, home)


ROW = Row(
    promise="a key that is not available is reported clearly within 3 s, without a question",
    attack=attack,
    ci=16,
    full=80,
    tried=("keyring", "passphrase"),
    breaches=("late", "unclear", "statuses", "prompts", "changed"),
    measured=("worst_seconds",),
    needs=("gnome-keyring", "dbus"),
)

if __name__ == "__main__":
    sys.exit(main(ROW))

"""Keys that are not to be had: each command says so within 3 s, asks nobody who may not be asked.

The key lies in a real gnome-keyring that is locked, hangs, is not there or out of reach; or a passphrase
is asked for and answered wrongly, on a real terminal whose modes must be as they were before.
"""

from __future__ import annotations

import os
import signal
import sys
import termios
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, TypeVar

from reliability.campaign.refusals import (
    COMMANDS,
    LINES,
    LOCKED,
    REQUEST,
    SECONDS,
    Call,
    refused,
    soonest,
)
from reliability.campaign.row import Row, Trial, main
from support.agents import ANSWER, PHRASE, AgentProgram, agent_program, eventually, in_foreground
from support.program import AZURE_TOKEN, FABRIKAM, NO_AGENT, Run
from support.pty_program import Script, Terminal
from support.secret_service import SecretService, bus, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

Case = TypeVar("Case")

AT_ONCE = 2
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
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
SECOND = 0.3
"""How often one signal follows another."""
QUESTION = "Passphrase of the vault"
AGAIN = "That does not open it"


@dataclass(frozen=True)
class State:
    """What is wrong with a keyring, and what the user must be told."""

    told: str
    spoil: Callable[[SecretService], AbstractContextManager[object]]
    address: str | None = None
    """The bus's address in place of the keyring's own."""


@contextmanager
def locked(service: SecretService) -> Iterator[None]:
    service.lock()
    try:
        yield
    finally:
        service.unlock()


@contextmanager
def stopped(service: SecretService) -> Iterator[None]:
    service.stop()
    try:
        yield
    finally:
        service.cont()


STATES = {
    "locked": State("Secret Service is locked; ", locked),
    "no D-Bus": State("Secret Service is out of reach, for there is no D-Bus session; ", nullcontext, ""),
    "dead bus": State("Secret Service is not running; ", nullcontext, "unix:path=/nonexistent"),
    "not running": State("Secret Service is not running; ", nullcontext, "bare"),
    "hung": State("Secret Service does not answer; ", stopped),
    "hung bus": State("Secret Service does not answer; ", lambda service: service.hung_bus()),
}


class Desktop:
    """Two homes at a desktop's keyring: one holds a vault's key there, the other the tokens themselves."""

    def __init__(self, service: SecretService, bare: SecretService, homes: dict[str, AgentProgram]) -> None:
        self.service = service
        self.bare = bare
        self.homes = homes
        for kind, home in homes.items():
            home.environment.update(NO_AGENT, DBUS_SESSION_BUS_ADDRESS=service.address)
            home.gitconfig.write_text(f"[pat]\n\tbackend = {kind}\n", encoding="utf-8")
            home.seed(FABRIKAM, AZURE_TOKEN)

    def address(self, state: State) -> str:
        """Return the address of the bus that a call in this state is told."""
        own = {None: self.service.address, "bare": self.bare.address}
        return own.get(state.address, state.address or "")


def attack(trial: Trial) -> None:
    """Try the keyring's states, then the passphrase's; then signals at its question."""
    with ExitStack() as stack:
        service, bare = stack.enter_context(running()), stack.enter_context(bus())
        homes = {kind: stack.enter_context(agent_program()) for kind in ("vault", "keyring")}
        closed_keyring(trial, Desktop(service, bare, homes))
    with agent_program() as home:
        home.seed(FABRIKAM, AZURE_TOKEN)
        added = home.run("vault", "add-slot", "passphrase", stdin=f"{PHRASE}\n".encode())
        assert added.status == 0, added
        assert home.run("vault", "remove-slot", "1", stdin=f"{PHRASE}\n".encode()).status == 0
        without_terminal(trial, home)
        wrong_answers(trial, home)
        interrupted(trial, home)


def some(trial: Trial, cases: Sequence[Case]) -> list[Case]:
    """Return all cases at the full size, and a part of them at a smaller."""
    return trial.chance.sample(cases, round(len(cases) * min(1, trial.size / ROW.full)))


def closed_keyring(trial: Trial, desktop: Desktop) -> None:
    """Call every command in every state of the keyring."""
    calls = [
        Call(home, command, f"{command}, {kind}, keyring: {name}", name)
        for name, (kind, home), command in product(STATES, desktop.homes.items(), COMMANDS)
        if kind == "vault" or command not in OF_VAULT
    ]
    calls = some(trial, calls)
    for name, state in STATES.items():
        bus_of_state = {"DBUS_SESSION_BUS_ADDRESS": desktop.address(state)}
        chosen = [
            call.under({**FORBIDDING[call.command in MAY_SHOW_WINDOW or number % 3], **bus_of_state})
            for number, call in enumerate(calls)
            if call.state == name
        ]
        with state.spoil(desktop.service), ThreadPoolExecutor(AT_ONCE) as threads:
            ends = list(threads.map(soonest, chosen))
        for call, end in zip(chosen, ends, strict=True):
            told = refused(trial, call, end)
            trial.require(state.told in told, "unclear", f"{call.case}: {told}")
            trial.count("keyring")
        trial.require(not desktop.service.was_prompted, "prompts", f"a window asked, keyring: {name}")
    for home in desktop.homes.values():
        found = home.run("get", stdin=REQUEST)
        trial.require(found == Run(0, ANSWER, ""), "changed", f"the token is not what it was: {found}")


def without_terminal(trial: Trial, home: AgentProgram) -> None:
    """Call every command at a vault that a passphrase locks, where nobody can be asked; by an agent, too."""
    told = {"unlock": "no passphrase opened", "add-slot": "no passphrase opened"}
    cases = [(command, False) for command in COMMANDS] + [(command, True) for command in OF_GIT]
    for number, (command, agent) in enumerate(some(trial, cases)):
        with in_foreground(home) if agent else nullcontext():
            variables = {**({} if agent else NO_AGENT), **FORBIDDING[number % 2]}
            call = Call(home, command, f"{command}, passphrase, agent: {agent}").under(variables)
            line = refused(trial, call, soonest(call))
            expected = told.get(command, "is locked by a passphrase; run: git credential-pat unlock")
            trial.require(expected in line, "unclear", f"{command}: {line}")
            trial.count("passphrase")


def wrong_answers(trial: Trial, home: AgentProgram) -> None:
    """Answer wrongly on a terminal; where questions are forbidden, see that there is none."""
    asking = [name for name in COMMANDS if name not in ("store", "erase", "info", "seed")]
    for command, agent in some(trial, list(product(asking, (False, True)))):
        variables = {} if agent else NO_AGENT
        with in_foreground(home) if agent and command != "unlock" else nullcontext():
            terminal = at_question(home, command, variables)
            for answer in ("wrong", "still wrong", PHRASE[:-1]):
                trial.require(not terminal.echoes, "echoes", f"{command}: the question shows what is typed")
                start = time.monotonic()
                terminal.enter(answer)
                if answer != PHRASE[:-1]:
                    terminal.wait_for(AGAIN)
                    terminal.wait_for(": ")
                else:
                    status = terminal.finish()
                trial.worst("worst_seconds", time.monotonic() - start)
                late = time.monotonic() - start > SECONDS
                trial.require(not late, "late", f"{command}: a wrong passphrase takes too long")
            trial.require(status == LOCKED, "statuses", f"{command}: {terminal.seen}")
            trial.require("no passphrase opened" in terminal.seen, "unclear", terminal.seen)
            trial.require("wrong\r" not in terminal.seen, "echoes", f"{command} shows what is typed")
            restored(trial, terminal, command)
        trial.count("passphrase")
    for command, forbidding in some(trial, list(product(asking, FORBIDDING[1:]))):
        variables = {**(NO_AGENT if forbidding == FORBIDDING[1] else {}), **forbidding}
        terminal = Terminal(home, *COMMANDS[command][0], environment=variables)
        if command == "get":
            terminal.type(REQUEST.decode())
        status = terminal.finish()
        trial.require(QUESTION not in terminal.seen, "prompts", f"{command} with {forbidding}")
        trial.require(status == LOCKED, "statuses", f"{command} with {forbidding}: {terminal.seen}")
        trial.count("passphrase")


def at_question(home: AgentProgram, command: str, variables: dict[str, str]) -> Terminal:
    """Start a command on a terminal and wait for its question."""
    arguments, _ = COMMANDS[command]
    words = " ".join([str(home.launcher), *arguments])
    lines = f"printf '%s\\n' {' '.join(LINES)} '' | " if command == "get" else ""
    home.environment.update(variables)
    try:
        terminal = Script(home, f"{lines}{words}")
    finally:
        for name in variables:
            del home.environment[name]
    terminal.wait_for(QUESTION)
    terminal.wait_for(": ")
    return terminal


def restored(trial: Trial, terminal: Terminal, what: str) -> None:
    """Compare the terminal's modes with those of one on which nothing has run."""
    ends = os.openpty()
    before = termios.tcgetattr(ends[1])
    for end in ends:
        os.close(end)
    after = termios.tcgetattr(terminal.child.child_fd)
    trial.require(before == after, "unrestored", f"{what}: the terminal's modes are {after}, not {before}")


def interrupted(trial: Trial, home: AgentProgram) -> None:
    """Send signals from the command's start to a while after its question: some in the midst of a change."""
    for number in range(trial.size):
        terminal = Terminal(home, "token", FABRIKAM, environment=NO_AGENT)
        if number % 2:
            terminal.wait_for(QUESTION)
            time.sleep(trial.chance.choice((0, 0, 0.001, 0.002, 0.01)))
        else:
            time.sleep(trial.chance.uniform(0, 0.25))
        sent = [ENDING[number % len(ENDING)]]
        if number % 5 == 0:
            go_on(trial, terminal)
        else:
            terminal.signal(sent[0])
            if trial.chance.random() < SECOND:
                sent.append(trial.chance.choice(ENDING))
                terminal.signal(sent[1])
            fine = {end for one in sent for end in (-one, 128 + one)}
            status = terminal.finish()
            trial.require(status in fine, "statuses", f"signals {sent} end it with {status}: {terminal.seen}")
        trial.require("Traceback" not in terminal.seen, "unclear", f"signals {sent}: {terminal.seen}")
        restored(trial, terminal, f"signals {sent}, number {number}")
        trial.count("signals")


def go_on(trial: Trial, terminal: Terminal) -> None:
    """Stop a command for a moment, wherever it is; then answer its question."""
    terminal.signal(signal.SIGTSTP)
    time.sleep(0.05)
    terminal.signal(signal.SIGCONT)
    eventually(lambda: not terminal.echoes, "the question comes")
    terminal.enter(PHRASE)
    status = terminal.finish()
    trial.require(status == 0 and AZURE_TOKEN in terminal.seen, "statuses", f"stopped: {terminal.seen}")
    trial.require(PHRASE not in terminal.seen, "echoes", f"stopped: {terminal.seen}")


ROW = Row(
    promise="a key that is not to be had is told clearly within 3 s, and the terminal is as before",
    attack=attack,
    ci=16,
    full=80,
    tried=("keyring", "passphrase", "signals"),
    breaches=("late", "unclear", "statuses", "prompts", "echoes", "unrestored", "changed"),
    measured=("worst_seconds",),
    needs=("gnome-keyring", "dbus"),
)

if __name__ == "__main__":
    sys.exit(main(ROW))

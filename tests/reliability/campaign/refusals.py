"""Calls without a terminal that must be refused: how they are made, timed and looked at.

Where an answer comes too late it is asked for again, and what others have the machine do is left out.
"""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from support.program import FABRIKAM, NO_AGENT, OTHER_AZURE_TOKEN, Run, attributes

if TYPE_CHECKING:
    from reliability.campaign.row import Trial
    from support.agents import AgentProgram

SECONDS = 3.0
TRIES = 3
START = 0.3
"""Seconds that a call takes on a machine that does nothing else."""
LOCKED = 3
"""The exit status."""
LINES = ("protocol=https", "host=dev.azure.com", "path=fabrikam/web/_git/web")
REQUEST = attributes(*LINES)
APPROVED = attributes(*LINES, "username=pat", f"password={OTHER_AZURE_TOKEN}")
COMMANDS: dict[str, tuple[list[str], bytes]] = {
    "get": (["get"], REQUEST),
    "store": (["store"], APPROVED),
    "erase": (["erase"], REQUEST),
    "list": (["list"], b""),
    "token": (["token", FABRIKAM], b""),
    "unlock": (["unlock"], b"not the passphrase\n"),
    "seed": (["seed", FABRIKAM, "--no-verify", "--no-configure"], f"{OTHER_AZURE_TOKEN}\n".encode()),
    "info": (["vault", "info"], b""),
    "add-slot": (["vault", "add-slot", "keyfile"], b"not the passphrase\n"),
}


@dataclass(frozen=True)
class Call:
    """A command without a terminal."""

    home: AgentProgram
    command: str
    case: str
    """What a message names it."""
    state: str = ""
    variables: tuple[tuple[str, str], ...] = ()

    def under(self, variables: dict[str, str]) -> Call:
        return replace(self, variables=tuple(variables.items()))


@dataclass(frozen=True)
class End:
    """How a call ended, in how many seconds at best, and whether it left the vault as it was."""

    run: Run
    seconds: float
    is_same: bool


def soonest(call: Call) -> End:
    """Call, and again where it takes too long."""
    arguments, stdin = COMMANDS[call.command]
    vault = call.home.vault
    before = vault.read_bytes() if vault.exists() else b""
    seconds = []
    for _ in range(TRIES):
        start = time.monotonic()
        try:
            finished = subprocess.run(
                [str(call.home.launcher), *arguments],
                input=stdin,
                env={**call.home.environment, **dict(call.variables)},
                cwd=call.home.home,
                capture_output=True,
                start_new_session=True,  # which has no terminal
                timeout=2 * SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as late:
            return End(Run(-1, b"", "it does not end"), late.timeout, is_same=True)
        seconds.append(time.monotonic() - start)
        if seconds[-1] <= SECONDS:
            break
    run = Run(finished.returncode, finished.stdout, finished.stderr.decode())
    return End(
        run,
        min(seconds) - (others_share(call) if min(seconds) > SECONDS else 0),
        (vault.read_bytes() if vault.exists() else b"") == before,
    )


def others_share(call: Call) -> float:
    """Return the seconds that the machine's other work costs a call that has nothing to wait for."""
    start = time.monotonic()
    call.home.run("list", environment={**NO_AGENT, "DBUS_SESSION_BUS_ADDRESS": ""})
    return max(0, time.monotonic() - start - START)


def refused(trial: Trial, call: Call, end: End) -> str:
    """Return the one line of a call's refusal after looking at all else."""
    run = end.run
    trial.worst("worst_seconds", end.seconds)
    trial.require(end.seconds <= SECONDS, "late", f"{call.case}: {end.seconds:.1f} s")
    trial.require(run.status == LOCKED, "statuses", f"{call.case}: {run}")
    trial.require(call.command == "info" or not run.stdout, "statuses", f"{call.case} printed: {run}")
    line = run.stderr.removeprefix("git-credential-pat: ")
    clear = line != run.stderr and line.endswith("\n") and line.count("\n") == 1 and "; " in line
    trial.require(clear and "internal error" not in line, "unclear", f"{call.case}: {run.stderr!r}")
    trial.require(end.is_same, "changed", f"{call.case} wrote the vault")
    return line

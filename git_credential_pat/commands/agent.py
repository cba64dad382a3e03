"""`agent`: the process that holds the unlocked key and answers Git at once."""

import json
import os
import time
from collections.abc import Mapping
from typing import NamedTuple

import click

from git_credential_pat.agent import standing
from git_credential_pat.agent.client import ABSENT, DONE, LOCKED, ask
from git_credential_pat.agent.running import run_foreground, run_spawned
from git_credential_pat.agent.starting import LOCK, SPAWNED, start
from git_credential_pat.commands.session import Session, pass_session
from git_credential_pat.errors import LockedError, PatError
from git_credential_pat.terminal import say
from git_credential_pat.vault.file import quoted

_END_TIMEOUT = 3.0
"""Seconds in which an agent that was told to stop must be gone."""
_POLL = 0.01


@click.group("agent", invoke_without_command=True)
@click.option("--foreground", is_flag=True, help="Do not go to the background; for service managers.")
@click.option(
    "--timeout",
    type=click.IntRange(1, 99_999),
    metavar="S",
    help="Idle seconds, in place of pat.agentTimeout.",
)
@click.option(SPAWNED, "spawned", is_flag=True, hidden=True)
@click.pass_context
def command(context: click.Context, *, foreground: bool, timeout: int | None, spawned: bool) -> None:
    """Start the agent, which answers Git at once.

    Git's calls start it by themselves, unless pat.agent is never. It holds the vault's unlocked key in
    memory and ends after pat.agentTimeout idle seconds (900).
    """
    session: Session = context.obj
    if context.invoked_subcommand is not None:
        return
    if spawned:
        run_spawned(session.environment, session.options, session.backend_name, timeout)
    elif foreground:
        run_foreground(session.environment, session.options, session.backend_name, _key(session), timeout)
    else:
        _start(session, timeout)


@command.command("status")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@pass_session
def _status(session: Session, *, as_json: bool) -> int:
    """Tell whether the agent runs; status 1 if it does not."""
    status = Status.of(session.environment)
    if as_json:
        facts = status._asdict() if status else dict.fromkeys(Status._fields)
        say(json.dumps({"running": status is not None, **facts}))
    elif status is None:
        say("No agent runs.")
    else:
        state = "locked" if status.locked else "unlocked"
        say(
            f"The agent runs (process {status.pid}, {state}) "
            f"and ends in {status.seconds_left} seconds if nothing asks it."
        )
    return 0 if status else 1


@command.command("stop")
@pass_session
def _stop(session: Session) -> None:
    """End the agent; what it held in memory is gone."""
    say("The agent is stopped." if stop(session.environment) else "No agent runs.")


class Status(NamedTuple):
    """What an agent tells of itself."""

    pid: int
    version: str
    locked: bool
    seconds_left: int

    @classmethod
    def of(cls, environment: Mapping[bytes, bytes]) -> "Status | None":
        """Ask the user's agent; None if there is none that answers."""
        outcome, *fields = ask(environment, b"status")
        if outcome != DONE or len(fields) != len(cls._fields):
            return None
        pid, version, state, seconds = fields
        return cls(int(pid), version.decode(), state == LOCKED, int(seconds))


def stop(environment: Mapping[bytes, bytes]) -> bool:
    """End the user's agent and wait until it is gone; return whether there was one.

    Raises PatError if it does not go.
    """
    status = Status.of(environment)
    outcome, *_ = ask(environment, b"stop")
    if outcome == ABSENT:
        return False
    end = time.monotonic() + _END_TIMEOUT
    while status and _lives(status.pid):
        if time.monotonic() > end:
            raise PatError(f"the agent does not end; run: kill {status.pid}")
        time.sleep(_POLL)
    if status is None:
        lock = quoted(os.fsdecode((standing.folder(environment) or b"") + b"/" + LOCK))
        raise PatError(f"the agent does not answer; end it by: fuser -k {lock}")
    return True


def _start(session: Session, timeout: int | None) -> None:
    status = Status.of(session.environment)
    if status:
        say(f"The agent runs already (process {status.pid}).")
        return
    more = () if timeout is None else ("--timeout", str(timeout))
    start(session.environment, session.options, _key(session), more)
    status = Status.of(session.environment)
    if status is None:
        raise PatError("the agent does not start; see why by: git credential-pat agent --foreground")
    say(f"The agent runs (process {status.pid}).")


def _key(session: Session) -> bytes:
    """Return the vault's key, or an empty one where it is locked or there is no vault."""
    try:
        opened = session.vault.open()
    except LockedError:
        return b""
    return opened.data_key if opened else b""


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True

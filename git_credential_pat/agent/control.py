"""What users do with a running agent: ask how it is, and end it."""

import os
import time
from collections.abc import Mapping

from git_credential_pat.agent import Outcome, identity
from git_credential_pat.agent.client import ask, ask_in
from git_credential_pat.agent.starting import LOCK
from git_credential_pat.errors import PatError
from git_credential_pat.model import NamedTuple
from git_credential_pat.system.locks import is_locked

_END_TIMEOUT = 3.0
"""Seconds in which an agent that was asked to stop must be gone."""
_POLL = 0.01
_DIGITS = 20


class Status(NamedTuple):
    """What an agent reports of itself."""

    pid: int
    version: str
    locked: bool
    seconds_left: int


def status_of(environment: Mapping[bytes, bytes]) -> Status | None:
    """Ask the user's agent; None if there is none. Raises PatError if one is there and does not answer."""
    outcome, fields = ask(environment, b"status")
    if outcome.is_absent:
        return None
    if not outcome.is_done or len(fields) != len(Status._fields):
        raise silent(environment)
    pid, version, state, seconds = fields
    return Status(int(pid), version.decode(), Outcome(state).is_locked, int(seconds))


def stop(environment: Mapping[bytes, bytes]) -> bool:
    """End the user's agents, of which there is one a folder, and wait until they are gone.

    Return whether there was one. Raises PatError if one does not go.
    """
    stopped = False
    for folder in identity.folders(environment):
        outcome, _ = ask_in(folder, b"stop")
        if outcome.is_absent:
            continue
        if not outcome.is_done:
            raise silent(environment)
        stopped = True
        _wait_for_lock(folder, environment)
    return stopped


def silent(environment: Mapping[bytes, bytes]) -> PatError:
    """Return the message of an agent that does not answer."""
    for folder in identity.folders(environment):
        pid = _holder(folder)
        if pid:
            return PatError(f"the agent (process {pid}) does not answer; run: kill -KILL {pid}")
    return PatError("the program on the agent's socket does not answer; end it, or log out and in again")


def _wait_for_lock(folder: bytes, environment: Mapping[bytes, bytes]) -> None:
    """Wait until no agent holds the lock: its process may be gone long before its parent notices."""
    end = time.monotonic() + _END_TIMEOUT
    while _is_held(folder):
        if time.monotonic() > end:
            raise silent(environment)
        time.sleep(_POLL)


def _holder(folder: bytes) -> str:
    """Return the process id that the agent of a folder wrote into its lock, if one holds it."""
    if not _is_held(folder):
        return ""
    descriptor = os.open(folder + b"/" + LOCK, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        pid = os.read(descriptor, _DIGITS).decode("ascii", "replace")
    finally:
        os.close(descriptor)
    return pid if pid.isdigit() else ""


def _is_held(folder: bytes) -> bool:
    return is_locked(folder + b"/" + LOCK)

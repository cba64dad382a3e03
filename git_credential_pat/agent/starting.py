"""Bringing an agent to life, from a call that has just opened the vault.

The starter holds the agent's lock and listens on its socket before the agent runs, and hands both over
with the key: so of many calls at once one starts an agent, clients queue from the first moment, and no
agent ever takes the socket of another.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from git_credential_pat.agent import DECLINED, DONE, Outcome, identity
from git_credential_pat.agent.client import ask
from git_credential_pat.errors import PatError
from git_credential_pat.system.background import SPAWNED, out_of_the_way, start_detached
from git_credential_pat.system.locks import open_lock, try_lock
from git_credential_pat.system.sockets import listen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from git_credential_pat.backends import Backend, ShareableKey

LOCK = b"agent.lock"
SOCKET_DESCRIPTOR = 3
"""Where the agent finds its socket: where systemd puts one too (sd_listen_fds(3))."""
LOCK_DESCRIPTOR = 4

_ALSO_KEPT = (b"PATH", b"LANG", b"XDG_RUNTIME_DIR", b"XDG_CACHE_HOME")


class Claim:
    """The agent's lock and its listening socket, held by this process until they are handed over."""

    def __init__(self, folder: bytes) -> None:
        """Take lock and socket in a folder that exists; raises OSError if another agent has them."""
        self.path = folder + b"/" + identity.SOCKET
        self.lock = take_lock(folder)
        try:
            self.listener = out_of_the_way(listen(self.path))
        except BaseException:
            os.close(self.lock)
            raise

    def close(self) -> None:
        """Let go of both; what was handed over stays with the agent."""
        os.close(self.listener)
        os.close(self.lock)


def take_lock(folder: bytes) -> int:
    """Return a descriptor that holds the agent's lock; raises BlockingIOError if an agent has it."""
    lock = out_of_the_way(open_lock(folder + b"/" + LOCK))
    try:
        try_lock(lock)
    except BaseException:
        os.close(lock)
        raise
    return lock


def hand_over(environment: Mapping[bytes, bytes], options: Sequence[str], backend: Backend) -> Outcome:
    """Give an open vault's key to the agent, which is started if there is none.

    If no agent has the key then, that is no error for Git: the next call goes the full way again.
    """
    outcome = give_key(environment, backend)
    if outcome.is_absent:
        shared = _shared_by(backend)
        if shared and shared.key is not None and start(environment, options, shared.key):
            return DONE
    return outcome


def give_key(environment: Mapping[bytes, bytes], backend: Backend) -> Outcome:
    """Give an open vault's key to the agent if one runs."""
    shared = _shared_by(backend)
    if shared is None or shared.key is None:
        return DECLINED
    return ask(environment, b"unlock", os.fsencode(shared.path), shared.key)[0]


def _shared_by(backend: Backend) -> ShareableKey | None:
    """Return an open backend's key; None if it cannot be read any more: what was asked for is done by now."""
    try:
        return backend.shareable_key()
    except PatError:
        return None


def start(
    environment: Mapping[bytes, bytes], options: Sequence[str], data_key: bytes, more: Sequence[str] = ()
) -> bool:
    """Start an agent that holds the key, which may be empty; return False if there can be none or is one.

    `more` are further options of the command `agent`.
    """
    folder, variables = identity.make_folder(environment), identity.variables(environment)
    if folder is None or variables is None:
        return False
    try:
        claim = Claim(folder)
    except OSError:  # another call starts one, or the folder takes no socket
        return False
    kept = {name: environment[name] for name in _ALSO_KEPT if name in environment}
    try:
        start_detached(
            [*options, "agent", SPAWNED, *more],
            {**identity.lasting(variables), **kept},
            {SOCKET_DESCRIPTOR: claim.listener, LOCK_DESCRIPTOR: claim.lock},
            data_key,
        )
    except OSError:
        os.unlink(claim.path)
        return False
    finally:
        claim.close()
    return True

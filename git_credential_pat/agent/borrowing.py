"""How a process that goes the full way gets at a backend's key: from the agent, else from the user."""

from __future__ import annotations

import os
from contextlib import suppress
from time import time
from typing import TYPE_CHECKING

from git_credential_pat.agent import DECLINED, Outcome, identity
from git_credential_pat.agent.client import ask
from git_credential_pat.errors import PatError
from git_credential_pat.model.unlocking import Unlocking
from git_credential_pat.stdio import notice
from git_credential_pat.system.terminal import ask as ask_user
from git_credential_pat.system.terminal import is_there

if TYPE_CHECKING:
    from collections.abc import Mapping

    from git_credential_pat.git.settings import Settings

_TURN_LOCK = b"unlock.lock"
_TURN_TIMEOUT = 60.0
"""Seconds."""
_MOMENT = 5.0
"""Seconds that an answer may take to have its effect: Git asks the host first, and then has it kept."""
_DIGEST = 16
"""Bytes."""


def unlocking(
    environment: Mapping[bytes, bytes],
    settings: Settings,
    *,
    may_ask: bool,
    outcome: Outcome = DECLINED,
    turn: Turn | None = None,
) -> Unlocking:
    """Return what may be done to open the vault; nobody is asked where settings forbid it.

    `outcome` is what asking the agent gave already: one that does not answer is not asked again. `turn` is
    for callers with more than one question.
    """
    asks = may_ask and not settings.no_prompt and is_there()

    def borrow(path: str) -> bytes | None:
        nonlocal outcome
        if outcome.is_silent:
            return None
        outcome, fields = ask(environment, b"key", os.fsencode(path))
        return fields[0] if outcome.is_done and len(fields) == 1 else None

    return Unlocking(
        passphrase=ask_passphrase if asks else None,
        borrow=borrow,
        take_turn=(turn or Turn(environment)).take,
    )


def ask_passphrase(question: str) -> bytes:
    """Ask for a passphrase on the terminal, hidden."""
    return ask_user(question, hidden=True).encode("utf-8", "surrogateescape")


class Turn:
    """The right to ask the user a question, which one process at a time has, until it ends.

    A fetch of many submodules calls at once, and one answer is to serve them all.
    """

    def __init__(self, environment: Mapping[bytes, bytes]) -> None:
        """Take the environment that decides the folder of the lock; nothing is taken yet."""
        self._environment = environment
        self._descriptor: int | None = None
        self._had_to_wait = False

    @property
    def is_taken(self) -> bool:
        """Whether this process has asked the user something, or was about to."""
        return self._descriptor is not None

    def take(self) -> bool:
        """Wait until no other process asks; return whether one did. Only a process's first question waits.

        After a minute, in which a question may just be forgotten on another terminal, this process asks too.
        """
        folder = identity.make_folder(self._environment)
        if self._descriptor is not None or folder is None:
            return self._had_to_wait
        from git_credential_pat.system.locks import lock_exclusively, open_lock  # few calls ask anything

        path = os.fsdecode(folder + b"/" + _TURN_LOCK)
        with suppress(OSError, PatError):
            self._descriptor = open_lock(path)
            try:
                lock_exclusively(self._descriptor, path, timeout=0)
            except PatError:
                notice("another process is asking a question; waiting for its answer")
                self._had_to_wait = True
                lock_exclusively(self._descriptor, path, timeout=_TURN_TIMEOUT)
        return self._had_to_wait

    def note_answer(self, question: str) -> None:
        """Note that the user has just answered this question."""
        with suppress(OSError):
            if self._descriptor is not None:
                os.ftruncate(self._descriptor, 0)
                os.pwrite(self._descriptor, _digest(question), 0)

    def was_answered(self, question: str) -> bool:
        """Return whether this is the question that was answered last, by whichever process, a moment ago."""
        if self._descriptor is None:
            return False
        try:
            age = time() - os.fstat(self._descriptor).st_mtime
            return 0 <= age <= _MOMENT and os.pread(self._descriptor, 2 * _DIGEST, 0) == _digest(question)
        except OSError:
            return False


def _digest(question: str) -> bytes:
    from hashlib import sha256  # a question names an organization, which only the vault is to do

    return sha256(question.encode()).digest()[:_DIGEST]

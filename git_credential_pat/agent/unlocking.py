"""How a process that goes the full way gets at a vault's key: from the agent, else from the user."""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress

from git_credential_pat.agent import standing
from git_credential_pat.agent.client import ask
from git_credential_pat.agent.frames import DECLINED, DONE, SILENT
from git_credential_pat.agent.trust import first_private
from git_credential_pat.backends.vault import NAME
from git_credential_pat.errors import PatError
from git_credential_pat.settings import Settings
from git_credential_pat.terminal import ask as ask_user
from git_credential_pat.terminal import is_there, notice
from git_credential_pat.vault.file import lock_exclusively
from git_credential_pat.vault.keyslots import Unlocking

_TURN_LOCK = b"unlock.lock"
_TURN_TIMEOUT = 60.0
"""Seconds."""


def unlocking(
    environment: Mapping[bytes, bytes], settings: Settings, *, may_ask: bool, outcome: bytes = DECLINED
) -> Unlocking:
    """Return what may be done to open the vault; nobody is asked where settings forbid it.

    `outcome` is what asking the agent gave already: one that does not answer is not asked again.
    """
    asks = may_ask and not settings.no_prompt and is_there()

    def borrow() -> bytes | None:
        nonlocal outcome
        if outcome == SILENT:
            return None
        outcome, *fields = ask(environment, b"key", os.fsencode(os.path.join(settings.data_folder, NAME)))
        return fields[0] if outcome == DONE and len(fields) == 1 else None

    return Unlocking(
        passphrase=ask_passphrase if asks else None,
        borrow=borrow,
        take_turn=turn(environment),
    )


def ask_passphrase(question: str) -> bytes:
    """Ask for a passphrase on the terminal, hidden."""
    return ask_user(question, hidden=True).encode("utf-8", "surrogateescape")


def turn(environment: Mapping[bytes, bytes]) -> Callable[[], bool]:
    """Return what waits until no other process asks the user, and tells whether one did.

    The turn lasts until this process ends, so of several questions only the first one waits.
    """
    had_to_wait: bool | None = None

    def take() -> bool:
        nonlocal had_to_wait
        if had_to_wait is None:
            had_to_wait = _wait_for_turn(environment)
        return had_to_wait

    return take


def _wait_for_turn(environment: Mapping[bytes, bytes]) -> bool:
    """Do as `turn` says.

    A fetch of many submodules calls at once, and one answer is to serve them all. After a minute, in which
    a question may just be forgotten on another terminal, this process asks as well.
    """
    folder = first_private(standing.folders(environment))
    if folder is None:
        return False
    path = os.fsdecode(folder + b"/" + _TURN_LOCK)
    with suppress(OSError, PatError):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            lock_exclusively(descriptor, path, timeout=0)
        except PatError:
            notice("another process asks a question; this one waits for its answer")
            lock_exclusively(descriptor, path, timeout=_TURN_TIMEOUT)
            return True
    return False

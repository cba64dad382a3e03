"""How a process that goes the full way gets at a vault's key: from the agent, else from the user."""

import os
from collections.abc import Mapping

from git_credential_pat.agent import standing
from git_credential_pat.agent.client import DECLINED, DONE, SILENT, ask, made_private
from git_credential_pat.backends.vault import NAME
from git_credential_pat.settings import Settings
from git_credential_pat.terminal import ask as ask_user
from git_credential_pat.terminal import is_there
from git_credential_pat.vault.keyslots import Unlocking

_TURN_LOCK = b"unlock.lock"


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
        take_turn=lambda: take_turn(environment),
    )


def ask_passphrase(question: str) -> bytes:
    """Ask for a passphrase on the terminal, hidden."""
    return ask_user(question, hidden=True).encode("utf-8", "surrogateescape")


def take_turn(environment: Mapping[bytes, bytes]) -> None:
    """Wait until no other process asks for a passphrase; the turn lasts until this process ends.

    A fetch of many submodules calls at once, and one answer is to serve them all.
    """
    folder = standing.folder(environment)
    if folder is None or not made_private(folder):
        return
    import fcntl  # a shared library, which most calls need not load

    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        fcntl.flock(os.open(folder + b"/" + _TURN_LOCK, flags, 0o600), fcntl.LOCK_EX)
    except OSError:  # then two may ask at once
        return

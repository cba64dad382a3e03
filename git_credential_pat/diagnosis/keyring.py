"""The operating system's keyring, where the vault or the settings need it."""

import os
from collections.abc import Iterator

from git_credential_pat.backends.vault import VaultBackend
from git_credential_pat.diagnosis.finding import Finding, ok, refused
from git_credential_pat.diagnosis.surroundings import Surroundings
from git_credential_pat.errors import LockedError
from git_credential_pat.os_keyring import SERVICE, Keyring
from git_credential_pat.vault.keyslots import name_of

_NO_ITEM = "none"


def check_keyring(around: Surroundings) -> Iterator[Finding]:
    """Tell whether the keyring answers without a question, if anything that is kept depends on it."""
    if not _is_needed(around):
        return
    settings = around.settings
    keyring = Keyring(settings.keyring_backend, session_bus=settings.session_bus)
    try:
        keyring.get(SERVICE, _NO_ITEM)
    except LockedError as error:
        yield refused(error, _session(around))
        return
    yield ok(f"{keyring.title} answers")


def _is_needed(around: Surroundings) -> bool:
    if not isinstance(around.backend, VaultBackend):
        return True
    header = around.backend.header()
    return any(name_of(slot) == "keyring" for slot in (header.slots if header else ()))


def _session(around: Surroundings) -> str | None:
    """Return the command that finds the session again, which `su` and `sudo` lose."""
    folder = f"/run/user/{os.geteuid()}"
    if around.settings.session_bus or not os.path.exists(f"{folder}/bus"):
        return None
    return f"export XDG_RUNTIME_DIR={folder}"

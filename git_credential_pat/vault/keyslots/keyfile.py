"""The key-file slot: 32 random bytes in a file of the config folder, which is not the vault's folder.

It keeps a copied vault, or a backup of the data folder alone, from being read. It does not help against
someone who has both folders.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_credential_pat.errors import DamagedError, LockedError, MissingKeyError
from git_credential_pat.text import quoted
from git_credential_pat.vault.format import KEY_SIZE, Slot
from git_credential_pat.vault.keyslots import Surroundings, first_opened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from git_credential_pat.system.files import Folder

NAME = "key"
LOCK = "key.lock"


def find_key(slots: Sequence[Slot], store_id: bytes, around: Surroundings) -> tuple[Slot, bytes]:
    """Return the slot that the key file opens, and its key."""
    key = _read(around.config)
    path = around.config.file_path(NAME)
    if key is None:
        raise MissingKeyError(
            f"the vault's key file {quoted(path)} is missing; "
            f"put it back from a backup, or {around.advice or f'move {around.vault} away and seed again'}"
        )
    found = first_opened(slots, key, store_id)
    if found is None and around.advice:
        raise LockedError(f"the key file {quoted(path)} does not open {around.vault}; {around.advice}")
    if found is None:
        raise DamagedError(f"the key file {quoted(path)} does not open it")
    return found


def make_key(store_id: bytes, around: Surroundings) -> tuple[bytes, bytes]:
    """Return no parameters and the key file's key; the file is made if there is none.

    Another data folder may share this config folder, and so the key file, hence the lock.
    """
    del store_id
    with around.config.locked(LOCK):
        key = _read(around.config)
        if key is None:
            key = around.randomness(KEY_SIZE)
            around.config.replace(NAME, key)
    return b"", key


def place(store_id: bytes, around: Surroundings) -> str:
    """Return the key file's path, for people."""
    del store_id
    return f"in {around.config.file_path(NAME)}"


def _read(folder: Folder) -> bytes | None:
    key = folder.read(NAME, limit=KEY_SIZE)
    if key is not None and len(key) != KEY_SIZE:
        path = quoted(folder.file_path(NAME))
        raise LockedError(
            f"the key file {path} is not {KEY_SIZE} bytes long; put it back from a backup, or move it away"
        )
    return key

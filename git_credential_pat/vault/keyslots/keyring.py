"""The keyring slot: 32 random bytes in the operating system's keyring, as base64.

The item's service is this program's name, its account the store id in hexadecimal. It keeps the vault
closed to whoever has the disk or a backup of the whole home, as long as the keyring is locked.
"""

from __future__ import annotations

from binascii import Error, a2b_base64, b2a_base64
from typing import TYPE_CHECKING

from git_credential_pat.errors import DamagedError, LockedError
from git_credential_pat.oskeyring.keyring import SERVICE
from git_credential_pat.vault.format import KEY_SIZE, Slot
from git_credential_pat.vault.keyslots import Surroundings, first_opened

if TYPE_CHECKING:
    from collections.abc import Sequence


def find_key(slots: Sequence[Slot], store_id: bytes, around: Surroundings) -> tuple[Slot, bytes]:
    """Return the slot that the keyring's key opens, and the key."""
    keyring = around.keyring()
    key = _read(store_id, around)
    if key is None:
        raise LockedError(
            f"{keyring.title} does not hold the key of the vault {around.vault} (account {store_id.hex()}); "
            f"restore the item, or {around.advice or 'move the vault away and seed again'}"
        )
    found = first_opened(slots, key, store_id)
    if found is None:
        raise DamagedError(f"the key in {keyring.title} does not open it")
    return found


def make_key(store_id: bytes, around: Surroundings) -> tuple[bytes, bytes]:
    """Return no parameters and the key in the keyring, where it is put if it is not there.

    One that is there is used again, because copies of the vault may stand on it.
    """
    key = _read(store_id, around)
    if key is None:
        key = around.randomness(KEY_SIZE)
        text = b2a_base64(key, newline=False).decode("ascii")
        around.keyring().set(SERVICE, store_id.hex(), text)
        if _read(store_id, around) != key:
            raise LockedError(
                f"{around.keyring().title} does not return what was stored in it; use another slot"
            )
    return b"", key


def place(store_id: bytes, around: Surroundings) -> str:
    """Return which keyring it is, for people."""
    return f"in {around.keyring().title} (service {SERVICE}, account {store_id.hex()})"


def _read(store_id: bytes, around: Surroundings) -> bytes | None:
    text = around.keyring().get(SERVICE, store_id.hex())
    if text is None:
        return None
    try:
        key = a2b_base64(text.encode("ascii"))
    except (Error, ValueError):
        key = b""
    if len(key) != KEY_SIZE:
        raise LockedError(
            f"what {around.keyring().title} holds for account {store_id.hex()} is not a key; restore the item"
        )
    return key

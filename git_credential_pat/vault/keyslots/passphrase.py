"""The passphrase slot: a key derived by Argon2id (RFC 9106) from what a human types.

It needs nothing of the machine, so it opens the vault anywhere. The parameters stand in the slot, and
are checked before anything is derived: a changed file must not cost gigabytes or hours.
"""

from __future__ import annotations

import unicodedata
from struct import Struct
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from git_credential_pat import suggest
from git_credential_pat.errors import DamagedError, LockedError
from git_credential_pat.model import NamedTuple
from git_credential_pat.vault.format import KEY_SIZE, Slot
from git_credential_pat.vault.keyslots import Surroundings, first_opened

if TYPE_CHECKING:
    from collections.abc import Sequence

TRIES = 3
"""How often a passphrase is asked for."""

_PARAMS = Struct(">III16s")
_SALT_SIZE = 16
_MIB = 1024


class Cost(NamedTuple):
    """What a derivation costs: passes, memory in KiB, lanes (RFC 9106: t, m, p)."""

    passes: int
    memory: int
    lanes: int

    @property
    def is_allowed(self) -> bool:
        """Whether a derivation at this cost is safe to begin, and worth its name."""
        return all(
            least <= value <= most
            for least, value, most in zip(_LEAST_COST, self, _GREATEST_COST, strict=True)
        )


RFC_9106_SECOND = Cost(3, 64 * _MIB, 4)
"""RFC 9106, section 4: the second recommended option, for where memory is scarce."""

_LEAST_COST = Cost(1, 19 * _MIB, 1)
_GREATEST_COST = Cost(16, 1024 * _MIB, 16)


def find_key(slots: Sequence[Slot], store_id: bytes, around: Surroundings) -> tuple[Slot, bytes]:
    """Return the slot that the user's passphrase opens, and its key; ask at most `TRIES` times."""
    check(slots)
    if around.unlocking.passphrase is None:
        raise LockedError(f"the vault {around.vault} is locked by a passphrase; run: {suggest.own('unlock')}")
    question = f"Passphrase of the vault {around.vault}: "
    for _ in range(TRIES):
        phrase = around.unlocking.passphrase(question)
        if not phrase:
            break
        for slot in slots:
            key = derive(phrase, *_cost_and_salt(slot.params))
            if first_opened([slot], key, store_id):
                return slot, key
        question = f"That does not open it. Passphrase of the vault {around.vault}: "
    raise LockedError(f"no passphrase opened the vault {around.vault}; try again")


def check(slots: Sequence[Slot]) -> None:
    """Raise DamagedError if one of the slots, which all are of this kind, cannot be derived a key for."""
    for slot in slots:
        _cost_and_salt(slot.params)


def make_key(store_id: bytes, around: Surroundings) -> tuple[bytes, bytes]:
    """Return parameters with a fresh salt, and the key of the passphrase that the user chooses."""
    del store_id
    if around.unlocking.choose is None:
        raise LockedError("there is no terminal to ask for a passphrase; give it on standard input")
    cost, salt = RFC_9106_SECOND, around.randomness(_SALT_SIZE)
    return _PARAMS.pack(*cost, salt), derive(around.unlocking.choose(), cost, salt)


def place(store_id: bytes, around: Surroundings) -> str:
    """Return where the key comes from, for people."""
    del store_id, around
    return "derived from a passphrase"


def derive(phrase: bytes, cost: Cost, salt: bytes) -> bytes:
    """Return the key-encryption key; equal texts give equal keys however they were typed (RFC 8265: NFC)."""
    text = unicodedata.normalize("NFC", phrase.decode("utf-8", "surrogateescape"))
    deriver = Argon2id(
        salt=salt, length=KEY_SIZE, iterations=cost.passes, memory_cost=cost.memory, lanes=cost.lanes
    )
    try:
        return deriver.derive(text.encode("utf-8", "surrogateescape"))
    except MemoryError:
        need = f"{cost.memory // _MIB} MiB of memory"
        raise LockedError(
            f"a key from a passphrase needs {need}; free some memory, or use another slot"
        ) from None


def _cost_and_salt(params: bytes) -> tuple[Cost, bytes]:
    if len(params) != _PARAMS.size:
        raise DamagedError("its passphrase slot is malformed")
    *numbers, salt = _PARAMS.unpack(params)
    cost = Cost(*numbers)
    if not cost.is_allowed:
        raise DamagedError("its passphrase slot asks for a derivation outside of the allowed costs")
    return cost, salt

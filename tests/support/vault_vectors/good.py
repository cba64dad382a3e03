"""The whole vaults: their slots, and how the rest of each is made from its description."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from support.vault_vectors import writer
from support.vault_vectors.writer import (
    KEYRING_SLOT,
    PASSPHRASE,
    Slot,
    Vault,
    fixed_bytes,
    numbered,
    passphrase_slot,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

Bytes = str | dict[str, str]
"""Bytes in JSON: a string where they are UTF-8, else {"hex": "..."}."""

_HORSE = b"correct horse"
_TEXTS = ((7, "label"), (11, "owner"), (17, "sign_in"))
_BYTES = ((10, "refresh_token"), (16, "renewal"))
_UNKNOWN = Slot(kind=200, id=7, params=b"for a newer program", key=fixed_bytes("unknown kind", 32))
_OTHER = Slot(id=2, key=writer.OTHER_KEY_FILE, nonce=fixed_bytes("slot nonce 2", 12))
_THIRD = Slot(id=3, key=fixed_bytes("a third key file", 32), nonce=fixed_bytes("slot nonce 3", 12))
_OTHER_KEYRING = replace(KEYRING_SLOT, key=writer.OTHER_KEY_FILE)

SLOTS: dict[str, tuple[Slot, ...]] = {
    **dict.fromkeys(("empty", "one-entry", "every-field", "odd-parts", "unknown-tags"), (Slot(),)),
    **dict.fromkeys(("no-padding", "two-blocks", "late-generation", "beside"), (Slot(),)),
    "two-slots": (_UNKNOWN, Slot()),
    "eight-slots": (
        Slot(kind=201, id=0, key=fixed_bytes("unknown kind", 32)),
        Slot(kind=202, id=255, params=fixed_bytes("parameters", 28), key=fixed_bytes("unknown kind", 32)),
        *(replace(_OTHER, id=number) for number in (2, 3, 4, 5, 6)),
        Slot(id=1),
    ),
    "longest-header": (
        Slot(kind=9, id=2, params=fixed_bytes("long", 65_324), key=fixed_bytes("long", 32)),
        Slot(),
    ),
    "keyring": (KEYRING_SLOT,),
    "passphrase": (passphrase_slot(_HORSE),),
    "passphrase-usual-cost": (passphrase_slot(_HORSE, cost=(3, 65_536, 4)),),
    "passphrase-most-lanes": (passphrase_slot(_HORSE, cost=(2, 20_001, 16)),),
    "passphrase-most-passes": (passphrase_slot(_HORSE, cost=(16, 19_456, 1)),),
    "passphrase-typed-apart": (passphrase_slot("Schlüssel Å".encode()),),
    "passphrase-kept-apart": (passphrase_slot(" \ufb01\uff21\u00a0 Horse ".encode()),),
    "passphrase-no-text": (passphrase_slot(b"\xffhorse\xc3"),),
    "passphrase-partly-text": (passphrase_slot(b"\xff" + "Schlüssel Å".encode() + b"\xc3"),),
    "two-passphrases": (
        passphrase_slot(_HORSE),
        passphrase_slot(b"battery staple", 2, salt=fixed_bytes("another salt", 16)),
    ),
    "all-kinds": (numbered(passphrase_slot(_HORSE, 7), 7), numbered(KEYRING_SLOT, 3), Slot(id=2)),
    "unknown-kind-and-passphrase": (_UNKNOWN, passphrase_slot(_HORSE)),
    "slot-parameters": (
        Slot(params=b"\xff"),
        replace(numbered(KEYRING_SLOT, 2), params=fixed_bytes("parameters", 28)),
    ),
    "two-keyring-slots": (_OTHER_KEYRING, numbered(KEYRING_SLOT, 2)),
    "unfitting-keys": (_THIRD, numbered(_OTHER_KEYRING, 2), passphrase_slot(_HORSE)),
    "malformed-beside-opening": (replace(passphrase_slot(_HORSE, 2), params=b""), Slot()),
}
"""The slots of each."""


def vault_of(description: dict[str, Any], slots: tuple[Slot, ...]) -> Vault:
    """Return the vault with these slots that holds what its description says."""
    return Vault(
        body=writer.body(*_records(description["entries"])),
        slots=b"".join(slot.encoded() for slot in slots),
        slot_count=len(slots),
        generation=int(description["generation"]),
        body_salt=fixed_bytes(f"body salt of {description['shows']}", 32),
    )


def described(description: dict[str, Any], vault: Vault, slots: tuple[Slot, ...]) -> dict[str, Any]:
    """Return a description with what the vault makes of it."""
    body_key, body_nonce = vault.body_key()
    made = {
        "store_id": vault.store_id.hex(),
        "slots": [{"kind": slot.kind, "id": slot.id, "params": len(slot.params)} for slot in slots],
        "derived": {
            "slot_keys": {str(slot.id): slot.key.hex() for slot in slots if slot.kind == PASSPHRASE},
            "data_key": vault.data_key.hex(),
            "header_mac_key": vault.header_key().hex(),
            "body_key": body_key.hex(),
            "body_nonce": body_nonce.hex(),
        },
    }
    return {**description, **made}


def _bytes(value: Bytes) -> bytes:
    return value.encode() if isinstance(value, str) else bytes.fromhex(value["hex"])


def _records(entries: list[dict[str, Any]]) -> list[bytes]:
    starts = [at for at, entry in enumerate(entries) if not entry.get("beside")]
    ends = [*starts[1:], len(entries)]
    return [_record(*entries[start:end]) for start, end in zip(starts, ends, strict=False)]


def _record(entry: dict[str, Any], *beside: dict[str, Any]) -> bytes:
    names = ("host", "username", "authtype", "protocol")
    host, username, authtype, protocol = (_bytes(entry[name]) for name in names)
    key = writer.key(host, tuple(map(_bytes, entry["path"])), username, authtype, protocol)
    return key + _fields(entry, [_fields(other) for other in beside])


def _fields(entry: dict[str, Any], beside: Iterable[bytes] = ()) -> bytes:
    state = ("active", "rejected", "doubtful").index(entry["state"])
    times = ((3, "created"), (4, "updated"), (5, "expires"), (6, "put_aside"), (13, "approved"))
    pairs: list[writer.Field] = [
        (1, _bytes(entry["secret"])),
        (2, bytes((state,))),
        *((tag, writer.u64(int(entry[name]))) for tag, name in times if entry[name] is not None),
        *((tag, entry[name].encode()) for tag, name in _TEXTS if entry[name]),
        *((8, permission.encode()) for permission in entry["permissions"]),
        *((tag, bytes.fromhex(value)) for tag, value in entry["unknown"]),
        *((tag, _bytes(entry[name])) for tag, name in _BYTES if entry[name] is not None),
        *((15, other) for other in beside),
    ]
    if entry["pinned"]:
        pairs.append((9, b""))
    pairs.sort(key=lambda pair: pair[0])
    return writer.fields(*pairs)

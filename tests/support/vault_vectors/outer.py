"""Files that fail outside their body: each is sealed rightly but for the one thing that it is named for."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import Any

from support.vault_vectors import writer
from support.vault_vectors.crypto import sha256
from support.vault_vectors.writer import OTHER_KEY_FILE, STORE_ID, Slot, Vault, fixed_bytes

H = 148
"""The length of a header with one slot that has no parameters."""

WHOLE = Vault(body=writer.body(writer.key() + writer.fields(*writer.REQUIRED)))
OTHER = replace(
    WHOLE, store_id=fixed_bytes("another store id", 16), data_key=fixed_bytes("another data key", 32)
)
NEXT = replace(WHOLE, generation=2, body_salt=fixed_bytes("next body salt", 32))

CHANGES: dict[str, dict[str, Any]] = {
    "other-magic": {"magic": b"GITPATS2"},
    "major-0": {"version": (0, 0)},
    "major-2": {"version": (2, 0)},
    "minor-1": {"version": (1, 1)},
    "header-length-0": {"header_length": 0},
    "header-length-83": {"header_length": 83},
    "header-longer-than-file": {"header_length": 4_300},
    "header-length-largest": {"header_length": 2**32 - 1},
    "generation-0": {"generation": 0},
    "not-zero": {"zero": 1},
    "body-length-too-small": {"body_length": 4_111},
    "body-length-too-large": {"body_length": 4_113},
    "body-length-0": {"body_length": 0},
    "body-length-largest": {"body_length": 2**64 - 1},
    "mac-info": {"mac_info": b"gcpat/1 body"},
    "mac-key": {"mac_key": OTHER.data_key},
    "body-info": {"body_info": b"gcpat/1 body"},
    "body-unbound": {"body_associated": b""},
    "body-bound-to-header-only": {"body_associated": WHOLE.before_body()[:H]},
    "store-id-changed": {"store_id": OTHER.store_id},
}
"""What is another value than it should be."""


def bad_outside() -> dict[str, bytes]:
    changed = {name: replace(WHOLE, **changes).encoded() for name, changes in CHANGES.items()}
    return {**changed, **_cut(), **_slots(), **_one_slot(), **_bits(), **_spliced()}


def vault_of(*slots: Slot) -> bytes:
    """Return a whole vault with these slots."""
    return _with(b"".join(slot.encoded() for slot in slots), len(slots))


def flipped(data: bytes, at: int) -> bytes:
    """Return the data with the lowest bit of one byte changed."""
    changed = bytearray(data)
    changed[at] ^= 1
    return bytes(changed)


def redigested(data: bytes, size: int = H) -> bytes:
    """Return the data with the digest that its header, which has this length, makes."""
    return data[:size] + sha256(data[:size]) + data[size + 32 :]


def _with(slots: bytes, count: int = 1) -> bytes:
    return replace(WHOLE, slots=slots, slot_count=count).encoded()


def _cut() -> dict[str, bytes]:
    data = WHOLE.encoded()
    return {
        "no-bytes": b"",
        "magic-only": data[:8],
        "fixed-part-cut": data[:83],
        "slots-cut": data[:100],
        "digest-cut": data[: H + 31],
        "mac-cut": data[: H + 63],
        "no-body": data[: H + 64],
        "last-byte-missing": data[:-1],
        "tag-missing": data[:-16],
        "byte-appended": data + b"\0",
        "byte-before": b"\0" + data,
        "line-ends-changed": data.replace(b"\n", b"\r\n") + b"\r\n",
        "body-shorter-than-tag": replace(WHOLE, body_length=15).before_body() + bytes(15),
        "key-missing": data,
    }


def _slots() -> dict[str, bytes]:
    long = [Slot(kind=9, id=at, params=fixed_bytes("long", size)) for at, size in ((2, 65_000), (3, 261))]
    one = Slot().encoded()
    second = Slot(id=2, nonce=fixed_bytes("slot nonce 2", 12)).encoded()
    head = struct.pack(">BBH", 9, 2, 300)
    return {
        "header-too-long": vault_of(*long, Slot()),
        "no-slots": _with(b"", 0),
        "nine-slots": vault_of(*(Slot(id=number) for number in range(1, 10))),
        "key-empty-nine-slots": vault_of(*(Slot(id=number) for number in range(9))),
        "slot-missing": _with(one, 2),
        "slot-too-many": _with(one + second),
        "slot-id-repeated": vault_of(Slot(), Slot(kind=9, key=OTHER_KEY_FILE)),
        "slot-head-cut": _with(one + b"\x09\x02\x00", 2),
        "slot-params-cut": _with(one + head + bytes(299), 2),
        "slot-nonce-cut": _with(one + second[:15], 2),
        "slot-key-cut": _with(one + second[:-1], 2),
        "byte-after-slots": _with(one + b"\0"),
        "slot-wrapped-bit": _with(flipped(one, -1)),
        "slot-nonce-bit": _with(flipped(one, 4)),
    }


def _one_slot() -> dict[str, bytes]:
    bound = b"gcpat/1 slot" + STORE_ID
    return {
        "slot-unbound": vault_of(Slot(bound_to=b"")),
        "slot-bound-to-other-id": vault_of(Slot(bound_to=bound + b"\x03\x02")),
        "slot-bound-to-other-kind": vault_of(Slot(bound_to=bound + b"\x02\x01")),
        "slot-params-unbound": vault_of(Slot(params=b"p", bound_to=bound + b"\x03\x01")),
        "slot-of-other-vault": vault_of(Slot(store_id=OTHER.store_id, data_key=OTHER.data_key)),
        "data-key-of-other-vault": vault_of(Slot(data_key=OTHER.data_key)),
        "data-key-of-other-vault-first": vault_of(Slot(data_key=OTHER.data_key), Slot(id=2)),
        "only-kind-200": vault_of(Slot(kind=200)),
    }


def _bits() -> dict[str, bytes]:
    data = WHOLE.encoded()
    return {
        "header-bit": flipped(data, 38),
        "digest-bit": flipped(data, H),
        "mac-bit": flipped(data, H + 32),
        "body-first-bit": flipped(data, H + 64),
        "body-tag-bit": flipped(data, -1),
        "generation-forged": redigested(data[:39] + b"\x02" + data[40:]),
        "salt-forged": redigested(flipped(data, 44)),
    }


def _spliced() -> dict[str, bytes]:
    old, new, other = WHOLE.encoded(), NEXT.encoded(), OTHER.encoded()
    return {
        "body-of-next-generation": old[:212] + new[212:],
        "mac-of-next-generation": old[:180] + new[180:212] + old[212:],
        "header-of-next-generation": new[:180] + old[180:],
        "body-of-other-vault": old[:212] + other[212:],
    }

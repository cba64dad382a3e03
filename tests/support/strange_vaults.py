"""Vaults by chance: rightly sealed, and now and then strange inside, in their header, or in their keys."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from itertools import pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from support.vault_vectors import writer
from support.vault_vectors.crypto import sha256
from support.vault_vectors.writer import Slot, Vault, fixed_bytes, u64

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

PHRASE = b"correct horse"
BY_PHRASE = replace(writer.passphrase_slot(PHRASE, 3), nonce=fixed_bytes("slot nonce 3", 12))
UNKNOWN_KIND = Slot(kind=200, id=9, params=b"for a newer program", key=fixed_bytes("unknown kind", 32))
OTHER_DATA_KEY = fixed_bytes("another data key", 32)
ONE_IN_PHRASES = 1_000
"""A passphrase is there once in so many vaults, because a derivation takes long."""

PARTS = (
    b"", b"https", b"http", b"dev.azure.com", b"b.example:8443", b"[::1]", b"a", b"b", b"aa", b"\x7f",
    b"\x80", b"\xff\x00", b"a/b", b"\n", "ü".encode(), b"x" * 300, b"x" * 5_000,
)  # fmt: skip
VALUES = (
    b"", b"\0", b"\1", b"\2", b"\3", b"\0\0", bytes(7), bytes(8), bytes(9), b"\xff" * 8, b"a", b"\xff",
    b"B\xfcro", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc3", "Büro 🔑\0".encode(),
    b"x" * 4_000,
)  # fmt: skip
TEXT = tuple(value for value in VALUES if value.decode("utf-8", "replace").encode() == value)
OPTIONAL: tuple[tuple[int, tuple[bytes, ...]], ...] = (
    (5, (u64(0), u64(1_800_000_000), u64(2**64 - 1))),
    (6, (u64(0), u64(2**64 - 1))),
    (7, TEXT[1:]),
    (8, TEXT),
    (8, TEXT),
    (9, (b"",)),
    (10, VALUES),
    (11, TEXT[1:]),
    (12, VALUES),
    (13, (u64(0), u64(2**64 - 1))),
    (200, VALUES),
    (200, VALUES),
    (255, VALUES),
)
"""Fields that an entry may have, in their order, and what may stand in them."""


class Keys(NamedTuple):
    """What lies on the machine, and what the person answers; None: nothing."""

    key_file: bytes | None
    keyring: str | None
    passphrase: bytes | None


@dataclass(frozen=True)
class Field:
    """A field, and the length that it claims if that is not its own."""

    tag: int
    value: bytes
    length: int | None = None

    def encoded(self) -> bytes:
        return writer.field(self.tag, self.value, self.length)


def strange_vault(chance: Random) -> tuple[bytes, Keys]:
    """Return a file, and the keys to try: about half of them open it and find nothing wrong."""
    slots = _slots(chance)
    vault = Vault(
        body=_body(chance),
        slots=b"".join(slot.encoded() for slot in slots),
        slot_count=len(slots),
        generation=chance.choice((1, 2, 2**64 - 1)),
        body_salt=chance.randbytes(32),
    )
    if _once_in(12, chance):
        vault = replace(vault, **_changed_header(vault, chance))
    data = vault.encoded()
    if _once_in(10, chance):
        data = _spliced(data, chance)
    is_cheap = all(slot.params == BY_PHRASE.params for slot in slots if slot.kind == writer.PASSPHRASE)
    if _once_in(20, chance):
        data = chance.choice(FILE_CHANGES)(data, chance)
        is_cheap = False
    return data, _keys(chance, has_phrase=is_cheap and _once_in(ONE_IN_PHRASES, chance))


def _once_in(times: int, chance: Random) -> bool:
    return chance.randrange(times) == 0


def _keys(chance: Random, *, has_phrase: bool) -> Keys:
    right, wrong = writer.KEY_FILE, writer.OTHER_KEY_FILE
    key = chance.choices((right, wrong, None, b"", right[:-1], right + b"\n"), (80, 3, 10, 1, 1, 1))[0]
    items = writer.KEYRING_ITEM, None, "", "no base64", writer.KEYRING_ITEM[4:], "A" * 43 + "="
    item = chance.choices(items, (20, 60, 1, 1, 1, 3))[0]
    return Keys(key, item, chance.choice((PHRASE, b"", b"\xff")) if has_phrase else None)


def _slots(chance: Random) -> list[Slot]:
    keyfile, keyring = Slot(), writer.numbered(writer.KEYRING_SLOT, 2)
    slots = [] if _once_in(6, chance) else [keyfile]
    slots += chance.sample((keyring, BY_PHRASE, UNKNOWN_KIND), chance.choice((0, 0, 0, 1, 2, 3)))
    chance.shuffle(slots)
    while _once_in(8, chance) and slots:
        at = chance.randrange(len(slots))
        slots[at : at + 1] = chance.choice(SLOT_CHANGES)(slots[at], chance)
    return slots


SLOT_CHANGES: tuple[Callable[[Slot, Random], Sequence[Slot]], ...] = (
    lambda _slot, _chance: (),
    lambda slot, _chance: (slot, slot),
    lambda slot, chance: (slot, replace(slot, id=chance.randrange(256))),
    lambda slot, chance: (replace(slot, id=chance.randrange(256)), slot),
    lambda slot, chance: (replace(slot, kind=chance.choice((0, 1, 2, 3, 4, 255))),),
    lambda slot, chance: (replace(slot, params=chance.choice((b"", b"p", bytes(28), bytes(500)))),),
    lambda slot, chance: (replace(slot, params=_cost(chance)),),
    lambda slot, _chance: (replace(slot, key=writer.OTHER_KEY_FILE),),
    lambda slot, _chance: (replace(slot, key=writer.OTHER_KEY_FILE), replace(slot, id=77)),
    lambda slot, _chance: (replace(slot, data_key=OTHER_DATA_KEY), replace(slot, id=77)),
    lambda slot, _chance: (replace(slot, store_id=bytes(16)),),
    lambda slot, _chance: (replace(slot, bound_to=b""),),
    lambda slot, _chance: tuple(replace(slot, id=number) for number in range(100, 108)),
    lambda slot, _chance: (replace(slot, kind=9, params=bytes(65_000)), slot),
)


def _cost(chance: Random) -> bytes:
    """Return parameters at the bounds, or beyond."""
    passes, lanes = (chance.choice((0, 1, 16, 17, 2**32 - 1)) for _ in range(2))
    memory = chance.choice((0, 19_455, 19_456, 1_048_576, 1_048_577, 2**32 - 1))
    return writer.cost_params(passes, memory, lanes)


def _changed_header(vault: Vault, chance: Random) -> dict[str, Any]:
    """Return one field of the header with another value; it is sealed with it."""
    count, length, body = vault.slot_count or 0, 84 + len(vault.slots), len(vault.body) + 16
    values: tuple[tuple[str, tuple[Any, ...]], ...] = (
        ("magic", (b"GITPATS2", b"gitpats1")),
        ("version", ((0, 0), (1, 1), (2, 0), (1, 65_535), (0, 1))),
        ("header_length", (0, 83, 84, length - 1, length + 1, length - 76, 65_537, 2**32 - 1)),
        ("generation", (0, 3)),
        ("slot_count", (0, count - 1 if count else 9, count + 1, 9, 65_535)),
        ("zero", (1, 256)),
        ("body_length", (0, 15, 16, body - 1, body + 1, 2**26, 2**64 - 1)),
        ("store_id", (bytes(16), fixed_bytes("another store id", 16))),
        ("slots", (vault.slots + b"\0", vault.slots[:-1], vault.slots[:-49], b"")),
        ("mac_info", (b"gcpat/1 body",)),
        ("mac_key", (OTHER_DATA_KEY,)),
        ("data_key", (OTHER_DATA_KEY,)),
        ("body_info", (b"gcpat/1 body",)),
        ("body_associated", (b"", vault.before_body()[:-64])),
    )
    name, choices = chance.choice(values)
    return {name: chance.choice(choices)}


def _redigested(data: bytes) -> bytes:
    size = int.from_bytes(data[12:16], "big")
    return data[:size] + sha256(data[:size]) + data[size + 32 :] if size + 32 <= len(data) else data


FILE_CHANGES: tuple[Callable[[bytes, Random], bytes], ...] = (
    lambda data, chance: data[: chance.randrange(len(data))],
    lambda data, chance: data[: chance.randrange(min(len(data), 400))],
    lambda data, chance: data + bytes(chance.choice((1, 16, 4_096))),
    lambda data, chance: data[chance.choice((1, 8)) :],
    lambda data, chance: _flipped(data, chance.randrange(len(data))),
    lambda data, chance: _flipped(data, chance.randrange(min(len(data), 400))),
    lambda data, chance: _redigested(_flipped(data, chance.randrange(min(len(data), 400)))),
    lambda data, chance: _redigested(_flipped(data, chance.randrange(84))),
)


def _spliced(data: bytes, chance: Random) -> bytes:
    """Return a file some of whose pieces are of another generation, of another data key or another vault."""
    other = Vault(
        generation=2,
        body_salt=chance.randbytes(32),
        store_id=chance.choice((writer.STORE_ID, fixed_bytes("another store id", 16))),
        data_key=chance.choice((writer.DATA_KEY, OTHER_DATA_KEY)),
    )
    pieces = zip(_pieces(data), _pieces(other.encoded()), strict=True)
    mixed = b"".join(chance.choice(pair) for pair in pieces)
    return chance.choice((mixed, _redigested(mixed)))


def _pieces(data: bytes) -> list[bytes]:
    """Return a vault's fields but for its slots, and these together."""
    size = int.from_bytes(data[12:16], "big")
    bounds = (0, 12, 16, 32, 40, 44, 76, 84, size, size + 32, size + 64, len(data))
    return [data[start:end] for start, end in pairwise(bounds)]


def _flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes((data[at] ^ (1 << at % 8),)) + data[at + 1 :]


def _body(chance: Random) -> bytes:
    records = sorted({_key(chance): None for _ in range(chance.choice((0, 1, 1, 1, 2, 3, 5)))})
    encoded = [key + _fields(chance) for key in records]
    if len(encoded) > 1 and _once_in(10, chance):
        chance.choice(LIST_CHANGES)(encoded, chance.randrange(len(encoded)), chance)
    count = chance.choice((0, len(encoded) + 1, 2**32 - 1)) if _once_in(50, chance) else len(encoded)
    used = struct.pack(">I", count) + b"".join(encoded)
    if _once_in(10, chance):
        at = chance.randrange(len(used))
        used = used[:at] + chance.choice(BYTE_CHANGES)(used[at:], chance)
    padding = bytes(-len(used) % writer.BLOCK)
    if _once_in(25, chance):
        padding = chance.choice(PADDING_CHANGES)(padding, chance)
    return used + padding


def _key(chance: Random) -> bytes:
    host, username, authtype = (chance.choice(PARTS) for _ in range(3))
    path = tuple(chance.choice(PARTS) for _ in range(chance.choice((0, 1, 1, 2, 4))))
    return writer.key(host, path, username, authtype, chance.choice((b"https", chance.choice(PARTS))))


def _fields(chance: Random) -> bytes:
    """Return an entry's fields; now and then one or two things about them are changed."""
    pairs = [
        (1, chance.choice(VALUES)),
        (2, chance.choice((b"\0", b"\1", b"\2"))),
        *((tag, u64(chance.choice((0, 1_700_000_000 * 10**9, 2**64 - 1)))) for tag in (3, 4)),
        *((tag, chance.choice(values)) for tag, values in OPTIONAL if _once_in(4, chance)),
        *((15, _fields(chance)) for _ in range(2) if _once_in(8, chance)),
    ]
    pairs.sort(key=itemgetter(0))
    fields = [Field(tag, value) for tag, value in pairs]
    while _once_in(6, chance) and fields:
        chance.choice((*LIST_CHANGES, *FIELD_CHANGES))(fields, chance.randrange(len(fields)), chance)
    count = len(fields) + chance.choice((-1, 1)) if _once_in(60, chance) and fields else len(fields)
    return struct.pack(">H", count) + b"".join(field.encoded() for field in fields)


LIST_CHANGES: tuple[Callable[[list[Any], int, Random], object], ...] = (
    lambda items, at, _chance: items.pop(at),
    lambda items, at, _chance: items.insert(at, items[at]),
    lambda items, at, chance: items.insert(chance.randrange(len(items)), items.pop(at)),
    lambda items, _at, _chance: items.reverse(),
)

FIELD_CHANGES: tuple[Callable[[list[Field], int, Random], object], ...] = (
    lambda fields, at, chance: fields.insert(at, replace(fields[at], value=chance.choice(VALUES))),
    lambda fields, at, chance: _set(fields, at, value=chance.choice(VALUES)),
    lambda fields, _at, chance: _put(
        fields, Field(chance.choice((0, 5, 7, 8, 9, 11, 13)), chance.choice(VALUES))
    ),
    lambda fields, _at, chance: _put(fields, Field(chance.choice((7, 11)), b"")),
    lambda fields, at, chance: _set(fields, at, tag=chance.choice((*range(16), 255))),
    lambda fields, at, chance: _set(
        fields, at, length=max(0, len(fields[at].value) + chance.choice((-1, 1)))
    ),
    lambda fields, at, chance: _set(fields, at, length=chance.choice((5_000, 2**31, 2**32 - 1))),
)


def _put(fields: list[Field], field: Field) -> None:
    """Put a field where its tag belongs, in place of those that have it."""
    fields[:] = [*(one for one in fields if one.tag != field.tag), field]
    fields.sort(key=lambda one: one.tag)


def _set(fields: list[Field], at: int, **changes: Any) -> None:  # noqa: ANN401  # fields of every type
    fields[at] = replace(fields[at], **changes)


BYTE_CHANGES: tuple[Callable[[bytes, Random], bytes], ...] = (
    lambda data, chance: chance.randbytes(1) + data[1:],
    lambda data, chance: bytes((data[0] ^ (1 << chance.randrange(8)),)) + data[1:],
    lambda data, chance: chance.randbytes(chance.choice((1, 2, 4))) + data,
    lambda data, _chance: data[1:],
    lambda _data, _chance: b"",
)

PADDING_CHANGES: tuple[Callable[[bytes, Random], bytes], ...] = (
    lambda padding, _chance: padding[:-1] + b"\1",
    lambda padding, chance: _flipped(padding, chance.randrange(len(padding))) if padding else b"\1",
    lambda padding, _chance: padding[:-1],
    lambda padding, _chance: padding + b"\0",
    lambda padding, _chance: padding + bytes(writer.BLOCK),
    lambda _padding, _chance: b"",
)

"""Reads a vault by docs/vault-format.md, section "Reading", check by check."""

from __future__ import annotations

import binascii
import hmac
import struct
import unicodedata
from base64 import b64decode
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from support.vault_vectors.crypto import argon2id, gcm_open, hkdf, hmac_sha256, sha256

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

HEADER_LIMIT = 65_536
BODY_LIMIT = 64 * 1024 * 1024
REPEATABLE = {8, *range(12, 256)}
STATES = ("active", "rejected", "doubtful")
COSTS = ((1, 16), (19 * 1024, 1024 * 1024), (1, 16))
"""The least and the greatest passes, memory in KiB and lanes."""

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]


class DamagedVaultError(Exception):
    """The class `damaged`."""


class LockedVaultError(Exception):
    """The class `locked`."""


class NoneFitsError(Exception):
    """A key is there and opens no slot."""


class Slot(NamedTuple):
    """A key slot as it stands in the header."""

    kind: int
    id: int
    params: bytes
    nonce: bytes
    wrapped: bytes


class Header(NamedTuple):
    """What can be read without a key."""

    store_id: bytes
    generation: int
    body_salt: bytes
    slots: tuple[Slot, ...]


class Keys(NamedTuple):
    """What may open a vault: contents of the key file, text in the keyring, a passphrase; None: not there."""

    key_file: bytes | None = None
    keyring: str | None = None
    passphrase: bytes | None = None


class Record(NamedTuple):
    """One entry: the five parts of its key, and its fields."""

    protocol: bytes
    host: bytes
    path: tuple[bytes, ...]
    username: bytes
    authtype: bytes
    fields: tuple[tuple[int, bytes], ...]


@dataclass
class Cursor:
    """Takes bytes from the front; what is not there is damage."""

    data: bytes
    at: int = 0

    def take(self, length: int) -> bytes:
        if length > len(self.data) - self.at:
            raise DamagedVaultError("cut short")
        self.at += length
        return self.data[self.at - length : self.at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def text(self) -> bytes:
        return self.take(self.number(2))


def read(data: bytes, keys: Keys) -> tuple[Header, tuple[Record, ...]]:
    """Return header and entries."""
    header, before_body = read_header(data)
    data_key = _data_key(header, keys)
    size = len(before_body) - 64
    mac_key = hkdf(data_key, header.store_id, b"gcpat/1 header", 32)
    _require(hmac.compare_digest(hmac_sha256(mac_key, data[:size]), data[size + 32 : size + 64]), "MAC")
    derived = hkdf(data_key, header.body_salt, b"gcpat/1 body" + header.store_id, 44)
    body = gcm_open(derived[:32], derived[32:], data[size + 64 :], before_body)
    if body is None:
        raise DamagedVaultError("sealed body")
    return header, read_body(body)


def read_header(data: bytes) -> tuple[Header, bytes]:
    """Make the checks 1 to 6; return the header and everything before the sealed body."""
    _require(148 <= len(data) <= HEADER_LIMIT + 64 + BODY_LIMIT and data[:8] == b"GITPATS1", "no vault")
    cursor = Cursor(data, 8)
    major, minor, size = cursor.number(2), cursor.number(2), cursor.number(4)
    _require(84 <= size <= HEADER_LIMIT and size + 64 <= len(data), "length of the header")
    _require(sha256(data[:size]) == data[size : size + 32], "digest")
    store_id, generation = cursor.take(16), cursor.number(8)
    count, zero = cursor.number(2), cursor.number(2)
    _require((major, minor) == (1, 0) and zero == 0 and 1 <= count <= 8 and generation > 0, "fixed part")
    body_salt, body_length = cursor.take(32), cursor.number(8)
    _require(16 <= body_length <= BODY_LIMIT and size + 64 + body_length == len(data), "length of the body")
    slots = _slots(data[84:size], count)
    return Header(store_id, generation, body_salt, slots), data[: size + 64]


def _slots(data: bytes, count: int) -> tuple[Slot, ...]:
    cursor = Cursor(data)
    slots: list[Slot] = []
    for _ in range(count):
        kind, number, length = cursor.number(1), cursor.number(1), cursor.number(2)
        slots.append(Slot(kind, number, cursor.take(length), cursor.take(12), cursor.take(48)))
    _require(cursor.at == len(data), "something after the slots")
    _require(len({slot.id for slot in slots}) == count, "repeated id of a slot")
    return tuple(slots)


def _data_key(header: Header, keys: Keys) -> bytes:
    """Make the check 7: try kind by kind, those first that ask nobody."""
    failures: list[Exception] = []
    for kind, key_for in ((3, _of_key_file), (1, _of_keyring), (2, _of_passphrase)):
        slots = [slot for slot in header.slots if slot.kind == kind]
        try:
            if slots:
                return _unwrapped(slots, header.store_id, key_for(slots, keys))
        except NoneFitsError:  # a person mistypes, a machine does not
            failures.append(LockedVaultError() if kind == 2 else DamagedVaultError())
        except (LockedVaultError, DamagedVaultError) as failure:
            failures.append(failure)
    if failures and all(isinstance(failure, DamagedVaultError) for failure in failures):
        raise DamagedVaultError("no key fits")
    raise LockedVaultError


def _unwrapped(slots: Iterable[Slot], store_id: bytes, key_for: Callable[[Slot], bytes]) -> bytes:
    for slot in slots:
        associated = b"gcpat/1 slot" + store_id + bytes((slot.kind, slot.id)) + slot.params
        data_key = gcm_open(key_for(slot), slot.nonce, slot.wrapped, associated)
        if data_key is not None:
            return data_key
    raise NoneFitsError


def _of_key_file(_slots: Iterable[Slot], keys: Keys) -> Callable[[Slot], bytes]:
    return _same(keys.key_file)


def _of_keyring(_slots: Iterable[Slot], keys: Keys) -> Callable[[Slot], bytes]:
    try:
        return _same(None if keys.keyring is None else b64decode(keys.keyring, validate=True))
    except (binascii.Error, ValueError):
        raise LockedVaultError from None


def _same(key: bytes | None) -> Callable[[Slot], bytes]:
    """Return what gives the one key of a kind for each of its slots."""
    if key is None or len(key) != 32:
        raise LockedVaultError
    return lambda _slot: key


def _of_passphrase(slots: Iterable[Slot], keys: Keys) -> Callable[[Slot], bytes]:
    for slot in slots:
        _require(len(slot.params) == 28, "length of the parameters")
        cost = struct.unpack(">III", slot.params[:12])
        within = all(least <= value <= most for value, (least, most) in zip(cost, COSTS, strict=True))
        _require(within, "cost of the derivation")
    if not keys.passphrase:
        raise LockedVaultError
    text = unicodedata.normalize("NFC", keys.passphrase.decode("utf-8", "surrogateescape"))
    phrase = text.encode("utf-8", "surrogateescape")
    return lambda slot: argon2id(phrase, slot.params[12:], *struct.unpack(">III", slot.params[:12]))


def read_body(body: bytes) -> tuple[Record, ...]:
    """Make the last check."""
    cursor = Cursor(body)
    count = cursor.number(4)
    records: list[Record] = []
    previous = b""
    for _ in range(count):
        start = cursor.at
        protocol, host = cursor.text(), cursor.text()
        path = tuple(cursor.text() for _ in range(cursor.number(2)))
        username, authtype = cursor.text(), cursor.text()
        key = body[start : cursor.at]
        _require(key > previous, "order of the records")
        previous = key
        records.append(Record(protocol, host, path, username, authtype, _fields(cursor)))
    _require(len(body) == (cursor.at + 4095) // 4096 * 4096, "length of the padding")
    _require(not any(body[cursor.at :]), "padding")
    return tuple(records)


def _fields(cursor: Cursor) -> tuple[tuple[int, bytes], ...]:
    fields = []
    for _ in range(cursor.number(2)):
        tag, length = cursor.number(1), cursor.number(4)
        fields.append((tag, cursor.take(length)))
    tags = [tag for tag, _ in fields]
    _require(tags == sorted(tags) and 0 not in tags, "order of the tags")
    _require(all(tags.count(tag) == 1 for tag in tags if tag not in REPEATABLE), "repeated tag")
    _require({1, 2, 3, 4} <= set(tags), "missing tag")
    for tag, value in fields:
        _require(_is_valid(tag, value), f"value of tag {tag}")
    return tuple(fields)


def _is_valid(tag: int, value: bytes) -> bool:
    if tag == 2:
        return len(value) == 1 and value[0] < len(STATES)
    if tag in (3, 4, 5, 6):
        return len(value) == 8
    if tag in (7, 8, 11):
        return (tag == 8 or value != b"") and _is_utf8(value)
    return tag != 9 or value == b""


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode("utf-8", "strict")
    except UnicodeDecodeError:
        return False
    return True


def _require(condition: bool, what: str) -> None:  # noqa: FBT001  # reads as a sentence where it is used
    if not condition:
        raise DamagedVaultError(what)


def plain(value: bytes) -> Json:
    """Return bytes as JSON: a string where they are UTF-8, else {"hex": "..."}."""
    return value.decode() if _is_utf8(value) else {"hex": value.hex()}


def as_json(record: Record) -> dict[str, Json]:
    """Return an entry in the form in which the vectors state what to expect."""
    first = dict(reversed(record.fields))
    numbers = {tag: str(int.from_bytes(first[tag], "big")) for tag in (3, 4, 5, 6) if tag in first}
    return {
        "protocol": plain(record.protocol),
        "host": plain(record.host),
        "path": [plain(segment) for segment in record.path],
        "username": plain(record.username),
        "authtype": plain(record.authtype),
        "secret": plain(first[1]),
        "state": STATES[first[2][0]],
        "created": numbers[3],
        "updated": numbers[4],
        "expires": numbers.get(5),
        "put_aside": numbers.get(6),
        "label": first.get(7, b"").decode(),
        "permissions": [value.decode() for tag, value in record.fields if tag == 8],
        "pinned": 9 in first,
        "refresh_token": plain(first[10]) if 10 in first else None,
        "owner": first.get(11, b"").decode(),
        "unknown": [[tag, value.hex()] for tag, value in record.fields if tag > 11],
    }

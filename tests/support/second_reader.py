"""A reader of the vault that shares nothing with the program: it was written from docs/vault-format.md alone.

Each rule of that page stands in one `require`, in the words of the page.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import unicodedata
from base64 import b64decode
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

KEYRING, PASSPHRASE, KEYFILE = 1, 2, 3
SECRET, STATE, CREATED, UPDATED, EXPIRES, PUT_ASIDE = 1, 2, 3, 4, 5, 6
LABEL, PERMISSION, PINNED, REFRESH_TOKEN, OWNER, APPROVED, BESIDE = 7, 8, 9, 10, 11, 13, 15
RENEWAL, SIGN_IN = 16, 17
KNOWN = frozenset((*range(1, 12), APPROVED, BESIDE, RENEWAL, SIGN_IN))


Key = tuple[bytes, bytes, tuple[bytes, ...], bytes, bytes]
"""Protocol, host, segments, username, authtype."""


class DamagedVaultError(Exception):
    """The class `damaged`."""


class LockedVaultError(Exception):
    """The class `locked`."""


class Keys(NamedTuple):
    """What may open a vault: contents of the key file, text in the keyring, a passphrase; None: not there."""

    key_file: bytes | None = None
    keyring: str | None = None
    passphrase: bytes | None = None


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


class Entry(NamedTuple):
    """An entry; what it does not have is None, or empty if it is a text."""

    protocol: bytes
    host: bytes
    path: tuple[bytes, ...]
    username: bytes
    authtype: bytes
    secret: bytes
    state: int
    created: int
    updated: int
    expires: int | None
    put_aside: int | None
    label: str
    permissions: tuple[str, ...]
    pinned: bool
    refresh_token: bytes | None
    owner: str
    approved: int | None
    renewal: bytes | None
    sign_in: str
    unknown: tuple[tuple[int, bytes], ...]
    beside: bool = False
    """Whether it stands in the record of the entry before it."""


@dataclass
class Cursor:
    """Takes bytes from the front."""

    data: bytes
    at: int = 0

    def take(self, length: int) -> bytes:
        if length > len(self.data) - self.at:
            raise DamagedVaultError("something is longer than what is left")
        self.at += length
        return self.data[self.at - length : self.at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def text(self) -> bytes:
        return self.take(self.number(2))


def require(holds: bool, what: str) -> None:  # noqa: FBT001  # reads as a sentence where it is used
    """Refuse the vault unless a rule of the page holds."""
    if not holds:
        raise DamagedVaultError(what)


def read(data: bytes, keys: Keys) -> tuple[Header, tuple[Entry, ...]]:
    """Return header and entries; raise DamagedVaultError or LockedVaultError."""
    header, size = read_header(data)
    data_key = _data_key(header, keys)
    mac_key = hkdf(data_key, header.store_id, b"gcpat/1 header", 32)
    mac = hmac.digest(mac_key, data[:size], "sha256")
    require(hmac.compare_digest(mac, data[size + 32 : size + 64]), "the header MAC is right")
    derived = hkdf(data_key, header.body_salt, b"gcpat/1 body" + header.store_id, 44)
    body = _unsealed(derived[:32], derived[32:], data[size + 64 :], data[: size + 64])
    if body is None:
        raise DamagedVaultError("the sealed body does not open")
    return header, read_body(body)


def read_header(data: bytes) -> tuple[Header, int]:
    """Make the checks 1 to 6; return the header and H."""
    require(148 <= len(data) <= 67_174_464, "the file has 148 to 67,174,464 bytes")
    require(data[:8] == b"GITPATS1", "the file begins with the magic")
    fixed = Cursor(data, 8)
    version, size = (fixed.number(2), fixed.number(2)), fixed.number(4)
    require(84 <= size <= 65_536, "84 ≤ H ≤ 65,536")
    require(size + 64 <= len(data), "H + 64 is not beyond the end")
    require(data[size : size + 32] == hashlib.sha256(data[:size]).digest(), "the digest is right")
    store_id, generation = fixed.take(16), fixed.number(8)
    count, zero = fixed.number(2), fixed.number(2)
    body_salt, body_length = fixed.take(32), fixed.number(8)
    require(version == (1, 0), "the version is 1.0")
    require(zero == 0, "the field zero is 0")
    require(1 <= count <= 8, "the slot count is 1 to 8")
    require(generation != 0, "the generation is not 0")
    require(16 <= body_length <= 67_108_864, "16 ≤ B ≤ 67,108,864")
    require(size + 64 + body_length == len(data), "the file ends at H + 64 + B")
    return Header(store_id, generation, body_salt, _slots(data[84:size], count)), size


def _slots(data: bytes, count: int) -> tuple[Slot, ...]:
    cursor = Cursor(data)
    slots: list[Slot] = []
    for _ in range(count):
        kind, number, length = cursor.number(1), cursor.number(1), cursor.number(2)
        slots.append(Slot(kind, number, cursor.take(length), cursor.take(12), cursor.take(48)))
    require(cursor.at == len(data), "the slots end at H")
    require(len({slot.id for slot in slots}) == count, "no id occurs twice")
    return tuple(slots)


def _data_key(header: Header, keys: Keys) -> bytes:
    """Make the check 7: try kind by kind, those first that ask nobody."""
    failures: list[Exception] = []
    for kind, opener in OPENERS:
        slots = [slot for slot in header.slots if slot.kind == kind]
        try:
            if slots:
                return opener(slots, header.store_id, keys)
        except (LockedVaultError, DamagedVaultError) as failure:
            failures.append(failure)
    locked = [failure for failure in failures if isinstance(failure, LockedVaultError)]
    if not failures:
        raise LockedVaultError("no slot is of a known kind")
    raise (locked or failures)[0]


def _by_key_file(slots: Sequence[Slot], store_id: bytes, keys: Keys) -> bytes:
    return _by_key(slots, store_id, keys.key_file)


def _by_keyring(slots: Sequence[Slot], store_id: bytes, keys: Keys) -> bytes:
    try:
        key = None if keys.keyring is None else b64decode(keys.keyring, validate=True)
    except (binascii.Error, ValueError):
        raise LockedVaultError("the keyring's item is no base64") from None
    return _by_key(slots, store_id, key)


def _by_key(slots: Sequence[Slot], store_id: bytes, key: bytes | None) -> bytes:
    if key is None or len(key) != 32:
        raise LockedVaultError("there is no key of 32 bytes")
    for slot in slots:
        data_key = _unwrapped(slot, store_id, key)
        if data_key is not None:
            return data_key
    raise DamagedVaultError("the key opens none of its slots")


def _by_passphrase(slots: Sequence[Slot], store_id: bytes, keys: Keys) -> bytes:
    costs = [_cost(slot.params) for slot in slots]
    if not keys.passphrase:
        raise LockedVaultError("there is no passphrase")
    text = unicodedata.normalize("NFC", keys.passphrase.decode("utf-8", "surrogateescape"))
    phrase = text.encode("utf-8", "surrogateescape")
    for slot, (passes, memory, lanes) in zip(slots, costs, strict=True):
        key = hash_secret_raw(phrase, slot.params[12:], passes, memory, lanes, 32, Type.ID, 0x13)
        data_key = _unwrapped(slot, store_id, key)
        if data_key is not None:
            return data_key
    raise LockedVaultError("the passphrase opens none of the slots")


OPENERS: tuple[tuple[int, Callable[[Sequence[Slot], bytes, Keys], bytes]], ...] = (
    (KEYFILE, _by_key_file),
    (KEYRING, _by_keyring),
    (PASSPHRASE, _by_passphrase),
)
"""The kinds in the order of trying."""


def _cost(params: bytes) -> tuple[int, int, int]:
    if len(params) != 28:
        raise DamagedVaultError("the parameters are not 28 bytes")
    passes, memory, lanes = (int.from_bytes(params[at : at + 4], "big") for at in (0, 4, 8))
    if not (1 <= passes <= 16 and 19_456 <= memory <= 1_048_576 and 1 <= lanes <= 16):
        raise DamagedVaultError("the cost is out of bounds")
    return passes, memory, lanes


def _unwrapped(slot: Slot, store_id: bytes, key: bytes) -> bytes | None:
    associated = b"gcpat/1 slot" + store_id + bytes((slot.kind, slot.id)) + slot.params
    return _unsealed(key, slot.nonce, slot.wrapped, associated)


def _unsealed(key: bytes, nonce: bytes, data: bytes, associated: bytes) -> bytes | None:
    try:
        return AESGCM(key).decrypt(nonce, data, associated)
    except InvalidTag:
        return None


def hkdf(key: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869 with SHA-256: extract, then expand."""
    extracted = hmac.digest(salt, key, "sha256")
    output = block = b""
    for number in range(1, -(-length // 32) + 1):
        block = hmac.digest(extracted, block + info + bytes((number,)), "sha256")
        output += block
    return output[:length]


def read_body(body: bytes) -> tuple[Entry, ...]:
    """Make the last check."""
    cursor = Cursor(body)
    entries: list[Entry] = []
    last = b""
    for _ in range(cursor.number(4)):
        start = cursor.at
        protocol, host = cursor.text(), cursor.text()
        path = tuple(cursor.text() for _ in range(cursor.number(2)))
        username, authtype = cursor.text(), cursor.text()
        key = body[start : cursor.at]
        require(key > last, "records stand in strictly ascending order of their keys")
        last = key
        parts = (protocol, host, path, username, authtype)
        fields = _fields(cursor)
        entries.append(_entry(parts, fields))
        entries += [_beside(parts, value) for tag, value in fields if tag == BESIDE]
    padding = body[cursor.at :]
    require(len(body) % 4_096 == 0, "the body's length is a multiple of 4,096")
    require(len(padding) < 4_096, "the padding is 0 to 4,095 bytes")
    require(not any(padding), "the padding is zero")
    return tuple(entries)


def _beside(key: Key, value: bytes) -> Entry:
    cursor = Cursor(value)
    fields = _fields(cursor)
    require(cursor.at == len(value), "the fields of a token beside are all of its value")
    require(all(tag != BESIDE for tag, _ in fields), "no token stands beside one that stands beside another")
    return _entry(key, fields)._replace(beside=True)


def _fields(cursor: Cursor) -> list[tuple[int, bytes]]:
    fields = []
    last = -1
    for _ in range(cursor.number(2)):
        tag = cursor.number(1)
        require(tag != 0, "tag 0 does not occur")
        require(tag >= last, "fields stand in ascending order of their tags")
        require(tag != last or tag in {PERMISSION, BESIDE} or tag not in KNOWN, "a known tag occurs once")
        fields.append((tag, cursor.take(cursor.number(4))))
        last = tag
    return fields


def _entry(key: Key, fields: list[tuple[int, bytes]]) -> Entry:
    known = dict(fields)
    require({SECRET, STATE, CREATED, UPDATED} <= known.keys(), "what is always there is there")
    require(known[STATE] in {b"\0", b"\1", b"\2"}, "the state is one byte: 0, 1 or 2")
    require(known.get(LABEL) != b"", "a label has at least one byte")
    require(known.get(OWNER) != b"", "an owner has at least one byte")
    require(known.get(RENEWAL) != b"", "a renewal has at least one byte")
    require(known.get(SIGN_IN) != b"", "a sign-in has at least one byte")
    require(known.get(PINNED, b"") == b"", "pinned has no bytes")
    return Entry(
        *key,
        secret=known[SECRET],
        state=known[STATE][0],
        created=_u64(known[CREATED]),
        updated=_u64(known[UPDATED]),
        expires=_u64(known[EXPIRES]) if EXPIRES in known else None,
        put_aside=_u64(known[PUT_ASIDE]) if PUT_ASIDE in known else None,
        label=_utf8(known.get(LABEL, b"")),
        permissions=tuple(_utf8(value) for tag, value in fields if tag == PERMISSION),
        pinned=PINNED in known,
        refresh_token=known.get(REFRESH_TOKEN),
        owner=_utf8(known.get(OWNER, b"")),
        approved=_u64(known[APPROVED]) if APPROVED in known else None,
        renewal=known.get(RENEWAL),
        sign_in=_utf8(known.get(SIGN_IN, b"")),
        unknown=tuple((tag, value) for tag, value in fields if tag not in KNOWN),
    )


def noted(entry: Entry) -> dict[int, bytes]:
    """Return the inner fields of a renewal; none if it is another token's, or not of its form."""
    renewal = entry.renewal or b""
    mark = hmac.digest(entry.secret, b"git-credential-pat renewal", "sha256")[:8]
    if renewal[:8] != mark:
        return {}
    cursor = Cursor(renewal, 8)
    found = {}
    try:
        while cursor.at < len(renewal):
            tag, length = cursor.number(1), cursor.number(2)
            found[tag] = cursor.take(length)
    except DamagedVaultError:
        return {}
    return found


def _u64(value: bytes) -> int:
    require(len(value) == 8, "a u64 has 8 bytes")
    return int.from_bytes(value, "big")


def _utf8(value: bytes) -> str:
    text = value.decode("utf-8", "replace")
    require(text.encode() == value, "a text is UTF-8")
    return text

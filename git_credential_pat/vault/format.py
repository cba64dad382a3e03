"""The outer format PATS/1: a header with key slots, and one sealed body. Bytes only, no files.

Every function is pure: randomness comes in as arguments, so that a vault can be made again byte for
byte. All integers are big-endian. There is one exception, `DamagedError`, for every way in which bytes
can fail to be a vault.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.hashes import SHA256, Hash

from git_credential_pat.errors import DamagedError, NewerFormatError, PatError
from git_credential_pat.model import NamedTuple

# The library's own modules hand on these very classes, and load what lies beside them, for which Git would
# wait. Where a release has them elsewhere, those are asked.
if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hmac import HMAC
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF
else:
    try:
        from cryptography.hazmat.bindings._rust import openssl

        AESGCM, HMAC, HKDF = openssl.aead.AESGCM, openssl.hmac.HMAC, openssl.kdf.HKDF
    except (ImportError, AttributeError):
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        from cryptography.hazmat.primitives.hmac import HMAC
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"GITPATS1"
VERSION = (1, 0)
KEY_SIZE = 32
STORE_ID_SIZE = 16
SALT_SIZE = 32
NONCE_SIZE = 12
TAG_SIZE = 16
WRAPPED_SIZE = KEY_SIZE + TAG_SIZE
HEADER_LIMIT = 65_536
BODY_LIMIT = 64 << 20
SLOT_LIMIT = 8
LAST_GENERATION = (1 << 64) - 1

_DIGEST_SIZE = 32
FILE_NAME = "vault"
"""In the data folder."""
FILE_LIMIT = HEADER_LIMIT + 2 * _DIGEST_SIZE + BODY_LIMIT
"""The most bytes of a vault."""
_FIXED = Struct(">8sHHI16sQHH32sQ")
FIXED_SIZE = _FIXED.size
"""The bytes before the key slots; the body salt among them is another in every commit."""
_SLOT_HEAD = Struct(">BBH")
_INFO_HEADER = b"gcpat/1 header"
_INFO_BODY = b"gcpat/1 body"
_INFO_SLOT = b"gcpat/1 slot"


class Slot(NamedTuple):
    """One way to the data key: what kind of key opens it, and the data key wrapped by that key."""

    kind: int
    id: int
    params: bytes
    nonce: bytes
    wrapped: bytes


class Header(NamedTuple):
    """All of a vault that can be read without a key."""

    store_id: bytes
    generation: int
    slots: tuple[Slot, ...]
    body_salt: bytes


class Parsed(NamedTuple):
    """A vault taken apart, its digest checked and nothing else trusted yet."""

    header: Header
    header_bytes: bytes
    mac: bytes
    body: bytes


def parse(data: bytes) -> Parsed:
    """Take a vault apart and check its header's digest; raise DamagedError if it does not fit."""
    _refuse_later(data)
    if len(data) < _FIXED.size + 2 * _DIGEST_SIZE or not data.startswith(MAGIC):
        raise DamagedError("it is not a vault, or it is cut short")
    _, major, minor, size, store_id, generation, count, zero, body_salt, body_length = _FIXED.unpack_from(
        data
    )
    if not _FIXED.size <= size <= HEADER_LIMIT or size + 2 * _DIGEST_SIZE > len(data):
        raise DamagedError("its header has an impossible length")
    header_bytes, rest = data[:size], data[size:]
    if _digest(header_bytes) != rest[:_DIGEST_SIZE]:
        raise DamagedError("its header does not match its checksum")
    if (major, minor) > VERSION:
        raise NewerFormatError(f"it has format {major}.{minor}")
    if (major, minor) != VERSION:
        raise DamagedError(f"it has format {major}.{minor}, which no version wrote")
    if zero or not 1 <= count <= SLOT_LIMIT or generation == 0:
        raise DamagedError("its header holds impossible values")
    mac, body = rest[_DIGEST_SIZE : 2 * _DIGEST_SIZE], rest[2 * _DIGEST_SIZE :]
    if not TAG_SIZE <= body_length <= BODY_LIMIT or body_length != len(body):
        raise DamagedError("its length is not what its header says")
    slots = _parse_slots(header_bytes[_FIXED.size :], count)
    return Parsed(Header(store_id, generation, slots, body_salt), header_bytes, mac, body)


def _refuse_later(data: bytes) -> None:
    """Raise NewerFormatError if the file begins as one of a later format, whose layout may be another."""
    last = len(MAGIC) - 1
    number = data[last : last + 1]
    if data[:last] == MAGIC[:last] and number.isdigit() and number > MAGIC[last:]:
        raise NewerFormatError(f"it has format PATS/{number.decode()}")


def is_key(parsed: Parsed, data_key: bytes) -> bool:
    """Return whether this data key sealed the vault's header."""
    try:
        _header_hmac(parsed.header.store_id, parsed.header_bytes, data_key).verify(parsed.mac)
    except InvalidSignature:
        return False
    return True


def open_body(parsed: Parsed, data_key: bytes) -> bytes:
    """Return the body's bytes; raise DamagedError unless header and body were sealed by this key."""
    if not is_key(parsed, data_key):
        raise DamagedError("its header was changed, or its key is not this one")
    key, nonce = _body_key(parsed.header, data_key)
    associated = parsed.header_bytes + _digest(parsed.header_bytes) + parsed.mac
    try:
        return AESGCM(key).decrypt(nonce, parsed.body, associated)
    except InvalidTag:
        raise DamagedError("its contents were changed") from None


def seal(header: Header, data_key: bytes, body: bytes) -> bytes:
    """Return a whole vault; raise PatError if it would be too large, or changed too often.

    `header.body_salt` must be fresh for each call, or a nonce would repeat.
    """
    if len(body) + TAG_SIZE > BODY_LIMIT:
        raise PatError(f"the vault is full: it cannot be larger than {BODY_LIMIT >> 20} MiB; remove entries")
    if header.generation > LAST_GENERATION:
        raise PatError("the vault was changed too often; move it away and seed again")
    slots = b"".join(
        _SLOT_HEAD.pack(slot.kind, slot.id, len(slot.params)) + slot.params + slot.nonce + slot.wrapped
        for slot in header.slots
    )
    fixed = _FIXED.pack(
        MAGIC,
        *VERSION,
        _FIXED.size + len(slots),
        header.store_id,
        header.generation,
        len(header.slots),
        0,
        header.body_salt,
        len(body) + TAG_SIZE,
    )
    header_bytes = fixed + slots
    mac = _header_hmac(header.store_id, header_bytes, data_key).finalize()
    associated = header_bytes + _digest(header_bytes) + mac
    key, nonce = _body_key(header, data_key)
    return associated + AESGCM(key).encrypt(nonce, body, associated)


def wrap(data_key: bytes, key: bytes, store_id: bytes, slot: Slot) -> Slot:
    """Return `slot` with the data key wrapped by `key`; its nonce must be fresh for that key."""
    return slot._replace(wrapped=AESGCM(key).encrypt(slot.nonce, data_key, _slot_data(store_id, slot)))


def unwrap(slot: Slot, key: bytes, store_id: bytes) -> bytes | None:
    """Return the data key, or None when `key` does not open this slot."""
    try:
        return AESGCM(key).decrypt(slot.nonce, slot.wrapped, _slot_data(store_id, slot))
    except InvalidTag:
        return None


def _parse_slots(data: bytes, count: int) -> tuple[Slot, ...]:
    slots: list[Slot] = []
    at = 0
    for _ in range(count):
        if at + _SLOT_HEAD.size > len(data):
            raise DamagedError("its key slots are cut short")
        kind, number, length = _SLOT_HEAD.unpack_from(data, at)
        at += _SLOT_HEAD.size
        params, nonce, wrapped = (
            data[at : at + length],
            data[at + length : at + length + NONCE_SIZE],
            data[at + length + NONCE_SIZE : at + length + NONCE_SIZE + WRAPPED_SIZE],
        )
        if len(wrapped) != WRAPPED_SIZE or number in (slot.id for slot in slots):
            raise DamagedError("its key slots are cut short or repeat a number")
        slots.append(Slot(kind, number, params, nonce, wrapped))
        at += length + NONCE_SIZE + WRAPPED_SIZE
    if at != len(data):
        raise DamagedError("something follows its key slots")
    return tuple(slots)


def _slot_data(store_id: bytes, slot: Slot) -> bytes:
    return _INFO_SLOT + store_id + bytes((slot.kind, slot.id)) + slot.params


def _body_key(header: Header, data_key: bytes) -> tuple[bytes, bytes]:
    derived = HKDF(
        SHA256(),
        length=KEY_SIZE + NONCE_SIZE,
        salt=header.body_salt,
        info=_INFO_BODY + header.store_id,
    ).derive(data_key)
    return derived[:KEY_SIZE], derived[KEY_SIZE:]


def _header_hmac(store_id: bytes, header_bytes: bytes, data_key: bytes) -> HMAC:
    key = HKDF(SHA256(), length=KEY_SIZE, salt=store_id, info=_INFO_HEADER).derive(data_key)
    hmac = HMAC(key, SHA256())
    hmac.update(header_bytes)
    return hmac


def _digest(data: bytes) -> bytes:
    digest = Hash(SHA256())
    digest.update(data)
    return digest.finalize()

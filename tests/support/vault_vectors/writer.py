"""Writes vaults by docs/vault-format.md, and such as nobody should write: every field can be set."""

from __future__ import annotations

import struct
from base64 import b64encode
from dataclasses import dataclass, replace

from support.vault_vectors.crypto import argon2id, gcm_seal, hkdf, hmac_sha256, sha256

KEYRING, PASSPHRASE, KEYFILE = 1, 2, 3
BLOCK = 4096

Field = tuple[int, bytes]


def fixed_bytes(name: str, length: int) -> bytes:
    """Return bytes that stand for random ones and are the same each time."""
    return b"".join(sha256(f"gcpat vector {name} {at}".encode()) for at in range(0, length, 32))[:length]


KEY_FILE = fixed_bytes("key file", 32)
OTHER_KEY_FILE = fixed_bytes("another key file", 32)
DATA_KEY = fixed_bytes("data key", 32)
STORE_ID = fixed_bytes("store id", 16)
BODY_SALT = fixed_bytes("body salt", 32)
KEYRING_KEY = fixed_bytes("keyring", 32)
KEYRING_ITEM = b64encode(KEYRING_KEY).decode()
PASSPHRASE_SALT = fixed_bytes("passphrase salt", 16)
LEAST_COST = (1, 19 * 1024, 1)
"""Passes, memory in KiB, lanes."""


@dataclass(frozen=True)
class Slot:
    """A key slot. `bound_to` is the associated data, if it shall not be the right one."""

    kind: int = KEYFILE
    id: int = 1
    params: bytes = b""
    key: bytes = KEY_FILE
    nonce: bytes = fixed_bytes("slot nonce", 12)
    data_key: bytes = DATA_KEY
    store_id: bytes = STORE_ID
    bound_to: bytes | None = None

    def wrapped(self) -> bytes:
        bound_to = b"gcpat/1 slot" + self.store_id + bytes((self.kind, self.id)) + self.params
        return gcm_seal(
            self.key, self.nonce, self.data_key, bound_to if self.bound_to is None else self.bound_to
        )

    def encoded(self) -> bytes:
        head = struct.pack(">BBH", self.kind, self.id, len(self.params))
        return head + self.params + self.nonce + self.wrapped()


KEYRING_SLOT = Slot(kind=KEYRING, key=KEYRING_KEY)


def cost_params(passes: int, memory: int, lanes: int, salt: bytes = PASSPHRASE_SALT) -> bytes:
    return struct.pack(">III", passes, memory, lanes) + salt


def passphrase_slot(
    phrase: bytes, number: int = 1, cost: tuple[int, int, int] = LEAST_COST, salt: bytes = PASSPHRASE_SALT
) -> Slot:
    """Return a slot for a passphrase whose bytes are in the form that is derived from."""
    key = argon2id(phrase, salt, *cost)
    return Slot(kind=PASSPHRASE, id=number, params=cost_params(*cost, salt), key=key)


def numbered(slot: Slot, number: int) -> Slot:
    """Return the slot under another id, with a nonce of its own."""
    return replace(slot, id=number, nonce=fixed_bytes(f"slot nonce {number}", 12))


@dataclass(frozen=True)
class Vault:
    """A vault to be. What is None is worked out from the rest."""

    body: bytes = bytes(BLOCK)
    slots: bytes = Slot().encoded()
    slot_count: int | None = None
    magic: bytes = b"GITPATS1"
    version: tuple[int, int] = (1, 0)
    header_length: int | None = None
    store_id: bytes = STORE_ID
    generation: int = 1
    zero: int = 0
    body_salt: bytes = BODY_SALT
    body_length: int | None = None
    data_key: bytes = DATA_KEY
    mac_info: bytes = b"gcpat/1 header"
    mac_key: bytes | None = None
    body_info: bytes | None = None
    body_associated: bytes | None = None

    def header(self) -> bytes:
        return (
            struct.pack(
                ">8sHHI16sQHH32sQ",
                self.magic,
                *self.version,
                84 + len(self.slots) if self.header_length is None else self.header_length,
                self.store_id,
                self.generation,
                1 if self.slot_count is None else self.slot_count,
                self.zero,
                self.body_salt,
                len(self.body) + 16 if self.body_length is None else self.body_length,
            )
            + self.slots
        )

    def header_key(self) -> bytes:
        return hkdf(self.mac_key or self.data_key, self.store_id, self.mac_info, 32)

    def body_key(self) -> tuple[bytes, bytes]:
        info = b"gcpat/1 body" + self.store_id if self.body_info is None else self.body_info
        derived = hkdf(self.data_key, self.body_salt, info, 44)
        return derived[:32], derived[32:]

    def before_body(self) -> bytes:
        header = self.header()
        return header + sha256(header) + hmac_sha256(self.header_key(), header)

    def encoded(self) -> bytes:
        before = self.before_body()
        key, nonce = self.body_key()
        associated = before if self.body_associated is None else self.body_associated
        return before + gcm_seal(key, nonce, self.body, associated)


def text(value: bytes) -> bytes:
    return struct.pack(">H", len(value)) + value


def key(
    host: bytes = b"dev.azure.com",
    path: tuple[bytes, ...] = (b"fabrikam",),
    username: bytes = b"",
    authtype: bytes = b"",
    protocol: bytes = b"https",
) -> bytes:
    segments = struct.pack(">H", len(path)) + b"".join(text(segment) for segment in path)
    return text(protocol) + text(host) + segments + text(username) + text(authtype)


def u64(number: int) -> bytes:
    return struct.pack(">Q", number)


SECRET: Field = (1, b"fabrikam-token")
STATE: Field = (2, b"\x00")
CREATED: Field = (3, u64(1_700_000_000_000_000_001))
UPDATED: Field = (4, u64(1_700_000_000_000_000_002))
REQUIRED = (SECRET, STATE, CREATED, UPDATED)


def field(tag: int, value: bytes, length: int | None = None) -> bytes:
    return struct.pack(">BI", tag, len(value) if length is None else length) + value


def fields(*pairs: Field, count: int | None = None) -> bytes:
    encoded = b"".join(field(tag, value) for tag, value in pairs)
    return struct.pack(">H", len(pairs) if count is None else count) + encoded


def body(*records: bytes, count: int | None = None) -> bytes:
    """Return a body with its padding; the records stand as they are given."""
    unpadded = struct.pack(">I", len(records) if count is None else count) + b"".join(records)
    return unpadded + bytes(-len(unpadded) % BLOCK)

"""The algorithms that the vault format names: none comes from where the program has it, but AES-GCM."""

from __future__ import annotations

import hashlib
import hmac
from functools import cache

from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def hmac_sha256(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")


def hkdf(key: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869: extract, then expand."""
    extracted = hmac_sha256(salt, key)
    output = block = b""
    while len(output) < length:
        block = hmac_sha256(extracted, block + info + bytes((len(output) // 32 + 1,)))
        output += block
    return output[:length]


def gcm_seal(key: bytes, nonce: bytes, data: bytes, associated: bytes) -> bytes:
    return AESGCM(key).encrypt(nonce, data, associated)


@cache
def argon2id(phrase: bytes, salt: bytes, passes: int, memory: int, lanes: int) -> bytes:
    """RFC 9106, version 1.3, without secret and associated data: 32 bytes."""
    return hash_secret_raw(phrase, salt, passes, memory, lanes, 32, Type.ID, 0x13)

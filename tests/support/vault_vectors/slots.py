"""Files whose slots are of the keyring or of a passphrase, or of several kinds."""

from __future__ import annotations

from dataclasses import replace

from support.vault_vectors.outer import H, flipped, redigested, vault_of
from support.vault_vectors.writer import (
    KEYRING_SLOT,
    LEAST_COST,
    PASSPHRASE,
    STORE_ID,
    Slot,
    cost_params,
    fixed_bytes,
    numbered,
    passphrase_slot,
)

BY_PHRASE = passphrase_slot(b"correct horse")
PASSES, MEMORY, LANES = LEAST_COST
LARGEST = 2**32 - 1

COSTS = {
    "passes-0": (0, MEMORY, LANES),
    "passes-17": (17, MEMORY, LANES),
    "passes-largest": (LARGEST, MEMORY, LANES),
    "memory-0": (PASSES, 0, LANES),
    "memory-too-small": (PASSES, MEMORY - 1, LANES),
    "memory-too-large": (PASSES, 1024 * 1024 + 1, LANES),
    "memory-largest": (PASSES, LARGEST, LANES),
    "lanes-0": (PASSES, MEMORY, 0),
    "lanes-17": (PASSES, MEMORY, 17),
    "lanes-largest": (PASSES, MEMORY, LARGEST),
    "greatest-cost": (16, 1_048_576, 16),
}
"""Passes, memory and lanes out of bounds, and the greatest that are allowed."""


def bad_slots() -> dict[str, bytes]:
    params = {name: cost_params(*cost) for name, cost in COSTS.items()}
    params |= {
        "params-empty": b"",
        "params-27-bytes": BY_PHRASE.params[:-1],
        "params-29-bytes": BY_PHRASE.params + b"\0",
        "params-little-endian": b"".join(number.to_bytes(4, "little") for number in LEAST_COST)
        + BY_PHRASE.params[12:],
    }
    with_params = {f"passphrase-{name}": by_phrase(params=content) for name, content in params.items()}
    return {"keyring-missing": vault_of(KEYRING_SLOT), **with_params, **_changed(), **_together()}


def by_phrase(**wrong: bytes) -> bytes:
    """Return a vault with a passphrase slot alone, with something wrong about it."""
    return vault_of(replace(BY_PHRASE, **wrong))  # type: ignore[arg-type]  # what is wrong is all bytes


def _changed() -> dict[str, bytes]:
    data = vault_of(BY_PHRASE)
    start, size = 84 + 4, H + 28
    bound = b"gcpat/1 slot" + STORE_ID
    return {
        "passphrase-missing": data,
        "passphrase-salt-bit": redigested(flipped(data, start + 27), size),
        "passphrase-lanes-changed": redigested(data[: start + 11] + b"\x02" + data[start + 12 :], size),
        "passphrase-wrapped-bit": redigested(flipped(data, start + 28 + 12), size),
        "passphrase-bound-to-other-id": by_phrase(bound_to=bound + bytes((PASSPHRASE, 2)) + BY_PHRASE.params),
        "passphrase-params-unbound": by_phrase(bound_to=bound + bytes((PASSPHRASE, 1))),
        "passphrase-digest-bit": flipped(data, size),
        "passphrase-body-bit": flipped(data, -1),
    }


def _together() -> dict[str, bytes]:
    keyfile, keyring, phrase = numbered(Slot(), 1), numbered(KEYRING_SLOT, 2), numbered(BY_PHRASE, 3)
    malformed = replace(numbered(BY_PHRASE, 4), params=b"")
    unknown = numbered(Slot(kind=200, key=fixed_bytes("unknown kind", 32)), 5)
    all_kinds = vault_of(keyfile, keyring, phrase)
    return {
        "kinds-all-missing": all_kinds,
        "kinds-machine-wrong": vault_of(keyfile, keyring),
        "kinds-passphrase-missing-key-wrong": vault_of(keyfile, phrase),
        "kinds-key-missing-passphrase-malformed": vault_of(keyfile, malformed),
        "kinds-one-of-two-passphrases-malformed": vault_of(phrase, malformed),
        "kinds-unknown-and-passphrase-wrong": vault_of(unknown, phrase),
        "kinds-unknown-and-key-wrong": vault_of(keyfile, unknown),
        "kinds-body-bit": flipped(all_kinds, -1),
    }

"""Files that no key at hand opens, and keyring and passphrase slots that are wrong."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace

from support.vault_vectors.crypto import sha256
from support.vault_vectors.outer import WHOLE, Bad, H, flipped
from support.vault_vectors.writer import (
    KEY_FILE,
    KEYRING_ITEM,
    KEYRING_KEY,
    KEYRING_SLOT,
    LEAST_COST,
    OTHER_KEY_FILE,
    PASSPHRASE,
    STORE_ID,
    Slot,
    cost_params,
    fixed_bytes,
    numbered,
    passphrase_slot,
)

PHRASE = "correct horse"
BY_PHRASE = passphrase_slot(PHRASE.encode())
PASSES, MEMORY, LANES = LEAST_COST
OTHER_ITEM = b64encode(OTHER_KEY_FILE).decode()


def bad_slots() -> dict[str, Bad]:
    return {**_keyrings(), **_passphrases(), **_changed(), **_costs(), **_together()}


def vault_of(*slots: Slot) -> bytes:
    encoded = b"".join(slot.encoded() for slot in slots)
    return replace(WHOLE, slots=encoded, slot_count=len(slots)).encoded()


def _keyrings() -> dict[str, Bad]:
    data = vault_of(KEYRING_SLOT)
    items = {
        "missing": (None, "the keyring has no item for this vault", "locked"),
        "empty": ("", "the keyring's item is empty", "locked"),
        "31-bytes": (_base64(KEYRING_KEY[:-1]), "the keyring's item is 31 bytes", "locked"),
        "33-bytes": (_base64(KEYRING_KEY + b"\n"), "the keyring's item is 33 bytes", "locked"),
        "as-hex": (KEYRING_KEY.hex(), "the keyring's item is in hexadecimal digits", "locked"),
        "no-padding": (KEYRING_ITEM.rstrip("="), "the base64 of the keyring's item has no padding", "locked"),
        "url-alphabet": (KEYRING_ITEM.replace("+", "-"), "the base64 has the alphabet of URLs", "locked"),
        "no-ascii": (f"Schlüssel {KEYRING_ITEM}", "the keyring's item is no base64", "locked"),
        "of-other-vault": (OTHER_ITEM, "the keyring's item is another key", "damaged"),
        "zero": (_base64(bytes(32)), "the keyring's item is 32 zero bytes", "damaged"),
    }
    return {
        f"keyring-{name}": Bad(data, reason, failure, None, item)
        for name, (item, reason, failure) in items.items()
    }


def _passphrases() -> dict[str, Bad]:
    data = vault_of(BY_PHRASE)
    phrases = {
        "missing": (None, "nobody gives a passphrase"),
        "empty": ("", "the passphrase that is given is empty"),
        "wrong": ("correct house", "the passphrase is another one"),
        "in-capitals": ("Correct Horse", "the passphrase is in other letters"),
        "with-blank": (f"{PHRASE} ", "a blank follows the passphrase"),
        "with-line-end": (f"{PHRASE}\n", "a line end follows the passphrase"),
        "wide": ("\uff43orrect horse", "a letter of the passphrase is a full-width one"),
    }
    greatest = vault_of(replace(BY_PHRASE, params=cost_params(16, 1_048_576, 16)))
    return {
        **{
            f"passphrase-{name}": Bad(data, reason, "locked", None, passphrase=phrase)
            for name, (phrase, reason) in phrases.items()
        },
        "passphrase-greatest-cost": Bad(
            greatest, "nobody gives a passphrase; the cost is the greatest that is allowed", "locked", None
        ),
    }


def _changed() -> dict[str, Bad]:
    """Whoever cannot tell a changed slot from a mistyped passphrase says locked."""
    data = vault_of(BY_PHRASE)
    start = 84 + 4

    def redigested(changed: bytes) -> bytes:
        size = H + 28
        return changed[:size] + sha256(changed[:size]) + changed[size + 32 :]

    def bad(changed: bytes, reason: str, failure: str = "locked") -> Bad:
        return Bad(changed, reason, failure, None, passphrase=PHRASE)

    unbound = replace(
        BY_PHRASE, bound_to=b"gcpat/1 slot" + STORE_ID + bytes((PASSPHRASE, 2)) + BY_PHRASE.params
    )
    without = replace(BY_PHRASE, bound_to=b"gcpat/1 slot" + STORE_ID + bytes((PASSPHRASE, 1)))
    return {
        "passphrase-salt-bit": bad(redigested(flipped(data, start + 27)), "a bit of the salt differs"),
        "passphrase-lanes-changed": bad(
            redigested(data[: start + 11] + b"\x02" + data[start + 12 :]), "the lanes are 2 and were 1"
        ),
        "passphrase-wrapped-bit": bad(
            redigested(flipped(data, start + 28 + 12)), "a bit of the wrapped key differs"
        ),
        "passphrase-bound-to-other-id": bad(vault_of(unbound), "the slot was wrapped as id 2"),
        "passphrase-params-unbound": bad(vault_of(without), "the slot was wrapped without its parameters"),
        "passphrase-digest-bit": bad(
            flipped(data, H + 28), "the header is damaged; no passphrase is needed to tell", "damaged"
        ),
        "passphrase-body-bit": bad(flipped(data, -1), "the body is damaged", "damaged"),
        "passphrase-missing-body-bit": Bad(
            flipped(data, -1), "the body is damaged, which cannot be told without the key", "locked", None
        ),
    }


def _costs() -> dict[str, Bad]:
    """Each is refused before anything is derived, so whatever the passphrase is."""
    largest = 2**32 - 1
    costs = {
        "passes-0": ((0, MEMORY, LANES), "there are no passes"),
        "passes-17": ((17, MEMORY, LANES), "there are 17 passes"),
        "passes-largest": ((largest, MEMORY, LANES), "there are 2^32 - 1 passes"),
        "memory-0": ((PASSES, 0, LANES), "the memory is 0"),
        "memory-too-small": ((PASSES, MEMORY - 1, LANES), "the memory is 1 KiB less than 19 MiB"),
        "memory-too-large": ((PASSES, 1024 * 1024 + 1, LANES), "the memory is 1 KiB more than 1 GiB"),
        "memory-largest": ((PASSES, largest, LANES), "the memory is 2^32 - 1 KiB"),
        "lanes-0": ((PASSES, MEMORY, 0), "there are no lanes"),
        "lanes-17": ((PASSES, MEMORY, 17), "there are 17 lanes"),
        "lanes-largest": ((PASSES, MEMORY, largest), "there are 2^32 - 1 lanes"),
    }
    params = {
        **{name: (cost_params(*cost), reason) for name, (cost, reason) in costs.items()},
        "params-empty": (b"", "there are no parameters"),
        "params-27-bytes": (BY_PHRASE.params[:-1], "the salt has 15 bytes"),
        "params-29-bytes": (BY_PHRASE.params + b"\0", "a zero byte follows the salt"),
        "params-little-endian": (
            b"".join(number.to_bytes(4, "little") for number in LEAST_COST) + BY_PHRASE.params[12:],
            "the numbers are little-endian",
        ),
    }
    return {
        f"passphrase-{name}": Bad(
            vault_of(replace(BY_PHRASE, params=content)), reason, "damaged", None, passphrase=PHRASE
        )
        for name, (content, reason) in params.items()
    }


def _together() -> dict[str, Bad]:
    keyfile, keyring, phrase = numbered(Slot(), 1), numbered(KEYRING_SLOT, 2), numbered(BY_PHRASE, 3)
    malformed = replace(numbered(BY_PHRASE, 4), params=b"")
    unknown = numbered(Slot(kind=200, key=fixed_bytes("unknown kind", 32)), 5)
    machine, all_kinds = vault_of(keyfile, keyring), vault_of(keyfile, keyring, phrase)
    return {
        "kinds-all-missing": Bad(all_kinds, "no key is there", "locked", None),
        "kinds-all-wrong": Bad(
            all_kinds,
            "all keys are others; a passphrase may be mistyped",
            "locked",
            OTHER_KEY_FILE,
            OTHER_ITEM,
            "correct house",
        ),
        "kinds-machine-wrong": Bad(
            machine, "key file and keyring hold other keys", "damaged", OTHER_KEY_FILE, OTHER_ITEM
        ),
        "kinds-keyring-missing-key-wrong": Bad(
            machine, "the key file is another one, but the keyring may have the key", "locked", OTHER_KEY_FILE
        ),
        "kinds-key-missing-keyring-wrong": Bad(
            machine,
            "the keyring's key is another one, but the key file may come back",
            "locked",
            None,
            OTHER_ITEM,
        ),
        "kinds-passphrase-missing-key-wrong": Bad(
            vault_of(keyfile, phrase),
            "the key file is another one; a passphrase would open it",
            "locked",
            OTHER_KEY_FILE,
        ),
        "kinds-key-missing-passphrase-malformed": Bad(
            vault_of(keyfile, malformed),
            "the passphrase slot is malformed, but the key file may come back",
            "locked",
            None,
            passphrase=PHRASE,
        ),
        "kinds-key-wrong-passphrase-malformed": Bad(
            vault_of(keyfile, malformed),
            "the key file is another one, the passphrase slot malformed",
            "damaged",
            OTHER_KEY_FILE,
            passphrase=PHRASE,
        ),
        "kinds-one-of-two-passphrases-malformed": Bad(
            vault_of(phrase, malformed),
            "the other passphrase slot has no parameters",
            "damaged",
            None,
            passphrase=PHRASE,
        ),
        "kinds-unknown-and-passphrase-wrong": Bad(
            vault_of(unknown, phrase),
            "one slot is of an unknown kind, the passphrase is another one",
            "locked",
            KEY_FILE,
            KEYRING_ITEM,
            "correct house",
        ),
        "kinds-unknown-and-key-wrong": Bad(
            vault_of(keyfile, unknown),
            "one slot is of an unknown kind, the key file another one",
            key=OTHER_KEY_FILE,
        ),
        "kinds-body-bit": Bad(
            flipped(all_kinds, -1),
            "every key fits, the body is damaged",
            "damaged",
            KEY_FILE,
            KEYRING_ITEM,
            PHRASE,
        ),
    }


def _base64(key: bytes) -> str:
    return b64encode(key).decode()

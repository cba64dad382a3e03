"""Files that fail outside their body: each is sealed rightly but for the one thing that it is named for."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace

from support.vault_vectors import writer
from support.vault_vectors.crypto import sha256
from support.vault_vectors.writer import KEY_FILE, OTHER_KEY_FILE, Slot, Vault, fixed_bytes

H = 148
"""The length of a header with one slot that has no parameters."""

WHOLE = Vault(body=writer.body(writer.key() + writer.fields(*writer.REQUIRED)))
OTHER = replace(
    WHOLE, store_id=fixed_bytes("another store id", 16), data_key=fixed_bytes("another data key", 32)
)
NEXT = replace(WHOLE, generation=2, body_salt=fixed_bytes("next body salt", 32))


@dataclass(frozen=True)
class Bad:
    """A file, what a reader must say, and the keys to try: of the key file, the keyring, and a person.

    None: there is none.
    """

    data: bytes
    reason: str
    failure: str = "damaged"
    key: bytes | None = KEY_FILE
    keyring: str | None = None
    passphrase: str | None = None


def bad_outside() -> dict[str, Bad]:
    return {**_cut(), **_fixed_part(), **_slots(), **_seals(), **_spliced(), **_keys()}


def flipped(data: bytes, at: int) -> bytes:
    """Return the data with the lowest bit of one byte changed."""
    changed = bytearray(data)
    changed[at] ^= 1
    return bytes(changed)


def redigested(data: bytes) -> bytes:
    """Return the data with the digest that its header now has."""
    return data[:H] + sha256(data[:H]) + data[H + 32 :]


def _cut() -> dict[str, Bad]:
    data = WHOLE.encoded()
    return {
        "no-bytes": Bad(b"", "the file is empty"),
        "magic-only": Bad(data[:8], "the file ends after the magic"),
        "fixed-part-cut": Bad(data[:83], "the file ends inside the fixed part of the header"),
        "slots-cut": Bad(data[:100], "the file ends inside the first slot"),
        "digest-cut": Bad(data[: H + 31], "the file ends inside the digest"),
        "mac-cut": Bad(data[: H + 63], "the file ends inside the header MAC"),
        "no-body": Bad(data[: H + 64], "the file ends after the header MAC"),
        "last-byte-missing": Bad(data[:-1], "the last byte of the tag is missing"),
        "tag-missing": Bad(data[:-16], "the tag of the body is missing"),
        "byte-appended": Bad(data + b"\0", "a zero byte follows the body"),
        "byte-before": Bad(b"\0" + data, "a zero byte is before the magic"),
        "line-ends-changed": Bad(data.replace(b"\n", b"\r\n") + b"\r\n", "copied as if it were text"),
    }


def _fixed_part() -> dict[str, Bad]:
    long = b"".join(
        Slot(kind=9, id=number, params=fixed_bytes("long", size)).encoded()
        for number, size in ((2, 65_000), (3, 261))
    )
    one = Slot().encoded()
    nine = b"".join(Slot(id=number).encoded() for number in range(1, 10))

    def bad(reason: str, vault: Vault) -> Bad:
        return Bad(vault.encoded(), reason)

    return {
        "other-magic": bad("the magic is GITPATS2", replace(WHOLE, magic=b"GITPATS2")),
        "major-0": bad("the version is 0.0", replace(WHOLE, version=(0, 0))),
        "major-2": bad("the version is 2.0", replace(WHOLE, version=(2, 0))),
        "minor-1": bad("the version is 1.1", replace(WHOLE, version=(1, 1))),
        "header-length-0": bad("H is 0", replace(WHOLE, header_length=0)),
        "header-length-83": bad("H is 83", replace(WHOLE, header_length=83)),
        "header-too-long": bad("H is 65,537", replace(WHOLE, slots=long + one, slot_count=3)),
        "header-longer-than-file": bad("H + 64 is beyond the end", replace(WHOLE, header_length=4_300)),
        "header-length-largest": bad("H is 2^32 - 1", replace(WHOLE, header_length=2**32 - 1)),
        "generation-0": bad("the generation is 0", replace(WHOLE, generation=0)),
        "not-zero": bad("the field zero is 1", replace(WHOLE, zero=1)),
        "no-slots": bad("the slot count is 0", replace(WHOLE, slots=b"", slot_count=0)),
        "nine-slots": bad("the slot count is 9", replace(WHOLE, slots=nine, slot_count=9)),
        "body-length-too-small": bad("B is one less than the body", replace(WHOLE, body_length=4_111)),
        "body-length-too-large": bad("B is one more than the body", replace(WHOLE, body_length=4_113)),
        "body-length-0": bad("B is 0, but the body is there", replace(WHOLE, body_length=0)),
        "body-length-largest": bad("B is 2^64 - 1", replace(WHOLE, body_length=2**64 - 1)),
        "body-shorter-than-tag": Bad(
            replace(WHOLE, body_length=15).before_body() + bytes(15), "B is 15, less than a tag"
        ),
    }


def _slots() -> dict[str, Bad]:
    one = Slot().encoded()
    second = Slot(id=2, nonce=fixed_bytes("slot nonce 2", 12)).encoded()
    head = struct.pack(">BBH", 9, 2, 300)

    def bad(reason: str, slots: bytes, count: int) -> Bad:
        return Bad(replace(WHOLE, slots=slots, slot_count=count).encoded(), reason)

    return {
        "slot-missing": bad("the slot count is 2, and there is 1", one, 2),
        "slot-too-many": bad("the slot count is 1, and there are 2", one + second, 1),
        "slot-id-repeated": bad(
            "two slots of different kinds have the id 1", one + Slot(kind=9, key=OTHER_KEY_FILE).encoded(), 2
        ),
        "slot-head-cut": bad("the header ends inside the head of a slot", one + b"\x09\x02\x00", 2),
        "slot-params-cut": bad("the header ends inside the parameters", one + head + bytes(299), 2),
        "slot-nonce-cut": bad("the header ends inside the nonce", one + second[:15], 2),
        "slot-key-cut": bad("the header ends inside the wrapped key", one + second[:-1], 2),
        "byte-after-slots": bad("a zero byte stands between the slots and H", one + b"\0", 1),
    }


def _seals() -> dict[str, Bad]:
    data = WHOLE.encoded()

    def slot(reason: str, slot: Slot) -> Bad:
        return Bad(replace(WHOLE, slots=slot.encoded()).encoded(), reason)

    def bad(reason: str, vault: Vault) -> Bad:
        return Bad(vault.encoded(), reason)

    wrapped = flipped(Slot().encoded(), -1)
    before = WHOLE.before_body()
    return {
        "header-bit": Bad(flipped(data, 38), "a bit of the generation differs, the digest is the old one"),
        "digest-bit": Bad(flipped(data, H), "a bit of the digest differs"),
        "mac-bit": Bad(flipped(data, H + 32), "a bit of the header MAC differs"),
        "body-first-bit": Bad(flipped(data, H + 64), "a bit of the body's first byte differs"),
        "body-tag-bit": Bad(flipped(data, -1), "a bit of the body's tag differs"),
        "generation-forged": Bad(
            redigested(data[:39] + b"\x02" + data[40:]), "the generation was raised without the data key"
        ),
        "salt-forged": Bad(redigested(flipped(data, 44)), "the body salt was changed without the data key"),
        "mac-info": bad(
            "the header MAC is derived with another info", replace(WHOLE, mac_info=b"gcpat/1 body")
        ),
        "mac-key": bad("the header MAC is of another data key", replace(WHOLE, mac_key=OTHER.data_key)),
        "body-info": bad(
            "the body's key is derived without the store id", replace(WHOLE, body_info=b"gcpat/1 body")
        ),
        "body-unbound": bad("the body has no associated data", replace(WHOLE, body_associated=b"")),
        "body-bound-to-header-only": bad(
            "digest and header MAC are not in the associated data", replace(WHOLE, body_associated=before[:H])
        ),
        "slot-wrapped-bit": bad("a bit of the wrapped key's tag differs", replace(WHOLE, slots=wrapped)),
        "slot-nonce-bit": bad(
            "a bit of the slot's nonce differs", replace(WHOLE, slots=flipped(Slot().encoded(), 4))
        ),
        "slot-unbound": slot("the slot has no associated data", Slot(bound_to=b"")),
        "slot-bound-to-other-id": slot(
            "the slot was wrapped as id 2", Slot(bound_to=b"gcpat/1 slot" + writer.STORE_ID + b"\x03\x02")
        ),
        "slot-bound-to-other-kind": slot(
            "the slot was wrapped as kind 2", Slot(bound_to=b"gcpat/1 slot" + writer.STORE_ID + b"\x02\x01")
        ),
        "slot-params-unbound": slot(
            "the slot was wrapped without its parameters",
            Slot(params=b"p", bound_to=b"gcpat/1 slot" + writer.STORE_ID + b"\x03\x01"),
        ),
    }


def _spliced() -> dict[str, Bad]:
    old, new, other = WHOLE.encoded(), NEXT.encoded(), OTHER.encoded()
    of_other = Slot(store_id=OTHER.store_id, data_key=OTHER.data_key)
    return {
        "body-of-next-generation": Bad(old[:212] + new[212:], "the body is that of the next commit"),
        "mac-of-next-generation": Bad(
            old[:180] + new[180:212] + old[212:], "the header MAC is that of the next commit"
        ),
        "header-of-next-generation": Bad(
            new[:180] + old[180:], "header and digest are those of the next commit"
        ),
        "body-of-other-vault": Bad(old[:212] + other[212:], "the body is that of another vault"),
        "slot-of-other-vault": Bad(
            replace(WHOLE, slots=of_other.encoded()).encoded(), "the slot is that of another vault"
        ),
        "data-key-of-other-vault": Bad(
            replace(WHOLE, slots=Slot(data_key=OTHER.data_key).encoded()).encoded(),
            "the slot opens and holds the data key of another vault",
        ),
        "data-key-of-other-vault-first": Bad(
            replace(
                WHOLE, slots=Slot(data_key=OTHER.data_key).encoded() + Slot(id=2).encoded(), slot_count=2
            ).encoded(),
            "the first slot opens and holds the data key of another vault",
        ),
        "store-id-changed": Bad(
            replace(WHOLE, store_id=OTHER.store_id).encoded(),
            "the store id is not the one that the slot was wrapped for",
        ),
    }


def _keys() -> dict[str, Bad]:
    data = WHOLE.encoded()
    return {
        "only-kind-200": Bad(
            replace(WHOLE, slots=Slot(kind=200).encoded()).encoded(),
            "the only slot is of an unknown kind",
            "locked",
        ),
        "key-missing": Bad(data, "there is no key file", "locked", None),
        "key-empty": Bad(data, "the key file is empty", "locked", b""),
        "key-31-bytes": Bad(data, "the key file has 31 bytes", "locked", KEY_FILE[:-1]),
        "key-33-bytes": Bad(data, "the key file has 33 bytes", "locked", KEY_FILE + b"\n"),
        "key-as-hex": Bad(data, "the key file has 64 hexadecimal digits", "locked", KEY_FILE.hex().encode()),
        "key-of-other-vault": Bad(data, "the key file is another one", key=OTHER_KEY_FILE),
        "key-zero": Bad(data, "the key file has 32 zero bytes", key=bytes(32)),
        "key-missing-body-bit": Bad(
            flipped(data, -1), "the body is damaged, which cannot be told without the key", "locked", None
        ),
        "key-missing-digest-bit": Bad(
            flipped(data, H), "the header is damaged; no key is needed to tell", key=None
        ),
        "key-missing-byte-appended": Bad(
            data + b"\0", "the length is wrong; no key is needed to tell", key=None
        ),
        "key-empty-nine-slots": Bad(
            replace(WHOLE, slots=b"".join(Slot(id=at).encoded() for at in range(9)), slot_count=9).encoded(),
            "there are nine slots; no key is needed to tell",
            key=b"",
        ),
    }

"""The whole vaults: what each shows, and what a reader must find in it."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypedDict

from support.vault_vectors import writer
from support.vault_vectors.writer import (
    KEY_FILE,
    KEYRING_ITEM,
    KEYRING_SLOT,
    Slot,
    Vault,
    fixed_bytes,
    numbered,
    passphrase_slot,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Bytes = str | dict[str, str]
"""Bytes in JSON: a string where they are UTF-8, else {"hex": "..."}."""


class Entry(TypedDict):
    """An entry as the vectors state it; times are decimal strings."""

    protocol: Bytes
    host: Bytes
    path: list[Bytes]
    username: Bytes
    authtype: Bytes
    secret: Bytes
    state: str
    created: str
    updated: str
    expires: str | None
    put_aside: str | None
    label: str
    permissions: list[str]
    pinned: bool
    refresh_token: Bytes | None
    owner: str
    approved: str | None
    unknown: list[tuple[int, str]]


ONE: Entry = {
    "protocol": "https",
    "host": "dev.azure.com",
    "path": ["fabrikam"],
    "username": "",
    "authtype": "",
    "secret": "fabrikam-token",
    "state": "active",
    "created": "1700000000000000001",
    "updated": "1700000000000000002",
    "expires": None,
    "put_aside": None,
    "label": "",
    "permissions": [],
    "pinned": False,
    "refresh_token": None,
    "owner": "",
    "approved": None,
    "unknown": [],
}

MANY: list[Entry] = [
    {**ONE, "protocol": "cert", "host": "", "path": ["etc", "client.pem"], "secret": "passphrase"},
    {**ONE, "host": "b.example", "path": [], "secret": ""},
    {
        **ONE,
        "state": "rejected",
        "expires": "1800000000",
        "put_aside": "1700000000000000003",
        "label": "Büro, Notebook \U0001f511",
        "permissions": ["vso.code_write", "vso.build", "vso.build", "Überblick", ""],
        "pinned": True,
        "refresh_token": {"hex": "00c328"},
        "owner": "Jané Doe (jane@fabrikam.example)",
        "approved": "1700000000000000002",
    },
    {**ONE, "username": {"hex": "ff00c3"}, "created": "0", "updated": "18446744073709551615"},
    {**ONE, "username": "alice", "state": "doubtful", "expires": "0", "refresh_token": ""},
    {**ONE, "username": "alice", "authtype": "Bearer", "secret": "header.payload.signature"},
    {**ONE, "path": ["fabrikam", "My Project", {"hex": "e4f6fc"}]},
    {**ONE, "host": "aa-longer.example", "path": [], "expires": "18446744073709551615"},
    {**ONE, "host": "[2001:db8::1]:8443", "path": [], "secret": {"hex": "00ff0a0d80"}},
]
"""In the order of the file: a longer protocol, host or username, and a path of more segments, comes later."""

ODD: list[Entry] = [
    {**ONE, "protocol": "HTTPS", "host": "DEV.azure.com:443", "path": ["", "a/b", ".."], "username": "a\nb"},
    {**ONE, "host": {"hex": "ff0a1b5b324a"}, "path": [{"hex": "ff0a"}], "state": "rejected"},
    {
        **ONE,
        "authtype": "no scheme",
        "secret": "a\nb\u0000",
        "put_aside": "0",
        "label": "\u0000\n",
        "permissions": ["\ufffd", "\uffff", "\U0010ffff", "e\u0301"],
        "owner": " ",
    },
]
"""In the order of the file: what nobody writes, and a reader has no cause to refuse."""

UNKNOWN: Entry = {
    **ONE,
    "pinned": True,
    "approved": "0",
    "unknown": [(12, ""), (12, ""), (14, "0d"), (200, "02"), (200, "01"), (200, "01"), (255, "00ff" * 20)],
}


@dataclass(frozen=True)
class Good:
    """A whole vault with what is in it."""

    shows: str
    vault: Vault
    slots: tuple[Slot, ...]
    entries: tuple[Entry, ...]
    opens: Opens


@dataclass(frozen=True)
class Opens:
    """What opens a vault, each alone: the key file, the keyring's item, one of the passphrases."""

    key: bytes | None = None
    keyring: str | None = None
    passphrases: tuple[Bytes, ...] = ()
    unfitting: Mapping[str, str] = field(default_factory=dict)
    """Keys that are there too and open no slot, as the vectors state them."""


def good_vaults() -> dict[str, Good]:
    return {**_entries(), **_slots(), **_unusual_slots()}


def _entries() -> dict[str, Good]:
    one = (ONE,)
    return {
        "empty": _good("no entry at all", ()),
        "one-entry": _good("one entry with the fields that every entry has", one),
        "every-field": _good("every field, every state, bytes that are no text, and the order", MANY),
        "odd-parts": _good(
            "keys that no request has, texts that nobody writes, states without their times", ODD
        ),
        "unknown-tags": _good("fields with unknown tags are kept as they are", (UNKNOWN,)),
        "no-padding": _good(
            "the records end exactly at a block's end",
            ({**ONE, "secret": "x" * 4007, "unknown": [(255, "000000")]},),
        ),
        "two-blocks": _good(
            "the body needs a second block for its last byte", ({**ONE, "secret": "y" * 4016},)
        ),
        "late-generation": _good("a generation above 2^63", one, generation=2**64 - 2),
    }


def _slots() -> dict[str, Good]:
    one = (ONE,)
    unknown_kind = Slot(kind=200, id=7, params=b"for a newer program", key=fixed_bytes("unknown kind", 32))
    other_keyfile = Slot(id=2, key=writer.OTHER_KEY_FILE, nonce=fixed_bytes("slot nonce 2", 12))
    eight = (
        Slot(kind=201, id=0, key=fixed_bytes("unknown kind", 32)),
        Slot(kind=202, id=255, params=fixed_bytes("parameters", 28), key=fixed_bytes("unknown kind", 32)),
        *(replace(other_keyfile, id=number) for number in (2, 3, 4, 5, 6)),
        Slot(id=1),
    )
    long = (Slot(kind=9, id=2, params=fixed_bytes("long", 65_324), key=fixed_bytes("long", 32)), Slot())
    horse, staple = b"correct horse", b"battery staple"
    return {
        "two-slots": _good("a slot of an unknown kind is passed over", one, (unknown_kind, Slot())),
        "eight-slots": _good("the last of eight slots is the one that opens it", one, eight),
        "longest-header": _good("the longest header: 65,536 bytes", one, long),
        "keyring": _good("a keyring slot alone", one, (KEYRING_SLOT,), opens=Opens(keyring=KEYRING_ITEM)),
        "passphrase": _good(
            "a passphrase slot alone, at the least cost",
            one,
            (passphrase_slot(horse),),
            opens=Opens(passphrases=("correct horse",)),
        ),
        "passphrase-usual-cost": _good(
            "a passphrase slot as it is written: 3 passes, 64 MiB, 4 lanes",
            one,
            (passphrase_slot(horse, cost=(3, 65_536, 4)),),
            opens=Opens(passphrases=("correct horse",)),
        ),
        "passphrase-most-lanes": _good(
            "a passphrase slot with 2 passes and 16 lanes, its memory no multiple of four times that",
            one,
            (passphrase_slot(horse, cost=(2, 20_001, 16)),),
            opens=Opens(passphrases=("correct horse",)),
        ),
        "passphrase-typed-apart": _good(
            "one passphrase in three forms: composed, with combining characters, with compatible ones",
            one,
            (passphrase_slot("Schlüssel Å".encode()),),
            opens=Opens(passphrases=("Schlüssel Å", "Schlu\u0308ssel A\u030a", "Schlüssel \u212b")),
        ),
        "passphrase-kept-apart": _good(
            "blanks, case and compatibility characters (fi ligature, wide letter, no-break space) stay",
            one,
            (passphrase_slot(" \ufb01\uff21\u00a0 Horse ".encode()),),
            opens=Opens(passphrases=(" \ufb01\uff21\u00a0 Horse ",)),
        ),
        "passphrase-no-text": _good(
            "a passphrase that is not UTF-8: its bytes stay as they are",
            one,
            (passphrase_slot(b"\xffhorse\xc3"),),
            opens=Opens(passphrases=({"hex": (b"\xffhorse\xc3").hex()},)),
        ),
        "two-passphrases": _good(
            "either passphrase opens it; each slot has its own salt",
            one,
            (passphrase_slot(horse), passphrase_slot(staple, 2, salt=fixed_bytes("another salt", 16))),
            opens=Opens(passphrases=("correct horse", "battery staple")),
        ),
        "all-kinds": _good(
            "one slot of each kind, any of which opens it",
            one,
            (numbered(passphrase_slot(horse, 7), 7), numbered(KEYRING_SLOT, 3), Slot(id=2)),
            opens=Opens(KEY_FILE, KEYRING_ITEM, ("correct horse",)),
        ),
        "unknown-kind-and-passphrase": _good(
            "a slot of an unknown kind is passed over, whatever its parameters are",
            one,
            (unknown_kind, passphrase_slot(horse)),
            opens=Opens(passphrases=("correct horse",)),
        ),
    }


def _unusual_slots() -> dict[str, Good]:
    one = (ONE,)
    horse = b"correct horse"
    other_keyring = replace(KEYRING_SLOT, key=writer.OTHER_KEY_FILE)
    other_keyfile = Slot(id=3, key=fixed_bytes("a third key file", 32), nonce=fixed_bytes("slot nonce 3", 12))
    other_item = b64encode(fixed_bytes("a third item", 32)).decode()
    return {
        "slot-parameters": _good(
            "parameters of a keyfile and of a keyring slot are bound to it, and mean nothing",
            one,
            (Slot(params=b"\xff"), replace(numbered(KEYRING_SLOT, 2), params=fixed_bytes("parameters", 28))),
            opens=Opens(KEY_FILE, KEYRING_ITEM),
        ),
        "two-keyring-slots": _good(
            "the second keyring slot opens it",
            one,
            (other_keyring, numbered(KEYRING_SLOT, 2)),
            opens=Opens(keyring=KEYRING_ITEM),
        ),
        "unfitting-keys": _good(
            "key file and keyring hold other keys, and the passphrase opens it",
            one,
            (other_keyfile, numbered(other_keyring, 2), passphrase_slot(horse)),
            opens=Opens(
                passphrases=("correct horse",),
                unfitting={"key": writer.OTHER_KEY_FILE.hex(), "keyring": other_item},
            ),
        ),
        "malformed-beside-opening": _good(
            "a passphrase slot is malformed; it is not looked at, because the key file opens the vault",
            one,
            (replace(passphrase_slot(horse, 2), params=b""), Slot()),
            opens=Opens(KEY_FILE),
        ),
        "passphrase-most-passes": _good(
            "a passphrase slot with 16 passes",
            one,
            (passphrase_slot(horse, cost=(16, 19_456, 1)),),
            opens=Opens(passphrases=("correct horse",)),
        ),
        "passphrase-partly-text": _good(
            "some bytes of a passphrase are not UTF-8: they stay, and the text between them is composed",
            one,
            (passphrase_slot(b"\xff" + "Schlüssel Å".encode() + b"\xc3"),),
            opens=Opens(
                passphrases=({"hex": (b"\xff" + "Schlu\u0308ssel A\u030a".encode() + b"\xc3").hex()},)
            ),
        ),
    }


def _good(
    shows: str,
    entries: Iterable[Entry],
    slots: tuple[Slot, ...] = (Slot(),),
    generation: int = 1,
    opens: Opens = Opens(KEY_FILE),
) -> Good:
    known = tuple(entries)
    vault = Vault(
        body=writer.body(*(_record(entry) for entry in known)),
        slots=b"".join(slot.encoded() for slot in slots),
        slot_count=len(slots),
        generation=generation,
        body_salt=fixed_bytes(f"body salt of {shows}", 32),
    )
    return Good(shows, vault, slots, known, opens)


def _bytes(value: Bytes) -> bytes:
    return value.encode() if isinstance(value, str) else bytes.fromhex(value["hex"])


def _record(entry: Entry) -> bytes:
    key = writer.key(
        _bytes(entry["host"]),
        tuple(_bytes(segment) for segment in entry["path"]),
        _bytes(entry["username"]),
        _bytes(entry["authtype"]),
        _bytes(entry["protocol"]),
    )
    state = ("active", "rejected", "doubtful").index(entry["state"])
    pairs: list[writer.Field] = [
        (1, _bytes(entry["secret"])),
        (2, bytes((state,))),
        (3, writer.u64(int(entry["created"]))),
        (4, writer.u64(int(entry["updated"]))),
    ]
    if entry["expires"] is not None:
        pairs.append((5, writer.u64(int(entry["expires"]))))
    if entry["put_aside"] is not None:
        pairs.append((6, writer.u64(int(entry["put_aside"]))))
    if entry["label"]:
        pairs.append((7, entry["label"].encode()))
    pairs.extend((8, permission.encode()) for permission in entry["permissions"])
    if entry["pinned"]:
        pairs.append((9, b""))
    if entry["refresh_token"] is not None:
        pairs.append((10, _bytes(entry["refresh_token"])))
    if entry["owner"]:
        pairs.append((11, entry["owner"].encode()))
    if entry["approved"] is not None:
        pairs.append((13, writer.u64(int(entry["approved"]))))
    pairs.extend((tag, bytes.fromhex(value)) for tag, value in entry["unknown"])
    pairs.sort(key=lambda pair: pair[0])
    return key + writer.fields(*pairs)

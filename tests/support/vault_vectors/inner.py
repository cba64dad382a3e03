"""Files whose body is wrong and whose seals are all right."""

from __future__ import annotations

import struct
from dataclasses import replace

from support.vault_vectors.outer import WHOLE, Bad
from support.vault_vectors.writer import (
    BLOCK,
    CREATED,
    REQUIRED,
    SECRET,
    STATE,
    UPDATED,
    Field,
    body,
    field,
    fields,
    key,
    text,
    u64,
)

RECORD = key() + fields(*REQUIRED)


def bad_inside() -> dict[str, Bad]:
    bodies = {**_lengths(), **_order(), **_keys(), **_tags(), **_values()}
    return {
        name: Bad(replace(WHOLE, body=content).encoded(), reason)
        for name, (content, reason) in bodies.items()
    }


def _lengths() -> dict[str, tuple[bytes, str]]:
    whole = body(RECORD)
    end = 4 + len(RECORD)
    padded = whole[:-1]
    return {
        "body-empty": (b"", "the body has no bytes"),
        "body-3-bytes": (bytes(3), "the body ends inside the count"),
        "body-4-bytes": (bytes(4), "there is a count of 0, and no padding"),
        "count-too-large": (body(RECORD, count=2), "the count is 2, and there is 1 record"),
        "count-too-small": (
            body(RECORD, key(username=b"z") + fields(*REQUIRED), count=1),
            "there are 2 records",
        ),
        "count-0-with-record": (body(RECORD, count=0), "the count is 0, and there is a record"),
        "count-largest": (body(RECORD, count=2**32 - 1), "the count is 2^32 - 1"),
        "count-little-endian": (struct.pack("<I", 1) + whole[4:], "the count is little-endian"),
        "padding-missing": (whole[:end], "the body ends with the last record"),
        "padding-short": (padded, "one byte of the padding is missing"),
        "padding-long": (whole + b"\0", "a zero byte follows the padding"),
        "padding-512": (whole[:512], "the padding is to a multiple of 512"),
        "padding-block-too-many": (whole + bytes(BLOCK), "a block of zero bytes follows the padding"),
        "padding-first-byte": (whole[:end] + b"\x01" + whole[end + 1 :], "the padding's first byte is 1"),
        "padding-last-byte": (padded + b"\x01", "the padding's last byte is 1"),
    }


def _order() -> dict[str, tuple[bytes, str]]:
    tail = fields(*REQUIRED)

    def records(*keys: bytes) -> bytes:
        return body(*(one + tail for one in keys))

    return {
        "records-descending": (records(key(username=b"b"), key(username=b"a")), "the records descend"),
        "records-repeated": (records(key(), key()), "one record stands twice"),
        "records-equal-keys": (
            body(key() + tail, key() + fields((1, b"other"), *REQUIRED[1:])),
            "two records with different secrets have one key",
        ),
        "records-third-out-of-order": (
            records(key(username=b"a"), key(username=b"c"), key(username=b"b")),
            "the third record should be the second",
        ),
        "records-by-text": (
            records(key(b"aa.example", ()), key(b"b.example", ())),
            "the records are in the order of their hosts as text, not of their encoded keys",
        ),
        "records-signed": (
            records(key(username=b"\x80"), key(username=b"\x7f")),
            "the records are in the order of signed bytes",
        ),
        "records-by-authtype-first": (
            records(key(username=b"b", authtype=b"a"), key(username=b"a", authtype=b"b")),
            "the records are in the order of their authtypes",
        ),
    }


def _keys() -> dict[str, tuple[bytes, str]]:
    tail = fields(*REQUIRED)
    start = text(b"https") + text(b"dev.azure.com")
    beyond = struct.pack(">H", 5_000)
    four_parts = start + struct.pack(">H", 0) + text(b"alice")
    return {
        "protocol-beyond-end": (body(beyond + RECORD[2:]), "the protocol is longer than the body"),
        "host-beyond-end": (
            body(text(b"https") + beyond + b"dev" + tail),
            "the host is longer than the body",
        ),
        "segments-beyond-end": (
            body(start + beyond + text(b"fabrikam") + tail),
            "there are not 5,000 segments",
        ),
        "segment-beyond-end": (
            body(start + struct.pack(">H", 1) + b"\xff\xff" + tail),
            "the segment is longer than the body",
        ),
        "username-beyond-end": (
            body(start + bytes(2) + beyond + tail),
            "the username is longer than the body",
        ),
        "authtype-beyond-end": (body(four_parts + beyond + tail), "the authtype is longer than the body"),
        "authtype-missing": (body(four_parts + tail), "the key has four parts"),
    }


def _tags() -> dict[str, tuple[bytes, str]]:
    def record(*pairs: Field) -> bytes:
        return body(key() + fields(*pairs))

    required = {"secret": SECRET, "state": STATE, "created": CREATED, "updated": UPDATED}
    missing = {
        f"{name}-missing": (record(*(pair for pair in REQUIRED if pair != gone)), f"there is no {name}")
        for name, gone in required.items()
    }
    repeated = {
        f"{name}-repeated": (
            record(*sorted([*REQUIRED, pair, pair] if pair not in REQUIRED else [*REQUIRED, pair])),
            f"there are two fields {name}",
        )
        for name, pair in {
            **required,
            "expires": (5, u64(1)),
            "put-aside": (6, u64(1)),
            "label": (7, b"a"),
            "pinned": (9, b""),
            "refresh-token": (10, b"r"),
            "owner": (11, b"a"),
            "approved": (13, u64(1)),
        }.items()
    }
    last = key() + struct.pack(">H", 5) + fields(*REQUIRED)[2:]
    return {
        **missing,
        **repeated,
        "no-fields": (record(), "a record has no fields"),
        "fields-too-few": (body(key() + fields(*REQUIRED, count=3)), "the field count is 3, and there are 4"),
        "fields-too-many": (
            body(key() + fields(*REQUIRED, count=5)),
            "the field count is 5, and there are 4",
        ),
        "field-beyond-end": (body(last + field(11, b"", 5_000)), "a field is longer than the body"),
        "field-largest": (body(last + field(11, b"", 2**32 - 1)), "a field has the length 2^32 - 1"),
        "tags-descending": (record(STATE, SECRET, CREATED, UPDATED), "the state is before the secret"),
        "tag-0": (record((0, b""), *REQUIRED), "there is a field with the tag 0"),
        "permissions-apart": (
            record(*REQUIRED, (8, b"a"), (9, b""), (8, b"b")),
            "another field is between two permissions",
        ),
        "unknown-before-known": (
            record(*REQUIRED, (200, b""), (9, b"")),
            "an unknown tag is before a known one",
        ),
        "unknown-descending": (record(*REQUIRED, (201, b""), (200, b"")), "the unknown tags descend"),
    }


def _values() -> dict[str, tuple[bytes, str]]:
    def record(tag: int, value: bytes) -> bytes:
        kept = [pair for pair in REQUIRED if pair[0] != tag]
        return body(key() + fields(*sorted([*kept, (tag, value)])))

    return {
        "state-3": (record(2, b"\x03"), "the state is 3"),
        "state-empty": (record(2, b""), "the state has no byte"),
        "state-two-bytes": (record(2, b"\x00\x00"), "the state has two bytes"),
        "created-7-bytes": (record(3, bytes(7)), "created has 7 bytes"),
        "updated-9-bytes": (record(4, bytes(9)), "updated has 9 bytes"),
        "expires-4-bytes": (record(5, bytes(4)), "expires has 4 bytes"),
        "put-aside-empty": (record(6, b""), "put aside has no bytes"),
        "label-empty": (record(7, b""), "the label has no bytes; then there must be no field"),
        "label-latin-1": (record(7, b"B\xfcro"), "the label is Latin-1"),
        "label-overlong": (record(7, b"\xc0\xaf"), "the label has an overlong form"),
        "label-surrogate": (record(7, b"\xed\xa0\x80"), "the label has a surrogate"),
        "label-cut": (record(7, "Büro".encode()[:2]), "the label ends inside a character"),
        "label-beyond-unicode": (record(7, b"\xf4\x90\x80\x80"), "the label has a code point above U+10FFFF"),
        "permission-not-utf-8": (record(8, b"\xff"), "a permission is not UTF-8"),
        "owner-empty": (record(11, b""), "the owner has no bytes; then there must be no field"),
        "owner-not-utf-8": (record(11, b"\xff"), "the owner is not UTF-8"),
        "approved-7-bytes": (record(13, bytes(7)), "approved has 7 bytes"),
        "pinned-with-value": (record(9, b"\x01"), "pinned has a byte"),
    }

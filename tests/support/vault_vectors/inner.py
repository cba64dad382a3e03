"""Files whose body is wrong and whose seals are all right."""

from __future__ import annotations

import struct
from dataclasses import replace

from support.vault_vectors.outer import WHOLE
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

TAIL = fields(*REQUIRED)
RECORD = key() + TAIL


def bad_inside() -> dict[str, bytes]:
    bodies = {**_lengths(), **_order(), **_keys(), **_tags(), **_values(), **_beside()}
    return {name: replace(WHOLE, body=content).encoded() for name, content in bodies.items()}


def _lengths() -> dict[str, bytes]:
    whole = body(RECORD)
    end = 4 + len(RECORD)
    return {
        "body-empty": b"",
        "body-3-bytes": bytes(3),
        "body-4-bytes": bytes(4),
        "count-too-large": body(RECORD, count=2),
        "count-too-small": body(RECORD, key(username=b"z") + TAIL, count=1),
        "count-0-with-record": body(RECORD, count=0),
        "count-largest": body(RECORD, count=2**32 - 1),
        "count-little-endian": struct.pack("<I", 1) + whole[4:],
        "padding-missing": whole[:end],
        "padding-short": whole[:-1],
        "padding-long": whole + b"\0",
        "padding-512": whole[:512],
        "padding-block-too-many": whole + bytes(BLOCK),
        "padding-first-byte": whole[:end] + b"\x01" + whole[end + 1 :],
        "padding-last-byte": whole[:-1] + b"\x01",
    }


def _order() -> dict[str, bytes]:
    def records(*keys: bytes) -> bytes:
        return body(*(one + TAIL for one in keys))

    def by_username(*names: bytes) -> bytes:
        return records(*(key(username=name) for name in names))

    return {
        "records-descending": by_username(b"b", b"a"),
        "records-repeated": records(key(), key()),
        "records-equal-keys": body(RECORD, key() + fields((1, b"other"), *REQUIRED[1:])),
        "records-third-out-of-order": by_username(b"a", b"c", b"b"),
        "records-by-text": records(key(b"aa.example", ()), key(b"b.example", ())),
        "records-signed": by_username(b"\x80", b"\x7f"),
        "records-by-authtype-first": records(
            key(username=b"b", authtype=b"a"), key(username=b"a", authtype=b"b")
        ),
    }


def _keys() -> dict[str, bytes]:
    start = text(b"https") + text(b"dev.azure.com")
    beyond = struct.pack(">H", 5_000)
    four_parts = start + struct.pack(">H", 0) + text(b"alice")
    return {
        "protocol-beyond-end": body(beyond + RECORD[2:]),
        "host-beyond-end": body(text(b"https") + beyond + b"dev" + TAIL),
        "segments-beyond-end": body(start + beyond + text(b"fabrikam") + TAIL),
        "segment-beyond-end": body(start + struct.pack(">H", 1) + b"\xff\xff" + TAIL),
        "username-beyond-end": body(start + bytes(2) + beyond + TAIL),
        "authtype-beyond-end": body(four_parts + beyond + TAIL),
        "authtype-missing": body(four_parts + TAIL),
    }


def _tags() -> dict[str, bytes]:
    def record(*pairs: Field) -> bytes:
        return body(key() + fields(*pairs))

    required = {"secret": SECRET, "state": STATE, "created": CREATED, "updated": UPDATED}
    others = {"expires": (5, u64(1)), "put-aside": (6, u64(1)), "label": (7, b"a"), "pinned": (9, b"")}
    others |= {"refresh-token": (10, b"r"), "owner": (11, b"a"), "approved": (13, u64(1))}
    others |= {"renewal": (16, b"noted"), "sign-in": (17, b"entra")}
    last = key() + struct.pack(">H", 5) + TAIL[2:]
    return {
        **{
            f"{name}-missing": record(*(pair for pair in REQUIRED if pair != gone))
            for name, gone in required.items()
        },
        **{f"{name}-repeated": record(*sorted([*REQUIRED, pair])) for name, pair in required.items()},
        **{f"{name}-repeated": record(*sorted([*REQUIRED, pair, pair])) for name, pair in others.items()},
        "no-fields": record(),
        "fields-too-few": body(key() + fields(*REQUIRED, count=3)),
        "fields-too-many": body(key() + fields(*REQUIRED, count=5)),
        "field-beyond-end": body(last + field(11, b"", 5_000)),
        "field-largest": body(last + field(11, b"", 2**32 - 1)),
        "tags-descending": record(STATE, SECRET, CREATED, UPDATED),
        "tag-0": record((0, b""), *REQUIRED),
        "permissions-apart": record(*REQUIRED, (8, b"a"), (9, b""), (8, b"b")),
        "unknown-before-known": record(*REQUIRED, (200, b""), (9, b"")),
        "unknown-descending": record(*REQUIRED, (201, b""), (200, b"")),
    }


def _beside() -> dict[str, bytes]:
    values = {
        "beside-empty": b"",
        "beside-without-secret": fields(STATE, CREATED, UPDATED),
        "beside-cut": TAIL[:-1],
        "beside-with-a-byte-after": TAIL + b"\0",
        "beside-tags-descending": fields(STATE, SECRET, CREATED, UPDATED),
        "beside-state-3": fields(SECRET, (2, b"\x03"), CREATED, UPDATED),
        "beside-beside": fields(*REQUIRED, (15, TAIL)),
    }
    return {
        "beside-apart": body(key() + fields(*REQUIRED, (15, TAIL), (18, b""), (15, TAIL))),
        **{name: body(key() + fields(*REQUIRED, (15, TAIL), (15, value))) for name, value in values.items()},
    }


def _values() -> dict[str, bytes]:
    values = {
        "state-3": (2, b"\x03"),
        "state-empty": (2, b""),
        "state-two-bytes": (2, b"\x00\x00"),
        "created-7-bytes": (3, bytes(7)),
        "updated-9-bytes": (4, bytes(9)),
        "expires-4-bytes": (5, bytes(4)),
        "put-aside-empty": (6, b""),
        "label-empty": (7, b""),
        "label-latin-1": (7, b"B\xfcro"),
        "label-overlong": (7, b"\xc0\xaf"),
        "label-surrogate": (7, b"\xed\xa0\x80"),
        "label-cut": (7, "Büro".encode()[:2]),
        "label-beyond-unicode": (7, b"\xf4\x90\x80\x80"),
        "permission-not-utf-8": (8, b"\xff"),
        "owner-empty": (11, b""),
        "owner-not-utf-8": (11, b"\xff"),
        "approved-7-bytes": (13, bytes(7)),
        "renewal-empty": (16, b""),
        "sign-in-empty": (17, b""),
        "sign-in-not-utf-8": (17, b"\xff"),
        "pinned-with-value": (9, b"\x01"),
    }
    return {
        name: body(key() + fields(*sorted([*(pair for pair in REQUIRED if pair[0] != tag), (tag, value)])))
        for name, (tag, value) in values.items()
    }

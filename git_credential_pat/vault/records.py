"""The vault's body: entries as bytes, in one canonical order, so that equal contents are equal bytes."""

from __future__ import annotations

from operator import itemgetter
from struct import Struct, error
from typing import TYPE_CHECKING

from git_credential_pat.errors import DamagedError
from git_credential_pat.model.entry import (
    ACTIVE,
    DOUBTFUL,
    REJECTED,
    Entry,
    Nanoseconds,
    Seconds,
    kept_end,
    read_back,
)
from git_credential_pat.model.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable

BLOCK = 4096
"""The body's length is a multiple of this, so that its size does not say how many entries there are."""

_STATES = (ACTIVE, REJECTED, DOUBTFUL)
_SECRET, _STATE, _CREATED, _UPDATED, _EXPIRES, _PUT_ASIDE = 1, 2, 3, 4, 5, 6
_LABEL, _PERMISSION, _PINNED, _REFRESH_TOKEN, _OWNER, _APPROVED, _BESIDE = 7, 8, 9, 10, 11, 13, 15
_RENEWAL, _SIGN_IN = 16, 17
# 12 and 14 stay unknown: vectors of this format have them as such.
_KNOWN = frozenset((*range(_SECRET, _OWNER + 1), _APPROVED, _BESIDE, _RENEWAL, _SIGN_IN))
_REPEATABLE = (_PERMISSION, _BESIDE)

_U16 = Struct(">H")
_U32 = Struct(">I")
_U64 = Struct(">Q")
_FIELD = Struct(">BI")


def encode(entries: Iterable[Entry]) -> bytes:
    """Return the body for these entries, whose keys must all differ."""
    besides: dict[bytes, list[Entry]] = {}
    for entry in entries:
        besides.setdefault(_encode_key(entry), []).append(entry)
    records = sorted((key, _encode_record(entries)) for key, entries in besides.items())
    body = _U32.pack(len(records)) + b"".join(key + fields for key, fields in records)
    return body + bytes(-len(body) % BLOCK)


def decode(body: bytes) -> tuple[Entry, ...]:
    """Return the entries in the body's order; raise DamagedError unless `encode` could have written it."""
    try:
        return _decode(body)
    except (error, UnicodeDecodeError, ValueError):
        raise DamagedError("its entries are cut short or malformed") from None


def _decode(body: bytes) -> tuple[Entry, ...]:
    (count,) = _U32.unpack_from(body)
    at = _U32.size
    entries: list[Entry] = []
    previous = b""
    for _ in range(count):
        found, start_of_fields, end = _decode_record(body, at)
        key = body[at:start_of_fields]
        if key <= previous:
            raise DamagedError("its entries are out of order")
        entries += found
        previous, at = key, end
    if len(body) != at + -at % BLOCK or body.count(0, at) != len(body) - at:
        raise DamagedError("something follows its entries")
    return tuple(entries)


def _encode_key(entry: Entry) -> bytes:
    scope = entry.scope
    return b"".join(
        (
            _text(scope.protocol),
            _text(scope.host),
            _U16.pack(len(scope.path)),
            *(_text(segment) for segment in scope.path),
            _text(entry.username),
            _text(entry.authtype),
        )
    )


def _encode_record(entries: list[Entry]) -> bytes:
    """Return the fields of the entries of one key: the first's own, and in them the others'."""
    first, *others = sorted(entries, key=lambda entry: entry.number)
    return _encode_fields(first, [_encode_fields(other) for other in others])


def _encode_fields(entry: Entry, beside: Iterable[bytes] = ()) -> bytes:
    fields: list[tuple[int, bytes]] = [
        (_SECRET, entry.secret),
        (_STATE, bytes((_STATES.index(entry.state),))),
        (_CREATED, _U64.pack(entry.created)),
        (_UPDATED, _U64.pack(entry.updated)),
    ]
    times = ((_EXPIRES, kept_end(entry)), (_PUT_ASIDE, entry.put_aside), (_APPROVED, entry.approved))
    texts = (
        (_LABEL, entry.label.encode()),
        (_OWNER, entry.owner.encode()),
        (_RENEWAL, entry.renewal),
        (_SIGN_IN, entry.sign_in.encode()),
    )
    fields.extend((tag, _U64.pack(moment)) for tag, moment in times if moment is not None)
    fields.extend((tag, text) for tag, text in texts if text)
    fields.extend((_PERMISSION, permission.encode()) for permission in entry.permissions)
    if entry.pinned:
        fields.append((_PINNED, b""))
    if entry.refresh_token is not None:
        fields.append((_REFRESH_TOKEN, entry.refresh_token))
    fields.extend((_BESIDE, other) for other in beside)
    fields.extend(entry.unknown)
    fields.sort(key=itemgetter(0))
    return _U16.pack(len(fields)) + b"".join(_FIELD.pack(tag, len(value)) + value for tag, value in fields)


def _decode_record(body: bytes, start: int) -> tuple[list[Entry], int, int]:
    """Return the entries of the record at an offset, and the offsets of its fields and of its end."""
    protocol, at = _take_text(body, start)
    host, at = _take_text(body, at)
    (count,) = _U16.unpack_from(body, at)
    at += _U16.size
    path: list[bytes] = []
    for _ in range(count):
        segment, at = _take_text(body, at)
        path.append(segment)
    username, at = _take_text(body, at)
    authtype, at = _take_text(body, at)
    fields, end = _take_fields(body, at)
    first = _entry(Scope(protocol, host, tuple(path)), username, authtype, fields)
    others = [value for tag, value in fields if tag == _BESIDE]
    return [first, *(_beside(first, value, number) for number, value in enumerate(others, 1))], at, end


def _beside(first: Entry, value: bytes, number: int) -> Entry:
    fields, end = _take_fields(value, 0)
    if end != len(value) or any(tag == _BESIDE for tag, _ in fields):
        raise DamagedError("its entries are cut short or malformed")
    return _entry(first.scope, first.username, first.authtype, fields)._replace(number=number)


def _take_fields(body: bytes, start: int) -> tuple[list[tuple[int, bytes]], int]:
    (count,) = _U16.unpack_from(body, start)
    at = start + _U16.size
    fields: list[tuple[int, bytes]] = []
    for _ in range(count):
        tag, length = _FIELD.unpack_from(body, at)
        at += _FIELD.size
        if at + length > len(body) or not _may_follow(fields[-1][0] if fields else 0, tag):
            raise DamagedError("its entries are cut short or malformed")
        fields.append((tag, body[at : at + length]))
        at += length
    return fields, at


def _may_follow(previous: int, tag: int) -> bool:
    """Tags ascend from 1; few may stand repeatedly: two, and those that this version does not know."""
    return previous < tag or (previous == tag > 0 and (tag in _REPEATABLE or tag not in _KNOWN))


def _entry(scope: Scope, username: bytes, authtype: bytes, fields: list[tuple[int, bytes]]) -> Entry:
    known = {tag: value for tag, value in fields if tag in _KNOWN}
    if (
        known.get(_PINNED)
        or known.get(_LABEL) == b""
        or b"" in (known.get(_OWNER), known.get(_RENEWAL), known.get(_SIGN_IN))
        or not {_SECRET, _STATE, _CREATED, _UPDATED} <= known.keys()
    ):
        raise DamagedError("its entries are cut short or malformed")
    (state,) = known[_STATE]
    if state >= len(_STATES):
        raise DamagedError("an entry has an unknown state")
    entry = Entry(
        scope,
        username,
        known[_SECRET],
        authtype,
        _STATES[state],
        created=Nanoseconds(_time(known[_CREATED])),
        updated=Nanoseconds(_time(known[_UPDATED])),
        expires=Seconds(_time(known[_EXPIRES])) if _EXPIRES in known else None,
        put_aside=Nanoseconds(_time(known[_PUT_ASIDE])) if _PUT_ASIDE in known else None,
        label=known.get(_LABEL, b"").decode(),
        permissions=tuple(value.decode() for tag, value in fields if tag == _PERMISSION),
        pinned=_PINNED in known,
        refresh_token=known.get(_REFRESH_TOKEN),
        owner=known.get(_OWNER, b"").decode(),
        approved=Nanoseconds(_time(known[_APPROVED])) if _APPROVED in known else None,
        renewal=known.get(_RENEWAL, b""),
        sign_in=known.get(_SIGN_IN, b"").decode(),
        unknown=tuple(field for field in fields if field[0] not in _KNOWN),
    )
    return read_back(entry) if entry.sign_in else entry


def _time(value: bytes) -> int:
    number: int
    (number,) = _U64.unpack(value)
    return number


def _text(value: bytes) -> bytes:
    return _U16.pack(len(value)) + value


def _take_text(body: bytes, at: int) -> tuple[bytes, int]:
    (length,) = _U16.unpack_from(body, at)
    start = at + _U16.size
    if start + length > len(body):
        raise DamagedError("its entries are cut short or malformed")
    return body[start : start + length], start + length

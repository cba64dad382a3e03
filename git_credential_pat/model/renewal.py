"""What is noted of a token's life at its host: what it is called there, and what is to come.

It is one field of an entry, bytes that only commands about renewal take apart. What was noted of a token
holds for that token alone: an older version, which keeps the field without knowing it, may have put
another token beside it. So the field has a mark of its token, and says nothing of any other.
"""

from __future__ import annotations

from struct import Struct, error
from typing import TYPE_CHECKING

from git_credential_pat.model import NamedTuple
from git_credential_pat.model.entry import REJECTED, Nanoseconds, Seconds

if TYPE_CHECKING:
    from git_credential_pat.model.entry import Entry

ROTATE, CREATE = "rotate", "create"
"""What an intent is about: another value of the same token, or another token."""

REVOKED = "revoked"
"""No state that is stored: what an entry is called that was set aside because its host ended the token."""
UNFINISHED = "unfinished"
"""No state that is stored either: what an entry is called that stands for a token yet to be made."""

_MARK_SIZE = 8
_MARK_PURPOSE = b"git-credential-pat renewal"
_ID, _NAME, _REVOKE_AFTER, _REVOKED, _INTENT, _SINCE, _NEXT, _END = range(1, 9)
_KINDS = (ROTATE, CREATE)
_FIELD = Struct(">BH")
_U64 = Struct(">Q")
_LONGEST = 0xFFFF


class Intent(NamedTuple):
    """What a run was about to ask of a host: written before it asks, gone once the outcome is kept."""

    kind: str
    since: Seconds
    """By the host's own clock where it says the time, so that what it made since then can be found."""
    name: str = ""
    """What the token is to be called there."""
    expires: Seconds | None = None
    """When the token is to end there; no other run asks for the same second."""


class Renewal(NamedTuple):
    """What is noted of one token's life at its host; empty where nothing is known."""

    id: str = ""
    """By which its host knows it."""
    name: str = ""
    """What its user calls it there."""
    revoke_after: Nanoseconds | None = None
    """When a token that was replaced is to be revoked; until then other machines may still use it."""
    revoked: Nanoseconds | None = None
    """When its host ended it."""
    intent: Intent | None = None


NOTHING = Renewal()


def renewal_of(entry: Entry) -> Renewal:
    """Return what is noted of an entry's token; nothing if it was noted of another one, or cannot be read."""
    mark, noted = entry.renewal[:_MARK_SIZE], entry.renewal[_MARK_SIZE:]
    if not entry.renewal or mark != _mark_of(entry):
        return NOTHING
    try:
        return _decoded(noted)
    except (error, ValueError, KeyError, IndexError):
        return NOTHING


def noting(entry: Entry, renewal: Renewal) -> Entry:
    """Return an entry with what is noted of its token."""
    noted = _encoded(renewal)
    return entry._replace(renewal=_mark_of(entry) + noted if noted else b"")


def is_pending(entry: Entry) -> bool:
    """Return whether an entry's token was replaced, and is still to be revoked at its host."""
    noted = renewal_of(entry)
    return entry.state == REJECTED and noted.revoke_after is not None and noted.revoked is None


def status_of(entry: Entry, now: Nanoseconds) -> str:
    """Return an entry's state as users see it; that its host ended the token is the last word on it."""
    if is_placeholder(entry):
        return UNFINISHED
    ended = entry.state == REJECTED and renewal_of(entry).revoked is not None
    return REVOKED if ended else entry.status(now)


def is_placeholder(entry: Entry) -> bool:
    """Return whether an entry has no token, but stands for one that a run was about to have made."""
    return not entry.secret and renewal_of(entry).intent is not None


def _mark_of(entry: Entry) -> bytes:
    import hmac  # commands alone come here

    return hmac.digest(entry.secret, _MARK_PURPOSE, "sha256")[:_MARK_SIZE]


def _encoded(renewal: Renewal) -> bytes:
    intent = renewal.intent
    fields = (
        (_ID, _text(renewal.id)),
        (_NAME, _text(renewal.name)),
        (_REVOKE_AFTER, _time(renewal.revoke_after)),
        (_REVOKED, _time(renewal.revoked)),
        (_INTENT, bytes((_KINDS.index(intent.kind),)) if intent else b""),
        (_SINCE, _time(intent.since) if intent else b""),
        (_NEXT, _text(intent.name) if intent else b""),
        (_END, _time(intent.expires) if intent else b""),
    )
    return b"".join(_FIELD.pack(tag, len(value)) + value for tag, value in fields if value)


def _decoded(noted: bytes) -> Renewal:
    found: dict[int, bytes] = {}
    at = 0
    while at < len(noted):
        tag, length = _FIELD.unpack_from(noted, at)
        at += _FIELD.size
        found[tag] = noted[at : at + length]
        at += length
    if at > len(noted):
        raise ValueError
    intent = None
    if _INTENT in found:
        intent = Intent(
            _KINDS[found[_INTENT][0]],
            Seconds(_number(found[_SINCE])),
            found.get(_NEXT, b"").decode(),
            Seconds(_number(found[_END])) if _END in found else None,
        )
    return Renewal(
        found.get(_ID, b"").decode(),
        found.get(_NAME, b"").decode(),
        Nanoseconds(_number(found[_REVOKE_AFTER])) if _REVOKE_AFTER in found else None,
        Nanoseconds(_number(found[_REVOKED])) if _REVOKED in found else None,
        intent,
    )


def _text(text: str) -> bytes:
    """Return a text's bytes: whatever a host calls a token, its new value must not be lost for that."""
    return text.encode(errors="replace")[:_LONGEST].decode(errors="ignore").encode()


def _time(moment: int | None) -> bytes:
    return b"" if moment is None else _U64.pack(moment)


def _number(value: bytes) -> int:
    number: int
    (number,) = _U64.unpack(value)
    return number

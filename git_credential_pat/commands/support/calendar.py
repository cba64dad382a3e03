r"""An iCalendar file (RFC 5545) of the days on which tokens end, for any calendar. Pure: bytes from values.

- A line has at most 75 octets and ends with CRLF. A longer one goes on in the next, after a blank (3.1). No
  character of UTF-8 is divided, which the standard allows and programs read badly.
- Text has `\`, `;`, `,` and the end of a line escaped (3.3.11); a URI has nothing escaped.
- An event is known by its UID, which is made of what stays when a token is renewed, so that the event moves.
  Of two versions the one of the higher SEQUENCE counts: it grows with a change, and with a later end alone.
- DTSTAMP is when the token changed last, so that the same tokens make the same bytes.
- A calendar has at least one component (3.6), so one without events has a time zone that nothing uses.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timezone
from uuid import NAMESPACE_URL, uuid5

from git_credential_pat.model import NamedTuple

START = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//git-credential-pat//"
"""How every calendar of ours begins, and no other."""

_LINE_LIMIT = 75
"""Octets."""
_NAME = "NONSGML Ends of tokens//EN"
_UNUSED_ZONE = (
    "BEGIN:VTIMEZONE",
    "TZID:UTC",
    "BEGIN:STANDARD",
    "DTSTART:19700101T000000",
    "TZOFFSETFROM:+0000",
    "TZOFFSETTO:+0000",
    "END:STANDARD",
    "END:VTIMEZONE",
)


class End(NamedTuple):
    """The end of a token: what identifies it, its last day, and what to say of it."""

    identity: tuple[str, ...]
    """What stays when another token takes its place; never a part of a token, nor made from one."""
    last_day: date
    changed: datetime
    summary: str
    description: str
    page: str
    """The URL of the page where its host makes tokens; empty if it is not known."""


def calendar(ends: Iterable[End], days_before: int) -> bytes:
    """Return a calendar with an event on each last day, and a reminder so many days before it."""
    events = [line for end in ends for line in _event(end, days_before)]
    lines = [*(events or _UNUSED_ZONE), "END:VCALENDAR"]
    return START + _NAME.encode() + b"\r\n" + b"".join(map(_folded, lines))


def _event(end: End, days_before: int) -> Iterator[str]:
    stamp = end.changed.astimezone(timezone.utc)
    yield "BEGIN:VEVENT"
    yield f"UID:{uuid5(NAMESPACE_URL, ' '.join(end.identity))}"
    yield f"DTSTAMP:{stamp:%Y%m%dT%H%M%SZ}"
    yield f"LAST-MODIFIED:{stamp:%Y%m%dT%H%M%SZ}"
    yield f"SEQUENCE:{int(stamp.timestamp()) // 60 + end.last_day.toordinal()}"
    yield f"DTSTART;VALUE=DATE:{end.last_day:%Y%m%d}"
    yield f"SUMMARY:{_text(end.summary)}"
    yield f"DESCRIPTION:{_text(end.description)}"
    if end.page:
        yield f"URL:{end.page}"
    yield "TRANSP:TRANSPARENT"
    yield "BEGIN:VALARM"
    yield "ACTION:DISPLAY"
    yield f"DESCRIPTION:{_text(end.summary)}"
    yield f"TRIGGER:-P{days_before}D"
    yield "END:VALARM"
    yield "END:VEVENT"


def _text(value: str) -> str:
    for special in "\\;,":
        value = value.replace(special, f"\\{special}")
    return value.replace("\n", "\\n")


def _folded(line: str) -> bytes:
    """Return a line as it stands in the file, folded between characters."""
    folded, length = b"", 0
    for character in line.encode("utf-8", "replace").decode():
        octets = character.encode()
        if length + len(octets) > _LINE_LIMIT:
            folded, length = folded + b"\r\n ", 1
        folded, length = folded + octets, length + len(octets)
    return folded + b"\r\n"

"""`list`: every entry, and never any part of a token."""

import json
from datetime import datetime, timezone

import click

from git_credential_pat.commands.session import Session, pass_session
from git_credential_pat.entry import ACTIVE, SECOND, Entry
from git_credential_pat.errors import shown
from git_credential_pat.hosts import family_of, looks_like_any_token
from git_credential_pat.settings import DAY
from git_credential_pat.terminal import notice, print_table, say
from git_credential_pat.usernames import stored_username

_COLUMNS = ("SCOPE", "USERNAME", "EXPIRES", "STATE", "LABEL", "PERMISSIONS")
_STYLES = {"rejected": "red", "expired": "red", "doubtful": "yellow"}
_SOON = 7


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@pass_session
def command(session: Session, *, as_json: bool) -> None:
    """Show what is kept, and never any part of a token."""
    entries = session.backend.entries()
    if as_json:
        say(json.dumps({"entries": [_as_json(entry, session) for entry in entries]}, indent=2))
    elif not entries:
        notice("no tokens are kept yet; run: git credential-pat seed https://dev.azure.com/ORGANIZATION")
    else:
        rows = [_row(entry, session) for entry in entries]
        styles = [_style(entry, session.now) for entry in entries]
        print_table(_COLUMNS, rows, styles, notes=2)


def _username(entry: Entry, session: Session) -> bytes:
    """Return the username to show; Git may have kept a token in its place."""
    family = family_of(entry.scope, session.settings.providers)
    name = stored_username(entry, family, session.settings)
    return b"(a token)" if looks_like_any_token(name) else name


def _row(entry: Entry, session: Session) -> list[str]:
    days = _days_left(entry, session.now)
    expires = "" if entry.expires is None else f"{_time(entry.expires)[:10]} ({_days(days or 0)})"
    state = entry.status(session.now) + (", pinned" if entry.pinned else "")
    scope = entry.scope.text + (
        "" if entry.scope.path or not _needs_organization(entry) else " (organization unknown)"
    )
    return [
        scope,
        _name(entry, session),
        expires or "-",
        state,
        _printable(entry.label),
        ", ".join(_printable(permission) for permission in entry.permissions),
    ]


def _name(entry: Entry, session: Session) -> str:
    username = _username(entry, session)
    return shown(username) if username else f"({shown(entry.authtype)})" if entry.authtype else "-"


def _needs_organization(entry: Entry) -> bool:
    return not family_of(entry.scope).host_covers


def _days(days: int) -> str:
    return f"{days} days" if days != 1 else "1 day"


def _style(entry: Entry, now: int) -> str:
    days = _days_left(entry, now)
    if entry.state == ACTIVE and days is not None and 0 <= days <= _SOON:
        return "yellow"
    return _STYLES.get(entry.status(now), "")


def _as_json(entry: Entry, session: Session) -> dict[str, object]:
    return {
        "scope": entry.scope.text,
        "username": _username(entry, session).decode("utf-8", "backslashreplace"),
        "label": entry.label,
        "permissions": [*entry.permissions],
        "created": _time(entry.created // SECOND),
        "updated": _time(entry.updated // SECOND),
        "expires": None if entry.expires is None else _time(entry.expires),
        "days_left": _days_left(entry, session.now),
        "state": entry.status(session.now),
        "pinned": entry.pinned,
    }


def _days_left(entry: Entry, now: int) -> int | None:
    return None if entry.expires is None else (entry.expires - now // SECOND) // DAY


def _time(seconds: int) -> str:
    """Return a time as RFC 3339 in UTC; one beyond the calendar as its last second."""
    last = 253_402_300_799  # 9999-12-31T23:59:59Z
    return datetime.fromtimestamp(min(seconds, last), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)

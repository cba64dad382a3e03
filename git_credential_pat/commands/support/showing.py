"""How entries are shown: the same words and times wherever a command shows them."""

from datetime import datetime, timezone

from git_credential_pat.commands.support.session import Session
from git_credential_pat.hosts import family_of, looks_like_any_token
from git_credential_pat.model.entry import DAY, SECOND, Entry, Nanoseconds
from git_credential_pat.operations.usernames import stored_username
from git_credential_pat.text import shown

LAST_SECOND = 253_402_300_799
"""9999-12-31T23:59:59Z, the end of the calendar."""


def username_of(entry: Entry, session: Session) -> bytes:
    """Return the username to show; Git may have kept a token in its place."""
    family = family_of(entry.scope, session.settings.providers)
    name = stored_username(entry, family, session.settings)
    return b"(a token)" if looks_like_any_token(name) else name


def name_of(entry: Entry, session: Session) -> str:
    """Return the username for a table; in its place the scheme of a header, else a dash."""
    username = username_of(entry, session)
    return shown(username) if username else f"({shown(entry.authtype)})" if entry.authtype else "-"


def scope_of(entry: Entry) -> str:
    """Return the scope to show; that of some entries lacks the organization that their host needs."""
    is_whole = entry.scope.path or family_of(entry.scope).host_covers
    return entry.scope.text + ("" if is_whole else " (organization unknown)")


def rfc3339(seconds: int) -> str:
    """Return a time since 1970 as RFC 3339 in UTC; one beyond the calendar as its last second."""
    moment = datetime.fromtimestamp(min(seconds, LAST_SECOND), timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def days_left(entry: Entry, now: Nanoseconds) -> int | None:
    """Return how many days (UTC) after today a token's last one is, negative after it; None if not known."""
    return None if entry.expires is None else entry.expires // DAY - now // SECOND // DAY

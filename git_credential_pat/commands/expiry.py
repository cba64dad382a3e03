"""When a token expires, as a user says it: a last day in UTC, or a number of days."""

from datetime import datetime, timezone

from git_credential_pat.entry import SECOND
from git_credential_pat.errors import PatError, UsageError, shown
from git_credential_pat.settings import DAY
from git_credential_pat.terminal import ask, notice

_LONGEST = 36_500


def expiry_of(date: str | None, days: int | None, now: int) -> int | None:
    """Return the second (UTC, since 1970) after which a token is invalid, or None if nothing was said.

    Raises UsageError for both at once, for what is no date, and for a day that is past.
    """
    if date is not None and days is not None:
        raise UsageError("give --expires or --days, not both")
    if days is not None:
        return now // SECOND + days * DAY
    return None if date is None else _end_of_day(date, now)


def ask_expiry(now: int) -> int | None:
    """Ask until the answer can be understood; an empty one means that the user does not know."""
    while True:
        reply = ask("Its last day (YYYY-MM-DD, or a number of days; Enter if unknown): ").strip()
        try:
            if reply.isascii() and reply.isdigit() and 0 < int(reply) <= _LONGEST:
                return expiry_of(None, int(reply), now)
            return expiry_of(reply or None, None, now)
        except PatError as error:
            notice(str(error))


def _end_of_day(date: str, now: int) -> int:
    try:
        day = datetime.strptime(date, "%Y-%m-%d").replace(tzinfo=timezone.utc)
    except ValueError:
        raise UsageError(f'"{shown(date)}" is not a date; write it as 2027-01-31') from None
    end = int(day.timestamp()) + DAY - 1
    if end * SECOND <= now:
        raise UsageError(f"{date} is past; a token that has expired is of no use")
    return end

"""When a token expires, as a user says it: a last day in UTC, or a number of days."""

from datetime import datetime, timezone

from git_credential_pat.errors import PatError, UsageError
from git_credential_pat.model.entry import DAY, SECOND, Nanoseconds, Seconds
from git_credential_pat.stdio import notice
from git_credential_pat.system.terminal import ask

LONGEST = 36_500
"""Days."""


def expiry_of(date: str | None, days: int | None, now: Nanoseconds) -> Seconds | None:
    """Return the second (UTC, since 1970) after which a token is invalid, or None if nothing was said.

    Raises UsageError for both at once, for what is no date, and for a day that is past.
    """
    if date is not None and days is not None:
        raise UsageError("give --expires or --days, not both")
    if days is not None:
        return Seconds(now // SECOND + days * DAY)
    return None if date is None else _end_of_day(date, now)


def date_of(moment: Nanoseconds) -> str:
    """Return the day (UTC) of a time in nanoseconds since 1970."""
    return datetime.fromtimestamp(moment // SECOND, timezone.utc).strftime("%Y-%m-%d")


def ask_expiry(now: Nanoseconds) -> Seconds | None:
    """Ask until the answer can be understood; an empty one means that the user does not know."""
    while True:
        reply = ask("When does it expire? (YYYY-MM-DD or a number of days; Enter if unknown) ").strip()
        try:
            if reply.removeprefix("-").isdecimal():
                return expiry_of(None, _days(reply), now)
            return expiry_of(reply or None, None, now)
        except PatError as error:
            notice(str(error))


def _days(reply: str) -> int:
    days = int(reply) if len(reply) <= len(str(LONGEST)) else 0
    if not 0 < days <= LONGEST:
        raise UsageError(f"give 1 to {LONGEST} days")
    return days


def _end_of_day(date: str, now: Nanoseconds) -> Seconds:
    try:
        day = datetime.strptime(date, "%Y-%m-%d").replace(tzinfo=timezone.utc)
    except ValueError:
        raise UsageError("that is not a date; write it like 2027-01-31") from None
    end = Seconds(int(day.timestamp()) + DAY - 1)
    if end * SECOND <= now:
        raise UsageError(f"{date} is in the past; give the day on which the token expires")
    return end

"""`list`: every entry, and never any part of a token."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence

import click

from git_credential_pat import suggest
from git_credential_pat.commands.support import ends
from git_credential_pat.commands.support.expiry import LONGEST, date_of
from git_credential_pat.commands.support.global_warning import warn_of_global
from git_credential_pat.commands.support.renewing import renewed_by
from git_credential_pat.commands.support.session import Session, pass_session
from git_credential_pat.commands.support.showing import days_left, name_of, rfc3339, scope_of, username_of
from git_credential_pat.errors import UsageError
from git_credential_pat.model.entry import ACTIVE, SECOND, Entry, Nanoseconds
from git_credential_pat.model.renewal import is_pending, is_placeholder, renewal_of, status_of
from git_credential_pat.operations.answering import first_of
from git_credential_pat.operations.global_tokens import global_among
from git_credential_pat.operations.sign_in_cache import SIGN_IN, is_cache
from git_credential_pat.stdio import notice, say
from git_credential_pat.system.printing import print_table
from git_credential_pat.text import printable, shown

_COLUMNS = ("SCOPE", "USERNAME", "EXPIRES", "STATE", "RENEWAL", "LABEL", "PERMISSIONS", "OWNER")
_STYLES = {"rejected": "red", "expired": "red", "doubtful": "yellow"}


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@click.option(
    "--within", type=click.IntRange(0, LONGEST), metavar="N", help="Only what ends in N days, with status 1."
)
@click.option("--ics", metavar="FILE", help="Write the ends to FILE (- for standard output), for calendars.")
@pass_session
def command(session: Session, *, as_json: bool, within: int | None, ics: str | None) -> int:
    """Show what each token is for and when it expires, never a token.

    With --within, the status is 1 if a token ends by then or has ended, else 0.

    \b
    Examples:
      git credential-pat list
      git credential-pat list --within 14
      git credential-pat list --ics ~/tokens.ics
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    if as_json and ics is not None:
        raise UsageError("--json and --ics exclude each other; give one of them")
    entries = session.backend.entries()
    chosen = entries if within is None else ends.ending(entries, within, session)
    if ics is not None:
        if line := ends.write_calendar(ics, chosen, session):
            say(line)
    elif as_json:
        _print_json(chosen, entries, session)
    elif not entries:
        notice(f"no tokens are stored yet; run: {suggest.first_seed()}")
    elif chosen:
        _print(chosen, entries, session)
    return 1 if chosen and within is not None else 0


def _print_json(chosen: Sequence[Entry], entries: Sequence[Entry], session: Session) -> None:
    answering, ending = _answering(entries, session), global_among(entries)
    facts = [
        _as_json(entry, session) | {"answers": entry in answering, "global_token": entry in ending}
        for entry in chosen
    ]
    say(json.dumps({"entries": facts}, indent=2))


def _print(chosen: Sequence[Entry], entries: Sequence[Entry], session: Session) -> None:
    answering, ending = _answering(entries, session), global_among(entries)
    rows = [
        _row(entry, session, is_spare=entry not in answering, is_global=entry in ending) for entry in chosen
    ]
    print_table(_COLUMNS, rows, [_style(entry, session) for entry in chosen], notes=3)
    warn_of_global([entry for entry in ending if entry in chosen], session)


def _answering(entries: Iterable[Entry], session: Session) -> set[Entry]:
    """Return the entries that Git gets, one of those of a scope and username that may answer."""
    found: dict[tuple[object, ...], list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.may_answer(session.now):
            found[entry.key[:3]].append(entry)
    return {first_of(beside) for beside in found.values()}


def _row(entry: Entry, session: Session, *, is_spare: bool, is_global: bool) -> list[str]:
    days = days_left(entry, session.now)
    expires = "" if entry.expires is None else rfc3339(entry.expires)[:10]
    if days is not None and not entry.is_expired(session.now):
        expires += f" ({_days(days)})"
    state = "spare" if is_spare and entry.may_answer(session.now) else _state(entry, session)
    state = f"sign-in ({shown(entry.sign_in)})" if entry.sign_in and state == ACTIVE else state
    state += (", pinned" if entry.pinned else "") + (", global" if is_global else "")
    state += f", {pending}" if (pending := _pending(entry)) else ""
    return [
        scope_of(entry),
        name_of(entry, session),
        expires or "-",
        state,
        renewed_by(entry, session).replace("-", " ") or "-",
        printable(entry.label),
        ", ".join(printable(permission) for permission in entry.permissions),
        printable(entry.owner),
    ]


def _pending(entry: Entry) -> str:
    """Return what a rotation has left to be done, or the making of a token."""
    if is_placeholder(entry):
        return "seed --create was broken off"
    if (after := _revoked_after(entry)) is not None:
        return f"to be revoked from {date_of(after)} on"
    return "a rotation was broken off" if renewal_of(entry).intent else ""


def _revoked_after(entry: Entry) -> Nanoseconds | None:
    """Return when a token that was replaced is to be revoked at its host, if it is."""
    return renewal_of(entry).revoke_after if is_pending(entry) else None


def _days(days: int) -> str:
    return {0: "today", 1: "1 day"}.get(days, f"{days} days")


def _style(entry: Entry, session: Session) -> str:
    is_ending = entry.expires_soon(session.now, session.settings.expiry_warning) and not entry.is_fleeting
    if entry.state == ACTIVE and is_ending:
        return "yellow"
    return _STYLES.get(_state(entry, session), "")


def _state(entry: Entry, session: Session) -> str:
    return SIGN_IN if is_cache(entry) else status_of(entry, session.now)


def _as_json(entry: Entry, session: Session) -> dict[str, object]:
    after = _revoked_after(entry)
    return {
        "scope": entry.scope.text,
        "username": username_of(entry, session).decode("utf-8", "backslashreplace"),
        "authtype": shown(entry.authtype),
        "label": entry.label,
        "owner": entry.owner,
        "permissions": [*entry.permissions],
        "created": rfc3339(entry.created // SECOND),
        "updated": rfc3339(entry.updated // SECOND),
        "expires": None if entry.expires is None else rfc3339(entry.expires),
        "days_left": days_left(entry, session.now),
        "state": _state(entry, session),
        "pinned": entry.pinned,
        "renewal": renewed_by(entry, session) or None,
        "revoked_after": None if after is None else rfc3339(after // SECOND),
        "sign_in": entry.sign_in,
    }

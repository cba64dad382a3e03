"""`list`: every entry, and never any part of a token."""

import json
from collections import defaultdict
from collections.abc import Iterable

import click

from git_credential_pat import suggest
from git_credential_pat.commands.support.global_warning import warn_of_global
from git_credential_pat.commands.support.session import Session, pass_session
from git_credential_pat.commands.support.showing import days_left, name_of, rfc3339, scope_of, username_of
from git_credential_pat.model.entry import ACTIVE, SECOND, Entry
from git_credential_pat.operations.answering import first_of
from git_credential_pat.operations.global_tokens import global_among
from git_credential_pat.stdio import notice, say
from git_credential_pat.system.printing import print_table
from git_credential_pat.text import printable, shown

_COLUMNS = ("SCOPE", "USERNAME", "EXPIRES", "STATE", "LABEL", "PERMISSIONS", "OWNER")
_STYLES = {"rejected": "red", "expired": "red", "doubtful": "yellow"}


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@pass_session
def command(session: Session, *, as_json: bool) -> None:
    """Show what each token is for and when it expires, never a token.

    \b
    Examples:
      git credential-pat list
      git credential-pat list --json
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    entries = session.backend.entries()
    answering, ending = _answering(entries, session), global_among(entries)
    if as_json:
        facts = [
            _as_json(entry, session) | {"answers": entry in answering, "global_token": entry in ending}
            for entry in entries
        ]
        say(json.dumps({"entries": facts}, indent=2))
    elif not entries:
        notice(f"no tokens are stored yet; run: {suggest.first_seed()}")
    else:
        rows = [
            _row(entry, session, is_spare=entry not in answering, is_global=entry in ending)
            for entry in entries
        ]
        styles = [_style(entry, session) for entry in entries]
        print_table(_COLUMNS, rows, styles, notes=3)
        warn_of_global(ending, session)


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
    state = "spare" if is_spare and entry.may_answer(session.now) else entry.status(session.now)
    state += (", pinned" if entry.pinned else "") + (", global" if is_global else "")
    return [
        scope_of(entry),
        name_of(entry, session),
        expires or "-",
        state,
        printable(entry.label),
        ", ".join(printable(permission) for permission in entry.permissions),
        printable(entry.owner),
    ]


def _days(days: int) -> str:
    return {0: "today", 1: "1 day"}.get(days, f"{days} days")


def _style(entry: Entry, session: Session) -> str:
    is_ending = entry.expires_soon(session.now, session.settings.expiry_warning) and not entry.is_fleeting
    if entry.state == ACTIVE and is_ending:
        return "yellow"
    return _STYLES.get(entry.status(session.now), "")


def _as_json(entry: Entry, session: Session) -> dict[str, object]:
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
        "state": entry.status(session.now),
        "pinned": entry.pinned,
    }

"""The ends of tokens: which come within some days, and the calendar that has them."""

import os
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone

from git_credential_pat import suggest
from git_credential_pat.commands.support.calendar import START, End, calendar
from git_credential_pat.commands.support.renewing import is_due
from git_credential_pat.commands.support.session import Session
from git_credential_pat.commands.support.showing import LAST_SECOND, username_of
from git_credential_pat.errors import PatError
from git_credential_pat.hosts import family_of
from git_credential_pat.model.entry import SECOND, Entry
from git_credential_pat.operations.notices import username_option
from git_credential_pat.renewal.ways import is_renewable
from git_credential_pat.stdio import write_output
from git_credential_pat.system.files import change_foreign
from git_credential_pat.system.homes import require_own_home
from git_credential_pat.text import quoted, shown

_STANDARD_OUTPUT = "-"


def ending(entries: Iterable[Entry], days: int, session: Session) -> list[Entry]:
    """Return the entries in use whose token ends within so many days, or has ended."""
    return [
        entry for entry in entries if is_renewable(entry, session.settings) and is_due(entry, days, session)
    ]


def write_calendar(file: str, entries: Iterable[Entry], session: Session) -> str:
    """Write the calendar of the ends of entries; return a line about it, empty on standard output.

    Raises PatError for a file that is none of ours.
    """
    ends = _ends(entries, session)
    data = calendar(ends, session.settings.renew_within)
    if file == _STANDARD_OUTPUT:
        write_output(data)
        return ""
    path = os.path.realpath(session.resolved(file))
    require_own_home(path)
    if os.path.lexists(path) and not os.path.isfile(path):
        raise PatError(f"{quoted(path)} is not a regular file; give the name of another one")
    try:
        change_foreign(path, lambda old: _in_place_of(old, data, path), 0o666 & ~session.caller.umask)
    except OSError as error:
        raise PatError(f"cannot write {quoted(path)}: {os.strerror(error.errno or 0)}") from None
    return f"Wrote the ends of {len(ends)} token{'' if len(ends) == 1 else 's'} to {path}."


def _in_place_of(old: bytes | None, data: bytes, path: str) -> bytes:
    if old and not old.startswith(START):
        raise PatError(f"{quoted(path)} is another file; give another name, or remove it")
    return data


def _ends(entries: Iterable[Entry], session: Session) -> Sequence[End]:
    """Return an end for each token that may answer and has one, in their order.

    Of entries beside another it is the first: only their tokens differ.
    """
    may_end = (e for e in entries if e.may_answer(session.now) and is_renewable(e, session.settings))
    ends = [_end(entry, entry.expires, session) for entry in may_end if entry.expires is not None]
    ends.sort(key=lambda end: (end.last_day, end.identity))
    first = {end.identity: end for end in reversed(ends)}
    return [end for end in ends if first[end.identity] is end]


def _end(entry: Entry, expires: int, session: Session) -> End:
    url, family = entry.scope.text, family_of(entry.scope, session.settings.providers)
    username = entry.username and username_of(entry, session)
    whose = f" of {shown(username)}" if username else ""
    page = family.token_page(entry.scope) or ""
    command = suggest.rotate(url, *username_option(entry.username))
    lines = [
        f"This is the last day (UTC) of the token{whose} for {url}.",
        f"To renew it, run: {command}",
        *([f"Tokens are made at {page}"] if page else []),
    ]
    return End(
        identity=(url, shown(username), shown(entry.authtype)),
        last_day=datetime.fromtimestamp(min(expires - 1, LAST_SECOND), timezone.utc).date(),
        changed=datetime.fromtimestamp(entry.updated // SECOND, timezone.utc),
        summary=f"The token{whose} for {url} expires",
        description="\n".join(lines),
        page=page,
    )

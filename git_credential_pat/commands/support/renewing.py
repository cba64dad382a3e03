"""What the commands share that renew tokens: which tokens are meant, what is around them, how it is shown."""

import json
import os
from collections.abc import Callable, Iterable, Sequence

from git_credential_pat import suggest
from git_credential_pat.commands.support.places import entries_at, none_in_use
from git_credential_pat.commands.support.session import Session
from git_credential_pat.commands.support.showing import days_left, rfc3339, scope_of, username_of
from git_credential_pat.errors import (
    ByHandError,
    InterruptedByUserError,
    PatError,
    UnreachableError,
    UsageError,
)
from git_credential_pat.model.entry import DAY, SECOND, Entry
from git_credential_pat.model.renewal import renewal_of
from git_credential_pat.model.scope import Scope
from git_credential_pat.renewal import BY_HAND, FAILED, NOT_DUE, OUTCOMES, REVOKED, Around, Outcome
from git_credential_pat.renewal.ways import is_renewable, renewer, way_of
from git_credential_pat.stdio import say
from git_credential_pat.system.printing import Mark, print_marked
from git_credential_pat.system.processes import DEFAULT_PATH

BY_PERSON = "by-hand"
_RENEWED_BY = {"token": "itself", "entra": "az", "": BY_PERSON}
"""What renews a token, by the authority that its host wants."""
STYLES = dict.fromkeys(OUTCOMES, "green") | {FAILED: "red", BY_HAND: "yellow", NOT_DUE: "dim"}
_SILENT = {
    BY_HAND: "only a person can do this",
    NOT_DUE: "nothing is due",
    FAILED: "it is not known why",
    REVOKED: "its host has ended it",
}
"""What to say of outcomes that have no end of a token, where nothing else is to be said."""


def around_of(session: Session, sign_in: Callable[[Scope], str], *, dry_run: bool = False) -> Around:
    """Return what is around a renewal."""
    return Around(session.backend, session.settings, session.now, session.web.ask, sign_in, dry_run=dry_run)


def check_named(urls: Sequence[str], username: str | None, *, every: bool) -> None:
    """Refuse a command line that does not say plainly which tokens are meant."""
    if bool(urls) == every:
        raise UsageError("give a URL, or --all" if not urls else "give a URL or --all, not both")
    if every and username is not None:
        raise UsageError("--username is for the tokens of a URL; leave out --all")


def tokens_at(urls: Sequence[str], username: str | None, session: Session) -> list[Entry]:
    """Return the entries in use at some places, each of which has one, or of all if none is named."""
    places: list[Sequence[Entry]] = [entries_at(url, username, session)[0] for url in urls]
    tokens: list[Entry] = []
    for found in places or [session.backend.entries()]:
        here = [entry for entry in found if is_renewable(entry, session.settings)]
        if urls and not here:
            raise none_in_use(found)
        tokens += here
    return [*dict.fromkeys(tokens)]


def renewed_by(entry: Entry, session: Session) -> str:
    """Return what puts another token in the place of an entry's; empty where none is to come."""
    if not is_renewable(entry, session.settings):
        return ""
    return _RENEWED_BY[way_of(entry, session.settings, session.now)]


def renewal_line(entry: Entry, session: Session) -> str:
    """Return the line about a token that a timer could renew; empty if one does already, or cannot."""
    path = os.fsdecode(session.environment.get(b"PATH", b"")) or DEFAULT_PATH
    what = renewer(entry, session.settings, session.now, path)
    if not what or entry.expires is None or session.settings.renews(entry.scope):
        return ""
    setting, timer = suggest.git_config("pat.renew", "auto"), suggest.own("configure", "renew")
    return f"{what[0].upper()}{what[1:]}; to have that done, run: {setting} && {timer}"


def is_due(entry: Entry, within: int | None, session: Session) -> bool:
    """Return whether a token ends within so many days; one whose end is not known never does."""
    if within is None:
        return True
    left = days_left(entry, session.now)
    return left is not None and left <= within


def can_wait(entry: Entry, session: Session) -> bool:
    """Return whether a token that a renewal has made, for a short life, has half of that and two days left.

    Else a host that makes them for a week would be asked for another one every day.
    """
    if entry.expires is None or not renewal_of(entry).id:
        return False
    left = entry.expires - session.now // SECOND
    return left > max(2 * DAY, (entry.expires - entry.created // SECOND) // 2)


def show(outcomes: Sequence[Outcome], session: Session, *, as_json: bool, dry_run: bool = False) -> None:
    """Print what became of tokens: a line for each, or one JSON object."""
    if not as_json:
        print_marked(_line(outcome, dry_run=dry_run) for outcome in outcomes)
        return
    facts: dict[str, object] = {"results": [_as_json(outcome, session) for outcome in outcomes]}
    say(json.dumps(({"dry_run": True} if dry_run else {}) | facts, indent=2))


def interrupted(done: str) -> InterruptedByUserError:
    """Return the error of a run that was broken off: a request on its way may have been carried out."""
    return InterruptedByUserError(f"interrupted; to see what else was {done}, run: {suggest.own('list')}")


def status_of(outcomes: Iterable[Outcome]) -> int:
    """Return the exit status for all together: what is known to have failed comes first, as in `verify`."""
    found = {UnreachableError if outcome.is_unknown else outcome.outcome for outcome in outcomes}
    if FAILED in found:
        return PatError.status
    if UnreachableError in found:
        return UnreachableError.status
    return ByHandError.status if BY_HAND in found else 0


def _line(outcome: Outcome, *, dry_run: bool) -> Mark:
    entry = outcome.entry
    is_done = outcome.outcome not in _SILENT
    verb = "would end" if dry_run and is_done else "ends"
    ends = f"it {verb} on {rfc3339(entry.expires)[:10]}" if entry.expires else "it has no end"
    said = "; ".join(filter(None, [ends if is_done else "", outcome.why])) or _SILENT[outcome.outcome]
    if outcome.page and outcome.page not in said:  # a command stands last, to be copied
        page = f"see {outcome.page}"
        said = f"{page}; {said}" if "run: " in said else f"{said}; {page}"
    return Mark(outcome.outcome, STYLES[outcome.outcome], f"{place_of(outcome)}: {said}")


def place_of(outcome: Outcome) -> str:
    """Return the place of a token, and which of several there it is."""
    return scope_of(outcome.entry) + (f" ({outcome.was})" if outcome.was else "")


def _as_json(outcome: Outcome, session: Session) -> dict[str, object]:
    entry = outcome.entry
    return {
        "scope": entry.scope.text,
        "username": username_of(entry, session).decode("utf-8", "backslashreplace"),
        "outcome": outcome.outcome,
        "expires": None if entry.expires is None else rfc3339(entry.expires),
        "why": outcome.why or (_SILENT[BY_HAND] if outcome.outcome == BY_HAND else ""),
        "page": outcome.page or None,
    }

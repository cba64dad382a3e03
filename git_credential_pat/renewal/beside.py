"""Rotation where the host lets the old token live on: it is revoked after a grace, and machines go over.

    look → intent kept → made → both kept, the old one aside → tried → the old one revoked in time

At every step one token is in use that works. What was made and whose answer was lost, the next run finds by
its name and by when it was made, and revokes.
"""

import platform
from collections.abc import Sequence
from secrets import randbelow
from time import gmtime, sleep, strftime

from git_credential_pat.errors import AnswerLostError, PatError, UnreachableError
from git_credential_pat.hosts.support.lifecycle import (
    DeadError,
    Facts,
    Issued,
    Lifecycle,
    RefusedError,
    UnableError,
    UnidentifiedError,
    Wanted,
)
from git_credential_pat.hosts.support.verdict import INVALID, VALID, Verdict
from git_credential_pat.hosts.support.verification import verify
from git_credential_pat.model.entry import REJECTED, SECOND, Entry, Nanoseconds, Seconds
from git_credential_pat.model.renewal import CREATE, Intent, Renewal, noting, renewal_of
from git_credential_pat.renewal import NOT_DUE, ROTATED, Around, Outcome
from git_credential_pat.renewal.asking import carried_out, check_owner
from git_credential_pat.renewal.keeping import aside, changed, put_aside, put_back, still_meant
from git_credential_pat.renewal.rotating import (
    PAUSES,
    again,
    end_after,
    failed,
    kept_or_in_use,
    page_of,
    renewed,
)
from git_credential_pat.renewal.unfinished import check_in_flight, revoke_made
from git_credential_pat.system.clock import now
from git_credential_pat.system.signals import held_back

_HOUR = 3600
_LONGEST_NAME = 50
"""Characters; a host may take more."""


def beside(
    kept: Sequence[Entry], lifecycle: Lifecycle, days: int | None, around: Around, *, may_leave: bool
) -> list[Outcome]:
    """Rotate where the host lets the old token live on, until it is revoked after a grace."""
    facts, left = _known(kept[0], lifecycle, around, may_leave=may_leave)
    seen = facts.seen or Seconds(around.now // SECOND)
    intent = renewal_of(kept[0]).intent
    if intent:
        check_in_flight(intent, seen)
    if not left and facts.expires is not None and facts.expires > seen:
        _check_use(lifecycle, around)
    permissions = facts.permissions or lifecycle.among(kept[0].permissions)
    if not permissions:  # without any named, the next one could be allowed everything
        raise UnableError("its host does not say what it may do")
    expires = own_end(end_after(days, facts, kept[0], lifecycle, around), around)
    if around.dry_run:
        return [Outcome(entry._replace(expires=expires), ROTATED, left) for entry in kept]
    if intent:
        revoke_made(intent, lifecycle, around)
    known = Renewal(facts.id, facts.name)
    wanted = Wanted(facts.name or usual_name(), permissions, expires)
    asked = known._replace(intent=Intent(CREATE, seen, wanted.name, expires))
    intending = changed(kept, lambda entry: noting(entry, asked), around, still_meant)
    if not intending:
        return [Outcome(entry, NOT_DUE, "another run has just replaced it") for entry in kept]
    with held_back():
        try:
            issued = carried_out(lifecycle.create(wanted), lifecycle, around)
        except AnswerLostError as error:
            return failed(intending, UnreachableError(f"{error}{_MAYBE_MADE}"), around)
        except PatError:
            changed(intending, lambda entry: noting(entry, known), around)
            raise
        new = _kept_beside(intending, known, issued, lifecycle, around)
    settled = _settled(new, intending, issued, lifecycle, around)
    said = [left, *short_of(wanted, issued.facts)]
    return [outcome._replace(why=_joined(*said, outcome.why)) for outcome in settled]


_MAYBE_MADE = (
    ", so it is not known whether a token was made; the old one still works; run this again in 2 minutes, "
    "which revokes what was made and makes another"
)


def _known(entry: Entry, lifecycle: Lifecycle, around: Around, *, may_leave: bool) -> tuple[Facts, str]:
    """Return what the host knows of a token, and what to say of one that is not known among its owner's.

    That one can be rotated if its permissions are known by the host's names; it is left as it is.
    """
    try:
        return carried_out(lifecycle.look(), lifecycle, around), ""
    except DeadError as error:
        raise RefusedError(f"{error}{again(entry)}") from None
    except UnidentifiedError as error:
        permissions = lifecycle.among(entry.permissions)
        if not (may_leave and permissions):
            raise
        page = page_of(entry, around)
        left = f"the old one stays as it is, for {error}; to revoke it, see {page}"
        return Facts(name=renewal_of(entry).name, permissions=permissions), left


def _check_use(lifecycle: Lifecycle, around: Around) -> None:
    """Raise RefusedError if a host refuses a token before its end: it may be revoked, and on purpose."""
    verdict = verify(lifecycle.subject, lifecycle.family, around.ask)
    if verdict.outcome == INVALID:
        raise RefusedError(f"its host refuses the one that is stored, so nothing was made: {verdict.why}")
    check_owner(lifecycle, verdict)


def usual_name() -> str:
    """Return the name at its host of a token that has none: of this program and of the machine."""
    machine = "".join(letter for letter in platform.node() if letter.isprintable())
    return f"git-credential-pat {machine}".strip()[:_LONGEST_NAME]


def own_end(expires: Seconds, around: Around) -> Seconds:
    """Return an end up to an hour earlier that no other run asks for: it shows what was made for this one."""
    left = expires - around.now // SECOND
    return Seconds(expires - randbelow(max(1, min(_HOUR, left // 2))))


def short_of(wanted: Wanted, given: Facts) -> list[str]:
    """Return what a token is not or has not that was asked for, in clauses."""
    said = []
    if given.expires is not None and given.expires < wanted.expires - _HOUR:
        said.append(f"its host gives it no longer life, though {day_of(wanted.expires)} was asked for")
    lacking = [name for name in wanted.permissions if name not in given.permissions]
    if given.permissions and lacking:
        said.append(f"its host did not give it {', '.join(lacking)}")
    return said


def day_of(moment: Seconds) -> str:
    """Return the day (UTC) of a moment."""
    return strftime("%Y-%m-%d", gmtime(moment))


def _kept_beside(
    kept: Sequence[Entry], known: Renewal, issued: Issued, lifecycle: Lifecycle, around: Around
) -> list[Entry]:
    """Keep a token that the host has just given, and put the old one aside; else revoke the one given."""
    moment = now()
    until = Nanoseconds(moment + around.grace * SECOND) if known.id else None
    old = known._replace(revoke_after=until)

    def next_one(entry: Entry) -> Entry:
        return renewed(entry, issued, moment)

    def old_one(entry: Entry) -> Entry:
        return noting(aside(entry, moment), old)

    def keep() -> list[Entry]:
        return put_aside(kept, next_one, old_one, around)

    try:
        return kept_or_in_use(keep, next_one, kept, around)
    except PatError as error:
        done = revoked(issued, lifecycle, around)
        raise RefusedError(
            f"the token that its host made cannot be kept: {error}; {done}; the old one still works"
        ) from None


def revoked(issued: Issued, lifecycle: Lifecycle, around: Around) -> str:
    """Revoke a token that is not to be used; return a clause that says what came of it."""
    try:
        carried_out(lifecycle.of_id(issued.facts.id).revoke(), lifecycle, around)
    except PatError:
        return "it could not be revoked either, which the next run does"
    return "it was revoked"


def _settled(
    new: Sequence[Entry],
    old: Sequence[Entry],
    issued: Issued,
    lifecycle: Lifecycle,
    around: Around,
) -> list[Outcome]:
    """Return the outcome of a rotation whose token is kept, after its host was asked whether it works.

    If the host refuses it for good, the old one, which lives, is put back in its place.
    """
    verdict = verdict_on(lifecycle.of(issued.token), around)
    if verdict.outcome == INVALID:
        put_back(new, old, around)
        done = revoked(issued, lifecycle, around)
        why = (
            f"its host refuses the token that it has just made ({verdict.why}); {done}, and the old one stays"
        )
        return failed(old, why, around)
    untried = "" if verdict.outcome == VALID else f"it could not be tried: {verdict.why}"
    after = _after_grace(old[0], lifecycle, around, is_tried=not untried)
    return [Outcome(entry, ROTATED, _joined(untried, after)) for entry in new]


def _joined(*clauses: str) -> str:
    return "; ".join(filter(None, clauses))


def verdict_on(lifecycle: Lifecycle, around: Around) -> Verdict:
    """Return what the host says of a token that it has just made, and may not know at once."""
    for pause in PAUSES:
        verdict = verify(lifecycle.subject, lifecycle.family, around.ask)
        if verdict.outcome == VALID:
            return verdict
        sleep(pause)
    return verify(lifecycle.subject, lifecycle.family, around.ask)


def _after_grace(old: Entry, lifecycle: Lifecycle, around: Around, *, is_tried: bool) -> str:
    """Revoke the old token at once where it has no grace; return a clause that says what becomes of it."""
    identity = lifecycle.noted.id or renewal_of(old).id
    if not identity:
        return ""
    if around.grace or not is_tried:
        later = max(around.now, now()) // SECOND + around.grace
        ends = f"until rotate --all or the timer revokes it, from {day_of(Seconds(later))} on"
        return f"the old one works {ends}"
    if any(entry.state != REJECTED and entry.secret == old.secret for entry in around.backend.entries()):
        return "the old one stays, for it is stored for another place"
    try:
        carried_out(lifecycle.of_id(identity).revoke(), lifecycle, around)
    except PatError as error:
        return f"the old one could not be revoked: {error}"
    changed([old], lambda entry: noting(entry, renewal_of(entry)._replace(revoked=now())), around)
    return "the old one was revoked"

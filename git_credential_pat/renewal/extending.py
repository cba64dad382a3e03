"""Extending: the same token lives longer at its host, so that nothing has to be distributed anew."""

from collections.abc import Sequence

from git_credential_pat.errors import AnswerLostError, PatError, UnreachableError
from git_credential_pat.hosts.support.lifecycle import (
    Facts,
    Lifecycle,
    RefusedError,
    UnableError,
    UnidentifiedError,
    Wanted,
)
from git_credential_pat.hosts.support.verification import verify
from git_credential_pat.model.entry import Entry, Seconds
from git_credential_pat.model.renewal import noting, renewal_of
from git_credential_pat.renewal import EXTENDED, NOT_DUE, Around, Outcome
from git_credential_pat.renewal.asking import carried_out, check_owner, kind_of, lifecycle_of
from git_credential_pat.renewal.beside import day_of, short_of
from git_credential_pat.renewal.keeping import alone, changed, still_there
from git_credential_pat.renewal.rotating import end_after, failed, insisting
from git_credential_pat.system.signals import held_back

_HOUR = 3600


def extend(group: Sequence[Entry], days: int | None, around: Around) -> list[Outcome]:
    """Give the token of a group of entries a later end; raises UnableError where no program can.

    `days` is for how long it is to live from now on, by default for as long as it was made.
    """
    if not kind_of(group[0], around).extends:
        raise UnableError("its host extends no tokens")
    with alone(around):
        kept = still_there(group, around)
        if not kept:
            return [Outcome(entry, NOT_DUE, "another run has just replaced it") for entry in group]
        try:
            return _extended(kept, days, around)
        except (UnableError, UnidentifiedError):
            raise
        except (RefusedError, UnreachableError) as error:
            return failed(kept, error, around)


def _extended(kept: Sequence[Entry], days: int | None, around: Around) -> list[Outcome]:
    lifecycle = lifecycle_of(kept[0], around)
    before = carried_out(lifecycle.look(), lifecycle, around)
    if not lifecycle.noted.id:
        check_owner(lifecycle, verify(lifecycle.subject, lifecycle.family, around.ask))
    wanted = end_after(days, before, kept[0], lifecycle, around)
    if before.expires is not None and before.expires >= wanted - _HOUR:
        return _noted(kept, before, NOT_DUE, f"it lives until {day_of(before.expires)} already", around)
    if around.dry_run:
        return [Outcome(entry._replace(expires=wanted), EXTENDED) for entry in kept]
    with held_back():
        after = _asked(lifecycle.of_id(before.id), wanted, before, around)
        if (after.expires or 0) <= (before.expires or 0):
            why = "its host leaves its end as it is, which a policy of the organization may want"
            return [*failed(kept, f"{why}; rotate it", around)]
        said = short_of(Wanted(before.name, before.permissions, wanted), after)
        return _noted(kept, after, EXTENDED, "; ".join(said), around)


def _asked(lifecycle: Lifecycle, wanted: Seconds, before: Facts, around: Around) -> Facts:
    """Have the end moved; after a lost answer, or one without the end, look what came of it."""
    try:
        after = carried_out(lifecycle.extend(wanted), lifecycle, around)
        return after if after.expires is not None else carried_out(lifecycle.look(), lifecycle, around)
    except AnswerLostError as error:
        try:
            after = carried_out(lifecycle.look(), lifecycle, around)
        except PatError:
            raise error from None
        if (after.expires or 0) > (before.expires or 0):
            return after
        raise UnreachableError(f"{error}, and the end is what it was; try again later") from None


def _noted(kept: Sequence[Entry], facts: Facts, outcome: str, why: str, around: Around) -> list[Outcome]:
    """Note the end that a token has, and by what its host knows it."""

    def after(entry: Entry) -> Entry:
        known = renewal_of(entry)._replace(id=facts.id, name=facts.name)
        return noting(entry._replace(expires=facts.expires), known)

    if around.dry_run:
        return [Outcome(after(entry), outcome, why) for entry in kept]
    new = insisting(lambda: changed(kept, after, around))
    return [Outcome(entry, outcome, why) for entry in new]

"""Rotation: another token in the place of the kept one, by the state machine of this package."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, suppress
from time import sleep

from git_credential_pat.entra import SignInError
from git_credential_pat.errors import AnswerLostError, PatError, UnconfirmedError, UnreachableError
from git_credential_pat.hosts import family_of
from git_credential_pat.hosts.support.lifecycle import (
    DeadError,
    Facts,
    Issued,
    Lifecycle,
    RefusedError,
    UnableError,
    UnidentifiedError,
    is_in_flight,
)
from git_credential_pat.model.entry import ACTIVE, DAY, SECOND, Entry, Nanoseconds, Seconds
from git_credential_pat.model.renewal import ROTATE, Intent, Renewal, noting, renewal_of
from git_credential_pat.operations import notices
from git_credential_pat.renewal import FAILED, NOT_DUE, ROTATED, Around, Outcome
from git_credential_pat.renewal.asking import carried_out, kind_of, lifecycle_of
from git_credential_pat.renewal.keeping import (
    alone,
    changed,
    follow,
    in_use,
    still_meant,
)
from git_credential_pat.stdio import notice
from git_credential_pat.system.clock import now
from git_credential_pat.system.signals import held_back

USUAL_DAYS = 90
"""For how long a token is made if nobody says, and it is not known for how long the old one was."""

PAUSES = (0.2, 1.0, 3.0)
"""Seconds between attempts to keep a token, and to have its host know it."""
_NO_PLACE = "the stored one was removed or replaced meanwhile"
"""Why a token that a host gave cannot be kept where nothing is left that it follows."""


def tokens_of(entries: Iterable[Entry], around: Around) -> list[list[Entry]]:
    """Return entries in groups that are rotated together: where one token is kept for several places.

    Where the old token lives on, each place gets a token of its own.
    """
    groups: dict[object, list[Entry]] = {}
    for entry in entries:
        family = family_of(entry.scope, around.settings.providers)
        place = entry.scope if kind_of(entry, around).leaves_old else family.server(entry.scope)
        token = entry.login[1] if entry.login else entry.secret
        groups.setdefault((place, token), []).append(entry)
    return [*groups.values()]


def rotate(
    group: Sequence[Entry], days: int | None, around: Around, *, may_leave: bool = True
) -> list[Outcome]:
    """Rotate the token that a group of entries holds; raises UnableError if only a person can.

    `days` is for how long the next one is to live, by default for as long as this one was made. An old token
    whose id nobody knows is left as it is if that may be; else this raises UnidentifiedError.
    """
    with alone(around):
        kept = still_meant(group, around)
        if not kept:
            return [Outcome(entry, NOT_DUE, "another run has just replaced it") for entry in group]
        try:
            lifecycle = lifecycle_of(kept[0], around)
            if lifecycle.leaves_old:
                from git_credential_pat.renewal.beside import beside  # it goes by what is here

                return beside(kept, lifecycle, days, around, may_leave=may_leave)
            return _in_place(kept, lifecycle, days, around)
        except (UnableError, UnidentifiedError):
            raise
        except (RefusedError, UnreachableError) as error:
            return failed(kept, error, around)


def failed(entries: Iterable[Entry], why: str | PatError, around: Around) -> list[Outcome]:
    """Return what to say of entries whose token stays as it is; an UnreachableError leaves it unknown.

    What fails on this machine, such as a lock, names no page of the host.
    """
    unknown = isinstance(why, UnreachableError)
    is_hosts = unknown or isinstance(why, str | RefusedError | SignInError)
    return [
        Outcome(entry, FAILED, str(why), page_of(entry, around) if is_hosts else "", is_unknown=unknown)
        for entry in entries
    ]


def page_of(entry: Entry, around: Around) -> str:
    """Return the page where a person makes, renews and revokes tokens; empty if it is not known."""
    return family_of(entry.scope, around.settings.providers).token_page(entry.scope) or ""


def renewal_page_of(entry: Entry, around: Around, permissions: Sequence[str] = ()) -> str:
    """Return the page where a person makes the next token, with what it takes of this one filled in."""
    family, token = family_of(entry.scope, around.settings.providers), entry.login[1] if entry.login else b""
    name = renewal_of(entry).name or entry.label
    return family.renewal_page(entry.scope, token, name, permissions or entry.permissions) or ""


def end_after(days: int | None, facts: Facts, entry: Entry, lifecycle: Lifecycle, around: Around) -> Seconds:
    """Return when a token is to end: as long from now as is wanted, else as the old one was made for."""
    was = facts.days
    if was is None and entry.expires is not None:
        was = Facts(created=Seconds(entry.created // SECOND), expires=entry.expires).days
    lasting = min(days or was or USUAL_DAYS, lifecycle.longest)
    return Seconds(around.now // SECOND + lasting * DAY)


def _in_place(kept: Sequence[Entry], lifecycle: Lifecycle, days: int | None, around: Around) -> list[Outcome]:
    """Rotate where the host ends the old token at once, so that nothing may go wrong after it was asked."""
    intent = renewal_of(kept[0]).intent
    try:
        facts = carried_out(lifecycle.look(), lifecycle, around)
    except DeadError as error:
        return failed(kept, _lost(kept[0], around) if intent else f"{error}{again(kept[0])}", around)
    if intent and is_in_flight(intent.since, Seconds(around.now // SECOND)):
        return failed(
            kept, "its host may still be at the rotation that a run asked for; try again in 2 minutes", around
        )
    if obstacle := lifecycle.obstacle(facts):
        raise UnableError(obstacle)
    expires = end_after(days, facts, kept[0], lifecycle, around)
    if around.dry_run:
        return [Outcome(entry._replace(expires=expires), ROTATED) for entry in kept]
    noted = Renewal(facts.id, facts.name)
    asked = Intent(ROTATE, Seconds(now() // SECOND))
    noting_it = noted._replace(intent=asked)
    intending = changed(kept, lambda entry: noting(entry, noting_it), around, still_meant)
    if not intending:
        return [Outcome(entry, NOT_DUE, "another process has just changed it") for entry in kept]
    with ExitStack() as held:
        try:
            # Only after the intent, whose own commit would take the room.
            held.enter_context(around.backend.room())
            held.enter_context(held_back())
            issued = carried_out(lifecycle.rotate(expires), lifecycle, around)
        except AnswerLostError as error:
            return failed(intending, _after_lost(intending[0], lifecycle, error, around), around)
        except PatError:
            changed(intending, lambda entry: noting(entry, noted), around)
            raise
        new = _kept_or_revoked(intending, issued, lifecycle, around)
    return _tried(new, lifecycle.of(issued.token), around)


def _after_lost(entry: Entry, lifecycle: Lifecycle, error: PatError, around: Around) -> str | PatError:
    """Return what is known after an answer was lost, by a look that changes nothing; an error if nothing."""
    try:
        carried_out(lifecycle.look(), lifecycle, around)
    except DeadError:
        return _lost(entry, around)
    except PatError:
        pass
    return UnreachableError(
        f"{error}, so it is not known whether the token was rotated; to find out, run this again in 2 minutes"
    )


def _lost(entry: Entry, around: Around) -> str:
    page = page_of(entry, around)
    make = f"create one at {page}, then" if page else "create one, then"
    return (
        "its host has put another token in its place, and the answer with that was lost; "
        f"{make} run: {notices.seed_again(entry)}"
    )


def again(entry: Entry) -> str:
    """Return the clause with the command that puts another token in an entry's place."""
    return f"; to put another one in its place, run: {notices.seed_again(entry)}"


def _kept_or_revoked(
    kept: Sequence[Entry], issued: Issued, lifecycle: Lifecycle, around: Around
) -> list[Entry]:
    """Keep a token that the host has just given; revoke it if that fails for good, and raise PatError."""
    moment = now()

    def next_one(old: Entry) -> Entry:
        return renewed(old, issued, moment)

    try:
        return kept_or_in_use(lambda: follow(kept, next_one, around), next_one, kept, around)
    except PatError as error:
        entry = kept[0]
        try:
            successor = lifecycle.of(issued.token)
            carried_out(successor.revoke(), successor, around)
            done = "it was revoked, so that nobody else can use it"
        except PatError:
            done = "it could not be revoked either"
        page = page_of(entry, around)
        raise RefusedError(
            f"its host has put another token in its place, which cannot be kept: {error}; {done}; "
            f"create one{f' at {page}' if page else ''}, then run: {notices.seed_again(entry)}"
        ) from None


def kept_or_in_use(
    keep: Callable[[], list[Entry]],
    next_one: Callable[[Entry], Entry],
    kept: Sequence[Entry],
    around: Around,
) -> list[Entry]:
    """Keep what a host gave, by several attempts; raise PatError if that fails and it is nowhere in use.

    What is in its place is kept, even if the disk does not confirm that.
    """

    def attempt() -> list[Entry]:
        try:
            new = keep()
        except UnconfirmedError as error:
            notice(str(error))
            new = in_use(kept, next_one, around)
        if not new:
            raise PatError(_NO_PLACE)
        return new

    try:
        return insisting(attempt)
    except PatError as error:
        with suppress(PatError):
            if found := in_use(kept, next_one, around):
                notice(f"warning: {error}")
                return found
        raise


def renewed(entry: Entry, issued: Issued, moment: Nanoseconds) -> Entry:
    """Return an entry with the token that its host has just given, as the host describes it."""
    facts = issued.facts
    after = entry.with_token(issued.token)._replace(
        state=ACTIVE,
        created=moment,
        updated=moment,
        expires=facts.expires,
        permissions=facts.permissions or entry.permissions,
        approved=None,
        put_aside=None,
    )
    return noting(after, Renewal(facts.id, facts.name))


def _tried(entries: Sequence[Entry], lifecycle: Lifecycle, around: Around) -> list[Outcome]:
    """Return the outcome of a rotation whose token is kept, after a look whether its host knows it."""
    why = ""
    for pause in (0.0, *PAUSES):
        sleep(pause)
        try:
            carried_out(lifecycle.look(), lifecycle, around)
        except PatError as error:
            why = f"it could not be tried: {error}"
        else:
            why = ""
            break
    return [Outcome(entry, ROTATED, why) for entry in entries]


def insisting(keep: Callable[[], list[Entry]]) -> list[Entry]:
    """Try to keep what the host gave, several times: space may be freed, and a lock let go."""
    for pause in PAUSES:
        try:
            return keep()
        except PatError:  # noqa: PERF203  # a retry needs its try inside the loop
            sleep(pause)
    return keep()

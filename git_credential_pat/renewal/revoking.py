"""Revoking: the end of a token at its host, after which its entries are set aside for good.

Nothing undoes it, and no request is repeated. A token that its host does not know is as good as revoked.
"""

from collections.abc import Iterable, Sequence

from git_credential_pat import suggest
from git_credential_pat.entra import SignInError
from git_credential_pat.errors import AnswerLostError, PatError, UnreachableError
from git_credential_pat.hosts import family_of, short_life
from git_credential_pat.hosts.support.lifecycle import (
    IN_FLIGHT,
    DeadError,
    Lifecycle,
    RefusedError,
    UnableError,
)
from git_credential_pat.hosts.support.verdict import INVALID
from git_credential_pat.hosts.support.verification import verify
from git_credential_pat.model.entry import REJECTED, SECOND, Entry, Nanoseconds
from git_credential_pat.model.renewal import CREATE, ROTATE, Intent, noting, renewal_of
from git_credential_pat.renewal import BY_HAND, NOT_DUE, REVOKED, Around, Outcome
from git_credential_pat.renewal.asking import carried_out, check_owner, kind_of, lifecycle_of
from git_credential_pat.renewal.keeping import alone, changed, still_there
from git_credential_pat.renewal.rotating import failed, page_of
from git_credential_pat.renewal.unfinished import revoke_made
from git_credential_pat.system.clock import now
from git_credential_pat.system.signals import held_back


def is_revocable(entry: Entry, around: Around) -> bool:
    """Return whether a program can revoke an entry's token."""
    return kind_of(entry, around).revokes


def same_tokens(entries: Iterable[Entry], around: Around) -> list[list[Entry]]:
    """Return entries in groups that hold one token of one server, in whatever form they hold it."""
    groups: dict[object, list[Entry]] = {}
    for entry in entries:
        server = family_of(entry.scope, around.settings.providers).server(entry.scope)
        groups.setdefault((server, entry.login[1] if entry.login else entry.secret), []).append(entry)
    return [*groups.values()]


def revoke(group: Sequence[Entry], around: Around, name: str = "") -> list[Outcome]:
    """End the token that a group of entries holds, and set them aside; what only a person can do stays.

    `name` is what it is called at its host, where its user says that.
    """
    is_aside = all(entry.state == REJECTED for entry in group)
    was = group[0].status(around.now) if is_aside else ""
    return [outcome._replace(was=was) for outcome in _in_turn(group, around, name)]


def _in_turn(group: Sequence[Entry], around: Around, name: str) -> list[Outcome]:
    try:
        with alone(around):
            kept = still_there(group, around)
            if name:
                kept = [noting(entry, renewal_of(entry)._replace(name=name)) for entry in kept]
            if not kept:
                return [Outcome(entry, NOT_DUE, "another run has just put it away") for entry in group]
            if not is_revocable(kept[0], around):
                return _by_hand(kept, _why_not(kept[0], around), around)
            if around.dry_run:
                return [Outcome(entry, REVOKED, "its host would end it") for entry in kept]
            return _revoked(kept, around)
    except (UnableError, SignInError) as error:
        return _by_hand(group, str(error), around)
    except PatError as error:
        return failed(group, error, around)


def _revoked(kept: Sequence[Entry], around: Around) -> list[Outcome]:
    lifecycle = lifecycle_of(kept[0], around)
    has_successor = _has_lost_successor(kept[0], lifecycle, around)
    _check_sign_in(lifecycle, around)
    with held_back():
        _end(kept[0], lifecycle, around)
        aside = _set_aside(kept, around)
    if has_successor:
        why = (
            "its host has put another token in its place, and the answer with that was lost; revoke that one"
        )
        return _by_hand(aside, why, around)
    intent = renewal_of(kept[0]).intent
    if intent and intent.kind == CREATE and not _ends_strays(intent, lifecycle, around):
        made = f'may have made another token "{intent.name}"'
        why = f"a rotation was broken off, and its host {made}; revoke it"
        return _by_hand(aside, why, around)
    seen = _seen(lifecycle, around)
    return [Outcome(entry, REVOKED, seen) for entry in aside]


def _check_sign_in(lifecycle: Lifecycle, around: Around) -> None:
    """Raise RefusedError if who is signed in has no such token, which works nevertheless: it is another's."""
    if lifecycle.revoking != "entra" or not lifecycle.noted.id:
        # Without an id it is looked for among those of who is signed in.
        if lifecycle.revoking == "entra":
            check_owner(lifecycle, verify(lifecycle.subject, lifecycle.family, around.ask))
        return
    try:
        carried_out(lifecycle.look(), lifecycle, around)
    except DeadError as error:
        if verify(lifecycle.subject, lifecycle.family, around.ask).outcome != INVALID:
            raise RefusedError(f"{error}; sign in as the person whose token it is") from None


def _end(entry: Entry, lifecycle: Lifecycle, around: Around) -> None:
    """Ask the host once; after a lost answer look what came of it. Raises PatError if it may live on."""
    try:
        carried_out(lifecycle.revoke(), lifecycle, around)
    except AnswerLostError as error:
        try:
            carried_out(lifecycle.look(), lifecycle, around)
        except DeadError:
            return
        except PatError:
            pass
        raise UnreachableError(
            f"{error}, so it is not known whether the token was revoked; to find out, {_where(entry, around)}"
        ) from None


def _where(entry: Entry, around: Around) -> str:
    """Return where a user sees whether a token lives: `verify` asks about the one in use alone."""
    if entry.state == REJECTED:
        return f"see {page_of(entry, around) or 'its page'}"
    return f"run: {suggest.own('verify', entry.scope.text)}"


def _set_aside(kept: Sequence[Entry], around: Around) -> list[Entry]:
    moment = now()
    try:
        return changed(kept, lambda entry: ended(entry, moment), around)
    except PatError as error:
        raise RefusedError(
            f"its host has ended it, but that cannot be kept: {error}; "
            f"run: {suggest.own('remove', kept[0].scope.text)}"
        ) from None


def ended(entry: Entry, moment: Nanoseconds) -> Entry:
    """Return an entry whose token its host has ended: set aside as by its user, and never brought back."""
    noted = renewal_of(entry)._replace(revoked=moment, intent=None)
    return noting(entry._replace(state=REJECTED, put_aside=moment, updated=moment), noted)


def _has_lost_successor(entry: Entry, lifecycle: Lifecycle, around: Around) -> bool:
    """Return whether a rotation, whose answer was lost, has left a token that nobody has."""
    intent = renewal_of(entry).intent
    if intent is None or intent.kind != ROTATE:
        return False
    try:
        carried_out(lifecycle.look(), lifecycle, around)
    except DeadError:
        return True
    return False


def _ends_strays(intent: Intent, lifecycle: Lifecycle, around: Around) -> bool:
    """Revoke what a rotation had made whose answer was lost; return whether nothing of it can be left."""
    try:
        strays = revoke_made(intent, lifecycle, around)
    except PatError:
        return False
    return bool(strays) or around.now // SECOND - intent.since >= IN_FLIGHT


def _seen(lifecycle: Lifecycle, around: Around) -> str:
    """Return what to say after a look whether the token is dead, where the token itself shows that."""
    if lifecycle.revoking == "entra":
        return "its host has ended it"
    try:
        carried_out(lifecycle.look(), lifecycle, around)
    except DeadError:
        return "its host has ended it"
    except PatError:
        pass
    return "its host has taken the request, and ends it in a moment"


def _by_hand(entries: Iterable[Entry], why: str, around: Around) -> list[Outcome]:
    return [Outcome(entry, BY_HAND, why, page_of(entry, around)) for entry in entries]


def _why_not(entry: Entry, around: Around) -> str:
    family = family_of(entry.scope, around.settings.providers)
    life = short_life(entry.login[1]) if entry.login else ""
    return f"it is {life}" if life else f"{family.title} does not let a program do this"

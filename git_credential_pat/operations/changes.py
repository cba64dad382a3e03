"""What `store` and `erase` change: decided from a request and the entries that it means, nothing else.

A change that would change nothing is never made, so that an approval of what is held costs no write.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from git_credential_pat.backends import Change
from git_credential_pat.model import NamedTuple
from git_credential_pat.model.entry import ACTIVE, DOUBTFUL, REJECTED, SECOND, Entry, basic_login
from git_credential_pat.operations.answering import choose
from git_credential_pat.operations.matching import AMBIGUOUS, INFERRED
from git_credential_pat.operations.usernames import is_named, kept_username, of_user

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from git_credential_pat.git.settings import Settings
    from git_credential_pat.model.entry import Nanoseconds, Seconds
    from git_credential_pat.model.request import Request
    from git_credential_pat.operations.matching import Match


class Secret(NamedTuple):
    """What the server accepted or refused: a password, or with an `authtype` the header's value after it.

    `basic` is the username and password in a Basic value (RFC 7617): Git 2.46 reports an answer back in
    that form.
    """

    value: bytes
    authtype: bytes = b""
    basic: tuple[bytes, bytes] | None = None

    def __repr__(self) -> str:
        """Name nothing."""
        return "Secret(...)"


def store_changes(match: Match, request: Request, settings: Settings, now: Nanoseconds) -> list[Change]:
    """Return the changes that keep what the server accepted.

    A token that is held already becomes active if it was not, but for one that waits to be revoked while
    another answers in its place. Any other goes to the narrowest covering scope that has an entry, else to
    the family's own: there it replaces what Git's approval made, and stands beside what the user brought
    here. Nothing is stored that is ephemeral, incomplete or expired already, or that a sign-in led to.
    """
    secret, family = _secret(request), match.target.family
    if secret is None or request.is_ephemeral or _is_past(request.expires, now):
        return []
    if not secret.value and request.username and family.rule != "exact":
        return []
    if lent_by(match, request, settings, now):
        return []
    # An entry without a token of which something is noted stands for one that is yet to be made.
    held = [entry for entry in _holding(match, secret, request.username) if entry.secret or not entry.renewal]
    if held:
        again = [entry for entry in held if not _is_succeeded(entry, match, now)]
        changes = [Change(entry, _confirmed(entry, request, now)) for entry in again]
    else:
        changes = [_kept(secret, match, request, settings, now)]
    return _with_overdue(
        [change for change in changes if change.before != change.after], match, settings, now
    )


def lent_by(match: Match, request: Request, settings: Settings, now: Nanoseconds) -> list[Entry]:
    """Return the sign-in that led to the secret which Git hands back, if that is no token of the user's own.

    There is one at most. Where a rejection names no secret, it may be about what the sign-in led to.
    """
    secret, family = _secret(request), match.target.family
    value = (secret.basic[1] if secret.basic else secret.value) if secret else b""
    entry = None if family.expects_token(value) else choose(match, request, settings, now)
    return [entry] if entry is not None and entry.sign_in else []


def users_own_beside(changes: Iterable[Change], match: Match, now: Nanoseconds) -> list[Entry]:
    """Return the user's entries that still answer in the place of one that is made beside them."""
    made = [change.after for change in changes if change.before is None and change.after is not None]
    return [
        entry
        for entry in match.everything
        if any(entry.is_beside(new) for new in made)
        and entry.state == ACTIVE
        and not (entry.is_approved or entry.is_expired(now))
    ]


def without_repository(match: Match, request: Request, settings: Settings) -> list[Entry]:
    """Return the token that a token for another repository would displace, as Git names neither of them."""
    secret, family = _secret(request), match.target.family
    if secret is None or request.path or not family.is_for_repository(secret.value):
        return []
    if _holding(match, secret, request.username):
        return []
    name = kept_username(request.username, match.own, secret.value, family, settings)
    return [
        entry
        for entry in match.entries
        if entry.key[:3] == (match.own, name, b"")
        and entry.state == ACTIVE
        and family.is_for_repository(entry.secret)
    ]


def erase_changes(match: Match, request: Request, settings: Settings, now: Nanoseconds) -> list[Change]:
    """Return the changes that set aside what the server refused.

    With a password: every entry that holds it. Without: what the request names, which for some families
    is everything at or below its scope. Where no organization is named, the token may be good for its own, so
    the entry becomes doubtful instead of rejected. A sign-in has no token that could be refused.
    """
    secret = _secret(request)
    named = _named(match, request, settings) if secret is None else _holding(match, secret, request.username)
    state, put_aside = (DOUBTFUL, None) if match.how in (INFERRED, AMBIGUOUS) else (REJECTED, now)
    changes = [
        Change(entry, entry._replace(state=state, put_aside=put_aside))
        for entry in named
        if not (entry.pinned or entry.sign_in) and entry.state not in (state, REJECTED)
    ]
    return _with_overdue(changes, match, settings, now)


def overdue(entries: Iterable[Entry], settings: Settings, now: Nanoseconds) -> list[Change]:
    """Return the changes that drop what was set aside longer ago than `pat.keepRejected`."""
    return [Change(entry, None) for entry in entries if _is_overdue(entry, settings, now)]


def _is_overdue(entry: Entry, settings: Settings, now: Nanoseconds) -> bool:
    before = now - settings.keep_rejected * SECOND
    is_old = entry.state == REJECTED and entry.put_aside is not None and entry.put_aside < before
    return is_old and not (entry.renewal and _is_to_be_revoked(entry, now))


def _is_to_be_revoked(entry: Entry, now: Nanoseconds) -> bool:
    """Return whether only this entry still knows a token that lives on at its host, until it is revoked."""
    from git_credential_pat.model.renewal import is_pending  # few entries get here

    return is_pending(entry) and not entry.is_expired(now)


def _is_succeeded(entry: Entry, match: Match, now: Nanoseconds) -> bool:
    """Return whether a token that is to be revoked is in use only by a program that still remembers it."""
    if not (entry.renewal and _is_to_be_revoked(entry, now)):
        return False
    beside = [other for other in match.everything if other.is_beside(entry)]
    return any(other.state == ACTIVE and not other.is_expired(now) for other in beside)


def seed_changes(entry: Entry, here: Sequence[Entry], settings: Settings, now: Nanoseconds) -> list[Change]:
    """Return the changes by which a user's `entry` answers, instead of all `here`, which are of its scope.

    Copies of the same token go. Any other is put aside, but for what Git approved since the entry was made.
    """

    def after(old: Entry) -> Entry | None:
        if old.secret == entry.secret or _is_overdue(old, settings, now):
            return None
        if old.state == REJECTED or (old.is_approved and old.created > entry.created):
            return old
        return old._replace(state=REJECTED, put_aside=now, updated=now)

    group = sorted((old for old in here if old.is_beside(entry)), key=lambda old: old.number)
    others = [old for old in here if not old.is_beside(entry)]
    again = next((old for old in here if old.secret == entry.secret), None)
    kept = replacing(entry, again or next(iter(group or others), None))
    if again is not None and entry.expires is None and not again.is_expired(now):
        kept = kept._replace(expires=again.expires)
    ordered = [kept, *(new for old in group if (new := after(old)))]
    numbers = [*(old.number for old in group), group[-1].number + 1 if group else 0]
    changes = [
        Change(old, new and new._replace(number=number))
        for old, new, number in zip_longest(group, ordered, numbers)
    ]
    changes += [Change(old, after(old)) for old in others]
    return [change for change in changes if change.before != change.after]


def replacing(entry: Entry, replaced: Entry | None) -> Entry:
    """Return `entry` with what a user said of the one it replaces and does not say of itself."""
    if replaced is None:
        return entry
    is_other = entry.sign_in and not replaced.sign_in  # a token's permissions say nothing of a sign-in
    permissions = () if is_other else replaced.permissions
    return entry._replace(
        label=entry.label or replaced.label,
        permissions=entry.permissions or permissions,
        unknown=replaced.unknown,
    )


def _secret(request: Request) -> Secret | None:
    if request.password is not None:
        return Secret(request.password)
    if request.authtype and request.credential:
        login = basic_login(request.authtype, request.credential)
        return Secret(request.credential, request.authtype, login)
    return None


def _is_past(expires: Seconds | None, now: Nanoseconds) -> bool:
    return expires is not None and expires * SECOND <= now


def _holding(match: Match, secret: Secret, username: bytes | None) -> list[Entry]:
    """Return the entries with this very secret, of this user where usernames are exact.

    If several organizations could be meant, the secret says which.
    """
    family, entries = match.target.family, match.entries
    if match.how == AMBIGUOUS:
        entries = tuple(entry for entry in match.everything if match.own.covers(entry.scope))
    wanted = (secret.authtype.lower(), secret.value)
    same = [entry for entry in entries if (entry.authtype.lower(), entry.secret) == wanted]
    found = of_user(same, username, family)
    name, password = secret.basic or (username, None if secret.authtype else secret.value)
    for entry in entries:
        is_header = bool(entry.authtype)
        basic = basic_login(entry.authtype, entry.secret) if is_header else (entry.username, entry.secret)
        if entry not in found and basic is not None and basic[1] == password:
            found += of_user([entry], name, family)
    return found


def _confirmed(entry: Entry, request: Request, now: Nanoseconds) -> Entry:
    """Return a held entry after the server accepted it: active, and not expired whatever was noted."""
    expires = entry.expires if request.expires is None else request.expires
    refresh_token = entry.refresh_token if request.refresh_token is None else request.refresh_token
    confirmed = entry._replace(
        state=ACTIVE,
        put_aside=None,
        expires=None if _is_past(expires, now) else expires,
        refresh_token=refresh_token,
    )
    if confirmed == entry:
        return entry
    if entry.renewal and _is_to_be_revoked(entry, now):
        from git_credential_pat.model.renewal import noting, renewal_of  # as rare

        confirmed = noting(confirmed, renewal_of(entry)._replace(revoke_after=None))
    is_approved = entry.is_approved or entry.is_replaced  # what the user replaced is not theirs again
    return confirmed._replace(updated=now, approved=now if is_approved else None)


def _kept(secret: Secret, match: Match, request: Request, settings: Settings, now: Nanoseconds) -> Change:
    family = match.target.family
    fitting = () if match.how == INFERRED else of_user(match.entries, request.username, family)
    username = request.username or b""
    if family.forces_basic and secret.basic and secret.basic[1]:  # a token pasted beside NTLM
        username, secret = secret.basic[0], Secret(secret.basic[1])
    scope = fitting[0].scope if fitting else match.own
    if family.is_for_repository(secret.value):
        scope = family.kept_at(match.target.place, secret.value)
    if not secret.authtype:
        username = kept_username(username, scope, secret.value, family, settings)
    entry = Entry(
        scope,
        username,
        secret.value,
        secret.authtype,
        created=now,
        updated=now,
        expires=request.expires,
        refresh_token=request.refresh_token,
        approved=now,
    )
    group = [kept for kept in match.everything if kept.is_beside(entry)]
    replaced = next((kept for kept in group if kept.is_approved or _gives_way(kept, now)), None)
    if replaced is not None:
        return Change(replaced, replacing(entry, replaced)._replace(number=replaced.number))
    if not any(kept.state == ACTIVE and not kept.is_expired(now) for kept in group):
        entry = replacing(entry, next(iter(group), None))._replace(unknown=())  # it may well be the next one
    return Change(None, entry._replace(number=max((kept.number + 1 for kept in group), default=0)))


def _gives_way(entry: Entry, now: Nanoseconds) -> bool:
    """Return whether what comes next was got by this entry's refresh token."""
    return entry.refresh_token is not None and entry.is_expired(now)


def _named(match: Match, request: Request, settings: Settings) -> list[Entry]:
    """Return what a rejection without a password names: by username where one is known, else all."""
    family, place = match.target
    entries = match.entries
    if family.erases_below and request.path is None:
        entries = tuple(entry for entry in match.everything if place.scope.covers(entry.scope))
    same = [entry for entry in entries if is_named(entry, request.username, family, settings)]
    if request.username is not None and (same or family.rule == "exact"):
        return same
    return list(entries)


def _with_overdue(changes: list[Change], match: Match, settings: Settings, now: Nanoseconds) -> list[Change]:
    """Add the clearing of old rejected entries to a commit that is made anyway."""
    if not changes:
        return []
    changed = {change.key for change in changes}
    return changes + [drop for drop in overdue(match.entries, settings, now) if drop.key not in changed]

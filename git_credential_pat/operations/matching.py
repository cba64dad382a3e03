"""Which entries a request means: the one answer that `get`, `store` and `erase` share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_credential_pat.hosts import HOST, Family, Place, family_of, is_public
from git_credential_pat.model import NamedTuple
from git_credential_pat.model.entry import DOUBTFUL, Entry
from git_credential_pat.model.scope import Provider, Scope, split_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from git_credential_pat.model.request import Request

_UNANSWERED_PROTOCOLS = (b"cert", b"ssh")


class Target(NamedTuple):
    """A request's host family and the place there that it points to."""

    family: Family
    place: Place


# How a request comes to its entries, in this order; the first that holds is the match's `how`.
#
# NAMED      The request itself names an organization, by its path or its username, or its host has none, or
#            something is stored for all of a host whose first segment is an owner.
#            The entries are those that cover it. A rejection is about them, so it rejects them.
# HOST_WIDE  No organization is named, and entries are stored for the whole host: they answer.
# INFERRED   No organization is named, and one alone is stored: its entries answer. A rejection may be about
#            another one, so it makes them doubtful, and an approved token is stored apart.
# AMBIGUOUS  No organization is named, and several are stored, or one with entries for parts only. There
#            are no entries: nothing is answered.
# UNKNOWN    No organization is named, and none is stored or could be meant. There are no entries.
NAMED, HOST_WIDE, INFERRED, AMBIGUOUS, UNKNOWN = "named", "host-wide", "inferred", "ambiguous", "unknown"


class Match(NamedTuple):
    """The entries that a request means, the narrowest scope's first.

    `own` is the scope for a token that the request brings and no entry's scope is for; `everything` is
    what is stored for the host.
    """

    target: Target
    own: Scope
    everything: tuple[Entry, ...]
    entries: tuple[Entry, ...] = ()
    how: str = UNKNOWN


def locate(request: Request, providers: Iterable[Provider]) -> Target | None:
    """Return where a request points, or None where nothing is answered, stored or erased."""
    # Some tools send a query along, as Go does (?go-get=1): it is no part of a scope.
    path = None if request.path is None else split_path(request.path.partition(b"?")[0])
    if request.protocol in _UNANSWERED_PROTOCOLS or (path is None and request.path is not None):
        return None
    scope = Scope(request.protocol, request.host, path or ())
    if is_public(scope) and request.protocol != b"https":
        return None
    family = family_of(scope, providers)
    place = family.locate(request.protocol, request.host, path)
    return Target(family, place) if place else None


def resolve(target: Target, username: bytes | None, entries: Iterable[Entry]) -> Match:
    """Return which of a host's entries the request means; `username` is the request's, if it has one."""
    family, place = target
    unmatched = Match(target, place.own, tuple(entries))
    covering = _covering(family, place.scope, place.least, unmatched.everything)
    if not place.open:
        named = unmatched._replace(entries=covering, how=NAMED)
        inferred = _inferred(unmatched, b"") if place.names == HOST and not covering else unmatched
        return named if inferred.how == UNKNOWN else inferred
    if family.host_covers and covering:
        return unmatched._replace(entries=covering, how=HOST_WIDE)
    return _named_by_username(unmatched, username or b"") or _inferred(unmatched, username or b"")


def kept_at(place: Place, find: Callable[[bytes, bytes], tuple[Entry, ...]]) -> tuple[Entry, ...]:
    """Return the entries that may be meant there; `find` gives those of a protocol and a host."""
    found = find(place.scope.protocol, place.scope.host)
    return found + find(place.scope.protocol, place.asked) if place.asked else found


def _covering(family: Family, scope: Scope, least: int, entries: Iterable[Entry]) -> tuple[Entry, ...]:
    found = [
        entry
        for entry in entries
        if len(entry.scope.path) >= least and family.counts_as(entry.scope).covers(scope)
    ]
    return tuple(sorted(found, key=lambda entry: -len(entry.scope.path)))


def _named_by_username(unmatched: Match, username: bytes) -> Match | None:
    """Return what a username names: a stored organization, or an entry of this name without one."""
    family = unmatched.target.family
    organization = family.named_by(username)
    if organization and any(organization.covers(entry.scope) for entry in unmatched.everything):
        covering = _covering(family, organization, len(organization.path), unmatched.everything)
        return unmatched._replace(own=organization, entries=covering, how=NAMED)
    name = username.partition(b"@")[0]
    default = family.default_username(b"")
    unplaced = tuple(
        entry
        for entry in unmatched.everything
        if name and not entry.scope.path and (entry.username or default) == name
    )
    return unmatched._replace(entries=unplaced, how=HOST_WIDE) if unplaced else None


def _inferred(unmatched: Match, username: bytes) -> Match:
    """Return the only candidate.

    Doubtful entries do not count if there is one without an organization: they answer no such request, and
    neither would a token that the user typed in their place.
    """
    family = unmatched.target.family
    entries = tuple(entry for entry in unmatched.everything if unmatched.own.covers(entry.scope))
    if not _says_nothing(family, username, entries):
        return unmatched
    candidates = {_candidate(family, entry) for entry in entries}
    undoubted = {_candidate(family, entry) for entry in entries if entry.state != DOUBTFUL}
    if all(not scope.path for scope, _ in undoubted):
        candidates = undoubted or candidates
    if len(candidates) != 1:
        return unmatched._replace(how=AMBIGUOUS if candidates else UNKNOWN)
    candidate = candidates.pop()
    found = tuple(
        entry for entry in entries if entry.scope == candidate[0] and _candidate(family, entry) == candidate
    )
    return unmatched._replace(entries=found, how=INFERRED if found else AMBIGUOUS)


def _candidate(family: Family, entry: Entry) -> tuple[Scope, bytes]:
    """An organization is one candidate, and so is each entry that has none."""
    organization = family.organization(entry.scope)
    return organization, b"" if organization.path else entry.username


def _says_nothing(family: Family, username: bytes, entries: tuple[Entry, ...]) -> bool:
    """Whether a username leaves the organization open: it cannot be one's name, or is known as a username."""
    return (
        family.named_by(username) is None
        or username == family.default_username(b"")
        or username in (entry.username for entry in entries)
    )

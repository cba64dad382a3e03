"""Which entries a request means: the one answer that `get`, `store` and `erase` share."""

from collections.abc import Iterable
from typing import NamedTuple

from git_credential_pat.entry import Entry
from git_credential_pat.hosts import Family, Place, Provider, family_of, is_public
from git_credential_pat.protocol import Request
from git_credential_pat.scope import Scope, split_path

_UNANSWERED_PROTOCOLS = (b"cert", b"ssh")


class Target(NamedTuple):
    """A request's host family and the place there that it points to."""

    family: Family
    place: Place


class Match(NamedTuple):
    """The entries that a request means, the narrowest scope's first.

    `own` is the scope for a token that the request brings and no entry's scope is for. `named` says
    that the request itself tells its organization; `inferred` that it does not and these are the only
    ones there are; `ambiguous` that it does not and there are several.
    """

    family: Family
    own: Scope
    entries: tuple[Entry, ...] = ()
    named: bool = False
    inferred: bool = False
    ambiguous: bool = False


def locate(request: Request, providers: Iterable[Provider]) -> Target | None:
    """Return where a request points, or None where nothing is answered, stored or erased."""
    path = None if request.path is None else split_path(request.path)
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
    kept = tuple(entries)
    covering = _covering(place.scope, place.least, kept)
    if not place.open:
        return Match(family, place.own, covering, named=True)
    if family.host_covers and covering:
        return Match(family, place.own, covering)
    return _named_by_username(target, username or b"", kept) or _inferred(target, username or b"", kept)


def _covering(scope: Scope, least: int, entries: Iterable[Entry]) -> tuple[Entry, ...]:
    found = [entry for entry in entries if len(entry.scope.path) >= least and entry.scope.covers(scope)]
    return tuple(sorted(found, key=lambda entry: -len(entry.scope.path)))


def _named_by_username(target: Target, username: bytes, entries: tuple[Entry, ...]) -> Match | None:
    family = target.family
    organization = family.named_by(username)
    if organization is None:
        return None
    if any(organization.covers(entry.scope) for entry in entries):
        covering = _covering(organization, len(organization.path), entries)
        return Match(family, organization, covering, named=True)
    unplaced = tuple(entry for entry in entries if not entry.scope.path and entry.username == username)
    return Match(family, target.place.own, unplaced) if unplaced else None


def _inferred(target: Target, username: bytes, entries: tuple[Entry, ...]) -> Match:
    family, own = target.family, target.place.own
    if not _says_nothing(family, username, entries):
        return Match(family, own)
    candidates = {_candidate(family, entry) for entry in entries}
    if len(candidates) != 1:
        return Match(family, own, ambiguous=bool(candidates))
    (scope, _), *_ = candidates
    found = tuple(entry for entry in entries if entry.scope == scope)
    return Match(family, own, found, inferred=True, ambiguous=not found)


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

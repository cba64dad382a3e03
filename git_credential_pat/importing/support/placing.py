"""Placing what was found: as if Git had approved it, but only where that adds; what is stored stays as it is.

A token goes to its family's own scope. One that a covering scope holds already is already stored, and one
for a place and username that have another is not taken; of two that are found, the second goes to its own
repository, if it names one.

A guess never costs a token. A username may be the organization's name, as in the clone button's URLs, and may
be anything else. It is taken for the organization only if the host takes the token there (`guesses` says what
to ask, and `proven` what was answered); else the token is stored without one, and stays at its source.

Every step is a look-up, so that the time grows with the number of logins and entries only.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING

from git_credential_pat import suggest
from git_credential_pat.errors import PatError
from git_credential_pat.hosts import (
    Family,
    families_by_host,
    families_by_token,
    family_of,
    is_public,
    looks_like_any_token,
    short_life,
)
from git_credential_pat.importing.support.plan import (
    ADDED,
    KEPT,
    NOT_TAKEN,
    Guess,
    Outcome,
    Plan,
    is_unplaced,
)
from git_credential_pat.importing.support.providers import Providers
from git_credential_pat.model import token
from git_credential_pat.model.entry import ACTIVE, SECOND, Entry, EntryKey, Nanoseconds
from git_credential_pat.model.scope import Scope
from git_credential_pat.operations.matching import Target, locate
from git_credential_pat.operations.usernames import USERNAME_LIMIT, kept_username, stored_username
from git_credential_pat.text import has_controls

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from git_credential_pat.git.settings import Settings
    from git_credential_pat.importing.support.found import Found
    from git_credential_pat.model.request import Request

_UNPLACED = "its organization is unknown"
_UNPROVEN = "it stays at its source, for its host has not confirmed the organization"
_BESIDE = "it stays at its source, for another token answers there"


def planned(  # noqa: PLR0913, PLR0917  # what is found, what is stored, and all that decides between them
    found: Sequence[Found],
    entries: Iterable[Entry],
    settings: Settings,
    now: Nanoseconds,
    proven: Collection[Guess] = (),
    advance: Callable[[], None] = lambda: None,
) -> Plan:
    """Return what becomes of all that was found beside these entries; `advance` is called after each."""
    known = Providers(found, settings)
    placing = _Placing(entries, settings, known, proven, now)
    outcomes: list[Outcome] = []
    for one in found:
        outcomes.append(placing.outcome(one))
        advance()
    kept = (outcome.entry.scope for outcome in outcomes if outcome.is_kept and outcome.entry)
    providers = {row.base.text: row.name for scope in kept for row in known.noted_for(scope)}
    return Plan(tuple(outcomes), providers, tuple(placing.moved))


def guesses(found: Iterable[Found], entries: Iterable[Entry]) -> list[Guess]:
    """Return at which organizations to try tokens whose own is not named, with the token for each.

    It may be the one that the username names, or one where the token is stored, maybe by a guess of before.
    """
    held: dict[tuple[bytes, bytes], list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.scope.path:
            held[entry.scope.host, entry.secret].append(entry)
    guessed: dict[Guess, None] = {}
    for one in found:
        if one.request is None or one.request.path:  # which names its organization
            continue
        target = locate(one.request, ())
        if target is None or not target.place.open:
            continue
        family = target.family
        username, secret = _login(one.request, family)
        with suppress(PatError):
            _check(username, secret, one.request, Nanoseconds(0))
            there = held[target.place.scope.host, secret]
            named = family.named_by(username) if username != family.default_username(b"") else None
            organizations = [family.organization(entry.scope) for entry in there if not entry.owner]
            if named and not there:
                organizations.append(named)
            guessed.update((Guess(organization, secret), None) for organization in organizations)
    return [*guessed]


class _Placing:
    """What is stored, by all that a look-up needs."""

    def __init__(
        self,
        entries: Iterable[Entry],
        settings: Settings,
        providers: Providers,
        proven: Collection[Guess],
        now: Nanoseconds,
    ) -> None:
        self._providers = providers
        self._settings = settings
        self._proven = proven
        self._now = now
        self._added: set[EntryKey] = set()
        self._exact: set[EntryKey] = set()
        """The keys that what was added would have at its very repository."""
        self.moved: list[Entry] = []
        self._by_key: dict[EntryKey, Entry] = {}
        self._by_secret: dict[tuple[Scope, bytes], list[Entry]] = defaultdict(list)
        self._on_host: dict[tuple[bytes, bytes, bytes], Entry] = {}
        self._first_at: dict[Scope, Entry] = {}
        for entry in entries:
            self._index(entry)

    def outcome(self, found: Found) -> Outcome:
        """Decide on one login; what is added is known to the next."""
        if found.entry is not None:
            return self._brought(found, found.entry)
        if found.request is None:
            return Outcome(found, NOT_TAKEN, reason=found.reason)
        try:
            return self._placed(found, found.request)
        except PatError as error:
            return Outcome(found, NOT_TAKEN, reason=str(error))

    def _brought(self, found: Found, entry: Entry) -> Outcome:
        """Decide on an entry of another vault: it comes as it is, but not over what answers here."""
        family = family_of(entry.scope, self._settings.providers)
        username = stored_username(entry, family, self._settings)
        group = [kept for kept in self._by_key.values() if kept.is_beside(entry)]
        same = next((kept for kept in group if kept.secret == entry.secret), None)
        if same is not None:
            return Outcome(found, KEPT, same, username=username)
        if entry.number or not group:
            entry = entry._replace(number=max((kept.number + 1 for kept in group), default=0))
            self._added.add(entry.key)
            self._index(entry)
            why = "" if entry.status(self._now) == ACTIVE else entry.status(self._now)
            return Outcome(found, ADDED, entry, why, username)
        is_older = group[0].updated < entry.updated
        why = "an older token is stored; remove it first" if is_older else "another token is stored"
        return Outcome(found, NOT_TAKEN, entry, why, username)

    def _placed(self, found: Found, request: Request) -> Outcome:
        target = self._target(request)
        username, secret = _login(request, target.family)
        _check(username, secret, request, self._now)
        family, place = target
        guess = Guess(family.named_by(username) or place.own, secret)
        is_proven = place.open and guess in self._proven
        scope = guess.organization if is_proven else place.scope
        held = self._held(scope, username, secret, family, anywhere=place.open and not is_proven)
        if held is not None:
            end, entry, why = KEPT, held, "twice" if held.key in self._added else ""
        else:
            owns = [scope] if is_proven else [family.kept_at(place, secret), place.exact]
            end, entry, why = self._decided([self._entry(own, request, family) for own in owns], family)
        doubt = ""
        if end != NOT_TAKEN:
            doubt = self._doubt(entry, target, username, secret)
        if end == ADDED and is_proven:
            why = "its host takes it for this organization"
        username = stored_username(entry, family, self._settings)
        return Outcome(found, end, entry, why or doubt, username, is_sure=end != NOT_TAKEN and not doubt)

    def _doubt(self, entry: Entry, target: Target, username: bytes, secret: bytes) -> str:
        """Return why Git may not get what is stored wherever the source answered; empty if it will."""
        family, place = target
        if is_unplaced(entry):
            return _UNPLACED
        if entry.state != ACTIVE or entry.is_expired(self._now):
            return entry.status(self._now)
        first = self._first_at.get(entry.scope, entry)
        if entry.number or (not username and first.secret != secret):
            return _BESIDE
        if not place.open or entry.scope.covers(place.own):
            return ""
        organization = family.organization(entry.scope)
        is_certain = entry.owner or Guess(organization, secret) in self._proven
        return "" if is_certain and entry.scope == organization else _UNPROVEN

    def _entry(self, own: Scope, request: Request, family: Family) -> Entry:
        username, secret = _login(request, family)
        name = kept_username(username, own, secret, family, self._settings)
        return Entry(own, name, secret, expires=request.expires, refresh_token=request.refresh_token)

    def _decided(self, choices: Sequence[Entry], family: Family) -> tuple[str, Entry, str]:
        """Return what becomes of a token that no entry has yet, its entry, and why it is not taken.

        The choices are its family's usual place and the very repository, which the second takes of two that
        were found for different repositories.
        """
        entry, exact = choices[0], choices[-1]
        if not stored_username(entry, family, self._settings):
            return NOT_TAKEN, entry, f"this host needs the username too{_or_provider(entry, family)}"
        if entry.key in self._by_key and entry.key not in self._added:
            return NOT_TAKEN, entry, "another token is stored"
        if entry.key in self._added:
            entry = exact
        if entry.key in self._by_key or entry.key in self._exact:
            return NOT_TAKEN, entry, "twice, with another token before it"
        self._exact.add(exact.key)
        return ADDED, self._add(entry, family), ""

    def _target(self, request: Request) -> Target:
        target = locate(request, self._providers.of(request))
        if target is None:
            raise PatError(_why_nowhere(request))
        return target

    def _held(
        self, scope: Scope, username: bytes, secret: bytes, family: Family, *, anywhere: bool
    ) -> Entry | None:
        """Return an entry that answers for this scope with this very token."""
        on_host = self._on_host.get((scope.protocol, scope.host, secret))
        if anywhere and family.rule != "exact" and on_host:
            return on_host
        least = 0 if family.host_covers or not scope.path else 1
        for length in range(len(scope.path), least - 1, -1):
            for entry in self._by_secret.get((scope._replace(path=scope.path[:length]), secret), ()):
                if family.rule != "exact" or entry.username == username:
                    return entry
        return None

    def _add(self, entry: Entry, family: Family) -> Entry:
        on_host = self._on_host.get((entry.scope.protocol, entry.scope.host, entry.secret))
        if on_host and not (on_host.scope.path or family.host_covers or on_host.key in self._added):
            self.moved.append(on_host)
        moment = Nanoseconds(
            self._now - len(self._added)
        )  # of several at one place the first is to answer, as elsewhere
        entry = entry._replace(created=moment, updated=moment)
        self._added.add(entry.key)
        self._index(entry)
        return entry

    def _index(self, entry: Entry) -> None:
        self._by_key[entry.key] = entry
        if entry.state == ACTIVE:
            self._first_at.setdefault(entry.scope, entry)
        if entry.login is not None:
            secret = entry.login[1]
            self._by_secret[entry.scope, secret].append(entry)
            place = (entry.scope.protocol, entry.scope.host, secret)
            on_host = self._on_host.setdefault(place, entry)
            if entry.scope.path and not on_host.scope.path:
                self._on_host[place] = entry


def _login(request: Request, family: Family) -> tuple[bytes, bytes]:
    """Return username and token; at known hosts the token may stand in the username's place."""
    username, password = request.username or b"", request.password or b""
    is_alone = not password and family.rule != "exact" and looks_like_any_token(username)
    if is_alone or password == b"x-oauth-basic":  # GitHub's own way to say so, at whatever host
        return b"", username
    return username, password


def _check(username: bytes, secret: bytes, request: Request, now: Nanoseconds) -> None:
    """Raise PatError, with the reason, for what is no token that could be of use later."""
    if not secret:
        raise PatError("it has no token")
    if has_controls(secret) or has_controls(username):
        raise PatError("it has control characters")
    if len(secret) > token.LIMIT or len(username) > USERNAME_LIMIT:
        raise PatError("it is too long")
    if why := short_life(secret):
        raise PatError(why)
    if request.expires is not None and request.expires * SECOND <= now:
        raise PatError("it has expired")


def _or_provider(entry: Entry, known: Family) -> str:
    """Return the command after which no username is needed, if the host's name or the token suggests it."""
    suggested = [*families_by_host(entry.scope.host), *families_by_token(entry.secret)]
    for family in suggested if not known.is_known else ():
        setting = suggest.git_config(f"pat.{entry.scope.server.text}.provider", family.name)
        return f"; if it is {family.title}, run: {setting}"
    return ""


def _why_nowhere(request: Request) -> str:
    protocol = request.protocol.decode("ascii")
    if is_public(Scope(request.protocol, request.host)) and request.protocol != b"https":
        return "this host speaks https only"
    return f"{protocol} takes no token" if protocol in ("ssh", "cert") else "this address takes no token"

"""Placing what was found: as if Git had approved it, but only where that adds; what is kept stays as it is.

A token goes to its family's own scope. One that a covering scope holds already is kept already, and one
for a place and username that have another is not taken. Every step is a look-up, so that the time grows with
the number of logins and entries only.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from git_credential_pat import tokens
from git_credential_pat.backends import Change
from git_credential_pat.entry import REJECTED, SECOND, Entry, EntryKey
from git_credential_pat.errors import PatError, has_controls
from git_credential_pat.hosts import Family, Provider, family_of, is_public, looks_like_any_token
from git_credential_pat.hosts.azure_devops_server import is_server_path
from git_credential_pat.resolve import Target, locate
from git_credential_pat.scope import Scope, split_path
from git_credential_pat.usernames import USERNAME_LIMIT, kept_username, stored_username

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from git_credential_pat.importing.found import Found
    from git_credential_pat.importing.scrubbing import Trace
    from git_credential_pat.protocol import Request
    from git_credential_pat.settings import Settings

ADDED, KEPT, NOT_TAKEN = "added", "kept", "not-taken"

_SERVER = "azure-devops-server"
_SHORT_LIVED = {
    b"eyJ": "an Entra or job token, which lasts for hours at most",
    b"ghs_": "an app's or a job's token, which lasts for an hour at most",
    b"glcbt-": "a job's token, which ends with it",
}


@dataclass(frozen=True)
class Outcome:
    """What becomes of one login; `entry` is what is kept for it, or would have been its place."""

    found: Found
    end: str
    entry: Entry | None = None
    reason: str = ""
    username: bytes = b""
    """The username of that entry, or the default one where it has none."""

    doubt: str = ""
    """Why Git may never get what is kept, if that is so."""

    @property
    def is_kept(self) -> bool:
        """Whether the token is kept now, and not only for as long as a rejected one is."""
        return self.end == ADDED or (
            self.end == KEPT and self.entry is not None and self.entry.state != REJECTED
        )


@dataclass(frozen=True)
class Plan:
    """The outcomes of all logins, in their order, and what runs at hosts that are not public."""

    outcomes: tuple[Outcome, ...]
    providers: dict[str, str] = field(default_factory=dict)
    """By URL, for the hosts of what is kept."""

    @property
    def added(self) -> list[Entry]:
        """The entries to make."""
        return [outcome.entry for outcome in self.outcomes if outcome.end == ADDED and outcome.entry]

    @property
    def changes(self) -> list[Change]:
        """What a backend is to apply: nothing but new entries."""
        return [Change(None, entry) for entry in self.added]

    @property
    def scopes(self) -> list[Scope]:
        """The scopes of what is kept for good, of which Git is to know."""
        return [outcome.entry.scope for outcome in self.outcomes if outcome.is_kept and outcome.entry]

    @property
    def traces(self) -> list[Trace]:
        """What may be deleted at the source: all that is kept for good, and where Git gets it."""
        sure = [outcome.found for outcome in self.outcomes if outcome.is_kept and not outcome.doubt]
        return [found.trace for found in sure if found.trace]

    def count(self, end: str) -> int:
        """Return how many logins have this outcome."""
        return sum(outcome.end == end for outcome in self.outcomes)


def planned(
    found: Sequence[Found],
    entries: Iterable[Entry],
    settings: Settings,
    now: int,
    advance: Callable[[], None] = lambda: None,
) -> Plan:
    """Return what becomes of all that was found beside these entries; `advance` is called after each."""
    known = _Providers(found, settings)
    placing = _Placing(entries, settings, known, now)
    outcomes: list[Outcome] = []
    for one in found:
        outcomes.append(placing.outcome(one))
        advance()
    providers = {
        f"{scope.protocol.decode('ascii')}://{scope.host.decode('ascii')}": known.noted[scope[:2]]
        for scope in (outcome.entry.scope for outcome in outcomes if outcome.is_kept and outcome.entry)
        if scope[:2] in known.noted
    }
    return Plan(tuple(outcomes), providers)


class _Providers:
    """What runs at hosts that are not public, by protocol and host: from the settings, and noted besides."""

    def __init__(self, found: Iterable[Found], settings: Settings) -> None:
        self._rows: dict[tuple[bytes, ...], list[Provider]] = defaultdict(list)
        for row in settings.providers:
            self._rows[row.scope[:2]].append(row)
        self.noted: dict[tuple[bytes, ...], str] = {}
        for one in found:
            if one.request is not None:
                self._note(one.request, one.provider)
        for (protocol, host), name in self.noted.items():
            self._rows[protocol, host].append(Provider(Scope(protocol, host), name))

    def of(self, request: Request) -> Sequence[Provider]:
        """Return the rows for a host."""
        return self._rows.get((request.protocol, request.host), ())

    def _note(self, request: Request, provider: str) -> None:
        """Note what runs at a host that nothing is known of; told as `seed` tells it."""
        path = split_path(request.path or b"")
        if path is None:
            return
        told = provider or (_SERVER if is_server_path(path) else "")
        scope = Scope(request.protocol, request.host, path)
        if told and family_of(scope, self.of(request)).name == "generic":
            self.noted[scope[:2]] = told


class _Placing:
    """What is kept, by all that a look-up needs."""

    def __init__(
        self,
        entries: Iterable[Entry],
        settings: Settings,
        providers: _Providers,
        now: int,
    ) -> None:
        self._providers = providers
        self._settings = settings
        self._now = now
        self._added: set[EntryKey] = set()
        self._by_key: dict[EntryKey, Entry] = {}
        self._by_secret: dict[tuple[Scope, bytes], list[Entry]] = defaultdict(list)
        self._on_host: dict[tuple[bytes, bytes, bytes], Entry] = {}
        self._usernames: set[tuple[bytes, bytes, bytes]] = set()
        self._prefixes: set[Scope] = set()
        for entry in entries:
            self._index(entry)
            self._usernames.add((*entry.scope[:2], entry.username))

    def outcome(self, found: Found) -> Outcome:
        """Decide on one login; what is added is known to the next."""
        if found.request is None:
            return Outcome(found, NOT_TAKEN, reason=found.reason)
        try:
            return self._placed(found, found.request)
        except PatError as error:
            return Outcome(found, NOT_TAKEN, reason=str(error))

    def _placed(self, found: Found, request: Request) -> Outcome:
        target = self._target(request)
        username, secret = _login(request, target.family)
        _check(username, secret, request, self._now)
        scope, own, is_inexact = self._scopes(target, username)
        family = target.family
        doubt = self._doubt(own, family)
        is_guess = target.place.open and bool(own.path) and own not in self._prefixes
        held = self._held(scope, username, secret, family, anywhere=is_inexact)
        if held is not None:
            why = "rejected" if held.state == REJECTED else "twice" if held.key in self._added else ""
            end, entry = KEPT, held
        else:
            name = kept_username(username, own, secret, family, self._settings)
            new = Entry(own, name, secret, expires=request.password_expiry_utc)
            end, entry, why = self._decided(new, family)
        if end == ADDED and is_guess:
            why = "its username is taken for the organization"
        return Outcome(found, end, entry, why, stored_username(entry, family, self._settings), doubt)

    @staticmethod
    def _doubt(own: Scope, family: Family) -> str:
        """Return why Git may never get a token that is kept at `own`; empty if it will."""
        if own.path or family.host_covers:
            return ""
        return "its organization is not known, so Git gets it only where it names none; see doctor"

    def _decided(self, entry: Entry, family: Family) -> tuple[str, Entry, str]:
        """Return what becomes of a token that no entry has yet, its entry, and why it is not taken."""
        if not stored_username(entry, family, self._settings):
            return NOT_TAKEN, entry, "this host needs the username too"
        if entry.key in self._by_key:
            twice = entry.key in self._added
            return (
                NOT_TAKEN,
                entry,
                "twice, with another token before it" if twice else "another token is kept",
            )
        return ADDED, self._add(entry), ""

    def _target(self, request: Request) -> Target:
        target = locate(request, self._providers.of(request))
        if target is None:
            raise PatError(_why_nowhere(request))
        return target

    def _scopes(self, target: Target, username: bytes) -> tuple[Scope, Scope, bool]:
        """Return what a login is for, where it is kept, and whether Git named no organization.

        Without a path the username is that of an organization, as in the clone button's URLs, if it can be
        one and does not say nothing.
        """
        family, place = target
        if not place.open:
            return place.scope, place.own, False
        organization = family.named_by(username)
        is_known = organization in self._prefixes
        says_nothing = username == family.default_username(b"") or (
            (*place.scope[:2], username) in self._usernames
        )
        if organization is not None and (is_known or not says_nothing):
            return organization, organization, False
        if not family.host_covers and not username:
            raise PatError("it names no organization")
        return place.scope, place.own, True

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

    def _add(self, entry: Entry) -> Entry:
        moment = self._now - len(self._added)  # of several at one place the first is to answer, as elsewhere
        entry = entry._replace(created=moment, updated=moment)
        self._added.add(entry.key)
        self._index(entry)
        return entry

    def _index(self, entry: Entry) -> None:
        self._by_key[entry.key] = entry
        if not entry.authtype:
            self._by_secret[entry.scope, entry.secret].append(entry)
            self._on_host.setdefault((*entry.scope[:2], entry.secret), entry)
        path = entry.scope.path
        self._prefixes.update(entry.scope._replace(path=path[:length]) for length in range(1, len(path) + 1))


def _login(request: Request, family: Family) -> tuple[bytes, bytes]:
    """Return username and token; at known hosts the token may stand in the username's place."""
    username, password = request.username or b"", request.password or b""
    is_alone = password in (b"", b"x-oauth-basic")
    if is_alone and family.rule != "exact" and (password or looks_like_any_token(username)):
        return b"", username
    return username, password


def _check(username: bytes, secret: bytes, request: Request, now: int) -> None:
    """Raise PatError, with the reason, for what is no token that could be of use later."""
    if not secret:
        raise PatError("it holds no token")
    if has_controls(secret) or has_controls(username):
        raise PatError("it holds control characters")
    if len(secret) > tokens.LIMIT or len(username) > USERNAME_LIMIT:
        raise PatError("it is too long")
    for beginning, why in _SHORT_LIVED.items():
        if secret.startswith(beginning):
            raise PatError(why)
    if request.password_expiry_utc is not None and request.password_expiry_utc * SECOND <= now:
        raise PatError("it has expired")


def _why_nowhere(request: Request) -> str:
    protocol = request.protocol.decode("ascii")
    if is_public(Scope(request.protocol, request.host)) and request.protocol != b"https":
        return "this host speaks https only"
    return f"{protocol} takes no token" if protocol in ("ssh", "cert") else "this address takes no token"

"""What is around a tool: tokens, the user's variables, and its files from the working folder upwards.

A project's files are not trusted. A URL in one gets a token only if it is of the token's organization by our
own rules, by https, and if no other program could read it as another URL.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from glob import escape, glob
from urllib.parse import urlsplit

from git_credential_pat.errors import PatError
from git_credential_pat.hosts import HOST, Family, Place, holds_secret
from git_credential_pat.hosts.support.packages import Packages
from git_credential_pat.model import NamedTuple
from git_credential_pat.model.request import request_at
from git_credential_pat.model.scope import Provider, Scope, parse_url
from git_credential_pat.operations.matching import locate
from git_credential_pat.system.files import read_foreign
from git_credential_pat.text import quoted, shown
from git_credential_pat.variables.support.given import Given
from git_credential_pat.variables.support.structured import own_json

LIMIT = 1 << 20
"""The most bytes of a file."""
_AMBIGUOUS = frozenset('\\"<>^`{|}')
"""What programs take for different parts of a URL, and what some fill in from elsewhere."""


class Token(NamedTuple):
    """A token that a program is to be given."""

    scope: Scope
    family: Family
    username: str
    secret: bytes

    def __repr__(self) -> str:
        """Name the place only."""
        return f"Token({self.scope.text!r})"

    @property
    def organization(self) -> Scope:
        """What it is for, in the eyes of tools."""
        return self.family.organization(self.scope)

    @property
    def packages(self) -> Packages:
        """Where the organization's packages lie."""
        return self.family.packages(self.organization)

    @property
    def text(self) -> str:
        """The token as text."""
        return self.secret.decode("utf-8")

    def is_for(self, place: Place) -> bool:
        """Return whether a place is of its organization, or names none and is at its host."""
        organization = self.organization
        if not organization.path and not self.family.host_covers:
            return False
        return organization.covers(place.scope) or (
            place.names == HOST and organization.server == place.scope.server
        )


class Around(NamedTuple):
    """What a tool finds, and where it puts what its program is to be given."""

    tokens: Sequence[Token]
    environment: Mapping[str, str]
    folder: str
    providers: Sequence[Provider]
    given: Given
    is_asked: bool = False
    """Whether the user named the tools; else they are looked for by their files."""

    def fitting(self, url: str) -> list[Token]:
        """Return the tokens for a URL that a project's file has: none, one, or several that fit equally."""
        place = self._place(url)
        found = [token for token in self.tokens if place is not None and token.is_for(place)]
        covering = [token for token in found if place is not None and token.scope.covers(place.scope)]
        longest = max((len(token.scope.path) for token in covering), default=0)
        return [token for token in covering if len(token.scope.path) == longest] or found

    def token_for(self, url: str) -> Token | None:
        """Return the only token that fits a URL; say so if several do."""
        found = self.fitting(url)
        if len(found) > 1:
            self.given.say(
                f"{shown(url)} could be of several of these organizations, so no token is set for it"
            )
        return found[0] if len(found) == 1 else None

    def above(self, url: str) -> str:
        """Return the shortest URL above one that the same tokens fit, with a slash at its end."""
        parts = urlsplit(url)
        base, segments = f"https://{parts.netloc.rpartition('@')[2]}", parts.path.strip("/").split("/")
        for length in range(len(segments)):
            shorter = "/".join([base, *segments[:length]])
            if self.fitting(shorter) == self.fitting(url):
                return f"{shorter}/"
        return "/".join(filter(None, [base, *segments])) + "/"

    def asked_for(self) -> list[str]:
        """Return the addresses of the organizations themselves, if the user named the tool."""
        return [token.organization.text for token in self.tokens] if self.is_asked else []

    def by_own_host(self, hosts_of: Callable[[Token], Iterable[str]]) -> dict[str, list[Token]]:
        """Return the tokens for each of the hosts that their families name."""
        found: dict[str, list[Token]] = {}
        for token in self.tokens:
            for host in hosts_of(token):
                found.setdefault(host, []).append(token)
        return found

    def by_host(self, urls: Iterable[str]) -> dict[str, list[Token]]:
        """Return the tokens that fit URLs, by their hosts."""
        found: dict[str, dict[Scope, Token]] = {}
        for url in urls:
            for token in self.fitting(url):
                host = urlsplit(url).netloc.rpartition("@")[2].lower()
                found.setdefault(host, {})[token.scope] = token
        return {host: [*tokens.values()] for host, tokens in found.items()}

    def give_logins(
        self, name: str, section: str, hosts: Mapping[str, list[Token]], login: Callable[[Token], object]
    ) -> None:
        """Give logins by host, one for each, in a variable in JSON; those that the user has there stay."""
        own = own_json(self, name, {})
        if not isinstance(own, dict):
            return
        kept = {host for logins in own.values() if isinstance(logins, dict) for host in logins}
        given: dict[str, Token] = {}
        for host, tokens in hosts.items():
            if host in kept:
                self.given.say(f"{name} has a login for {host} already, which stays as it is")
            elif len(tokens) > 1:
                self.given.leave_out([f"{name} for {host}"], tokens)
            else:
                given[host] = tokens[0]
        if given:
            ours = {host: login(token) for host, token in given.items()}
            logins = {**(own.get(section) or {}), **ours}
            self.given.give_merged(name, json.dumps({**own, section: logins}), given.values())

    def files(self, *names: str) -> Iterator[tuple[str, bytes]]:
        """Give path and bytes of each file of these names, or patterns, from the working folder upwards."""
        yield from self.read(*self.paths(*names))

    def paths(self, *names: str) -> Iterator[str]:
        """Give the paths of these names from the working folder upwards."""
        folder = self.folder
        while True:
            for name in names:
                yield from sorted(glob(f"{escape(folder)}/{name}"))
            folder, below = os.path.dirname(folder), folder
            if folder == below:
                return

    def read(self, *paths: str) -> Iterator[tuple[str, bytes]]:
        """Give path and bytes of each of these files that is there; say which cannot be read."""
        for path in filter(os.path.isfile, paths):
            try:
                data = read_foreign(path, LIMIT)
            except PatError as error:
                self.given.say(str(error))
                continue
            if len(data) > LIMIT:
                self.given.say(f"{quoted(path)} is larger than {LIMIT >> 20} MiB, so no token is set for it")
                continue
            yield path, data

    def give_each(self, rows: Iterable[tuple[str, str, str]]) -> Iterator[tuple[str, Token]]:
        """Give each name that belongs to one token, with it: `rows` has file, name and URL of a registry.

        A name that has another URL too is left out: which of them it stands for, the tool alone knows.
        """
        found: dict[str, list[tuple[str, str]]] = {}
        for file, name, url in rows:
            found.setdefault(name, []).append((file, url))
        for name, places in found.items():
            fitting = [self.fitting(url) for _, url in places]
            if not any(fitting):
                continue
            if len(fitting[0]) != 1 or any(tokens != fitting[0] for tokens in fitting):
                self.given.say(
                    f'"{quoted(name)}" in {quoted(places[0][0])} could be of several organizations, '
                    "so no token is set for it; give it one URL, which names its organization"
                )
                continue
            yield name, fitting[0][0]

    def _place(self, url: str) -> Place | None:
        """Return where a URL points; None where no token may be given for it."""
        if not url.isascii() or any(not "!" <= mark <= "~" or mark in _AMBIGUOUS for mark in url):
            return None
        try:
            parsed = parse_url(url.replace("%2F", "/").replace("%2f", "/"))
            if parsed.scope.protocol != b"https" or holds_secret(parsed):
                return None
            target = locate(request_at(parsed.scope), self.providers)
        except PatError:
            return None
        return target.place if target else None

"""GitHub: any username goes with a token; tokens may differ by owner.

A gist is at a host of its own, `gist.` before that of its server, and the owner is its first segment too: so
both are one place. A tenant of GitHub's data residency is `NAME.ghe.com`. The interface of each of these
servers has a host of its own, `api.` before it; that of an Enterprise Server lies below its address.

Packages of each kind are at a host of their own, too, or below `_registry` of an Enterprise Server. They
belong to an owner, as repositories do, but a package's name is no repository's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from git_credential_pat.hosts.family import OwnedPaths, Path, Place, UsernameRule, without_registry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from git_credential_pat.hosts.support.lifecycle import Lifecycle
    from git_credential_pat.hosts.support.packages import Packages
    from git_credential_pat.hosts.support.variables import Source, Variables
    from git_credential_pat.hosts.support.verdict import Asking, Subject
    from git_credential_pat.model.entry import Seconds
    from git_credential_pat.model.scope import Scope
    from git_credential_pat.web import Reply

_CLASSIC = (b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_")
_CLASSIC_LENGTH = 40
_FINE_GRAINED = b"github_pat_"
_FINE_GRAINED_LENGTH = 93
_REVOCABLE = (b"ghp_", _FINE_GRAINED, b"gho_", b"ghu_", b"ghr_")
_HOME = b"github.com"
_TENANTS = b".ghe.com"
_GISTS = b"gist."
_CONTAINERS, _NPM, _NUGET, _MAVEN, _GEMS = b"containers", b"npm", b"nuget", b"maven", b"rubygems"
_PACKAGES = {b"ghcr.io": _CONTAINERS} | {
    kind + b".pkg." + _HOME: kind for kind in (_NPM, _NUGET, _MAVEN, _GEMS)
}
"""The hosts of github.com's packages, and the kind of each."""
_PACKAGES_OF_TENANTS = (_CONTAINERS, _NPM, _NUGET, _GEMS)
"""What stands before the name of a tenant in the hosts of its packages."""
_REGISTRY = b"_registry"
"""What stands before the kind in the addresses of an Enterprise Server's packages."""
_SIGN_IN = (b"token",)
"""Where a registry of containers makes the tokens of its own, for any owner."""
_WITHOUT_OWNER = ((b"-",), (b"download",))
"""How paths of npm begin that name their owner only as a package's scope."""
_READ_PACKAGES = {"read:packages", "write:packages"}
"""Each of these permissions lets a token read packages."""
_SERVERS = ("GH_HOST", "GITHUB_SERVER_URL")
_ENTERPRISE_TOKENS = ("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")
_OK, _FORBIDDEN = 200, 403
_TOO_OFTEN = ("rate limit", "number of login attempts exceeded")


class GitHub(OwnedPaths):
    """github.com and the tenants of ghe.com, and GitHub Enterprise Server by `pat.<url>.provider`."""

    name: ClassVar[str] = "github"
    title: ClassVar[str] = "GitHub"
    usual_names: ClassVar[frozenset[bytes]] = frozenset((b"github", b"ghe"))
    rule: ClassVar[UsernameRule] = "any"
    permissions: ClassVar[str] = "Contents: Read and write (classic tokens: repo)"
    package_permissions: ClassVar[str] = "write:packages of a classic token (to install only: read:packages)"
    takes_bearer: ClassVar[bool] = True
    nix_format: ClassVar[str] = "{}"
    owner_pages: ClassVar[frozenset[bytes]] = frozenset((b"orgs", b"organizations", b"users"))
    other_pages: ClassVar[frozenset[bytes]] = frozenset(
        b"account apps codespaces dashboard enterprises explore issues login marketplace new notifications "
        b"pulls search settings sponsors stars topics trending".split()
    )
    repository_tokens: ClassVar[tuple[bytes, ...]] = (b"ghs_",)
    selective_tokens: ClassVar[tuple[bytes, ...]] = (_FINE_GRAINED,)
    short_lived: ClassVar[Mapping[bytes, str]] = {
        b"ghs_": "an app's or a job's token, which lasts for an hour at most"
    }

    def locate(self, protocol: bytes, host: bytes, path: Path | None) -> Place | None:
        """Return the place below the owner, a gist's too; other hosts of a tenant have no repositories."""
        home = host.removeprefix(_GISTS)
        if _is_hosted(home):
            return self.owned(protocol, home, path)._replace(asked=host if home != host else b"")
        packages = self.at_packages(protocol, host, path)
        return packages or (None if host.endswith(_TENANTS) else self.owned(protocol, host, path))

    def owner_of_packages(self, url: Scope) -> Scope | None:
        """Know the hosts of packages, and what is below `_registry` of an Enterprise Server."""
        home, kind = _packages_at(url.host)
        if kind:
            return url._replace(host=home, path=_owner(kind, url.path))
        start = len(self.base)
        below = url.path[start:]
        if below[:1] != (_REGISTRY,):
            return None
        return url._replace(path=url.path[:start] + _owner(b"".join(below[1:2]), below[2:]))

    def counts_as(self, stored: Scope) -> Scope:
        """Know the scopes of versions to which gists and tenants were any other host."""
        if self.owner_of_packages(stored):
            return super().counts_as(stored)
        place = self.locate(*stored)
        return place.scope if place else stored

    def needing_path(self, scope: Scope) -> tuple[str, ...]:
        """Add the host of the gists."""
        urls = super().needing_path(scope)
        gists = scope._replace(host=_GISTS + scope.host)
        return (*urls, *super().needing_path(gists)) if _is_hosted(scope.host) else urls

    def default_username(self, token: bytes) -> bytes:
        """Return the username that GitHub documents for tokens."""
        del token
        return b"x-access-token"

    def looks_like_token(self, value: bytes) -> bool:
        """Know classic, OAuth, app and fine-grained tokens by their prefixes."""
        if value.startswith(_FINE_GRAINED):
            return len(value) == _FINE_GRAINED_LENGTH
        return value.startswith(_CLASSIC) and len(value) >= _CLASSIC_LENGTH

    def token_page(self, scope: Scope) -> str | None:
        """Return the settings page of the signed-in user."""
        return f"{self.server(scope).text}/settings/personal-access-tokens"

    def renewal_page(self, scope: Scope, token: bytes, name: str, permissions: Iterable[str]) -> str | None:
        """Return the form for a classic token; a fine-grained one is generated anew from the list of them."""
        from urllib.parse import urlencode

        if token.startswith(_FINE_GRAINED):
            return self.token_page(scope)
        filled = {"scopes": ",".join(permissions), "description": name}
        query = urlencode({key: value for key, value in filled.items() if value}, safe=",:")
        return f"{self.server(scope).text}/settings/tokens/new{query and f'?{query}'}"

    def package_token_page(self, scope: Scope) -> str | None:
        """Return the page for classic tokens."""
        return f"{self.server(scope).text}/settings/tokens"

    def package_obstacle(self, token: bytes, permissions: Iterable[str] = ()) -> str:
        """Know that fine-grained tokens cannot read packages, and classic ones only with a permission."""
        if token.startswith(_FINE_GRAINED):
            return "it is fine-grained, and packages take classic tokens alone"
        known = {*permissions}
        return 'it lacks the permission "read:packages"' if known and not known & _READ_PACKAGES else ""

    def also_asked(self, server: Scope) -> str:
        """Return the interface of github.com or of a tenant."""
        is_there = server.protocol == b"https" and _is_hosted(server.host)
        return server._replace(host=b"api." + server.host, path=()).text if is_there else ""

    def verify(self, subject: Subject) -> Asking:
        """Ask for the token's user; app tokens have none, but GitHub says that it knows them."""
        from git_credential_pat.hosts.support.verdict import member, not_verified, permitted, refused, valid
        from git_credential_pat.web import Question

        interface = self.also_asked(subject.scope)
        headers = {"Accept": "application/vnd.github+json", "Authorization": f"token {subject.text}"}
        reply = yield Question(f"{interface or f'{subject.server}/api/v3'}/user", headers)
        if reply.status == _FORBIDDEN and _is_too_often(reply):
            return not_verified("GitHub was asked too often; try again in an hour")
        if reply.status != _OK:
            return refused(reply, stranger="" if interface or self.is_own(reply) else "GitHub")
        login = member(reply.json(), "login")
        if not isinstance(login, str):
            return not_verified("the answer is not that of GitHub")
        return valid(login).with_facts(
            permitted(scope.strip() for scope in reply.value("x-oauth-scopes").split(",")),
            _seconds(reply.value("github-authentication-token-expiration")),
        )

    def lifecycle(self, token: bytes) -> type[Lifecycle]:
        """Return that of tokens that can be handed in; others, such as those of jobs, end by themselves."""
        from git_credential_pat.hosts.support.github_lifecycle import GitHubLifecycle

        return GitHubLifecycle if token.startswith(_REVOCABLE) else super().lifecycle(token)

    def is_own(self, reply: Reply) -> bool:
        """Return whether a refusal is GitHub's: each has a number of its own, or names the documentation."""
        from git_credential_pat.hosts.support.verdict import member

        documentation = member(reply.json(), "documentation_url")
        names_docs = isinstance(documentation, str) and "github.com/" in documentation
        return names_docs or bool(reply.value("x-github-request-id"))

    def sources(self) -> tuple[Source, ...]:
        """Return the variables of gh, which has others for servers that GitHub does not run."""
        from git_credential_pat.hosts.support.variables import Source

        hosted = {"GH_HOST": _is_hosted}
        others = dict.fromkeys(_SERVERS, lambda host: not _is_hosted(host))
        return (
            *(Source(name, _SERVERS, is_for=hosted) for name in ("GH_TOKEN", "GITHUB_TOKEN")),
            *(Source(name, _SERVERS, is_for=others) for name in _ENTERPRISE_TOKENS),
        )

    def packages(self, organization: Scope) -> Packages:
        """Return the hosts of GitHub Packages, one for each kind; an Enterprise Server may have none."""
        from git_credential_pat.hosts.support.packages import Packages

        if not _is_hosted(organization.host):
            return super().packages(organization)
        host = organization.host.decode("ascii")
        by_kind = {kind: f"{kind.decode('ascii')}.{host}" for kind in _PACKAGES_OF_TENANTS}
        if organization.host == _HOME:
            by_kind = {kind: name.decode("ascii") for name, kind in _PACKAGES.items()}
        return Packages(
            (host, *by_kind.values()),
            registries=(f"https://{by_kind[_NPM]}/",),
            images=(by_kind[_CONTAINERS],),
        )

    def variables(self, organization: Scope) -> Variables:
        """Return the variables of gh and of jobs."""
        from git_credential_pat.hosts.support.variables import Variables

        server = self.server(organization).text
        host = organization.host.decode("ascii")
        is_hosted = _is_hosted(organization.host)
        api = f"https://api.{host}" if is_hosted else f"{server}/api/v3"
        graph = f"{api}/graphql" if is_hosted else f"{server}/api/graphql"
        steering = {"GITHUB_SERVER_URL": server, "GITHUB_API_URL": api, "GITHUB_GRAPHQL_URL": graph}
        token = ("GH_TOKEN", "GITHUB_TOKEN") if is_hosted else _ENTERPRISE_TOKENS
        return Variables(token, {"GH_HOST": host}, steering)


def _is_hosted(host: bytes) -> bool:
    """Return whether GitHub runs a host: github.com, or a tenant of ghe.com, whose name is one label."""
    tenant = host.removesuffix(_TENANTS)
    return host == _HOME or (tenant != host and bool(tenant) and b"." not in tenant)


def _packages_at(host: bytes) -> tuple[bytes, bytes]:
    """Return the host of the owners whose packages a host has, and the kind, which is empty for others."""
    if host in _PACKAGES:
        return _HOME, _PACKAGES[host]
    kind, _, home = host.partition(b".")
    is_tenants = kind in _PACKAGES_OF_TENANTS and home != _HOME and _is_hosted(home)
    return (home, kind) if is_tenants else (host, b"")


def _owner(kind: bytes, path: Path) -> Path:
    """Return the owner in the path of a package, or nothing where it names none."""
    if kind == _CONTAINERS:
        return () if path == _SIGN_IN else without_registry(path)[:1]
    if kind == _NPM:
        scopes = [segment[1:] for segment in path if segment.startswith(b"@") and len(segment) > 1]
        return tuple(scopes[:1]) or (() if path[:1] in _WITHOUT_OWNER else path[:1])
    return path[:1]


def _is_too_often(reply: Reply) -> bool:
    """Return whether GitHub refuses to look at any token for now, of this address or of this account."""
    return (
        reply.value("x-ratelimit-remaining") == "0"
        or bool(reply.value("retry-after"))
        or any(words in reply.text.lower() for words in _TOO_OFTEN)
    )


def _seconds(text: str) -> Seconds | None:
    """Return GitHub's time of expiry, in either of its forms, in seconds since 1970, or None."""
    from datetime import datetime

    from git_credential_pat.hosts.support.verdict import moment

    try:
        return moment(datetime.strptime(text.replace("UTC", "+0000"), "%Y-%m-%d %H:%M:%S %z"))
    except ValueError:
        return None

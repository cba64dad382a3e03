"""What the URL of `seed` means: where its token is for, and what runs at the host."""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from git_credential_pat.commands.support.session import Session
from git_credential_pat.commands.support.verifying import server_at
from git_credential_pat.errors import UsageError
from git_credential_pat.hosts import (
    Family,
    families_by_host,
    families_by_token,
    family_by_path,
    family_named,
    family_of,
    is_public,
)
from git_credential_pat.model.scope import Scope, Url
from git_credential_pat.stdio import notice, say


@dataclass(frozen=True)
class Options:
    """The command line of `seed`, as it was given."""

    username: str | None
    expires: str | None
    days: int | None
    label: str
    permission: tuple[str, ...]
    pinned: bool
    verify: bool
    configure: bool
    allow_http: bool
    provider: str | None
    from_env: str | None
    exact: bool
    replace: bool
    purpose: str | None
    authtype: str | None
    sign_in: str | None
    create: bool
    entra_token_stdin: bool


@dataclass(frozen=True)
class Place:
    """What the URL means: the token's scope, its family, and the provider that git config must name.

    `named` is the URL's own place. `doubt` says why it is not known where the server stands, which then gets
    no token to verify.
    """

    scope: Scope
    named: Scope
    family: Family
    provider: str | None
    doubt: str = ""


def place_of(url: Url, options: Options, session: Session) -> Place:
    """Return the place of a URL; raise PatError if a token for it makes no sense."""
    scope, providers = url.scope, session.settings.providers
    provider = options.provider
    family = family_of(scope, providers)
    if provider is not None and is_public(scope) and not family.is_named(family_named(provider).name):
        raise UsageError(f"{scope.host.decode('ascii')} is {family.title}; leave out --provider")
    by_path = family_by_path(scope.path)
    if provider is None and not family.is_known and by_path is not None:
        provider = by_path.name
    if scope.protocol == b"http":
        _check_http(scope, options)
    elif scope.protocol in (b"ssh", b"git", b"file"):
        raise UsageError(f"{scope.protocol.decode('ascii')} needs no token; give the https URL")
    doubt = ""
    if is_public(scope):
        provider = None
    elif provider is not None:
        family, provider, doubt = _standing(scope, provider, family, options, session)
    named = family.meant(scope)  # `url_of` did not know what --provider says
    return Place(family.seed_scope(*named), named, family, provider, doubt)


def recognized(place: Place, url: Url, token: bytes, options: Options, session: Session) -> Place:
    """Return a place at a host of no known kind as the host confirms what its name or its token suggests.

    Without a token its name alone counts, which then needs no second look.
    """
    if not _is_open(place, url, options, session) or not options.verify:
        return place
    for family in families_by_token(token) if token else families_by_host(url.scope.host):
        base, _ = server_at(url.scope, family, session)
        if base is not None:
            there = family_named(family.name, base)
            named = there.meant(url.scope)
            say(f"{there.server(named).text} is {there.title}.")
            return Place(there.seed_scope(*named), named, there, there.name)
    return place


def or_provider(place: Place, url: Url, token: bytes, options: Options, session: Session) -> str:
    """Return what else to give than a username, where the host's name or the token suggests it."""
    suggested = [*families_by_host(url.scope.host), *families_by_token(token)]
    if not suggested or not _is_open(place, url, options, session):
        return ""
    return f", or --provider {suggested[0].name} if it is {suggested[0].title}"


def _is_open(place: Place, url: Url, options: Options, session: Session) -> bool:
    """Return whether nobody has said what runs at a host."""
    said = any(row.scope.covers(url.scope.folded) for row in session.settings.providers)
    return not (place.family.is_known or options.provider or said)


def _standing(
    scope: Scope, provider: str, known: Family, options: Options, session: Session
) -> tuple[Family, str | None, str]:
    """Return the family of a server by where it stands, the provider to note of it, and what is in doubt.

    `known` is what git config says already. Otherwise the address decides.
    """
    is_known = known.is_named(provider)
    if is_known and (known.base or not scope.path):
        return known, None, ""
    family, found, doubt = family_named(provider), None, ""
    if options.verify and scope.path and family.is_self_hosted:
        found, doubt = server_at(scope, family, session)
    if found is None:
        found = known.base if is_known else family.base_of(scope.path)
    return family_named(provider, found), None if is_known and found == known.base else provider, doubt


def _check_http(scope: Scope, options: Options) -> None:
    if is_public(scope):
        raise UsageError(f"{scope.host.decode('ascii')} speaks https only; give the https URL")
    if _is_loopback(scope.host.decode("ascii")):
        return
    if not options.allow_http:
        raise UsageError(
            "over http, anyone on the network can read the token; give the https URL, or --allow-http"
        )
    notice("warning: over http, anyone on the network can read the token")


def _is_loopback(host: str) -> bool:
    name = urlsplit(f"//{host}").hostname or ""
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"

"""Host families: which rules a host's tokens follow.

`HOSTS` is the table of them. A host belongs to a family by its exact name or by a whole-label suffix,
never by a substring; servers that run under names of their own are assigned by the setting
`pat.<url>.provider`. To add a host, add a file here and a row below: all that is true of it is a field or a
method of its family, and what is not said there holds as `Family` has it.
"""

from __future__ import annotations

from sys import modules
from typing import TYPE_CHECKING

from git_credential_pat.errors import UsageError
from git_credential_pat.hosts.family import HOST, OWNER, Family, Path, Place
from git_credential_pat.model import NamedTuple
from git_credential_pat.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from git_credential_pat.model.scope import Provider, Scope, Url

__all__ = [
    "HOST",
    "HOSTS",
    "OWNER",
    "Family",
    "Host",
    "Path",
    "Place",
    "configured_names",
    "configured_urls",
    "families",
    "families_by_host",
    "families_by_token",
    "family_by_path",
    "family_named",
    "family_of",
    "holds_secret",
    "is_public",
    "looks_like_any_token",
    "short_life",
    "without_tokens",
]


class Host(NamedTuple):
    """One row of the table: a family and the public names that it is known by."""

    provider: str
    family: str
    names: tuple[bytes, ...] = ()
    suffixes: tuple[bytes, ...] = ()
    any_port: bool = False
    """Whether these names on other ports are the family's too, which then answers nothing there."""


_SHORTEST_TOKEN = 20

HOSTS = (
    Host(
        "azure-devops",
        "azure_devops:AzureDevOps",
        names=(b"dev.azure.com", b"visualstudio.com"),
        suffixes=(b".dev.azure.com", b".visualstudio.com"),
        any_port=True,
    ),
    Host("azure-devops-server", "azure_devops_server:AzureDevOpsServer"),
    Host(
        "github",
        "github:GitHub",
        names=(
            *(b"github.com", b"gist.github.com", b"ghcr.io", b"npm.pkg.github.com", b"nuget.pkg.github.com"),
            *(b"maven.pkg.github.com", b"rubygems.pkg.github.com"),
        ),
        suffixes=(b".ghe.com",),
    ),
    Host("gitlab", "gitlab:GitLab", names=(b"gitlab.com", b"registry.gitlab.com")),
    Host("bitbucket", "bitbucket:Bitbucket", names=(b"bitbucket.org",)),
    Host("gitea", "gitea:Gitea", names=(b"codeberg.org", b"gitea.com")),
    Host("generic", "generic:Generic"),
)


def family_of(scope: Scope, providers: Iterable[Provider] = ()) -> Family:
    """Return the family of a host: by its public name, else by the longest `providers` row that covers it.

    Of two equally long ones the last wins, as in git config. What names no path belongs to no server that
    stands below one, for it may be its neighbour's.
    """
    public = _public(scope.host)
    if public is not None:
        return _load(public)
    rows = (row for row in reversed(tuple(providers)) if row.base[:2] == scope[:2])
    covering = [row for row in rows if row.scope.covers(scope.folded)]
    longest = max(covering, key=lambda row: len(row.base.path), default=None)
    return family_named(longest.name, longest.base.path) if longest else family_named("generic")


def family_named(name: str, base: Path = ()) -> Family:
    """Return the family of a `pat.<url>.provider` or `--provider`; raise UsageError if there is none."""
    for host in HOSTS:
        if host.provider == name:
            return _load(host, base)
    known = ", ".join(host.provider for host in HOSTS)
    raise UsageError(f'unknown provider "{shown(name)}"; use one of {known}')


def families() -> Iterator[Family]:
    """Give every family, in the order of the table."""
    return map(_load, HOSTS)


def configured_urls() -> tuple[str, ...]:
    """Return the URLs at which Git is always to ask this helper alone, and to name the path."""
    return tuple(url for family in families() for url in family.configured)


def configured_names() -> tuple[bytes, ...]:
    """Return the public names of the families that have such URLs."""
    return tuple(name for row in HOSTS if _load(row).configured for name in row.names)


def family_by_path(path: Path) -> Family | None:
    """Return the family whose servers alone have paths of this kind, or None where a path says nothing."""
    return next((family for family in families() if family.has_path(path)), None)


def families_by_host(host: bytes) -> list[Family]:
    """Return the families whose servers people name so, as gitlab.example.com; it proves nothing."""
    words = {label.partition(b"-")[0] for label in host.partition(b":")[0].split(b".")}
    return [family for family in families() if words & family.usual_names]


def families_by_token(token: bytes) -> list[Family]:
    """Return the families that people run servers of and whose tokens look so; it proves nothing."""
    return [
        family
        for family in families()
        if family.is_self_hosted and len(token) >= _SHORTEST_TOKEN and family.looks_like_token(token)
    ]


def looks_like_any_token(value: bytes) -> bool:
    """Return whether a value has the shape of a token of any family."""
    return len(value) >= _SHORTEST_TOKEN and any(family.looks_like_token(value) for family in families())


def short_life(token: bytes) -> str:
    """Return what a token is that ends too soon to be worth importing, at whatever host; or nothing."""
    kinds = (kind for family in families() for kind in family.short_lived.items())
    return next((what for beginning, what in kinds if token.startswith(beginning)), "")


def holds_secret(url: Url) -> bool:
    """Return whether a password or a token stands before a URL's host."""
    return url.userinfo is not None and (b":" in url.userinfo or looks_like_any_token(url.userinfo))


def without_tokens(text: str) -> str:
    """Return a message without the words in it that look like tokens: users paste them anywhere."""
    import re  # only messages need it

    return re.sub(
        rf"[\w-]{{{_SHORTEST_TOKEN},}}",
        lambda word: "(a token)" if _ends_in_token(word.group()) else word.group(),
        text,
    )


def _ends_in_token(word: str) -> bool:
    """Return whether a word, or what follows one of its dashes, looks like a token."""
    parts = word.encode().split(b"-")
    return any(looks_like_any_token(b"-".join(parts[at:])) for at in range(len(parts)))


def is_public(scope: Scope) -> bool:
    """Return whether the host is one of the public services, which speak https only."""
    return _public(scope.host) is not None


def _public(host: bytes) -> Host | None:
    for row in HOSTS:
        name = host.partition(b":")[0] if row.any_port else host
        if name in row.names or name.endswith(row.suffixes):
            return row
    return None


def _load(row: Host, base: Path = ()) -> Family:
    module, _, name = row.family.partition(":")
    path = f"git_credential_pat.hosts.{module}"
    __import__(path)  # `importlib` is one more module that Git would wait for
    family: Family = getattr(modules[path], name)(base)
    return family

"""Azure DevOps Services: all addresses of one organization fold into `https://dev.azure.com/{org}`.

The organization stands in the host label (`fabrikam.visualstudio.com`) or is the path's first segment
(`dev.azure.com/fabrikam`). Names are compared without regard to case. Only https on port 443 is theirs.
The address of a package's file may have a GUID in its place, which says nothing of the organization.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from git_credential_pat.errors import PatError, UsageError
from git_credential_pat.hosts.family import OPEN, Family, Path, Place, UsernameRule
from git_credential_pat.model.scope import Scope, ascii_folded, parse_url
from git_credential_pat.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from git_credential_pat.hosts.support.lifecycle import Lifecycle
    from git_credential_pat.hosts.support.packages import Packages
    from git_credential_pat.hosts.support.variables import Variables
    from git_credential_pat.hosts.support.verdict import Asking, Subject

_PACKAGES = b"pkgs.dev.azure.com"
_PATH_HOSTS = (b"dev.azure.com", _PACKAGES, b"vssps.dev.azure.com")
_LABEL_SUFFIXES = (b".pkgs.visualstudio.com", b".vssps.visualstudio.com", b".visualstudio.com")
_SERVICE_HOSTS = (
    b"app.vssps.visualstudio.com",
    b"pkgs.visualstudio.com",
    b"vs-ssh.visualstudio.com",
    b"vssps.visualstudio.com",
)
_HOME = Scope(b"https", b"dev.azure.com")

_LABEL_BYTES = b"abcdefghijklmnopqrstuvwxyz0123456789-"
_BASE32_BYTES = b"abcdefghijklmnopqrstuvwxyz234567"
_HEX_BYTES = b"0123456789abcdef"
_GUID = [8, 4, 4, 4, 12]
"""How many digits the parts of a GUID have."""
_PACKAGING = "vso.packaging"
_REPOSITORY = b"_git"
_VIEWS = (b"_full", b"_optimized")
"""What may stand between `_git` and a repository's name."""
TOKENS = ("AZURE_DEVOPS_EXT_PAT", "AZURE_DEVOPS_PAT", "SYSTEM_ACCESSTOKEN")
"""The variables in which tools read a token, which are those of Azure DevOps Server too."""
COLLECTION = ("SYSTEM_COLLECTIONURI", "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI")
"""The variables that name an organization or collection to jobs."""


class AzureDevOps(Family):
    """dev.azure.com and {org}.visualstudio.com."""

    name: ClassVar[str] = "azure-devops"
    title: ClassVar[str] = "Azure DevOps"
    rule: ClassVar[UsernameRule] = "any"
    permissions: ClassVar[str] = "Code: Read & write"
    package_permissions: ClassVar[str] = "Packaging: Read & write (to install only: Packaging: Read)"
    host_covers: ClassVar[bool] = False
    needs_token: ClassVar[bool] = True
    servers: ClassVar[str] = "azure-devops-server"
    signs_in: ClassVar[bool] = True
    global_end: ClassVar[str] = "2026-12-01"
    short_lived: ClassVar[Mapping[bytes, str]] = {
        b"eyJ": "an Entra or job token, which lasts for hours at most"
    }
    configured: ClassVar[tuple[str, ...]] = (
        "https://dev.azure.com",
        "https://pkgs.dev.azure.com",
        "https://*.visualstudio.com",
    )

    def locate(self, protocol: bytes, host: bytes, path: Path | None) -> Place | None:
        """Return the place in the organization's folded scope."""
        if protocol != b"https":
            return None
        segments = ascii_folded(path or ())
        if host not in _PATH_HOSTS:
            label = _label(host)
            if label is None:
                return None
            segments = (label, *(segments[1:] if segments[:1] == (b"defaultcollection",) else segments))
        elif not segments or (host == _PACKAGES and _is_guid(segments[0])):
            return Place(_HOME, own=_HOME, names=OPEN)
        if not _is_organization(segments[0]):
            return None
        scope = _HOME._replace(path=_with_project(segments))
        return Place(scope, own=scope._replace(path=segments[:1]), least=1)

    def seed_scope(self, protocol: bytes, host: bytes, path: Path) -> Scope:
        """Return the project if the URL stops at one, else the organization."""
        if protocol != b"https":
            raise PatError("Azure DevOps speaks https only; give https://dev.azure.com/ORGANIZATION")
        place = self.locate(protocol, host, path)
        if place is None or place.open:
            raise PatError(
                "the URL names no organization; give one, such as https://dev.azure.com/ORGANIZATION"
            )
        organization, *rest = place.scope.path
        stops_at_project = len(rest) == 1 and not rest[0].startswith(b"_")
        return place.scope if stops_at_project else place.scope._replace(path=(organization,))

    def organization(self, scope: Scope) -> Scope:
        """Return the organization's scope, whatever project the scope is for."""
        return scope._replace(path=scope.path[:1])

    def named_by(self, username: bytes) -> Scope | None:
        """Take a username for an organization: the clone button gives `https://fabrikam@dev.azure.com/…`."""
        label = username.lower()
        return _HOME._replace(path=(label,)) if _is_organization(label) else None

    def default_username(self, token: bytes) -> bytes:
        """Return a username that the server ignores."""
        del token
        return b"pat"

    def looks_like_token(self, value: bytes) -> bool:
        """Know a PAT (84 characters with a mark, or 52 of base32) and the Web Tokens of jobs and Entra."""
        return is_azure_pat(value) or value.startswith(b"eyJ")

    def expects_token(self, value: bytes) -> bool:
        """Expect a PAT; a token that begins `eyJ` is an Entra or job token."""
        return is_azure_pat(value)

    def package_obstacle(self, token: bytes, permissions: Iterable[str] = ()) -> str:
        """Know the permission for packages, by the names that the host's interface has."""
        del token
        known = {permission for permission in permissions if permission.startswith("vso.")}
        lacks = known and not any(permission.startswith(_PACKAGING) for permission in known)
        return f'it lacks the permission "{_PACKAGING}"' if lacks else ""

    def token_page(self, scope: Scope) -> str | None:
        """Return the organization's own page."""
        return f"{self.organization(scope).text}/_usersSettings/tokens" if scope.path else None

    def repository_in(self, path: Path) -> Path:
        """Return what is before the pages of a repository."""
        return azure_repository(path)

    def verify(self, subject: Subject) -> Asking:
        """Ask the token's organization, and the repository if one is named."""
        from git_credential_pat import suggest
        from git_credential_pat.hosts.support.azure_questions import connection_data, with_repository
        from git_credential_pat.hosts.support.verdict import not_verified

        organization = self.organization(subject.scope)
        if not organization.path:
            return not_verified(f"its organization is unknown; to set it, run: {suggest.own('doctor')}")
        reply = yield connection_data(organization, subject)
        return (yield from with_repository(subject, reply, on_premises=False))

    def lifecycle(self, token: bytes) -> type[Lifecycle]:
        """Return what a sign-in by Entra lets a program do with a token."""
        from git_credential_pat.hosts.support.azure_lifecycle import AzureLifecycle

        del token
        return AzureLifecycle

    def variables(self, organization: Scope) -> Variables:
        """Return the variables of az and of jobs; Terraform's only if the organization is known."""
        from git_credential_pat.hosts.support.variables import Variables

        if not organization.path:  # then Terraform could send the token to another one
            return Variables(TOKENS)
        steering = dict.fromkeys(COLLECTION, f"{organization.text}/")
        others = {"AZDO_ORG_SERVICE_URL": organization.text}
        return Variables((*TOKENS, "AZDO_PERSONAL_ACCESS_TOKEN"), others, steering)

    def packages(self, organization: Scope) -> Packages:
        """Return the organization's feeds; uv keeps organizations apart by the username of an index."""
        from git_credential_pat.hosts.support.packages import Packages

        if not organization.path:
            return super().packages(organization)
        name, host = organization.path[0].decode("ascii"), "pkgs.dev.azure.com"
        return Packages(
            (host, "dev.azure.com", f"{name}.pkgs.visualstudio.com"),
            indexes=(f"https://{name}@{host}/{name}/",),
            registries=(f"https://{host}/{name}/",),
        )

    def feed(self, feed: str, organization: Scope) -> str:
        """Return a feed's URL; refuse one that is not of the organization, which must not get its token."""
        from urllib.parse import quote

        if not organization.path:
            return super().feed(feed, organization)
        if "://" in feed:
            self._check_feed(feed, organization)
            return feed
        if not feed.strip(".") or not feed.isprintable() or any(character in feed for character in "/\\:?#%"):
            raise UsageError(f'"{shown(feed)}" is not a feed; give its URL or name')
        name = organization.path[0].decode("ascii")
        return f"https://pkgs.dev.azure.com/{name}/_packaging/{quote(feed, safe='@')}/nuget/v3/index.json"

    def _check_feed(self, feed: str, organization: Scope) -> None:
        """Refuse a feed elsewhere, and a URL that another program could read otherwise than this one."""
        scope, userinfo = parse_url(feed)
        if (
            userinfo is not None
            or not feed.isascii()
            or any(not "!" <= mark <= "~" or mark in '\\"<>^`{|}' for mark in feed)
        ):
            raise UsageError(
                "the feed's URL has a username or an unusual character; copy it from the feed's page"
            )
        place = self.locate(scope.protocol, scope.host, scope.path)
        if place is None or self.organization(place.scope) != organization:
            raise UsageError(
                f"the feed {shown(feed)} is not a feed of {organization.text} and must not get its token; "
                "give one of that organization"
            )


def azure_repository(path: Path) -> Path:
    """Return a path up to its repository: `…/_git/{repository}`, which pages of it go on from; or nothing."""
    folded = ascii_folded(path)
    at = folded.index(_REPOSITORY) + 1 if _REPOSITORY in folded else len(path)
    end = at + 2 if folded[at : at + 1] in [(view,) for view in _VIEWS] else at + 1
    return path[:end] if len(path) >= end else ()


def is_azure_pat(value: bytes) -> bool:
    """Return whether a value has the shape of a PAT of Azure DevOps, Services or Server."""
    if len(value) == 84:  # noqa: PLR2004  # 76 random characters, the mark, 4 of checksum
        return value[76:80] == b"AZDO"
    return len(value) == 52 and not value.translate(None, _BASE32_BYTES)  # noqa: PLR2004  # base32 of 32 bytes


def _label(host: bytes) -> bytes | None:
    if host in _SERVICE_HOSTS:
        return None
    return next((host.removesuffix(suffix) for suffix in _LABEL_SUFFIXES if host.endswith(suffix)), None)


def _is_organization(label: bytes) -> bool:
    return (
        bool(label)
        and not label.translate(None, _LABEL_BYTES)
        and not label.startswith(b"-")
        and not label.endswith(b"-")
    )


def _is_guid(segment: bytes) -> bool:
    parts = segment.split(b"-")
    return [*map(len, parts)] == _GUID and not b"".join(parts).translate(None, _HEX_BYTES)


def _with_project(segments: Path) -> Path:
    """Write `{org}/_git/{repo}` with the project that it means: the one named like the repository."""
    organization, *rest = segments
    if rest[:1] == [_REPOSITORY] and len(rest) > 1:
        view = len(rest) > 2 and rest[1] in _VIEWS  # noqa: PLR2004  # _git, view, repository
        return (organization, rest[2] if view else rest[1], *rest)
    return segments

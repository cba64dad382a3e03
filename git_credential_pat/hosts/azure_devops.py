"""Azure DevOps Services: all addresses of one organization fold into `https://dev.azure.com/{org}`.

The organization stands in the host label (`fabrikam.visualstudio.com`) or is the path's first segment
(`dev.azure.com/fabrikam`). Names are compared without regard to case. Only https on port 443 is theirs.
"""

from typing import ClassVar

from git_credential_pat.errors import PatError
from git_credential_pat.hosts.family import Family, Path, Place, UsernameRule
from git_credential_pat.model.scope import Scope, ascii_folded

_PATH_HOSTS = (b"dev.azure.com", b"pkgs.dev.azure.com", b"vssps.dev.azure.com")
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
REPOSITORY_VIEWS = (b"_full", b"_optimized")
"""What may stand between `_git` and a repository's name."""


class AzureDevOps(Family):
    """dev.azure.com and {org}.visualstudio.com."""

    name: ClassVar[str] = "azure-devops"
    title: ClassVar[str] = "Azure DevOps"
    rule: ClassVar[UsernameRule] = "any"
    permissions: ClassVar[str] = "Code: Read & write"
    host_covers: ClassVar[bool] = False

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
        elif not segments:
            return Place(_HOME, own=_HOME, open=True)
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
            raise PatError("the URL names no organization; give one, as https://dev.azure.com/ORGANIZATION")
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

    def token_page(self, scope: Scope) -> str | None:
        """Return the organization's own page."""
        return f"{self.organization(scope).text}/_usersSettings/tokens" if scope.path else None


def is_azure_pat(value: bytes) -> bool:
    """Tell whether a value has the shape of a PAT of Azure DevOps, Services or Server."""
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


def _with_project(segments: Path) -> Path:
    """Write `{org}/_git/{repo}` with the project that it means: the one named like the repository."""
    organization, *rest = segments
    if rest[:1] == [b"_git"] and len(rest) > 1:
        view = len(rest) > 2 and rest[1] in REPOSITORY_VIEWS  # noqa: PLR2004  # _git, view, repository
        return (organization, rest[2] if view else rest[1], *rest)
    return segments

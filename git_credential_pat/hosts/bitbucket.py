"""Bitbucket, Cloud and Data Center: which username goes with a token can be told from the token's shape."""

from typing import ClassVar

from git_credential_pat.hosts.family import OwnedPaths, Path, Place, UsernameRule
from git_credential_pat.model.scope import Scope, ascii_folded

_API = b"ATATT3"
_ACCESS = b"ATCTT3"
_DATA_CENTER = b"BBDC-"
_CLOUD = b"bitbucket.org"
_CLONES = b"scm"
"""What stands before the project in the clone addresses of a Data Center."""
_PAGES = {b"projects": b"", b"users": b"~"}
"""What stands before a project or a user in the addresses of its pages, and the mark of a user's project."""


class Bitbucket(OwnedPaths):
    """bitbucket.org, and Bitbucket Data Center by `pat.<url>.provider`."""

    name: ClassVar[str] = "bitbucket"
    title: ClassVar[str] = "Bitbucket"
    rule: ClassVar[UsernameRule] = "stored"
    permissions: ClassVar[str] = "read:repository:bitbucket and write:repository:bitbucket"
    repository_tokens: ClassVar[tuple[bytes, ...]] = (_ACCESS,)

    def locate(self, protocol: bytes, host: bytes, path: Path | None) -> Place:
        """Return the place below the workspace; on a Data Center below the project, which `scm` is before."""
        below = _clone_path(ascii_folded(path or ())[len(self.base) :])
        if host == _CLOUD or below[:1] != (_CLONES,):
            return super().locate(protocol, host, path)
        clones = OwnedPaths((*self.base, _CLONES))
        return clones.locate(protocol, host, self.base + below)

    def base_of(self, path: Path) -> Path:
        """Return what is before the part of a Data Center's address that its every address has."""
        folded = ascii_folded(path)
        marks = [folded.index(mark) for mark in (_CLONES, *_PAGES) if mark in folded]
        return path[: min(marks, default=0)]

    def default_username(self, token: bytes) -> bytes:
        """Return the fixed username for API tokens, or that for repository and workspace tokens."""
        return b"x-bitbucket-api-token-auth" if token.startswith(_API) else b"x-token-auth"

    def looks_like_token(self, value: bytes) -> bool:
        """Know the tokens of both; app passwords (`ATBB`) no longer work anywhere."""
        return value.startswith((_API, _ACCESS, _DATA_CENTER))

    def token_page(self, scope: Scope) -> str | None:
        """Return the page of the user's account."""
        if scope.host == _CLOUD:
            return "https://id.atlassian.com/manage-profile/security/api-tokens"
        return f"{self.server(scope).text}/plugins/servlet/access-tokens/manage"


def _clone_path(below: Path) -> Path:
    """Return the path of a clone address for that of a page: `projects/P/repos/R` is `scm/P/R`."""
    if below[:1] and below[0] in _PAGES and len(below) > 1:
        return (_CLONES, _PAGES[below[0]] + below[1], *below[3:])
    return below

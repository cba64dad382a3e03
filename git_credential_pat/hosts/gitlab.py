"""GitLab: a personal token takes any username, a deploy token exactly its own name."""

from typing import ClassVar

from git_credential_pat.hosts.family import OwnedPaths, Path, UsernameRule
from git_credential_pat.model.scope import Scope

_DEPLOY = b"gldt-"
_JOB = b"glcbt-"
_PERSONAL = b"glpat-"
_SHORTEST = 25


class GitLab(OwnedPaths):
    """gitlab.com, and other GitLab servers by `pat.<url>.provider`."""

    name: ClassVar[str] = "gitlab"
    title: ClassVar[str] = "GitLab"
    rule: ClassVar[UsernameRule] = "stored"
    permissions: ClassVar[str] = "write_repository"
    repository_tokens: ClassVar[tuple[bytes, ...]] = (_DEPLOY, _JOB)

    def seed_scope(self, protocol: bytes, host: bytes, path: Path) -> Scope:
        """Return the top group for a clone or web URL, else exactly the group that the URL stops at."""
        start = len(self.base)
        named = path[: start + self.repository_depth(path[start:])]
        place = self.locate(protocol, host, named)
        is_group = named == path and not place.open and not any(map(_is_clone, path[start:]))
        return place.scope if is_group else place.own

    def repository_depth(self, path: Path) -> int:
        """Return how many segments there are before a page's `-`, or up to the first that ends in `.git`."""
        ends = (
            at + (segment != b"-") for at, segment in enumerate(path) if segment == b"-" or _is_clone(segment)
        )
        return next(ends, len(path))

    def default_username(self, token: bytes) -> bytes:
        """Return the username for a token of this shape: none for a deploy token, which has its own name."""
        if token.startswith(_DEPLOY):
            return b""
        return b"gitlab-ci-token" if token.startswith(_JOB) else b"oauth2"

    def looks_like_token(self, value: bytes) -> bool:
        """Know personal, deploy and job tokens by their usual prefixes; a server may have others."""
        return value.startswith((_PERSONAL, _DEPLOY, _JOB)) and len(value) >= _SHORTEST

    def token_page(self, scope: Scope) -> str | None:
        """Return the settings page of the signed-in user."""
        return f"{self.server(scope).text}/-/user_settings/personal_access_tokens"


def _is_clone(segment: bytes) -> bool:
    return segment.endswith(b".git")

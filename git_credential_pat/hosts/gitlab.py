"""GitLab: a personal token takes any username, a deploy token exactly its own name."""

from typing import ClassVar

from git_credential_pat.hosts.family import OwnedPaths, Path, UsernameRule
from git_credential_pat.scope import Scope

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

    def seed_scope(self, protocol: bytes, host: bytes, path: Path) -> Scope:
        """Return the top group for a clone or web URL, else exactly the group that the URL stops at."""
        group = path[: path.index(b"-")] if b"-" in path else path
        place = self.locate(protocol, host, group)
        is_clone = any(segment.endswith(b".git") for segment in path)
        return place.own if is_clone or group != path else place.scope

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
        return f"{scope._replace(path=()).text}/-/user_settings/personal_access_tokens"

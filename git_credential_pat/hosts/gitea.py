"""Gitea and Forgejo: any username goes with a token."""

from typing import ClassVar

from git_credential_pat.hosts.family import OwnedPaths, Path, UsernameRule
from git_credential_pat.model.scope import Scope

_TOKEN_LENGTH = 40


class Gitea(OwnedPaths):
    """codeberg.org, gitea.com, and other servers by `pat.<url>.provider`."""

    name: ClassVar[str] = "gitea"
    title: ClassVar[str] = "Gitea"
    rule: ClassVar[UsernameRule] = "any"
    permissions: ClassVar[str] = "repository: Read and write"

    def base_of(self, path: Path) -> Path:
        """Return what is before owner and repository in a clone address that ends in `.git`."""
        return path[:-2] if path and path[-1].endswith(b".git") else ()

    def default_username(self, token: bytes) -> bytes:
        """Return a username that the server ignores."""
        del token
        return b"pat"

    def looks_like_token(self, value: bytes) -> bool:
        """Know a token by its 40 hexadecimal digits."""
        return len(value) == _TOKEN_LENGTH and not value.translate(None, b"0123456789abcdef")

    def token_page(self, scope: Scope) -> str | None:
        """Return the settings page of the signed-in user."""
        return f"{self.server(scope).text}/user/settings/applications"

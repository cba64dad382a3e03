"""GitHub: any username goes with a token; tokens may differ by owner."""

from typing import ClassVar

from git_credential_pat.hosts.family import OwnedPaths, UsernameRule
from git_credential_pat.model.scope import Scope

_CLASSIC = (b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_")
_CLASSIC_LENGTH = 40
_FINE_GRAINED = b"github_pat_"
_FINE_GRAINED_LENGTH = 93


class GitHub(OwnedPaths):
    """github.com, and GitHub Enterprise Server by `pat.<url>.provider`."""

    name: ClassVar[str] = "github"
    title: ClassVar[str] = "GitHub"
    rule: ClassVar[UsernameRule] = "any"
    permissions: ClassVar[str] = "Contents: Read and write (classic tokens: repo)"
    repository_tokens: ClassVar[tuple[bytes, ...]] = (b"ghs_",)

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

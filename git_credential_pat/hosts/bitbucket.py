"""Bitbucket Cloud: which username goes with a token can be told from the token's shape."""

from typing import ClassVar

from git_credential_pat.hosts.family import OwnedPaths, UsernameRule
from git_credential_pat.scope import Scope

_API = b"ATATT3"
_ACCESS = b"ATCTT3"


class Bitbucket(OwnedPaths):
    """bitbucket.org."""

    name: ClassVar[str] = "bitbucket"
    title: ClassVar[str] = "Bitbucket"
    rule: ClassVar[UsernameRule] = "stored"
    permissions: ClassVar[str] = "read:repository:bitbucket and write:repository:bitbucket"

    def default_username(self, token: bytes) -> bytes:
        """Return the fixed username for API tokens, or that for repository and workspace tokens."""
        return b"x-bitbucket-api-token-auth" if token.startswith(_API) else b"x-token-auth"

    def looks_like_token(self, value: bytes) -> bool:
        """Know API tokens and access tokens; app passwords (`ATBB`) no longer work anywhere."""
        return value.startswith((_API, _ACCESS))

    def token_page(self, scope: Scope) -> str | None:
        """Return the page of the user's account."""
        del scope
        return "https://id.atlassian.com/manage-profile/security/api-tokens"

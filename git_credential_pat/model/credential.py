"""What answers a request."""

from __future__ import annotations

from git_credential_pat.model.values import NamedTuple


class Credential(NamedTuple):
    """One answer to Git: username and password, or (with `authtype`) a ready header value."""

    username: bytes | None = None
    password: bytes | None = None
    authtype: bytes | None = None
    credential: bytes | None = None
    password_expiry_utc: int | None = None
    oauth_refresh_token: bytes | None = None

    def __repr__(self) -> str:
        """Name nothing: all of it is secret or next to it."""
        return "Credential(...)"

"""What a tool asks: for which place, for whom, and what became of the last answer."""

from __future__ import annotations

from git_credential_pat.model.values import NamedTuple

AUTHTYPE = b"authtype"


class Request(NamedTuple):
    """One request of a tool, its protocol and host in canonical form.

    `None` is an attribute that was absent; an empty one is `b""`. `path` is as Git sent it, already
    percent-decoded. `host` is empty only for the protocol `cert`.
    """

    protocol: bytes
    host: bytes
    path: bytes | None = None
    username: bytes | None = None
    password: bytes | None = None
    password_expiry_utc: int | None = None
    oauth_refresh_token: bytes | None = None
    authtype: bytes | None = None
    credential: bytes | None = None
    ephemeral: bool = False
    capability: tuple[bytes, ...] = ()
    wwwauth: tuple[bytes, ...] = ()
    state: tuple[bytes, ...] = ()

    def __repr__(self) -> str:
        """Name the place only: a request may hold a secret."""
        return f"Request({self.protocol!r}, {self.host!r}, {self.path!r})"

    @property
    def takes_authtype(self) -> bool:
        """Whether this Git understands an answer with `authtype` and `credential` (2.46 and later)."""
        return AUTHTYPE in self.capability

    @property
    def schemes(self) -> frozenset[bytes]:
        """The authentication schemes that the server offered, in lower case.

        Git hands on one value a header, but servers and proxies may join several with commas.
        """
        parts = b",".join(self.wwwauth).lower().split(b",")
        return frozenset(part.lstrip().partition(b" ")[0] for part in parts)

    @property
    def spends_password(self) -> bool:
        """Whether Git spends username and password on a Windows login, which takes no token.

        It prefers NTLM to Basic. Negotiate it has given up by the time it asks a helper.
        """
        schemes = self.schemes
        return b"ntlm" in schemes or (b"negotiate" in schemes and b"basic" not in schemes)


class Call(NamedTuple):
    """What a front end asks of the core: to `get`, `store` or `erase` what a request means."""

    operation: str
    request: Request

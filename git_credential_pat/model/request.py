"""What a tool asks: for which place, for whom, and what became of the last answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_credential_pat.model import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from git_credential_pat.model.entry import Seconds
    from git_credential_pat.model.scope import Scope


class Request(NamedTuple):
    """One request of a tool, its protocol and host in canonical form.

    `None` is what the tool does not say; what it leaves empty is `b""`. `path` is percent-decoded. `host` is
    empty only for the protocol `cert`. What follows `username` came back of an answer: a password with the
    second since 1970 in which it expires and its refresh token, or a ready header.
    """

    protocol: bytes
    host: bytes
    path: bytes | None = None
    username: bytes | None = None
    password: bytes | None = None
    expires: Seconds | None = None
    refresh_token: bytes | None = None
    authtype: bytes | None = None
    credential: bytes | None = None
    is_ephemeral: bool = False
    """Whether it is not to be stored."""
    takes_header: bool = False
    """Whether the tool understands an answer with `authtype` and `credential`, as Git 2.46 and later."""
    at_registry: bool = False
    """Whether the tool sends the answer to a registry of packages, which may want the word Bearer."""
    schemes: frozenset[bytes] = frozenset()
    """The authentication schemes that the server offered, in lower case, if the tool knows them."""
    tool: str = "Git"
    """Which tool asks, for messages."""

    def __repr__(self) -> str:
        """Name the place only: a request may hold a secret."""
        return f"Request({self.protocol!r}, {self.host!r}, {self.path!r})"


def request_at(scope: Scope, username: bytes | None = None) -> Request:
    """Return the request for all of a scope, of a tool that takes any answer."""
    path = b"/".join(scope.path) if scope.path else None
    return Request(scope.protocol, scope.host, path, username, takes_header=True)


def schemes_of(challenges: Iterable[bytes]) -> frozenset[bytes]:
    """Return the schemes in the values of WWW-Authenticate, of which servers and proxies may join several."""
    parts = b",".join(challenges).lower().split(b",")
    return frozenset(filter(None, (part.lstrip().partition(b" ")[0] for part in parts)))


def spend_password(schemes: frozenset[bytes]) -> bool:
    """Return whether a tool that uses curl, as Git, spends a password on a Windows login.

    Windows takes no token for it. curl prefers NTLM to Basic; it has given up Negotiate by then.
    """
    return b"ntlm" in schemes or (b"negotiate" in schemes and b"basic" not in schemes)


class Call(NamedTuple):
    """What a front end asks of the core: to `get`, `store` or `erase` what a request means.

    `LIST` is about no request: it asks for the hosts of container images, which only an agent knows at once.
    """

    operation: str
    request: Request


LIST = Call("list", Request(b"", b""))

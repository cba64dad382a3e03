"""What a source gives: each login that it holds, where that stands, and why it may be of no use."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from git_credential_pat.errors import PatError
from git_credential_pat.model.request import Request
from git_credential_pat.model.scope import canonical_host, canonical_protocol
from git_credential_pat.model.unlocking import SILENT, Unlocking

if TYPE_CHECKING:
    from collections.abc import Mapping

    from git_credential_pat.git.settings import Settings
    from git_credential_pat.importing.support.scrubbing import Trace
    from git_credential_pat.model.entry import Entry
    from git_credential_pat.oskeyring.keyring import Keyring

NO_ORGANIZATION = "it names no organization; give the organization's URL as PLACE"
"""The reason for what is of use only beside a URL."""
_NO_URL = "it is no URL with a protocol and a host"


@dataclass(frozen=True)
class Found:
    """One login at a source, or the reason why what stands there is none."""

    where: str
    """A file and line, an item or a variable, as users see it."""
    request: Request | None = None
    """The login as Git would report it to a helper: username and password may be missing."""
    reason: str = ""
    trace: Trace | None = None
    """What to delete at the source; None where nothing can be."""
    provider: str = ""
    """What runs at a host that is not public: only a tool for that keeps tokens here."""
    is_server: bool = False
    """Whether the request's path is that of the server itself, below which all its owners are."""
    entry: Entry | None = None
    """What another vault has, in the place of a login: it is stored as it is there."""


@dataclass(frozen=True)
class Reading:
    """All that a source holds."""

    found: tuple[Found, ...]
    notes: tuple[str, ...] = ()
    """Lines for the user: what could not be read, or could be read by others."""


@dataclass(frozen=True)
class Around:
    """What sources may use of the world around them."""

    home: str
    folder: str
    """The working folder that the user was in."""
    environment: Mapping[str, str] = field(repr=False)
    keyring: Keyring | None
    """The operating system's; None where there is certainly none."""
    may_ask: bool
    """Whether a person is there to type the passphrase of a key."""
    settings: Settings | None = None
    unlocking: Unlocking = SILENT
    """The ways to open another vault."""

    def home_path(self, *below: str) -> str:
        """Return a path below the home folder."""
        return "/".join([self.home, *below])


def request_of(url: bytes, username: bytes | None = None, password: bytes | None = None) -> Request:
    """Take a URL apart as git does (credential_from_url); `username` and `password` stand in for its own.

    Raises PatError, whose message is a reason without any part of the URL.
    """
    protocol, separator, rest = url.partition(b"://")
    end = min((at for at in map(rest.find, (b"/", b"?", b"#")) if at >= 0), default=len(rest))
    userinfo, at, host = rest[:end].rpartition(b"@")
    path = rest[end:].partition(b"?")[0].partition(b"#")[0].strip(b"/")
    if not separator or not host:
        raise PatError(_NO_URL)
    if at:
        own_username, colon, own_password = userinfo.partition(b":")
        username = unquote_to_bytes(own_username) if username is None else username
        password = unquote_to_bytes(own_password) if colon and password is None else password
    try:
        known = canonical_protocol(protocol)
        known_host = canonical_host(unquote_to_bytes(host), known)
    except PatError:  # its message would repeat a part of the URL
        raise PatError(_NO_URL) from None
    return Request(known, known_host, unquote_to_bytes(path) or None, username, password)


def found_at(  # noqa: PLR0913  # a record of what it takes
    where: str,
    url: bytes,
    *,
    username: bytes | None = None,
    password: bytes | None = None,
    trace: Trace | None = None,
    provider: str = "",
    is_server: bool = False,
) -> Found:
    """Return the login of a URL; the reason, where that is none."""
    try:
        request = request_of(url, username, password)
        return Found(where, request, trace=trace, provider=provider, is_server=is_server)
    except PatError as error:
        return Found(where, reason=str(error), trace=trace)

"""The git-credential wire protocol, without any input or output of its own.

Bytes come in and a `Request` goes out; a `Credential` comes in and bytes go out. Nothing else in the
program knows the wire syntax. The rules are those of gitcredentials(7) and git-credential(1), read
strictly: lines end at LF only, no value is trimmed, nothing blank means "any", and whatever two
readers could understand differently is refused.
"""

from typing import NamedTuple

from git_credential_pat.errors import PatError, shown
from git_credential_pat.message import MESSAGE_LIMIT
from git_credential_pat.scope import canonical_host, canonical_protocol

LINE_LIMIT = 65_535
"""The most bytes of one line with its newline: what Git itself accepts (LARGE_PACKET_MAX is near)."""

EXPIRY_LIMIT = 2**63 - 1

AUTHTYPE = b"authtype"

QUIT = b"quit=1\n"
"""The answer by which Git asks no other helper and nobody else: the user has broken off."""

_SINGLE = frozenset(
    (
        b"protocol",
        b"host",
        b"path",
        b"username",
        b"password",
        b"password_expiry_utc",
        b"oauth_refresh_token",
        b"authtype",
        b"credential",
        b"ephemeral",
    )
)
_LISTS = frozenset((b"capability[]", b"wwwauth[]", b"state[]"))
_FALSE = (b"", b"0", b"false", b"no", b"off")  # git-config(1), "boolean"
_UNPRINTABLE_IN_VALUE = (b"\n", b"\r", b"\0")


class Request(NamedTuple):
    """One request of Git, its protocol and host in canonical form.

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


def parse(data: bytes) -> Request:
    """Turn the bytes of one request into a `Request`.

    Raises PatError, whose message repeats outside text only in percent-encoded form, for anything that
    is not exactly one well-formed request.
    """
    single: dict[bytes, bytes] = {}
    lists: dict[bytes, list[bytes]] = {}
    for line in _lines(data):
        key, equals, value = line.partition(b"=")
        if not equals:
            # The line is not shown: it may be the rest of a password with a line end in it.
            raise PatError('the request has a line without "="; nothing was done')
        if key in _LISTS:
            if value:
                lists.setdefault(key, []).append(value)
            else:
                lists[key] = []
        elif key in _SINGLE and single.setdefault(key, value) != value:
            raise PatError(f"the request has two values for {key.decode('ascii')}; nothing was done")
    return _request(single, lists)


def serialize(credential: Credential) -> bytes:
    """Turn an answer into the bytes for Git; raise PatError if a value would break out of its line."""
    pairs: list[tuple[bytes, bytes | None]] = [
        (b"capability[]", AUTHTYPE if credential.authtype is not None else None),
        (b"authtype", credential.authtype),
        (b"credential", credential.credential),
        (b"username", credential.username),
        (b"password", credential.password),
        (b"password_expiry_utc", _decimal(credential.password_expiry_utc)),
        (b"oauth_refresh_token", credential.oauth_refresh_token),
    ]
    present = [(key, value) for key, value in pairs if value is not None]
    for key, value in present:
        if any(byte in value for byte in _UNPRINTABLE_IN_VALUE):
            raise PatError(
                f"the stored {key.decode('ascii')} holds a line break or NUL; seed the token again"
            )
    return b"".join(b"%b=%b\n" % pair for pair in present)


def _lines(data: bytes) -> list[bytes]:
    lines: list[bytes] = []
    at = 0
    while at < len(data) and not data.startswith((b"\n", b"\r\n"), at):
        end = data.find(b"\n", at) + 1 or len(data)
        if end - at > LINE_LIMIT:
            raise PatError(f"the request has a line of more than {LINE_LIMIT} bytes; nothing was done")
        lines.append(data[at:end])
        at = end
    if (data.find(b"\n", at) + 1 or len(data)) > MESSAGE_LIMIT:
        raise PatError(f"the request is larger than {MESSAGE_LIMIT} bytes; nothing was done")
    if b"\0" in data[:at]:
        raise PatError("the request holds a NUL byte; nothing was done")
    return _without_line_ends(lines, blank=data[at : at + 2])


def _without_line_ends(lines: list[bytes], blank: bytes) -> list[bytes]:
    """Drop LF, or CRLF where every ended line (the empty one too) has it; refuse any other CR."""
    ended = [line for line in lines if line.endswith(b"\n")]
    if ended and all(line.endswith(b"\r\n") for line in ended) and not blank.startswith(b"\n"):
        bare = [line.removesuffix(b"\r\n") for line in lines]
    elif blank == b"\r\n":
        raise PatError("the request mixes line ends; nothing was done")
    else:
        bare = [line.removesuffix(b"\n") for line in lines]
    if any(b"\r" in line for line in bare):
        raise PatError("the request holds a carriage return; nothing was done")
    return bare


def _request(single: dict[bytes, bytes], lists: dict[bytes, list[bytes]]) -> Request:
    protocol = single.get(b"protocol")
    if not protocol:
        raise PatError("the request names no protocol; nothing was done")
    protocol = canonical_protocol(protocol)
    host = single.get(b"host")
    if not host and not (host is not None and protocol == b"cert"):
        raise PatError("the request names no host; nothing was done")
    return Request(
        protocol=protocol,
        host=canonical_host(host, protocol) if host else b"",
        path=single.get(b"path"),
        username=single.get(b"username"),
        password=single.get(b"password"),
        password_expiry_utc=_expiry(single.get(b"password_expiry_utc")),
        oauth_refresh_token=single.get(b"oauth_refresh_token"),
        authtype=single.get(b"authtype"),
        credential=single.get(b"credential"),
        ephemeral=single.get(b"ephemeral", b"").lower() not in _FALSE,
        capability=tuple(lists.get(b"capability[]", ())),
        wwwauth=tuple(lists.get(b"wwwauth[]", ())),
        state=tuple(lists.get(b"state[]", ())),
    )


def _expiry(value: bytes | None) -> int | None:
    if not value:
        return None
    number = int(value) if value.isdigit() and len(value) <= len(str(EXPIRY_LIMIT)) else -1
    if not 0 <= number <= EXPIRY_LIMIT:
        raise PatError(f'password_expiry_utc "{shown(value)}" is not a time; nothing was done')
    return number


def _decimal(number: int | None) -> bytes | None:
    return None if number is None else b"%d" % number

"""Scopes: the part of a host that one token is for, and the one canonical form of their parts.

A scope is a protocol, a host (with its port, unless that is the protocol's own) and a path prefix of
whole segments. All parts are bytes, as Git sends them: a path need not be text. Whatever compares or
stores a scope gets it from here, so there is one idea of when two are the same.
"""

from __future__ import annotations

from git_credential_pat.errors import PatError
from git_credential_pat.model import NamedTuple
from git_credential_pat.text import shown

DEFAULT_PORTS = {
    b"ftp": b"21",
    b"ftps": b"990",
    b"http": b"80",
    b"https": b"443",
    b"imap": b"143",
    b"imaps": b"993",
    b"smtp": b"25",
    b"smtps": b"465",
}

_PROTOCOL_BYTES = b"abcdefghijklmnopqrstuvwxyz0123456789+.-"
_HOST_BYTES = b"abcdefghijklmnopqrstuvwxyz0123456789._-"
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@")
_MAPPED = bytes(10) + b"\xff\xff"
"""How an IPv4 address within IPv6 begins (RFC 4291, 2.5.5.2)."""
_PLAIN_IN_HOST = _PLAIN | frozenset(b"[]")
_PORT_LIMIT = 65535
_PORT_DIGITS = 5
_URL_LIMIT = 8192


class Scope(NamedTuple):
    """Where a token is good: everything at or below `path` on `host`."""

    protocol: bytes
    host: bytes
    path: tuple[bytes, ...] = ()

    @property
    def text(self) -> str:
        """The canonical text form, a URL: `https://dev.azure.com/fabrikam`, percent-encoded.

        Protocol and host are, too: a vault may hold any bytes there, though no request has them.
        """
        base = f"{_encoded(self.protocol)}://{_encoded(self.host, _PLAIN_IN_HOST)}"
        return "/".join([base, *(_encoded(segment) for segment in self.path)])

    @property
    def server(self) -> Scope:
        """All of the host."""
        return self._replace(path=())

    @property
    def folded(self) -> Scope:
        """The same scope with the path's ASCII letters in lower case."""
        return self._replace(path=ascii_folded(self.path))

    def covers(self, other: Scope) -> bool:
        """Return whether `other` lies at or below this scope, by whole segments."""
        return (
            self.protocol == other.protocol
            and self.host == other.host
            and self.path == other.path[: len(self.path)]
        )


def canonical_protocol(value: bytes) -> bytes:
    """Return the protocol in lower case; raise PatError unless it is a URL scheme (RFC 3986, 3.1)."""
    protocol = value.lower()
    if not protocol[:1].isalpha() or protocol.translate(None, _PROTOCOL_BYTES):
        raise PatError(f'"{shown(value)}" is not a protocol; nothing was done')
    return protocol


def canonical_host(value: bytes, protocol: bytes) -> bytes:
    """Return `host[:port]` in lower case, without the protocol's own default port.

    Raises PatError for anything but ASCII host names, IPv4 and bracketed IPv6 addresses, for a trailing
    dot, for user information, and for a port that is not 1 to 65535 in plain decimal.
    """
    name, colon, port = _split_port(value.lower())
    known = _canonical_ipv6(name) if name.startswith(b"[") else _canonical_name(name)
    if known is None or colon not in (b"", b":") or (colon and not _is_port(port)):
        raise PatError(f'"{shown(value)}" is not a host name; nothing was done')
    if not colon or port == DEFAULT_PORTS.get(protocol):
        return known
    return known + b":" + port


def split_path(value: bytes) -> tuple[bytes, ...] | None:
    """Divide a path into segments, after dropping one leading and one trailing slash.

    `None` when a segment is empty, `.` or `..`: which organization such a path means depends on who
    reads it, so it means none.
    """
    trimmed = value.removeprefix(b"/").removesuffix(b"/")
    segments = tuple(trimmed.split(b"/")) if trimmed else ()
    return None if any(segment in (b"", b".", b"..") for segment in segments) else segments


class Provider(NamedTuple):
    """A user's statement: a server of the family `name` stands at `base`, which keeps its capitals."""

    base: Scope
    name: str

    @property
    def scope(self) -> Scope:
        """The base as it is compared: paths of known families have no capitals."""
        return self.base.folded


class Url(NamedTuple):
    """A URL taken apart. `userinfo` is what stands before an `@`, or None."""

    scope: Scope
    userinfo: bytes | None

    @property
    def username(self) -> bytes:
        """The username that Git takes from the URL, percent-decoded; empty if there is none."""
        from urllib.parse import unquote_to_bytes  # only settings and commands read URLs

        return unquote_to_bytes((self.userinfo or b"").partition(b":")[0])

    def __repr__(self) -> str:
        """Name the place only: what stands before an `@` may be a secret."""
        return f"Url({self.scope.text!r})"


def parse_url(text: str, *, encoded_slashes: bool = False) -> Url:
    """Take apart a URL that a person wrote; query and fragment are dropped, the path is percent-decoded.

    With `encoded_slashes` they divide the path as others do, which they do to Git. Raises PatError, which
    never repeats the user information, if it is not `protocol://host[/path]`.
    """
    if len(text) > _URL_LIMIT:
        raise PatError(f"the URL is longer than {_URL_LIMIT} characters; give that of the organization")
    protocol, separator, rest = text.encode("utf-8", "surrogateescape").partition(b"://")
    if not separator:
        raise PatError(f"that is not a URL; {_such_as()}")
    rest = rest.partition(b"#")[0].partition(b"?")[0]
    authority, _, raw_path = rest.partition(b"/")
    userinfo, at, host = authority.rpartition(b"@")
    known_protocol = canonical_protocol(protocol)
    if encoded_slashes:
        raw_path = raw_path.replace(b"%2F", b"/").replace(b"%2f", b"/")
    segments = split_path(raw_path)
    path = None if segments is None else tuple(_decoded(segment) for segment in segments)
    if path is None or any(segment in (b".", b"..") for segment in path):
        raise PatError('the URL\'s path is ambiguous; give one without empty, "." or ".." parts')
    try:
        known_host = canonical_host(host, known_protocol)
    except PatError:  # whose message would repeat a password before a forgotten @host
        raise PatError(f"the URL has no proper host; {_such_as()}") from None
    return Url(Scope(known_protocol, known_host, path), userinfo if at else None)


def _such_as() -> str:
    from git_credential_pat.suggest import EXAMPLE  # few URLs are wrong

    return f"give one such as {EXAMPLE}"


def ascii_folded(segments: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """Return the segments with ASCII letters in lower case and every other byte kept."""
    return tuple(segment.lower() for segment in segments)


def _split_port(host: bytes) -> tuple[bytes, bytes, bytes]:
    if host.startswith(b"["):
        address, bracket, rest = host.partition(b"]")
        return address + bracket, rest[:1], rest[1:]
    return host.partition(b":")


def _is_port(port: bytes) -> bool:
    return (
        port.isdigit()  # of bytes: ASCII digits only
        and len(port) <= _PORT_DIGITS
        and not port.startswith(b"0")
        and int(port) <= _PORT_LIMIT
    )


def _canonical_name(name: bytes) -> bytes | None:
    if name.translate(None, _HOST_BYTES) or not all(name.split(b".")):
        return None
    return name


def _canonical_ipv6(literal: bytes) -> bytes | None:
    import _socket  # few requests name an IPv6 address, so few pay for it

    if not literal.endswith(b"]"):
        return None
    try:
        packed = _socket.inet_pton(_socket.AF_INET6, literal[1:-1].decode("ascii"))
    except (OSError, ValueError):
        return None
    return b"[" + _address(packed) + b"]"


def _address(packed: bytes) -> bytes:
    """Write 16 bytes as RFC 5952 has it, because inet_ntop(3) writes some addresses differently by system."""
    if packed.startswith(_MAPPED):
        return b"::ffff:%d.%d.%d.%d" % tuple(packed[len(_MAPPED) :])
    groups = b"".join(b":%x" % int.from_bytes(packed[at : at + 2], "big") for at in range(0, 16, 2)) + b":"
    for length in range(8, 1, -1):
        before, zeros, after = groups.partition(b":" + b"0:" * length)
        if zeros:
            return before[1:] + b"::" + after[:-1]
    return groups[1:-1]


def _decoded(segment: bytes) -> bytes:
    from urllib.parse import unquote_to_bytes  # only settings and commands read URLs

    value = unquote_to_bytes(segment)
    if any(byte in value for byte in (b"/", b"\n", b"\r", b"\0")):
        raise PatError("the URL's path holds an encoded slash or line break; give one without")
    return value


def _encoded(part: bytes, plain: frozenset[int] = _PLAIN) -> str:
    return "".join(chr(byte) if byte in plain else f"%{byte:02X}" for byte in part)

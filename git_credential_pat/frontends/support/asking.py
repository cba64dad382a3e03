"""From what a tool names to a request, and from the answer to a login, a header or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_credential_pat.errors import PatError
from git_credential_pat.model import NamedTuple
from git_credential_pat.model.request import Call, Request
from git_credential_pat.model.scope import canonical_host, canonical_protocol

if TYPE_CHECKING:
    from collections.abc import Generator

    from git_credential_pat.model.credential import Answer
    from git_credential_pat.model.entry import Seconds

    Asking = Generator[Call | bytes, Answer, "Login | None"]

_ANYBODY = "pat"
"""The username where a token needs none: a tool takes no empty one."""
_UNPRINTABLE = ("\n", "\r", "\0")


class Login(NamedTuple):
    """What answers a tool: a username and a password, or the ready value of a header; all of it text."""

    username: str
    password: str
    header: str
    """The value of `Authorization`, as `Basic …`."""
    token: str
    """The token alone, also that of a header."""
    expires: Seconds | None = None
    """In seconds since 1970."""

    def __repr__(self) -> str:
        """Name nothing: all of it is secret or next to it."""
        return "Login(...)"


def ask(
    tool: str, place: str, username: str = "", *, takes_header: bool = False, at_registry: bool = False
) -> Asking:
    """Ask for a place's login; None is a miss. See `request_for`; a tool that sends headers takes any."""
    request = request_for(tool, place, username, takes_header=takes_header, at_registry=at_registry)
    if request is None:
        return None
    answer = yield Call("get", request)
    return login_of(answer)


def request_for(
    tool: str, place: str, username: str = "", *, takes_header: bool = False, at_registry: bool = False
) -> Request | None:
    """Return the request for a place: a URL, `//host/path`, or a bare `host[:port][/path]`.

    Before it may stand `sparse+`, in it a username; its query says nothing. None is for anything else, as a
    name that a tool has for something of its own: a bare word without a dot or port is no host.
    """
    protocol, separator, rest = place.removeprefix("sparse+").rpartition("://")
    rest = rest.removeprefix("//").partition("#")[0].partition("?")[0]
    authority, _, path = rest.partition("/")
    userinfo, _, host = authority.rpartition("@")
    if not separator and not ("." in host or ":" in host or place.startswith("//")):
        return None
    name = username.encode("utf-8", "surrogateescape") or _decoded(userinfo.partition(":")[0])
    try:
        scheme = canonical_protocol(protocol.encode() if separator else b"https")
        server = canonical_host(host.encode("utf-8", "surrogateescape"), scheme)
    except PatError:
        return None
    return Request(
        *(scheme, server, _decoded(path) or None, name or None),
        takes_header=takes_header,
        at_registry=at_registry,
        tool=tool,
    )


def login_of(answer: Answer) -> Login | None:
    """Return the login in an answer; None if it has none, or one that is not text of one line."""
    credential = answer.credential
    if credential is None or (credential.password is None and credential.credential is None):
        return None
    from binascii import b2a_base64  # Git's answers are as they are stored

    password = credential.password or b""
    username = credential.username or _ANYBODY.encode()
    scheme = credential.authtype or b"Basic"
    basic = b2a_base64(username + b":" + password, newline=False)  # of one line, however long
    parts = (username, password, b"%b %b" % (scheme, credential.credential or basic))
    try:
        name, secret, header = (part.decode() for part in parts)
    except UnicodeDecodeError:
        return None
    if any(mark in part for part in (name, secret, header) for mark in _UNPRINTABLE):
        return None
    token = secret or header.partition(" ")[2]
    return Login(name, secret, header, token, credential.expires)


def _decoded(part: str) -> bytes:
    """Return a part of a URL without percent-encoding (RFC 3986, 2.1).

    `urllib` would cost half as much again as a start of Python.
    """
    first, *others = part.encode("utf-8", "surrogateescape").split(b"%")
    digits = b"0123456789abcdefABCDEF"
    return first + b"".join(
        bytes.fromhex(other[:2].decode()) + other[2:]
        if len(other) > 1 and not other[:2].translate(None, digits)
        else b"%" + other
        for other in others
    )

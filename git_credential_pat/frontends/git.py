"""Git's front end: the git-credential wire protocol, without any input or output of its own.

Nothing else in the program knows the wire syntax. The rules are those of gitcredentials(7) and
git-credential(1), read strictly: lines end at LF only, no value is trimmed, nothing blank means "any", and
whatever two readers could understand differently is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_credential_pat.errors import NoTokenWantedError, PatError, UsageError
from git_credential_pat.frontends import CAPABILITIES, CAPABILITY, MESSAGE_LIMIT, read_message
from git_credential_pat.git import boolean
from git_credential_pat.model import NamedTuple
from git_credential_pat.model.entry import Seconds
from git_credential_pat.model.request import Call, Request, schemes_of
from git_credential_pat.model.scope import canonical_host, canonical_protocol
from git_credential_pat.text import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from git_credential_pat.frontends import Talk
    from git_credential_pat.model.credential import Credential

LINE_LIMIT = 65_535
"""The most bytes of one line with its newline: what Git itself accepts (LARGE_PACKET_MAX is near)."""

EXPIRY_LIMIT = 2**63 - 1

_QUIT = b"quit=1\n"
"""The answer by which Git asks no other helper and nobody else: the user has broken off."""

_AUTHTYPE = b"authtype"
"""The capability of a Git that takes ready headers."""
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
_UNPRINTABLE_IN_VALUE = (b"\n", b"\r", b"\0")


def talk(words: list[str], read: Callable[[int], bytes]) -> Talk:
    """Hold Git's conversation: one request and its answer."""
    operation, *more = words
    if more:
        raise UsageError(f'"{operation}" takes no arguments; it reads a request from standard input')
    if operation == CAPABILITY:
        return _capabilities()
    return _answered(Call(operation, parse(read_message(read)).request))


def _capabilities() -> Talk:
    yield CAPABILITIES
    return None


def _answered(call: Call) -> Talk:
    try:
        answer = yield call
    except NoTokenWantedError:
        yield _QUIT
        raise
    if answer.credential is not None:
        yield serialize(answer.credential)
    return None


class Message(NamedTuple):
    """What one message of Git's says, by the names of its attributes; None is one that is absent."""

    protocol: bytes
    host: bytes
    path: bytes | None = None
    username: bytes | None = None
    password: bytes | None = None
    password_expiry_utc: Seconds | None = None
    oauth_refresh_token: bytes | None = None
    authtype: bytes | None = None
    credential: bytes | None = None
    ephemeral: bool = False
    capability: tuple[bytes, ...] = ()
    wwwauth: tuple[bytes, ...] = ()
    state: tuple[bytes, ...] = ()

    def __repr__(self) -> str:
        """Name the place only: a message may hold a secret."""
        return f"Message({self.protocol!r}, {self.host!r}, {self.path!r})"

    @property
    def request(self) -> Request:
        """What it asks of the core."""
        return Request(
            self.protocol,
            self.host,
            self.path,
            username=self.username,
            password=self.password,
            expires=self.password_expiry_utc,
            refresh_token=self.oauth_refresh_token,
            authtype=self.authtype,
            credential=self.credential,
            is_ephemeral=self.ephemeral,
            takes_header=_AUTHTYPE in self.capability,
            schemes=schemes_of(self.wwwauth),
        )


def parse(data: bytes) -> Message:
    """Take a message apart.

    Raises PatError, whose message repeats outside text only in percent-encoded form, for anything that
    is not exactly one well-formed message.
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
    return _message(single, lists)


def serialize(credential: Credential) -> bytes:
    """Turn an answer into the bytes for Git; raise PatError if a value would break out of its line."""
    pairs: list[tuple[bytes, bytes | None]] = [
        (b"capability[]", _AUTHTYPE if credential.authtype is not None else None),
        (b"authtype", credential.authtype),
        (b"credential", credential.credential),
        (b"ephemeral", b"1" if credential.is_ephemeral else None),
        (b"username", credential.username),
        (b"password", credential.password),
        (b"password_expiry_utc", _decimal(credential.expires)),
        (b"oauth_refresh_token", credential.refresh_token),
    ]
    present = [(key, value) for key, value in pairs if value is not None]
    for key, value in present:
        if any(byte in value for byte in _UNPRINTABLE_IN_VALUE):
            raise PatError(f"the stored {key.decode('ascii')} has a line break or NUL; seed the token again")
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
        raise PatError("the request has a NUL byte; nothing was done")
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
        raise PatError("the request has a carriage return; nothing was done")
    return bare


def _message(single: dict[bytes, bytes], lists: dict[bytes, list[bytes]]) -> Message:
    protocol = single.get(b"protocol")
    if not protocol:
        raise PatError("the request names no protocol; nothing was done")
    protocol = canonical_protocol(protocol)
    host = single.get(b"host")
    if not host and not (host is not None and protocol == b"cert"):
        raise PatError("the request names no host; nothing was done")
    return Message(
        protocol=protocol,
        host=canonical_host(host, protocol) if host else b"",
        path=single.get(b"path"),
        username=single.get(b"username"),
        password=single.get(b"password"),
        password_expiry_utc=_expiry(single.get(b"password_expiry_utc")),
        oauth_refresh_token=single.get(b"oauth_refresh_token"),
        authtype=single.get(b"authtype"),
        credential=single.get(b"credential"),
        ephemeral=boolean(single.get(b"ephemeral", b"")) is not False,
        capability=tuple(lists.get(b"capability[]", ())),
        wwwauth=tuple(lists.get(b"wwwauth[]", ())),
        state=tuple(lists.get(b"state[]", ())),
    )


def _expiry(value: bytes | None) -> Seconds | None:
    if not value:
        return None
    number = int(value) if value.isdigit() and len(value) <= len(str(EXPIRY_LIMIT)) else -1
    if not 0 <= number <= EXPIRY_LIMIT:
        raise PatError(f'password_expiry_utc "{shown(value)}" is not a time; nothing was done')
    return Seconds(number)


def _decimal(number: int | None) -> bytes | None:
    return None if number is None else b"%d" % number

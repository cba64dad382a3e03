"""What a backend keeps for one scope and username."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_credential_pat.model import NamedTuple
from git_credential_pat.model.scope import Scope

if TYPE_CHECKING:
    from typing import NewType

    Seconds = NewType("Seconds", int)
    """Since 1970, the unit in which hosts and Git give a token's expiry."""
    Nanoseconds = NewType("Nanoseconds", int)
    """Since 1970, as entries note when they changed."""
else:
    Seconds = Nanoseconds = int

DAY = 86_400
"""Seconds."""
SECOND = 1_000_000_000
"""Nanoseconds: entries note when they changed in these, so that the newest is always known."""

ACTIVE = "active"
REJECTED = "rejected"
"""Set aside by `erase`: never answered, kept for a while, brought back by `restore`."""
EXPIRED = "expired"
"""No state that is stored: what an entry is called whose time has come."""
REPLACED = "replaced"
"""No state that is stored either: what a rejected entry is called that the user replaced by another token."""
DOUBTFUL = "doubtful"
"""Rejected when its organization was only inferred: answered only where the organization is named."""

BEARER = b"Bearer"
"""The scheme of a header that has the token itself (RFC 6750)."""

_LONG_AGO = Seconds(0)
_UNSPEAKABLE = frozenset(b"\n\r\0")
"""Bytes that no username or password has: Git's lines cannot carry them."""


EntryKey = tuple[Scope, bytes, bytes, int]
"""What distinguishes two entries: scope, username, authtype (empty for a password), and a number."""


class Entry(NamedTuple):
    """One token and what is known of it.

    `username` is empty when none was given: the host family then has a default. With an `authtype`,
    `secret` is the ready value of the `Authorization` header after the scheme. `created`, `updated` and
    `put_aside` are nanoseconds since 1970, `expires` is in seconds; `unknown` holds fields of the vault
    that this version does not understand, to be written back as they were.
    """

    scope: Scope
    username: bytes
    secret: bytes
    authtype: bytes = b""
    state: str = ACTIVE
    created: Nanoseconds = Nanoseconds(0)
    updated: Nanoseconds = Nanoseconds(0)
    expires: Seconds | None = None
    put_aside: Nanoseconds | None = None
    label: str = ""
    permissions: tuple[str, ...] = ()
    pinned: bool = False
    refresh_token: bytes | None = None
    owner: str = ""
    """Whose token it is, in the host's own words; empty if it does not say."""
    approved: Nanoseconds | None = None
    """What `updated` was when Git's approval made the entry; see `is_approved`."""
    number: int = 0
    """Counts the tokens of one scope, username and authtype from 0; the others are kept beside the first."""
    renewal: bytes = b""
    """What is noted of the token's life at its host; `model.renewal` takes it apart."""
    sign_in: str = ""
    """The way to a token of an hour: `entra`, `federated` or `managed`; the secret is empty then."""
    unknown: tuple[tuple[int, bytes], ...] = ()

    def __repr__(self) -> str:
        """Name the entry without its secret."""
        return f"Entry({self.scope.text!r}, {self.username!r}, {self.state})"

    @property
    def key(self) -> EntryKey:
        """The entry's identity."""
        return self.scope, self.username, self.authtype, self.number

    def is_beside(self, other: Entry) -> bool:
        """Return whether two entries have all of their key but its number in common, or are the same one."""
        return self.key[:3] == other.key[:3]

    @property
    def is_bearer(self) -> bool:
        """Whether Git gets the token as a header of its own, after the word Bearer."""
        return self.authtype.lower() == BEARER.lower()

    @property
    def login(self) -> tuple[bytes, bytes] | None:
        """The username and the token; None for a ready header that has none."""
        is_token = self.is_bearer or not self.authtype
        return (self.username, self.secret) if is_token else basic_login(self.authtype, self.secret)

    def with_token(self, token: bytes) -> Entry:
        """Return the entry with another token in the place of its own, in a ready header too."""
        if not self.authtype or self.is_bearer:
            return self._replace(secret=token)
        from binascii import b2a_base64  # as below

        username = self.login[0] if self.login else self.username
        return self._replace(secret=b2a_base64(username + b":" + token, newline=False))

    @property
    def is_sign_on(self) -> bool:
        """Whether this is Git's empty username and password for hosts with single sign-on."""
        return not (self.username or self.secret or self.authtype or self.sign_in or self.renewal)

    @property
    def is_approved(self) -> bool:
        """Whether Git's approval made it, and nobody has seeded, imported or restored it since."""
        return self.approved is not None and self.approved == self.updated

    @property
    def is_replaced(self) -> bool:
        """Whether the user put it aside by a token in its place, and not its host by a rejection."""
        return self.state == REJECTED and self.put_aside == self.updated

    @property
    def is_fleeting(self) -> bool:
        """Whether a program made it for a moment and makes the next one too, as OAuth's access tokens."""
        if self.refresh_token is not None:
            return True
        lives = (self.expires or 0) * SECOND - self.created
        return self.is_approved and self.expires is not None and lives <= DAY * SECOND

    def is_expired(self, now: Nanoseconds) -> bool:
        """Whether the token has expired at `now` (nanoseconds since 1970)."""
        return self.expires is not None and self.expires * SECOND <= now

    def may_answer(self, now: Nanoseconds) -> bool:
        """Whether some request may get the token: neither rejected nor expired, but maybe doubtful."""
        return self.state != REJECTED and not self.is_expired(now)

    def expires_soon(self, now: Nanoseconds, warning: int) -> bool:
        """Whether the token has not expired at `now` but will within `warning` seconds."""
        return self.expires is not None and 0 < self.expires - now // SECOND <= warning

    def status(self, now: Nanoseconds) -> str:
        """The state as users see it: `rejected` and `replaced` win over `expired`."""
        if self.is_replaced:
            return REPLACED
        return EXPIRED if self.state != REJECTED and self.is_expired(now) else self.state


def kept_end(entry: Entry) -> Seconds | None:
    """Return the end that is written down for an entry: a sign-in, which has none, is over to older versions.

    They know it as an entry without a token, and would answer an empty login.
    """
    return _LONG_AGO if entry.sign_in else entry.expires


def read_back(entry: Entry) -> Entry:
    """Return an entry as it is meant that was written down with a sign-in.

    An older version keeps that field, which it does not know, also with a token that it puts there.
    """
    return entry._replace(sign_in="") if entry.secret else entry._replace(expires=None)


def basic_login(authtype: bytes, value: bytes) -> tuple[bytes, bytes] | None:
    """Return the username and password of a header of the scheme Basic (RFC 7617), or None."""
    if authtype.lower() != b"basic":
        return None
    import binascii  # a shared library, which most calls need not load

    try:
        plain = binascii.a2b_base64(value)
    except binascii.Error:
        return None
    username, colon, password = plain.partition(b":")
    return (username, password) if colon and not _UNSPEAKABLE.intersection(plain) else None

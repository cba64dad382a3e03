"""What is asked about, and what comes of it.

A family's `verify` is a generator without any input or output of its own: it yields the questions that it
has, is sent the reply to each, and returns a verdict. So each host's rules can be tried without a network.
"""

from base64 import b64encode
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from git_credential_pat.hosts import Path, without_tokens
from git_credential_pat.model.entry import Seconds
from git_credential_pat.model.scope import Scope
from git_credential_pat.web import Question, Reply

VALID = "valid"
INVALID = "invalid"
NOT_VERIFIED = "not-verified"

_MOST_WORDS = 400
"""Characters of a host's own words; GitHub's about single sign-on have a long link in them."""
_MOST_PERMISSIONS = 100
"""No host has as many; what one made up must not fill the vault."""
_LATEST = 253_402_300_799
"""The last second (UTC) that Python can show as a date."""


@dataclass(frozen=True)
class Subject:
    """A token and where it is to work: `remote` is the repository that the user named, if one was.

    `base` is the path that its server stands at: no question about the token goes elsewhere on its host.
    `authtype` is the scheme of the header if Git sends the token in one of its own, such as Bearer.
    """

    scope: Scope
    username: bytes
    token: bytes = field(repr=False)
    remote: Scope | None = None
    base: Path = ()
    authtype: bytes = b""

    @property
    def server(self) -> str:
        """The URL of the entry's server."""
        return self.scope._replace(path=self.base).text

    @property
    def text(self) -> str:
        """The token as text, for a header."""
        return self.token.decode("latin-1")

    def bearer(self) -> dict[str, str]:
        """Return the header that signs in with the token alone (RFC 6750)."""
        return {"Authorization": f"Bearer {self.text}"}

    def as_git(self, username: bytes | None = None) -> dict[str, str]:
        """Return the header that Git sends: the token with its scheme, else as a password (RFC 7617)."""
        if self.authtype:
            return {"Authorization": f"{self.authtype.decode('latin-1')} {self.text}"}
        name = self.username if username is None else username
        return {"Authorization": f"Basic {b64encode(name + b':' + self.token).decode('ascii')}"}


@dataclass(frozen=True)
class Verdict:
    """Whether a token works; and, if the host reports it, whose it is, what it may do, and until when.

    `why` is half a sentence about the token, for people; empty where `outcome` says everything. `said` is
    what the host says itself, as it came. `expires` is in seconds since 1970. `username` and `authtype` are
    what Git is to sign in with, if the host says that of a token for which nothing was given.
    """

    outcome: str
    why: str = ""
    owner: str = ""
    permissions: tuple[str, ...] = ()
    expires: Seconds | None = None
    said: str = field(default="", repr=False)
    username: bytes = b""
    authtype: bytes = b""

    def with_facts(self, permissions: tuple[str, ...], expires: Seconds | None) -> "Verdict":
        """Return the same verdict with what the token may do, and until when."""
        return replace(self, permissions=permissions, expires=expires)


Asking = Generator[Question, Reply, Verdict]


def valid(owner: object = "", why: str = "") -> Verdict:
    """Return the verdict on a token that the host takes; the owner's name is made printable."""
    return Verdict(VALID, why, printable(owner))


def invalid(why: str) -> Verdict:
    """Return the verdict on a token that the host does not take."""
    return Verdict(INVALID, why)


def not_verified(why: str) -> Verdict:
    """Return the verdict where the host was not reached, or said nothing of the token."""
    return Verdict(NOT_VERIFIED, why)


def refused(reply: Reply, *, stranger: str = "") -> Verdict:
    """Return the verdict that the usual statuses of HTTP (RFC 9110) stand for, where a host says no more.

    `stranger` names what was asked, if the reply does not show that it comes from such a server: what
    another one says of a token means nothing.
    """
    if stranger and reply.status in (401, 403):
        return not_verified(
            f"what answers there does not look like {stranger}; "
            "if the server stands below a path, name it by pat.<url>.provider"
        )
    if reply.status == 401:  # noqa: PLR2004  # Unauthorized: the credentials are no good
        return invalid("the host does not know it, or it has expired or was revoked")
    if reply.status == 403 and isinstance(reply.json(), dict):  # noqa: PLR2004  # Forbidden, by the host itself
        return valid(why="it lacks the permission to say whose it is")
    if 300 <= reply.status < 400:  # noqa: PLR2004  # Redirection, which is never followed
        return not_verified("the host redirects elsewhere, and the token is not sent there")
    return not_verified(f"the host answers with status {reply.status}, which says nothing about the token")


def member(value: object, *names: str) -> object:
    """Return what stands under these names in an object of JSON, one below the other; else None."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def printable(value: object) -> str:
    """Return text from outside as it may be shown and kept; what is no text becomes an empty one.

    A host that repeats a token, or an owner who gave one as a name, does not get it shown.
    """
    text = value if isinstance(value, str) else ""
    return without_tokens("".join(character for character in text if character.isprintable()))[:100]


def words(reply: Reply) -> str:
    """Return what a host says of a refusal, if Git would show it too: plain text, and no page or data."""
    return reply.text if reply.value("content-type").lower().startswith("text/plain") else ""


def quotation(said: str, secrets: Iterable[str]) -> str:
    """Return a host's words on one line, as they may be shown: printable, limited, without these secrets.

    Controls go first and the rest is cut last, so that neither hides a part of a secret.
    """
    text = "".join(character for character in " ".join(said.split()) if character.isprintable())
    for secret in filter(None, secrets):
        text = text.replace(secret, "(a token)")
    text = without_tokens(text)
    return text if len(text) <= _MOST_WORDS else f"{text[: _MOST_WORDS - 3]}..."


def permitted(names: Iterable[object]) -> tuple[str, ...]:
    """Return the names of permissions as they may be shown and kept, without those that are no text."""
    return tuple(filter(None, map(printable, names)))[:_MOST_PERMISSIONS]


def moment(time: datetime) -> Seconds | None:
    """Return a time in seconds since 1970; None for one before that or after 9999, when no token ends."""
    seconds = Seconds(int(time.timestamp()))
    return seconds if 0 <= seconds <= _LATEST else None

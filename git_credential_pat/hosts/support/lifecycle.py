"""What a host lets a program do with a token: look at it, rotate, extend or revoke it, and create one.

A `Lifecycle` is about one token. Like `Family.verify` its methods are generators without any input or
output of their own: they yield questions, are sent the replies, and return what came of it. What a host
does not let a program do, its lifecycle refuses with a ByHandError.

Rule 1  What the host sends back is what counts, and not what was asked for: it clamps in silence.
Rule 2  A question that changes something is never asked twice: its answer may be lost, not its effect.
Rule 3  A redirect, a page or a 203 is no answer but the wrong kind of sign-in.
"""

from collections.abc import Generator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar, Literal, TypeVar

from git_credential_pat.errors import AnswerLostError, ByHandError, PatError
from git_credential_pat.hosts.family import Family
from git_credential_pat.hosts.support.verdict import Subject, member, moment, permitted, printable
from git_credential_pat.model.entry import DAY, Seconds
from git_credential_pat.model.renewal import NOTHING, Intent, Renewal
from git_credential_pat.model.token import of_host
from git_credential_pat.web import Question, Reply

Authority = Literal["token", "entra", "password", ""]
"""With what a host lets a program do it: the token itself, a sign-in by Entra, a password, or nothing."""

IN_FLIGHT = 120
"""Seconds after which a request whose answer was lost has surely come to its end at the host."""

_WRONG_CLOCK = DAY
"""Seconds in the future from which a moment was noted by a clock that was wrong."""

_MOST_NAMES = 8
_OK, _NO_CONTENT = 200, 204
SUCCESSES = range(200, 300)
"""The statuses by which a host says that it has done what it was asked (RFC 9110, 15.3)."""

T = TypeVar("T")
Steps = Generator[Question, Reply, T]


class RefusedError(PatError):
    """The host did not do what it was asked, and says so; the message is half a sentence about why."""


class UnableError(RefusedError, ByHandError):
    """The host does not let a program do this with this token, so that a person must."""


class SignInRefusedError(RefusedError):
    """The host does not take what a person signs in with; a code of a second factor may be lacking."""


class DeadError(RefusedError):
    """The token that was looked at is none there: it has expired, was revoked, or another took its place."""


class UnidentifiedError(RefusedError):
    """It is not known which of its owner's tokens at the host this one is."""

    def __init__(self, candidates: "tuple[Facts, ...]", *, is_among: bool) -> None:
        """Take the active tokens that it could be, and whether it may well be one of them."""
        names = [f'"{facts.name}"' for facts in candidates[:_MOST_NAMES]]
        shown = ", ".join([*names, *(["..."] if len(candidates) > _MOST_NAMES else [])])
        if not candidates:
            why = "the sign-in has no active token there, so this one is dead or another person's"
        elif is_among:
            why = f"it is not known which of the active tokens at its host it is; give --label NAME: {shown}"
        else:
            why = f"no active token at its host fits its name and end; give --label NAME: {shown}"
        super().__init__(why)
        self.candidates = candidates


@dataclass(frozen=True)
class Facts:
    """What a host says of a token that lives; empty or None where it does not say."""

    id: str = ""
    name: str = ""
    permissions: tuple[str, ...] = ()
    created: Seconds | None = None
    expires: Seconds | None = None
    seen: Seconds | None = None
    """When it said so, by its own clock."""

    @property
    def days(self) -> int | None:
        """For how many days (UTC) it was made."""
        if self.created is None or self.expires is None:
            return None
        return max(1, self.expires // DAY - self.created // DAY)


@dataclass(frozen=True)
class Issued:
    """A token that a host has just made."""

    token: bytes = field(repr=False)
    facts: Facts = Facts()


@dataclass(frozen=True)
class Wanted:
    """What a token is to be: its name at the host, its permissions as the interface calls them, its end."""

    name: str
    permissions: tuple[str, ...]
    expires: Seconds


class Lifecycle:
    """What can be done with one token; this one's host has no interface for it, so that a person acts."""

    authority: ClassVar[Authority] = ""
    """With what it is rotated or extended; empty: by hand alone."""
    revoking: ClassVar[Authority] = ""
    """With what it is revoked; empty: by hand alone, or without anything (`revokes`)."""
    revokes: ClassVar[bool] = False
    """Whether a program can revoke it."""
    leaves_old: ClassVar[bool] = False
    """Whether the old token lives on after a rotation, until it is revoked."""
    extends: ClassVar[bool] = False
    """Whether a token can be given a later end."""
    creates: ClassVar[bool] = False
    """Whether a program can make a token where there is none."""
    creating: ClassVar[Authority] = ""
    """With what one is made where there is none."""
    endless: ClassVar[bool] = False
    """Whether the tokens that are made have no end, whatever is asked for."""
    names_once: ClassVar[bool] = False
    """Whether no two tokens of a user have one name."""
    usual_permissions: ClassVar[tuple[str, ...]] = ()
    """What a token needs for clone and push, as the host's interface calls it."""
    package_permissions: ClassVar[tuple[str, ...]] = ()
    """What it needs beside them to read packages."""
    longest: ClassVar[int] = 365
    """For how many days a token may be made at most."""

    def __init__(
        self,
        family: Family,
        subject: Subject,
        noted: Renewal = NOTHING,
        key: str = "",
        ends: Seconds | None = None,
    ) -> None:
        """Take the token, where its server stands, what is noted of it, and what a sign-in gave, if any.

        `ends` is when it ends, as far as that is known here.
        """
        self.family = family
        self.subject = subject
        self.noted = noted
        self.key = key
        self.ends = ends

    def servers(self) -> tuple[str, ...]:
        """Return the URLs below which it asks: those of the token's own host and of its interface alone."""
        own = self.subject.server
        other = "" if self.subject.base else self.family.also_asked(self.subject.scope.server)
        return (own, other) if other else (own,)

    def look(self) -> Steps[Facts]:
        """Ask what the host knows of the token, changing nothing; raises DeadError for one that is none."""
        raise self.by_hand()
        yield

    def obstacle(self, facts: Facts) -> str:
        """Return, as half a sentence, why such a token cannot be renewed by a program; or nothing."""
        del facts
        return ""

    def among(self, permissions: tuple[str, ...]) -> tuple[str, ...]:
        """Return those of the permissions that are called as the host's interface calls them."""
        del permissions
        return ()

    def rotate(self, expires: Seconds) -> Steps[Issued]:
        """Have the host put another value in the token's place, where the old one is dead at once."""
        del expires
        raise self.by_hand()
        yield

    def clock(self) -> Steps[Seconds | None]:
        """Ask for the host's time, as who is signed in, which changes nothing."""
        raise self.by_hand()
        yield

    def create(self, wanted: Wanted) -> Steps[Issued]:
        """Have the host make another token."""
        del wanted
        raise self.by_hand()
        yield

    def made_for(self, intent: Intent) -> Steps[tuple[str, ...]]:
        """Return the ids of the tokens that were made for an intent, as far as their host says that."""
        del intent
        raise self.by_hand()
        yield

    def extend(self, expires: Seconds) -> Steps[Facts]:
        """Have the host give the token a later end; its value stays."""
        del expires
        raise self.by_hand()
        yield

    def revoke(self) -> Steps[None]:
        """Have the host end the token; one that is dead already is as good as revoked."""
        raise self.by_hand()
        yield

    def by_hand(self) -> UnableError:
        """Return half a sentence where a person must do it."""
        return UnableError(f"{self.family.title} does not let a program do this")

    def of(self, token: bytes) -> "Lifecycle":
        """Return the lifecycle of another token at the same place."""
        return type(self)(self.family, replace(self.subject, token=token), key=self.key)

    def of_id(self, identity: str) -> "Lifecycle":
        """Return the lifecycle of the token that its host knows by an id, whatever its value."""
        return type(self)(self.family, self.subject, Renewal(identity), self.key)


def issued(value: object, facts: Facts) -> Issued:
    """Return the token that a host says it has made; raise AnswerLostError for what no header can carry."""
    token = of_host(value)
    if token is None:
        raise AnswerLostError("the host's answer has no token in it")
    return Issued(token, facts)


def numbered(said: object) -> Facts:
    """Return the facts of a token as GitLab and Gitea describe one, by a number, but for its times."""
    number, scopes = member(said, "id"), member(said, "scopes")
    return Facts(
        str(number) if isinstance(number, int) else "",
        printable(member(said, "name")),
        permitted(scopes if isinstance(scopes, list) else ()),
    )


def strange(reply: Reply, title: str, *, is_safe: bool) -> PatError:
    """Return the error for an answer that a host of this kind never gives.

    If its status says that something was done, it is not known what.
    """
    may_have_acted = reply.status in SUCCESSES and not is_safe
    if asks_to_sign_in(reply) and not may_have_acted:
        return RefusedError(f"{_WRONG_SIGN_IN} (status {reply.status})")
    kind = AnswerLostError if may_have_acted else RefusedError
    return kind(f"the host answers with status {reply.status}, and not as {title} does")


def is_done(reply: Reply) -> bool:
    """Return whether a host says, without a word more, that it has done what it was asked.

    A page may come with the same status, from a proxy that wants a sign-in.
    """
    return reply.status == _NO_CONTENT or (reply.status == _OK and not reply.body.strip())


def is_in_flight(since: Seconds, now: Seconds) -> bool:
    """Return whether the host may still be at a request of a moment, whatever the clock was set to since."""
    return -_WRONG_CLOCK < now - since < IN_FLIGHT


def asks_to_sign_in(reply: Reply) -> bool:
    """Return whether a reply is no answer but the way to sign in: a redirect, a page or a 203."""
    is_page = reply.value("content-type").lower().startswith("text/html")
    return is_page or reply.status == _TRANSFORMED or reply.status // 100 == _REDIRECTION


_WRONG_SIGN_IN = "the host, or a server before it, asks for another kind of sign-in than a token"
_TRANSFORMED, _REDIRECTION = 203, 3
"""What Azure DevOps sends with a page (RFC 9110, 15.3.4), and the first digit of all redirects."""


def host_time(reply: Reply) -> Seconds | None:
    """Return the host's own time, by its header Date (RFC 9110, 6.6.1); None if it has none."""
    from email.utils import parsedate_to_datetime

    try:
        return moment(parsedate_to_datetime(reply.value("date")))
    except (TypeError, ValueError, OverflowError):
        return None


def timestamp(text: object) -> Seconds | None:
    """Return a time of RFC 3339, with any number of digits after the second, in seconds since 1970.

    Python 3.10 reads three or six digits only. None for what is no time.
    """
    import re

    if not isinstance(text, str):
        return None
    whole = re.sub(r"\.\d+", "", text).replace("Z", "+00:00").replace("z", "+00:00")
    try:
        time = datetime.fromisoformat(whole)
        return moment(time) if time.tzinfo else None
    except (ValueError, OverflowError, OSError):
        return None

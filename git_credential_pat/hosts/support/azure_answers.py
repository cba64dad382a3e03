"""How Azure DevOps, Services and Server, says what it thinks of a token: a table, the first fit holds.

Gathered from public reports; the codes `TF…` and `VS…` are Microsoft's own.
"""

import re
from collections.abc import Callable
from urllib.parse import unquote_plus, urlsplit

from git_credential_pat.hosts.support.verdict import Verdict, invalid, member, not_verified, refused, valid
from git_credential_pat.hosts.support.verdict import words as plain_words
from git_credential_pat.model import NamedTuple
from git_credential_pat.web import Reply

_ANONYMOUS = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"
_EXPIRED = "The Personal Access Token used has expired"
_POLICY = "VS403463"
_SIGN_IN_HOSTS = ("login.microsoftonline.com", "login.live.com", "login.windows.net")
_OK, _NON_AUTHORITATIVE, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 200, 203, 401, 403, 404
_OTHER_SCHEMES = frozenset(("bearer", "tfs-federated", "negotiate", "ntlm"))

IIS_BASIC = (
    "the web server asks for a sign-in of its own before Azure DevOps sees the token; possible: IIS Basic "
    "Authentication, which must be switched off there"
)


class _Answer(NamedTuple):
    """One kind of answer: how it is known, and what it means."""

    fits: Callable[[Reply], bool]
    means: Callable[[Reply], Verdict]


def read(reply: Reply, *, on_premises: bool) -> Verdict:
    """Return what a reply to a request with the token means; a server of one's own may have IIS before it."""
    if on_premises and is_stranger(reply):
        return (
            not_verified(IIS_BASIC) if is_iis_basic(reply) else refused(reply, stranger="Azure DevOps Server")
        )
    if on_premises and is_iis_basic(reply):
        return invalid(IIS_BASIC)
    return _fitting(reply).means(reply)


def is_stranger(reply: Reply) -> bool:
    """Return whether something before or beside Azure DevOps Server refused the request."""
    return reply.status == _UNAUTHORIZED and not is_azure(reply)


def may_be_permission(reply: Reply) -> bool:
    """Return whether a reply is the one that expiry, revocation and a missing permission share."""
    return _fitting(reply) is _UNTOLD


def names_user(reply: Reply) -> bool:
    """Return whether a reply is that to a good token whose user has no access."""
    return (reply.status == _NOT_FOUND and "TF401019" in _said(reply)) or (
        reply.status == _FORBIDDEN and bool(reply.value("x-vss-userdata"))
    )


def names_policy(reply: Reply) -> bool:
    """Return whether a reply is that of a conditional access policy, which says nothing of permissions."""
    return _says(_POLICY)(reply)


def words(reply: Reply) -> str:
    """Return the host's own words for people: those of its header, else of plain text."""
    return unquote_plus(reply.value("x-tfs-serviceerror")) or plain_words(reply)


def is_iis_basic(reply: Reply) -> bool:
    """Return whether IIS itself refused the Basic header, before Azure DevOps Server saw the request.

    Azure DevOps names its own address as the realm; IIS names the host, and none of its headers stand there.
    """
    if reply.status != _UNAUTHORIZED:
        return False
    realms = [realm for value in reply.values("www-authenticate") for realm in _realms(value)]
    if realms:
        return not any("://" in realm for realm in realms)
    return not is_azure(reply) and ("basic" in schemes(reply) or is_iis(reply))


def is_iis(reply: Reply) -> bool:
    """Return whether IIS itself asks to sign in."""
    return reply.status == _UNAUTHORIZED and ("IIS" in reply.text or "IIS" in reply.value("server"))


def is_azure(reply: Reply) -> bool:
    """Return whether Azure DevOps itself answers: by its headers, its codes, or its address as the realm."""
    return (
        any(name.startswith(("x-tfs-", "x-vss-")) for name, _ in reply.headers)
        or any("://" in realm for value in reply.values("www-authenticate") for realm in _realms(value))
        or re.search(r"\b(TF\d{5,}|VS\d{5,})\b", reply.text) is not None
    )


def schemes(reply: Reply) -> frozenset[str]:
    """Return the authentication schemes that a reply offers, in lower case."""
    parts = ",".join(reply.values("www-authenticate")).lower().split(",")
    return frozenset(
        part.strip().partition(" ")[0] for part in parts if "=" not in part.strip().partition(" ")[0]
    )


def _realms(challenge: str) -> list[str]:
    return re.findall(r'\bbasic\s+realm="?([^",]*)', challenge, re.IGNORECASE)


def _said(reply: Reply) -> str:
    """Return the host's own words, which stand in a header, percent-encoded, or in the body."""
    return f"{unquote_plus(reply.value('x-tfs-serviceerror'))}\n{reply.text}"


def _says(words: str) -> Callable[[Reply], bool]:
    return lambda reply: reply.status != _OK and words in _said(reply)


def _is_sign_in(reply: Reply) -> bool:
    if 300 <= reply.status < 400:  # noqa: PLR2004  # Redirection
        return _is_sign_in_page(reply.value("location"))
    is_page = reply.value("content-type").lower().startswith("text/html")
    return reply.status == _NON_AUTHORITATIVE or (is_page and "/_signin" in reply.text)


def _is_sign_in_page(location: str) -> bool:
    try:
        place = urlsplit(location)
    except ValueError:  # no URL at all
        return False
    return "/_signin" in place.path.lower() or (place.hostname or "") in _SIGN_IN_HOSTS


def _user(reply: Reply) -> object:
    return member(reply.json(), "authenticatedUser", "id")


def _who(reply: Reply) -> str:
    user = member(reply.json(), "authenticatedUser")
    name = member(user, "providerDisplayName")
    account = member(user, "properties", "Account", "$value")
    both = [each for each in (name, account) if isinstance(each, str) and each]
    return f"{both[0]} ({both[1]})" if len(both) > 1 and both[0] != both[1] else "".join(both[:1])


def _is_challenge(reply: Reply) -> bool:
    return reply.status == _UNAUTHORIZED and bool(schemes(reply) & _OTHER_SCHEMES)


_UNTOLD = _Answer(
    lambda reply: reply.status == _UNAUTHORIZED,
    lambda _: invalid("it has expired, was revoked, or lacks a permission; the host does not say which"),
)

_ANSWERS = (
    _Answer(_says(_EXPIRED), lambda _: invalid("it has expired")),
    _Answer(
        _says(_POLICY),
        lambda _: invalid(
            "a conditional access policy does not let it in from here (VS403463); this is not expiry"
        ),
    ),
    _Answer(
        names_user, lambda reply: valid(_who(reply), "it is known there, but its user has no access to this")
    ),
    _Answer(_says("TF400813"), lambda _: invalid("its user is not authorized there (TF400813)")),
    _Answer(
        _is_sign_in,
        lambda _: invalid("the host asks to sign in: it is malformed, unknown, or of another organization"),
    ),
    _Answer(
        _is_challenge,
        lambda _: invalid("the host asks anew to sign in: it is unknown there, expired or revoked"),
    ),
    _UNTOLD,
    _Answer(
        lambda reply: reply.status == _OK and _user(reply) == _ANONYMOUS,
        lambda _: invalid("the host treats it as anonymous"),
    ),
    _Answer(
        lambda reply: reply.status == _OK and isinstance(_user(reply), str), lambda reply: valid(_who(reply))
    ),
    _Answer(
        lambda reply: reply.status == _OK, lambda _: not_verified("the answer is not that of Azure DevOps")
    ),
    _Answer(
        lambda reply: reply.status == _NOT_FOUND,
        lambda _: not_verified("there is no such organization, collection or repository; check the URL"),
    ),
    _Answer(
        lambda reply: reply.status == _FORBIDDEN,
        lambda _: not_verified("the host forbids it without a reason"),
    ),
    _Answer(lambda _: True, refused),
)


def _fitting(reply: Reply) -> _Answer:
    return next(answer for answer in _ANSWERS if answer.fits(reply))

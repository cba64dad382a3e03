"""GitHub: `GET /user` tells whose a token is; headers tell its expiry, and a classic one's permissions."""

from dataclasses import replace
from datetime import datetime

from git_credential_pat.verification.verdict import (
    Asking,
    Subject,
    member,
    moment,
    not_verified,
    permitted,
    refused,
    valid,
)
from git_credential_pat.web import Question, Reply

_PUBLIC = b"github.com"
_OK, _FORBIDDEN = 200, 403
_TOO_OFTEN = ("rate limit", "number of login attempts exceeded")


def verify(subject: Subject) -> Asking:
    """Ask for the token's user; app tokens have none, but GitHub says that it knows them."""
    is_public = subject.scope.host == _PUBLIC
    url = "https://api.github.com/user" if is_public else f"{subject.server}/api/v3/user"
    headers = {"Accept": "application/vnd.github+json", "Authorization": f"token {subject.text}"}
    reply = yield Question(url, headers)
    if reply.status == _FORBIDDEN and _is_too_often(reply):
        return not_verified("GitHub has been asked too often for now; try again in an hour")
    if reply.status != _OK:
        return refused(reply, stranger="" if is_public or is_own(reply) else "GitHub")
    login = member(reply.json(), "login")
    if not isinstance(login, str):
        return not_verified("the answer is not that of GitHub")
    return replace(
        valid(login),
        permissions=permitted(scope.strip() for scope in reply.value("x-oauth-scopes").split(",")),
        expires=_seconds(reply.value("github-authentication-token-expiration")),
    )


def is_own(reply: Reply) -> bool:
    """Tell whether a refusal is GitHub's: each has a number of its own, or names the documentation."""
    documentation = member(reply.json(), "documentation_url")
    names_docs = isinstance(documentation, str) and "github.com/" in documentation
    return names_docs or bool(reply.value("x-github-request-id"))


def _is_too_often(reply: Reply) -> bool:
    """Tell whether GitHub refuses to look at any token for now, of this address or of this account."""
    return (
        reply.value("x-ratelimit-remaining") == "0"
        or bool(reply.value("retry-after"))
        or any(words in reply.text.lower() for words in _TOO_OFTEN)
    )


def _seconds(text: str) -> int | None:
    """Return GitHub's time of expiry, in either of its forms, in seconds since 1970, or None."""
    try:
        return moment(datetime.strptime(text.replace("UTC", "+0000"), "%Y-%m-%d %H:%M:%S %z"))
    except ValueError:
        return None

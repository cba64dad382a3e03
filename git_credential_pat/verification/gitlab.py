"""GitLab: a personal token tells of itself, a job's of its job; a deploy token only opens repositories."""

from dataclasses import replace
from datetime import date, datetime, timezone

from git_credential_pat.verification import repository
from git_credential_pat.verification.verdict import (
    Asking,
    Subject,
    Verdict,
    invalid,
    member,
    moment,
    not_verified,
    permitted,
    refused,
    valid,
)
from git_credential_pat.web import Question, Reply

_OK = 200


def verify(subject: Subject) -> Asking:
    """Ask as the token's prefix says."""
    if subject.token.startswith(b"gldt-"):
        return (yield from repository.verify(subject))
    if subject.token.startswith(b"glcbt-"):
        return (yield from _job(subject))
    own = f"{subject.server}/api/v4/personal_access_tokens/self"
    reply = yield Question(own, {"PRIVATE-TOKEN": subject.text})
    return _personal(reply.json()) if reply.status == _OK else _refused(reply)


def _personal(facts: object) -> Verdict:
    name, scopes, user = (member(facts, key) for key in ("name", "scopes", "user_id"))
    if not isinstance(name, str):
        return not_verified("the answer is not that of GitLab")
    if member(facts, "revoked") is True:
        return invalid("it was revoked")
    if member(facts, "active") is False:
        return invalid("it has expired")
    return replace(
        valid(f'user {user}, "{name}"' if isinstance(user, int) else f'"{name}"'),
        permissions=permitted(scopes if isinstance(scopes, list) else ()),
        expires=_midnight(member(facts, "expires_at")),
    )


def _job(subject: Subject) -> Asking:
    reply = yield Question(f"{subject.server}/api/v4/job", {"JOB-TOKEN": subject.text})
    if reply.status != _OK:
        return _refused(reply)
    return valid(member(reply.json(), "user", "username"), "it ends with its job")


def _refused(reply: Reply) -> Verdict:
    return refused(reply, stranger="" if is_own(reply) else "GitLab")


def is_own(reply: Reply) -> bool:
    """Tell whether a refusal is GitLab's: by its header, or in the words of its interface."""
    facts = reply.json()
    is_plain = str(member(facts, "message")).startswith(f"{reply.status} ")
    names_fault = member(facts, "error") in ("invalid_token", "insufficient_scope")
    return is_plain or names_fault or bool(reply.value("x-gitlab-meta"))


def _midnight(day: object) -> int | None:
    """Return the second at which a day of GitLab's begins: from then on the token is expired (UTC)."""
    try:
        start = date.fromisoformat(day if isinstance(day, str) else "")
    except ValueError:
        return None
    return moment(datetime(start.year, start.month, start.day, tzinfo=timezone.utc))

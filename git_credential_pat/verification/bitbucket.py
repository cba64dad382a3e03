"""Bitbucket, Cloud and Data Center: what can be asked depends on the token's kind."""

from git_credential_pat.verification import repository
from git_credential_pat.verification.verdict import (
    Asking,
    Subject,
    invalid,
    member,
    not_verified,
    refused,
    valid,
)
from git_credential_pat.web import Question, Reply

_CLOUD = b"bitbucket.org"
_OK = 200


def verify(subject: Subject) -> Asking:
    """Ask as the host and the token's prefix say."""
    if subject.scope.host != _CLOUD:
        return (yield from _data_center(subject))
    if subject.token.startswith(b"ATBB"):
        return invalid("it is an app password, and Bitbucket takes none since 2026-06-09")
    if subject.token.startswith(b"ATATT3"):
        if subject.remote is not None:
            return (yield from repository.verify(subject))
        return not_verified(
            "Bitbucket tells of API tokens only with the account's e-mail address; give a clone URL"
        )
    reply = yield Question("https://api.bitbucket.org/2.0/user", {"Authorization": f"Bearer {subject.text}"})
    if reply.status != _OK:
        return refused(reply)
    return valid(member(reply.json(), "display_name"))


def _data_center(subject: Subject) -> Asking:
    url = f"{subject.server}/rest/api/1.0/projects?limit=1"
    reply = yield Question(url, {"Authorization": f"Bearer {subject.text}"})
    if reply.status != _OK:
        return refused(reply, stranger="" if is_own(reply) else "Bitbucket")
    if not isinstance(reply.json(), dict):
        return not_verified("the answer is not that of Bitbucket")
    if not reply.value("x-ausername"):
        return not_verified("the host answers without saying whose it is, as it answers anybody")
    return valid(reply.value("x-ausername"))


def is_own(reply: Reply) -> bool:
    """Tell whether a reply is a Data Center's: a page of its kind, or a fault of its own name.

    Its headers are those of all of Atlassian's servers, of which several may share a host.
    """
    facts = reply.json()
    errors = member(facts, "errors")
    faults = [member(error, "exceptionName") for error in errors] if isinstance(errors, list) else []
    is_page = isinstance(facts, dict) and {"isLastPage", "values"} <= facts.keys()
    return is_page or any("bitbucket" in fault for fault in faults if isinstance(fault, str))

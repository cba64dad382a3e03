"""What Git would see: the first request of a fetch and of a push (gitprotocol-http(5), "Smart").

It is the most faithful test, for it is what the token is for; a host of unknown kind has no other.
"""

from collections.abc import Generator, Mapping

from git_credential_pat.hosts.family import Family
from git_credential_pat.hosts.support.verdict import (
    Asking,
    Subject,
    Verdict,
    invalid,
    not_verified,
    refused,
    valid,
)
from git_credential_pat.model.scope import Scope
from git_credential_pat.web import Question, Reply

_USER_AGENT = "git/git-credential-pat"
"""Hosts that also show pages recognize Git by how this begins."""
FETCH = "git-upload-pack"
PUSH = "git-receive-pack"


def named_by(url: Scope, family: Family) -> Scope | None:
    """Return the repository that a URL names, under the host that the family keeps its token for; or None."""
    path = family.repository_in(url.path)
    place = family.locate(url.protocol, url.host, path)
    if not path or place is None:
        return None
    named = url._replace(path=path)
    return named if named.host == place.own.host else place.scope


def verify(subject: Subject) -> Asking:
    """Ask the repository that the user named, or that the entry is for; without one nothing can be asked."""
    remote = subject.remote or subject.scope
    if not remote.path:
        return not_verified("this host can only be asked about a repository; give a clone URL")
    headers = subject.basic(subject.username)
    fetch = yield question(remote, FETCH, headers)
    if not is_granted(fetch, FETCH):
        return _refused_fetch(fetch)
    push = yield question(remote, PUSH, headers)
    if not is_granted(push, PUSH):
        fetch = yield question(remote, FETCH, {})
        if is_granted(fetch, FETCH):
            return not_verified(
                "anyone may fetch there and the token may not push, so nothing is known about it"
            )
    return _with_push(push, valid())


def pushing(
    remote: Scope, verdict: Verdict, headers: Mapping[str, str]
) -> Generator[Question, Reply, Verdict]:
    """Ask about a push, where a fetch is granted, and return the verdict with what that adds to it."""
    return _with_push((yield question(remote, PUSH, headers)), verdict)


def _with_push(push: Reply, verdict: Verdict) -> Verdict:
    if push.status in (401, 403, 404):
        return valid(verdict.owner, "it may fetch from this repository but not push")
    return verdict


def question(remote: Scope, service: str, headers: Mapping[str, str]) -> Question:
    """Return the first request of a service at a repository."""
    return Question(f"{remote.text}/info/refs?service={service}", {"User-Agent": _USER_AGENT, **headers})


def is_granted(reply: Reply, service: str) -> bool:
    """Return whether a reply is that of a Git server; a page that asks to sign in may have status 200 too."""
    is_git = reply.value("content-type").startswith(f"application/x-{service}-advertisement")
    return reply.status == 200 and is_git  # noqa: PLR2004  # OK


def _refused_fetch(reply: Reply) -> Verdict:
    if reply.status == 401:  # noqa: PLR2004  # Unauthorized
        return invalid("the host rejects it, or rejects it with this username")
    if reply.status == 403:  # noqa: PLR2004  # Forbidden, be it by the host or by something on the way
        return not_verified(
            "the host forbids it: the token lacks a permission there, or the host does not look at it"
        )
    return refused(reply)

"""What Git would see: the first request of a fetch and of a push (gitprotocol-http(5), "Smart").

It is the most faithful test, for it is what the token is for; a host of unknown kind has no other.
"""

from collections.abc import Generator, Mapping
from dataclasses import replace

from git_credential_pat.hosts.family import Family
from git_credential_pat.hosts.support.verdict import (
    INVALID,
    NOT_VERIFIED,
    Asking,
    Subject,
    Verdict,
    invalid,
    not_verified,
    refused,
    valid,
    words,
)
from git_credential_pat.model.scope import Scope
from git_credential_pat.web import Question, Reply

_USER_AGENT = "git/git-credential-pat"
"""Hosts that also show pages recognize Git by how this begins."""
FETCH = "git-upload-pack"
PUSH = "git-receive-pack"
GIVE_CLONE_URL = "; give a clone URL"
"""What to do where nothing else can be asked about, for commands that take such a URL."""


def named_by(url: Scope, family: Family) -> Scope | None:
    """Return the repository that a URL names, under the host that the family keeps its token for; or None.

    A gist is named by none: it is at another host than its token, which gets no question about it.
    """
    path = family.repository_at(url)
    place = family.locate(url.protocol, url.host, path)
    if not path or place is None or place.asked:
        return None
    named = url._replace(path=path)
    return named if named.host == place.own.host else place.scope


def verify(subject: Subject) -> Asking:
    """Ask the repository that the user named, or that the entry is for; without one nothing can be asked."""
    remote = subject.remote or subject.scope
    if not remote.path:
        return not_verified(f"this host can only be asked about a repository{GIVE_CLONE_URL}")
    headers = subject.as_git()
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


def tried(subject: Subject, verdict: Verdict) -> Asking:
    """Return what a host says of a token with what the repository says that the user named.

    A host that knows a token may still keep it out of a repository: for want of a permission, or of single
    sign-on. Then Git fails there, so the token is invalid there.
    """
    if subject.remote is None or verdict.outcome == INVALID:
        return verdict
    if verdict.outcome == NOT_VERIFIED:
        at_repository = yield from verify(subject)
        return at_repository if at_repository.outcome != NOT_VERIFIED or at_repository.said else verdict
    headers = subject.as_git()
    fetch = yield question(subject.remote, FETCH, headers)
    if is_granted(fetch, FETCH):
        return (yield from pushing(subject.remote, verdict, headers))
    if fetch.status in (401, 403):
        return replace(kept_out(verdict), said=words(fetch))
    if fetch.status == 404:  # noqa: PLR2004  # Not Found
        why = "the repository is not there, or not for its user; check the URL"
    else:
        why = f"it could not be tried at this repository: {refused(fetch).why}"
    return replace(verdict, why=why, said=words(fetch))


def kept_out(verdict: Verdict, lacking: str = "") -> Verdict:
    """Return the verdict on a token that its host knows and a repository refuses."""
    owner = f" of {verdict.owner}" if verdict.owner else ""
    return invalid(f"it is a token{owner}, but may not fetch this repository{lacking}")


def pushing(
    remote: Scope, verdict: Verdict, headers: Mapping[str, str]
) -> Generator[Question, Reply, Verdict]:
    """Ask about a push, where a fetch is granted, and return the verdict with what that adds to it."""
    return _with_push((yield question(remote, PUSH, headers)), verdict)


def _with_push(push: Reply, verdict: Verdict) -> Verdict:
    if push.status in (401, 403, 404):
        why = "; ".join(filter(None, (verdict.why, "it may fetch from this repository but not push")))
        return replace(verdict, why=why, said=words(push))
    return verdict


def question(remote: Scope, service: str, headers: Mapping[str, str]) -> Question:
    """Return the first request of a service at a repository."""
    return Question(f"{remote.text}/info/refs?service={service}", {"User-Agent": _USER_AGENT, **headers})


def is_asked_by(question: Question) -> bool:
    """Return whether a question is about a repository."""
    return "/info/refs?service=" in question.url


def is_granted(reply: Reply, service: str) -> bool:
    """Return whether a reply is that of a Git server; a page that asks to sign in may have status 200 too."""
    is_git = reply.value("content-type").startswith(f"application/x-{service}-advertisement")
    return reply.status == 200 and is_git  # noqa: PLR2004  # OK


def _refused_fetch(reply: Reply) -> Verdict:
    if reply.status == 401:  # noqa: PLR2004  # Unauthorized
        verdict = invalid("the host rejects it, or rejects it with this username")
    elif reply.status == 403:  # noqa: PLR2004  # Forbidden, be it by the host or by something on the way
        verdict = not_verified(
            "the host forbids it: the token lacks a permission there, or the host does not look at it"
        )
    else:
        verdict = refused(reply)
    return replace(verdict, said=words(reply))

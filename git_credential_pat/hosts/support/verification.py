"""Whether a token works, asked of its host: `verify` runs the questions that its family has.

Only commands of the user come here, never Git's operations.
"""

from collections.abc import Callable
from dataclasses import replace
from time import monotonic

from git_credential_pat import suggest
from git_credential_pat.errors import UnreachableError
from git_credential_pat.hosts import Family, Path, is_public
from git_credential_pat.hosts.support import repository
from git_credential_pat.hosts.support.verdict import (
    Asking,
    Subject,
    Verdict,
    not_verified,
    printable,
    quotation,
)
from git_credential_pat.model.scope import Scope
from git_credential_pat.web import Question, Reply

TIME_LIMIT = 10.0
"""Seconds for one token, however many questions it takes."""


def verify(subject: Subject, family: Family, ask: Callable[[Question, float], Reply]) -> Verdict:
    """Return what the host says of a token; `ask` is `Web.ask`. A host that cannot be asked is no error.

    Where a server of one's own stands is asked first, without the token, unless a path was named for it: the
    host's root may be another application's.
    """
    deadline = monotonic() + TIME_LIMIT
    try:
        subject = with_base(subject, family, ask, deadline)
        return _without(subject, _answered(subject, family, ask, deadline))
    except UnreachableError as error:
        return not_verified(str(error))


def with_base(
    subject: Subject, family: Family, ask: Callable[[Question, float], Reply], deadline: float
) -> Subject:
    """Return a subject with the path that its server stands at; raises UnreachableError if it is nowhere."""
    base: Path | None = family.base
    if not base and family.is_self_hosted and not is_public(subject.scope):
        base = find_server(subject.remote or subject.scope, family, ask, deadline)
    if base is None:
        raise UnreachableError(nowhere(subject.scope, family))
    return replace(subject, base=base)


def find_server(
    scope: Scope, family: Family, ask: Callable[[Question, float], Reply], deadline: float
) -> Path | None:
    """Return the path at which a server of a family that people run themselves answers; no token is sent.

    None if it is at none that the scope's path could mean; raises UnreachableError. `deadline` is a moment of
    `time.monotonic`.
    """
    for base in family.bases(scope.path):
        nobodys = Subject(scope._replace(path=base), b"", b"", base=base)
        question = next(family.verify(nobodys))
        _check_server(question, nobodys, family)
        if family.is_own(ask(Question(question.url, {"Accept": "application/json"}), deadline)):
            return base
    return None


def nowhere(scope: Scope, family: Family) -> str:
    """Return half a sentence for a server that was not found."""
    host = scope.server.text
    return f"no {family.title} answers at {host} or below; {named_by_setting(scope, family)}"


def named_by_setting(scope: Scope, family: Family) -> str:
    """Return half a sentence that says how to name the path that a server stands at."""
    host = scope.server.text
    return "if it stands below a path, run: " + suggest.git_config(f"pat.{host}/PATH.provider", family.name)


def _answered(
    subject: Subject, family: Family, ask: Callable[[Question, float], Reply], deadline: float
) -> Verdict:
    asking = _with_repository(subject, family)
    try:
        question = next(asking)
        while True:
            _check_server(question, subject, family)
            question = asking.send(ask(question, deadline))
    except StopIteration as ended:
        verdict: Verdict = ended.value
        return verdict


def _with_repository(subject: Subject, family: Family) -> Asking:
    """Ask as the family does, then the repository that the user named if the family has not asked it."""
    asking = family.verify(subject)
    is_asked = False
    try:
        question = next(asking)
        while True:
            is_asked = is_asked or repository.is_asked_by(question)
            question = asking.send((yield question))
    except StopIteration as ended:
        verdict: Verdict = ended.value
    if is_asked:
        return verdict
    username, authtype = verdict.username or subject.username, verdict.authtype or subject.authtype
    return (yield from repository.tried(replace(subject, username=username, authtype=authtype), verdict))


def _without(subject: Subject, verdict: Verdict) -> Verdict:
    """Return a verdict without the token, which a host may repeat and whose shape may be no known one.

    The host's words become a part of the reason here.
    """
    token = printable(subject.text) or subject.text
    texts = (verdict.owner, *verdict.permissions)
    owner, *permissions = (text.replace(token, "(a token)") if token else text for text in texts)
    names = (verdict.username, subject.username, b"")
    headers = [subject.as_git(name)["Authorization"].partition(" ")[2] for name in names]
    said = quotation(verdict.said, (*headers, subject.text, token))
    why = verdict.why + (f"; the host says: {said}" if said else "")
    return replace(verdict, owner=owner, permissions=tuple(permissions), why=why)


def _check_server(question: Question, subject: Subject, family: Family) -> None:
    """Hold every family to the rule that a token goes to its own server alone: its host, below its path.

    A server whose interface has a name of its own is the only other one, as far as it is that of one server.
    """
    own = subject.server
    other = "" if subject.base else family.also_asked(subject.scope.server)
    asked = question.url.lower()  # paths of scopes have no capitals
    if not any(asked.startswith(f"{server}/".lower()) for server in (own, other) if server):
        raise ValueError("a verifier asks a server that is not the token's")

"""Whether a token works, asked of its host: `verify`. `VERIFIERS` maps a host family to its questions.

To add one, add a file here and a row below. Only commands of the user come here, never Git's operations.
"""

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from time import monotonic

from git_credential_pat.errors import UnreachableError
from git_credential_pat.hosts import Family, Path
from git_credential_pat.scope import Scope
from git_credential_pat.verification.verdict import (
    INVALID,
    NOT_VERIFIED,
    VALID,
    Subject,
    Verdict,
    Verifier,
    not_verified,
    printable,
)
from git_credential_pat.web import Question, Reply

__all__ = [
    "INVALID",
    "NOT_VERIFIED",
    "TIME_LIMIT",
    "VALID",
    "VERIFIERS",
    "Subject",
    "Verdict",
    "find_server",
    "verify",
]

TIME_LIMIT = 10.0
"""Seconds for one token, however many questions it takes."""

VERIFIERS = {
    "azure-devops": "azure_devops:services",
    "azure-devops-server": "azure_devops:server",
    "github": "github:verify",
    "gitlab": "gitlab:verify",
    "bitbucket": "bitbucket:verify",
    "gitea": "gitea:verify",
    "generic": "repository:verify",
}

_ALSO_ASKED = {
    "https://github.com": "https://api.github.com",
    "https://bitbucket.org": "https://api.bitbucket.org",
}
"""The servers whose interface has a name of its own: the only other ones that a token ever goes to."""


def verify(subject: Subject, family: Family, ask: Callable[[Question, float], Reply]) -> Verdict:
    """Return what the host says of a token; `ask` is `Web.ask`. A host that cannot be asked is no error."""
    subject = replace(subject, base=family.base)
    asking = _verifier(family)(subject)
    deadline = monotonic() + TIME_LIMIT
    try:
        question = next(asking)
        while True:
            _check_server(question, subject)
            question = asking.send(ask(question, deadline))
    except StopIteration as ended:
        return _without(subject, ended.value)
    except UnreachableError as error:
        return not_verified(str(error))


def find_server(scope: Scope, provider: str, ask: Callable[[Question, float], Reply]) -> Path | None:
    """Return the path at which a server of a family answers, from the host's root down a scope's path.

    No token is sent. None if there is none, or nobody can tell; raises UnreachableError.
    """
    deadline = monotonic() + TIME_LIMIT
    module, _, name = VERIFIERS[provider].partition(":")
    verifier = import_module(f"git_credential_pat.verification.{module}")
    for length in range(len(scope.path) + 1):
        subject = Subject(scope, b"", b"", base=scope.path[:length])
        question = next(getattr(verifier, name)(subject))
        if verifier.is_own(ask(Question(question.url, {"Accept": "application/json"}), deadline)):
            return subject.base
    return None


def _verifier(family: Family) -> Verifier:
    module, _, name = VERIFIERS[family.name].partition(":")
    verifier: Verifier = getattr(import_module(f"git_credential_pat.verification.{module}"), name)
    return verifier


def _without(subject: Subject, verdict: Verdict) -> Verdict:
    """Return a verdict without the token, which a host may repeat and whose shape may be no known one."""
    token = printable(subject.text) or subject.text
    owner, *permissions = (text.replace(token, "(a token)") for text in (verdict.owner, *verdict.permissions))
    return replace(verdict, owner=owner, permissions=tuple(permissions))


def _check_server(question: Question, subject: Subject) -> None:
    """Hold every verifier to the rule that a token goes to its own server alone: its host, below its path."""
    own = subject.server
    asked = question.url.lower()  # paths of scopes have no capitals
    if not any(asked.startswith(f"{server}/".lower()) for server in (own, _ALSO_ASKED.get(own)) if server):
        raise ValueError("a verifier asks a server that is not the token's")

"""Whether a token works, asked of its host: `verify`. `VERIFIERS` maps a host family to its questions.

To add one, add a file here and a row below. Only commands of the user come here, never Git's operations.
"""

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from time import monotonic
from urllib.parse import urlsplit

from git_credential_pat.errors import UnreachableError
from git_credential_pat.hosts import Family
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

__all__ = ["INVALID", "NOT_VERIFIED", "TIME_LIMIT", "VALID", "VERIFIERS", "Subject", "Verdict", "verify"]

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

_ALSO_ASKED = {"github.com": "api.github.com", "bitbucket.org": "api.bitbucket.org"}
"""The hosts whose interface has a name of its own: the only other ones that a token ever goes to."""


def verify(subject: Subject, family: Family, ask: Callable[[Question, float], Reply]) -> Verdict:
    """Return what the host says of a token; `ask` is `Web.ask`. A host that cannot be asked is no error."""
    asking = _verifier(family)(subject)
    deadline = monotonic() + TIME_LIMIT
    try:
        question = next(asking)
        while True:
            _check_host(question, subject)
            question = asking.send(ask(question, deadline))
    except StopIteration as ended:
        return _without(subject, ended.value)
    except UnreachableError as error:
        return not_verified(str(error))


def _verifier(family: Family) -> Verifier:
    module, _, name = VERIFIERS[family.name].partition(":")
    verifier: Verifier = getattr(import_module(f"git_credential_pat.verification.{module}"), name)
    return verifier


def _without(subject: Subject, verdict: Verdict) -> Verdict:
    """Return a verdict without the token, which a host may repeat and whose shape may be no known one."""
    token = printable(subject.text) or subject.text
    owner, *permissions = (text.replace(token, "(a token)") for text in (verdict.owner, *verdict.permissions))
    return replace(verdict, owner=owner, permissions=tuple(permissions))


def _check_host(question: Question, subject: Subject) -> None:
    """Hold every verifier to the rule that a token goes to its own host alone, by its protocol and port."""
    own = _origin(subject.server)
    if _origin(question.url) not in (own, ("https", _ALSO_ASKED.get(own[1]))):
        raise ValueError("a verifier asks a host that is not the token's")


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc

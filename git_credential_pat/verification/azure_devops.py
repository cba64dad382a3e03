"""Azure DevOps Services and Server: who the token signs in as, and what a repository grants it.

`_apis/connectionData` answers every token, whatever its permissions; the profile's and account's take no PAT.
"""

from dataclasses import replace

from git_credential_pat.hosts.azure_devops import AzureDevOps
from git_credential_pat.model.scope import Scope
from git_credential_pat.verification import azure_answers, repository
from git_credential_pat.verification.verdict import (
    INVALID,
    VALID,
    Asking,
    Subject,
    Verdict,
    invalid,
    not_verified,
)
from git_credential_pat.web import Question, Reply

_NOT_FOUND = 404
_HEADERS = {
    "Accept": "application/json",
    "X-TFS-FedAuthRedirect": "Suppress",
    "X-VSS-ForceMsaPassThrough": "true",
}


def services(subject: Subject) -> Asking:
    """Ask the token's organization, and the repository if one is named."""
    organization = AzureDevOps().organization(subject.scope)
    if not organization.path:
        return not_verified(
            "it is not known which organization it is of; git credential-pat doctor tells how to say it"
        )
    reply = yield _connection_data(organization, subject)
    return (yield from _with_repository(subject, reply, on_premises=False))


def server(subject: Subject) -> Asking:
    """Ask the collection, else the application, else the server: which there is differs by version."""
    first, *others = _bases(subject)
    reply = yield _connection_data(first, subject)
    for base in others:
        if reply.status != _NOT_FOUND or azure_answers.names_user(reply):
            break
        reply = yield _connection_data(base, subject)
    return (yield from _with_repository(subject, reply, on_premises=True))


def is_own(reply: Reply) -> bool:
    """Tell whether Azure DevOps Server answers, or the IIS that it runs in for it."""
    return azure_answers.is_azure(reply) or azure_answers.is_iis(reply)


def _connection_data(base: Scope, subject: Subject) -> Question:
    # Azure DevOps documents an empty username for its REST interface.
    return Question(f"{base.text}/_apis/connectionData", {**_HEADERS, **subject.basic(b"")})


def _bases(subject: Subject) -> list[Scope]:
    """Return where a server may tell who signs in: the collection, and above it down to the server's path."""
    path = (subject.remote or subject.scope).path
    base = subject.base
    paths = [base + path[len(base) : len(base) + 1], base]
    return [subject.scope._replace(path=each) for each in dict.fromkeys(paths)]


def _with_repository(subject: Subject, reply: Reply, *, on_premises: bool) -> Asking:
    """Return the verdict of a repository where one is named and the token is not known to be bad."""
    verdict = azure_answers.read(reply, on_premises=on_premises)
    if subject.remote is None or (verdict.outcome == INVALID and not azure_answers.may_be_permission(reply)):
        return verdict
    headers = subject.basic(subject.username)
    fetch = yield repository.question(subject.remote, repository.FETCH, headers)
    if repository.is_granted(fetch, repository.FETCH):
        granted = verdict if verdict.outcome == VALID else Verdict(VALID)
        return (yield from repository.pushing(subject.remote, granted, headers))
    refusal = azure_answers.read(fetch, on_premises=on_premises)
    return refusal if azure_answers.names_policy(fetch) else _refused_fetch(verdict, refusal)


def _refused_fetch(verdict: Verdict, fetch: Verdict) -> Verdict:
    """Join what the host said of the token and what it said of a repository that it did not open."""
    if fetch.outcome == INVALID and verdict.outcome == VALID:
        owner = f" of {verdict.owner}" if verdict.owner else ""
        return invalid(
            f"it is a token{owner}, but may not fetch this repository: {AzureDevOps.permissions} is missing"
        )
    if fetch.outcome == VALID:
        return Verdict(VALID, fetch.why, verdict.owner)
    if verdict.outcome == VALID:
        return replace(verdict, why=f"it could not be tried at this repository: {fetch.why}")
    return verdict if verdict.outcome == INVALID or fetch.outcome != INVALID else fetch

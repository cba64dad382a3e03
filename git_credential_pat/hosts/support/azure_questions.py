"""Azure DevOps Services and Server: who the token signs in as, and what a repository grants it.

`_apis/connectionData` answers every token, whatever its permissions; the profile's and account's take no PAT.
"""

from dataclasses import replace

from git_credential_pat.hosts.azure_devops import AzureDevOps
from git_credential_pat.hosts.support import azure_answers, repository
from git_credential_pat.hosts.support.verdict import (
    INVALID,
    VALID,
    Asking,
    Subject,
    Verdict,
)
from git_credential_pat.model.scope import Scope
from git_credential_pat.web import Question, Reply

_FORBIDDEN = 403
_HEADERS = {
    "Accept": "application/json",
    "X-TFS-FedAuthRedirect": "Suppress",
    "X-VSS-ForceMsaPassThrough": "true",
}


def connection_data(base: Scope, subject: Subject) -> Question:
    """Ask an organization, collection or server who the token signs in as."""
    # Azure DevOps documents an empty username for its REST interface.
    return Question(f"{base.text}/_apis/connectionData", {**_HEADERS, **subject.as_git(b"")})


def with_repository(subject: Subject, reply: Reply, *, on_premises: bool) -> Asking:
    """Return the verdict of a repository where one is named and the token is not known to be bad."""
    verdict = azure_answers.read(reply, on_premises=on_premises)
    if subject.remote is None or (verdict.outcome == INVALID and not azure_answers.may_be_permission(reply)):
        return verdict
    headers = subject.as_git()
    fetch = yield repository.question(subject.remote, repository.FETCH, headers)
    if repository.is_granted(fetch, repository.FETCH):
        granted = verdict if verdict.outcome == VALID else Verdict(VALID)
        return (yield from repository.pushing(subject.remote, granted, headers))
    refusal = azure_answers.read(fetch, on_premises=on_premises)
    if not azure_answers.names_policy(fetch):
        is_forbidden = fetch.status == _FORBIDDEN
        refusal = _refused_fetch(verdict, refusal, is_forbidden=is_forbidden)
    return replace(refusal, said=azure_answers.words(fetch))


def _refused_fetch(verdict: Verdict, fetch: Verdict, *, is_forbidden: bool) -> Verdict:
    """Join what the host said of the token and what it said of a repository that it did not open."""
    if verdict.outcome == VALID and is_forbidden:
        return repository.kept_out(verdict)
    if fetch.outcome == INVALID and verdict.outcome == VALID:
        return repository.kept_out(verdict, f": {AzureDevOps.permissions} is missing")
    if fetch.outcome == VALID:
        return Verdict(VALID, fetch.why, verdict.owner)
    if verdict.outcome == VALID:
        return replace(verdict, why=f"it could not be tried at this repository: {fetch.why}")
    return verdict if verdict.outcome == INVALID or fetch.outcome != INVALID else fetch

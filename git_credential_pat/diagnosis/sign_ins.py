"""Sign-ins, stored in the place of tokens: whether what their ways need is there; no host is asked."""

import os
from collections.abc import Iterator
from importlib.util import find_spec

from git_credential_pat import suggest
from git_credential_pat.diagnosis.support.surroundings import Surroundings
from git_credential_pat.entra import FEDERATED, MANAGED
from git_credential_pat.model.entry import ACTIVE, Entry
from git_credential_pat.model.finding import Finding, note, ok, problem
from git_credential_pat.system.processes import DEFAULT_PATH, find_program
from git_credential_pat.text import quoted

_FILE = "AZURE_FEDERATED_TOKEN_FILE"
_VOUCHING = ("ACTIONS_ID_TOKEN_REQUEST_URL", "SYSTEM_OIDCREQUESTURI")
_MACHINE = "IDENTITY_ENDPOINT"


def check_sign_ins(around: Surroundings) -> Iterator[Finding]:
    """Report for each sign-in whether its way is there."""
    for entry in around.known_entries:
        if entry.sign_in and entry.state == ACTIVE:
            check = {FEDERATED: _federated, MANAGED: _managed}.get(entry.sign_in, _person)
            yield check(entry, around)


def _person(entry: Entry, around: Surroundings) -> Finding:
    url = entry.scope.text
    if find_program("az", around.variables.get("PATH", DEFAULT_PATH)):
        return ok(f"az is there, for the sign-in to {url}")
    if not around.settings.entra_client_for(entry.scope):
        text = f"az is not on PATH, and the sign-in to {url} needs it; install the Azure CLI"
        return problem(text, suggest.own("verify", url))
    if find_spec("msal") is None:
        text = f"neither az nor the library msal is there, of which the sign-in to {url} needs one"
        return problem(text, suggest.own("verify", url))
    return ok(f"the library msal is there, for the sign-in to {url}")


def _federated(entry: Entry, around: Surroundings) -> Finding:
    url, path = entry.scope.text, around.variables.get(_FILE, "")
    if path and not os.access(path, os.R_OK):
        text = f"the file {quoted(path)} of {_FILE} cannot be read, and the sign-in to {url} needs it"
        return problem(text, suggest.own("verify", url))
    if path or any(around.variables.get(name) for name in _VOUCHING):
        return ok(f"a service vouches for what runs here, for the sign-in to {url}")
    text = f"the sign-in to {url} works only where {_FILE} is set, or in a job of GitHub or Azure Pipelines"
    return note(text, suggest.own("verify", url))


def _managed(entry: Entry, around: Surroundings) -> Finding:
    url = entry.scope.text
    if around.variables.get(_MACHINE):
        return ok(f"this machine has a managed identity, for the sign-in to {url}")
    text = f"the sign-in to {url} works only on a machine of Azure's that has a managed identity"
    return note(text, suggest.own("verify", url))

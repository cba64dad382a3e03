"""The tenant and the assertions of workloads over TLS, at mocks under the hosts' real names."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest
from support.program import FABRIKAM, Program
from support.signing_in import HOUR
from support.token_hosts.azure import PERSONAL_ACCOUNTS, TENANT
from support.token_hosts.entra import CLIENT
from support.token_hosts.workloads import Actions

from git_credential_pat.entra import Around, EntraToken, SignInError, federated, from_web, sign_in
from git_credential_pat.entra.tenant import tenant_of
from git_credential_pat.entra.tokens import require_user
from git_credential_pat.git.settings import Settings
from git_credential_pat.model.entry import Seconds

if TYPE_CHECKING:
    from support.token_hosts.az import Az
    from support.token_hosts.fixtures import TokenHosts

pytestmark = pytest.mark.slow


def around(program: Program, **variables: str) -> Around:
    every = {**program.environment, **variables}
    environment = {os.fsencode(name): os.fsencode(value) for name, value in every.items()}
    return from_web(environment, "/", Settings("/data", "/config", entra_client=CLIENT))


@pytest.mark.parametrize("by", ["challenge", "header"])
def test_an_organizations_host_names_its_tenant(program: Program, token_hosts: TokenHosts, by: str) -> None:
    if by == "header":
        token_hosts.azure.tenant_by = "header"
    assert tenant_of(FABRIKAM, around(program).ask) == TENANT
    token_hosts.azure.organizations["fabrikam"].tenant = PERSONAL_ACCOUNTS
    assert tenant_of(FABRIKAM, around(program).ask) == ""
    assert {request.method for request in token_hosts.azure.log} == {"HEAD"}


def test_az_gives_a_token_for_the_tenant_that_the_host_names(
    program: Program, token_hosts: TokenHosts, az: Az
) -> None:
    token = token_hosts.azure.sign_in(token_hosts.now)
    az.tokens = {TENANT: token}
    assert sign_in(FABRIKAM, around(program)) == EntraToken(token, Seconds(az.expires))


def test_a_job_of_github_signs_in(program: Program, token_hosts: TokenHosts) -> None:
    actions = Actions(token_hosts.entra)
    token_hosts.server.at(actions, *actions.names)
    job = {"ACTIONS_ID_TOKEN_REQUEST_URL": actions.url, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": actions.token}
    token = federated.token(FABRIKAM, around(program, **job))
    assert abs(token.expires - time.time() - HOUR) < 60
    assert not token_hosts.azure.sign_ins[token.value].is_person
    with pytest.raises(
        SignInError, match=r"^login\.microsoftonline\.com refuses: the tenant has no app of that id"
    ):
        federated.token(FABRIKAM, around(program, **job, AZURE_CLIENT_ID=TENANT))


def test_a_job_of_azure_pipelines_signs_in(program: Program, token_hosts: TokenHosts) -> None:
    token_hosts.azure.job_token = "the-jobs-token"
    path = "0b1f/_apis/distributedtask/hubs/build/plans/1/jobs/2/oidctoken"
    job = {
        "SYSTEM_OIDCREQUESTURI": f"{FABRIKAM}/{path}",
        "SYSTEM_ACCESSTOKEN": "the-jobs-token",
        "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID": "5f1b6b2e-7f5d-4a30-8c0e-aaaabbbbcccc",
        "AZURESUBSCRIPTION_CLIENT_ID": CLIENT,
        "AZURESUBSCRIPTION_TENANT_ID": TENANT,
    }
    token = federated.token(FABRIKAM, around(program, **job))
    assert not token_hosts.azure.sign_ins[token.value].is_person
    job["SYSTEM_ACCESSTOKEN"] = "another"
    with pytest.raises(
        SignInError, match=r"^dev\.azure\.com does not vouch for what runs here \(status 401\)$"
    ):
        federated.token(FABRIKAM, around(program, **job))


def test_a_token_of_a_person_may_make_tokens(program: Program, token_hosts: TokenHosts, az: Az) -> None:
    az.tokens = {TENANT: token_hosts.azure.sign_in(token_hosts.now)}
    require_user(sign_in(FABRIKAM, around(program)))

"""A token for a workload, for which Kubernetes, GitHub or Azure Pipelines vouches."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest
from support.program import FABRIKAM
from support.signing_in import CLIENT, TENANT, Hosts, issued, json_reply, made_up_token, refused, surroundings

from git_credential_pat.entra import SCOPE, AbsentError, SignInError, federated
from git_credential_pat.web import Reply

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = made_up_token(idtyp="app")
WORD = made_up_token(aud="api://AzureADTokenExchange", iss="https://token.actions.githubusercontent.com")
ENTRA = f"https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token"
APP = {"AZURE_CLIENT_ID": CLIENT, "AZURE_TENANT_ID": TENANT}
GITHUB_URL = "https://run-actions-1.actions.githubusercontent.com/3//idtoken/4/5?api-version=2.0"
GITHUB = {"ACTIONS_ID_TOKEN_REQUEST_URL": GITHUB_URL, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request-secret"}
PIPELINES_URL = (
    "https://dev.azure.com/fabrikam/0b1f/_apis/distributedtask/hubs/build/plans/1/jobs/2/oidctoken"
)
CONNECTION = "5f1b6b2e-7f5d-4a30-8c0e-aaaabbbbcccc"
PIPELINES = {
    "SYSTEM_OIDCREQUESTURI": PIPELINES_URL,
    "SYSTEM_ACCESSTOKEN": "job-secret",
    "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID": CONNECTION,
    "AZURESUBSCRIPTION_CLIENT_ID": CLIENT,
    "AZURESUBSCRIPTION_TENANT_ID": TENANT,
}


NOBODY_VOUCHES = (
    "no service vouches for what runs here; "
    "set AZURE_FEDERATED_TOKEN_FILE, or run it in GitHub Actions or Azure Pipelines"
)


def without_query(url: str) -> str:
    return url.partition("?")[0]


def hosts_of(url: str, reply: Reply) -> Hosts:
    return Hosts({ENTRA: issued(TOKEN), without_query(url): reply})


def failure(hosts: Hosts, variables: dict[str, str]) -> str:
    with pytest.raises(SignInError) as refusal:
        federated.token(FABRIKAM, surroundings(hosts, variables=variables))
    message = str(refusal.value)
    assert not any(secret in message for secret in (WORD, TOKEN, "request-secret", "job-secret"))
    return message


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "word"
    file.write_text(f"{WORD}\n")
    return file


def test_the_word_of_a_file_is_exchanged_for_a_token(file: Path) -> None:
    hosts = Hosts({ENTRA: issued(TOKEN)})
    variables = {**APP, "AZURE_FEDERATED_TOKEN_FILE": str(file)}
    assert federated.token(FABRIKAM, surroundings(hosts, variables=variables)).value == TOKEN
    (question,) = hosts.asked
    assert (question.method, question.url) == ("POST", ENTRA)
    assert question.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qs(question.body.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": [CLIENT],
        "scope": [SCOPE],
        "client_assertion_type": ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"],
        "client_assertion": [WORD],
    }
    assert WORD not in repr(question)


def test_the_organizations_own_tenant_and_the_set_app_are_taken_where_no_variable_names_them(
    file: Path,
) -> None:
    named = Reply(401, (("x-vss-resourcetenant", TENANT),))
    hosts = Hosts({ENTRA: issued(TOKEN), FABRIKAM: named})
    around = surroundings(hosts, client_id=CLIENT, variables={"AZURE_FEDERATED_TOKEN_FILE": str(file)})
    assert federated.token(FABRIKAM, around).value == TOKEN
    assert [question.url for question in hosts.asked] == [FABRIKAM, ENTRA]


@pytest.mark.parametrize("content", [None, b"", b"no token", b"eyJ\xff", b"eyJ" + b"x" * 40_000])
def test_a_file_without_a_word_is_an_error(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "word"
    if content is not None:
        file.write_bytes(content)
    assert "AZURE_FEDERATED_TOKEN_FILE" in failure(Hosts(), {**APP, "AZURE_FEDERATED_TOKEN_FILE": str(file)})


def test_github_is_asked_for_its_word_with_the_audience_of_entra() -> None:
    hosts = hosts_of(GITHUB_URL, json_reply(200, {"count": 5, "value": WORD}))
    around = surroundings(hosts, variables={**APP, **GITHUB})
    assert federated.token(FABRIKAM, around).value == TOKEN
    asked = hosts.asked[0]
    assert (asked.method, asked.url) == ("GET", f"{GITHUB_URL}&audience=api%3A%2F%2FAzureADTokenExchange")
    assert asked.headers["Authorization"] == "Bearer request-secret"
    assert parse_qs(hosts.asked[1].body.decode())["client_assertion"] == [WORD]


def test_azure_pipelines_is_asked_for_its_word_by_the_service_connection() -> None:
    hosts = hosts_of(PIPELINES_URL, json_reply(200, {"oidcToken": WORD}))
    assert federated.token(FABRIKAM, surroundings(hosts, variables=PIPELINES)).value == TOKEN
    asked = hosts.asked[0]
    assert asked.method == "POST"
    assert asked.url == f"{PIPELINES_URL}?api-version=7.1&serviceConnectionId={CONNECTION}"
    assert asked.headers["Authorization"] == "Bearer job-secret"
    assert parse_qs(hosts.asked[1].body.decode())["client_id"] == [CLIENT]


@pytest.mark.parametrize(
    ("variables", "is_asked"),
    [
        ({**GITHUB, "ACTIONS_ID_TOKEN_REQUEST_URL": "https://ids.example.com/t"}, False),
        ({**GITHUB, "ACTIONS_ID_TOKEN_REQUEST_URL": "https://githubusercontent.com.example.com/t"}, False),
        ({**GITHUB, "ACTIONS_ID_TOKEN_REQUEST_URL": GITHUB_URL.replace("https", "http")}, False),
        (
            {**GITHUB, "ACTIONS_ID_TOKEN_REQUEST_URL": "https://x.example.com\\@a.githubusercontent.com/"},
            False,
        ),
        (
            {
                **GITHUB,
                "ACTIONS_ID_TOKEN_REQUEST_URL": "https://ids.ghe.example.com/t",
                "GITHUB_SERVER_URL": "https://ghe.example.com",
            },
            True,
        ),
        ({**PIPELINES, "SYSTEM_OIDCREQUESTURI": "https://tfs.example.com/t"}, False),
        ({**PIPELINES, "SYSTEM_OIDCREQUESTURI": "https://dev.azure.com.example.com/t"}, False),
        ({**PIPELINES, "SYSTEM_OIDCREQUESTURI": "https://fabrikam.visualstudio.com/t"}, True),
    ],
)
def test_a_jobs_secret_goes_only_to_the_service_that_made_it(
    variables: dict[str, str], *, is_asked: bool
) -> None:
    hosts = Hosts()
    around = surroundings(hosts, variables={**APP, **variables})
    with pytest.raises(Exception, match=r"to which its token does not belong|refuses the connection"):
        federated.token(FABRIKAM, around)
    assert bool(hosts.asked) == is_asked


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        (
            {},
            NOBODY_VOUCHES,
        ),
        (
            {"GITHUB_ACTIONS": "true"},
            'the job may not ask GitHub for an identity; give it "permissions: id-token: write"',
        ),
        (
            {**PIPELINES, "SYSTEM_ACCESSTOKEN": ""},
            'SYSTEM_ACCESSTOKEN is not set; give the step "env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)"',
        ),
        (
            {**PIPELINES, "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID": "../x"},
            "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID is not set; the task AzureCLI@2 sets it",
        ),
    ],
)
def test_what_is_missing_is_named(variables: dict[str, str], message: str) -> None:
    assert failure(Hosts(), variables) == message


def test_nothing_there_at_all_is_known_as_such() -> None:
    with pytest.raises(AbsentError):
        federated.token(FABRIKAM, surroundings(Hosts()))


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (json_reply(403, {"message": "no"}), "dev.azure.com does not vouch for what runs here (status 403)"),
        (
            json_reply(200, {"oidcToken": None}),
            "dev.azure.com does not vouch for what runs here (status 200)",
        ),
        (Reply(203, (), b"<html>"), "dev.azure.com does not vouch for what runs here (status 203)"),
        (json_reply(200, {"oidcToken": "no word"}), "what Azure Pipelines has is no assertion"),
    ],
)
def test_a_service_that_gives_no_word_is_named(reply: Reply, message: str) -> None:
    assert failure(hosts_of(PIPELINES_URL, reply), PIPELINES) == message


def test_without_an_app_or_a_tenant_the_message_says_what_to_set(file: Path) -> None:
    variables = {"AZURE_FEDERATED_TOKEN_FILE": str(file), "AZURE_TENANT_ID": TENANT, "AZURE_CLIENT_ID": "-x"}
    assert (
        failure(Hosts(), variables)
        == "nothing says which app signs in; set AZURE_CLIENT_ID or pat.entraClientId"
    )
    variables = {"AZURE_FEDERATED_TOKEN_FILE": str(file), "AZURE_CLIENT_ID": CLIENT}
    message = "nothing says which tenant to sign in to; set AZURE_TENANT_ID"
    assert failure(Hosts({FABRIKAM: Reply(401)}), variables) == message


@pytest.mark.parametrize(
    ("named", "host"),
    [
        ("https://login.microsoftonline.us/", "login.microsoftonline.us"),
        ("login.partner.microsoftonline.cn", "login.partner.microsoftonline.cn"),
        ("https://login.microsoftonline.com", "login.microsoftonline.com"),
    ],
)
def test_the_hosts_of_other_clouds_may_be_named(file: Path, named: str, host: str) -> None:
    hosts = Hosts({ENTRA.replace("login.microsoftonline.com", host): issued(TOKEN)})
    variables = {**APP, "AZURE_FEDERATED_TOKEN_FILE": str(file), "AZURE_AUTHORITY_HOST": named}
    assert federated.token(FABRIKAM, surroundings(hosts, variables=variables)).value == TOKEN


@pytest.mark.parametrize(
    "named",
    [
        *(
            "https://login.example.com/",
            "http://login.microsoftonline.com",
            "https://login.microsoftonline.com/x",
        ),
        *("https://login.microsoftonline.com@login.example.com", "login.microsoftonline.com.example.com"),
    ],
)
def test_no_other_host_gets_the_word(file: Path, named: str) -> None:
    hosts = Hosts()
    variables = {**APP, "AZURE_FEDERATED_TOKEN_FILE": str(file), "AZURE_AUTHORITY_HOST": named}
    assert "none of Entra's hosts; set it to https://login.microsoftonline.com" in failure(hosts, variables)
    assert hosts.asked == []


def test_what_entra_refuses_has_its_meaning(file: Path) -> None:
    hosts = Hosts({ENTRA: refused(700213, "invalid_client")})
    message = failure(hosts, {**APP, "AZURE_FEDERATED_TOKEN_FILE": str(file)})
    meaning = "no federated credential of the app fits where this runs (AADSTS700213)"
    assert message == f"login.microsoftonline.com refuses: {meaning}"

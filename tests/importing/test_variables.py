"""`import environment`: the variables in which tools are given tokens."""

from __future__ import annotations

import json

import pytest
from support.checks import refusal
from support.importing import Row, import_, scopes
from support.program import AZURE_TOKEN, FABRIKAM, OTHER_AZURE_TOKEN, Program

GITHUB_TOKEN = "ghp_" + "a1" * 18
GITLAB_TOKEN = "glpat-" + "a1" * 10
GITEA_TOKEN = "a1" * 20
GITHUB = "x-access-token"
GHE = "https://ghe.example.com"
GIT = "https://git.example.com"
GITLAB = ("https://gitlab.com", "oauth2")
CODEBERG = ("https://codeberg.org", "pat")
NO_ORGANIZATION = "it names no organization; give the organization's URL as PLACE"
FEED = "https://pkgs.dev.azure.com/fabrikam/_packaging/feed/nuget/v3/index.json"


def feeds(*rows: dict[str, str]) -> str:
    return json.dumps({"endpointCredentials": rows})


@pytest.mark.parametrize(
    ("variables", "kept"),
    [
        ({"AZDO_PERSONAL_ACCESS_TOKEN": AZURE_TOKEN, "AZDO_ORG_SERVICE_URL": FABRIKAM}, (FABRIKAM, "pat")),
        ({"AZP_TOKEN": AZURE_TOKEN, "AZP_URL": "https://fabrikam.visualstudio.com"}, (FABRIKAM, "pat")),
        (
            {"AZP_TOKEN": AZURE_TOKEN, "AZP_URL": "https://tfs.example.com/tfs"},
            ("https://tfs.example.com/tfs", "pat"),
        ),
        ({"GH_TOKEN": GITHUB_TOKEN, "GH_HOST": "github.com"}, ("https://github.com", GITHUB)),
        ({"GH_TOKEN": GITHUB_TOKEN, "GH_HOST": "contoso.ghe.com"}, ("https://contoso.ghe.com", GITHUB)),
        ({"GITHUB_TOKEN": GITHUB_TOKEN, "GITHUB_SERVER_URL": GHE}, (GHE, GITHUB)),
        ({"GITHUB_TOKEN": GITHUB_TOKEN, "GITHUB_SERVER_URL": GHE, "GH_HOST": GHE[8:]}, (GHE, GITHUB)),
        ({"GH_ENTERPRISE_TOKEN": GITHUB_TOKEN, "GH_HOST": GHE[8:]}, (GHE, GITHUB)),
        (
            {
                "GH_ENTERPRISE_TOKEN": GITHUB_TOKEN,
                "GH_HOST": GHE[8:],
                "GITHUB_SERVER_URL": "https://github.com",
            },
            (GHE, GITHUB),
        ),
        ({"GITHUB_ENTERPRISE_TOKEN": GITHUB_TOKEN, "GITHUB_SERVER_URL": GHE}, (GHE, GITHUB)),
        ({"GITLAB_TOKEN": GITLAB_TOKEN, "GITLAB_HOST": "git.example.com"}, (GIT, "oauth2")),
        ({"GITLAB_TOKEN": GITLAB_TOKEN, "CI_SERVER_URL": GIT}, (GIT, "oauth2")),
        ({"GITLAB_ACCESS_TOKEN": GITLAB_TOKEN, "GL_HOST": "https://gitlab.com"}, GITLAB),
        ({"GITLAB_TOKEN": GITLAB_TOKEN, "CI_SERVER_URL": f"{GIT}/Tools"}, (f"{GIT}/tools", "oauth2")),
        (
            {"GITLAB_TOKEN": GITLAB_TOKEN, "GITLAB_HOST": "git.example.com", "GITLAB_SUBFOLDER": "/tools/"},
            (f"{GIT}/tools", "oauth2"),
        ),
        ({"GITEA_TOKEN": GITEA_TOKEN, "GITEA_SERVER_URL": "https://codeberg.org"}, CODEBERG),
        ({"GITEA_SERVER_TOKEN": GITEA_TOKEN, "GITEA_INSTANCE_URL": f"{GIT}/gitea"}, (f"{GIT}/gitea", "pat")),
        (
            {
                "ARTIFACTS_CREDENTIALPROVIDER_EXTERNAL_FEED_ENDPOINTS": feeds(
                    {"endpoint": FEED, "username": "jane", "password": AZURE_TOKEN}
                )
            },
            (FABRIKAM, "jane"),
        ),
        (
            {"VSS_NUGET_EXTERNAL_FEED_ENDPOINTS": feeds({"endpoint": FEED, "password": AZURE_TOKEN})},
            (FABRIKAM, "pat"),
        ),
    ],
)
def test_a_variable_is_for_the_host_that_its_tool_uses_it_for(
    program: Program, variables: dict[str, str], kept: tuple[str, str]
) -> None:
    assert [row.outcome for row in import_(program, "environment", environment=variables)] == ["added"]
    assert scopes(program) == [kept]


@pytest.mark.parametrize(
    "name", ["AZURE_DEVOPS_EXT_PAT", "AZURE_DEVOPS_PAT", "AZDO_PERSONAL_ACCESS_TOKEN", "AZP_TOKEN"]
)
def test_a_variable_without_an_organization_needs_its_url(program: Program, name: str) -> None:
    variables = {name: AZURE_TOKEN}
    assert import_(program, "environment", environment=variables) == [
        Row(None, None, "not-taken", NO_ORGANIZATION)
    ]
    import_(program, "environment", FABRIKAM, environment=variables)
    assert scopes(program) == [(FABRIKAM, "pat")]


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        (
            {"GH_TOKEN": GITHUB_TOKEN},
            "no variable names a host for it (GH_HOST, GITHUB_SERVER_URL); run: git credential-pat import ",
        ),
        ({"GITHUB_TOKEN": GITHUB_TOKEN}, "no variable names a host for it ("),
        ({"GH_TOKEN": GITHUB_TOKEN, "GH_HOST": GHE[8:]}, "no variable names a host for it ("),
        ({"GH_ENTERPRISE_TOKEN": GITHUB_TOKEN, "GH_HOST": "github.com"}, "no variable names a host for it ("),
        (
            {"GH_ENTERPRISE_TOKEN": GITHUB_TOKEN, "GITHUB_SERVER_URL": "https://github.com"},
            "no variable names a host for it (",
        ),
        ({"GITLAB_TOKEN": GITLAB_TOKEN}, "no variable names a host for it (GITLAB_HOST, GL_HOST, "),
        ({"GITEA_TOKEN": GITEA_TOKEN}, "no variable names a host for it ("),
        (
            {"GITHUB_TOKEN": GITHUB_TOKEN, "GH_HOST": "contoso.ghe.com", "GITHUB_SERVER_URL": GHE},
            "GH_HOST, GITHUB_SERVER_URL name different servers; run: git credential-pat seed URL --from-env ",
        ),
        (
            {"GITLAB_TOKEN": GITLAB_TOKEN, "GITLAB_HOST": "gitlab.com", "CI_SERVER_URL": GIT},
            "GITLAB_HOST, GL_HOST, GITLAB_URI, CI_SERVER_URL name different servers; ",
        ),
        ({"GITHUB_TOKEN": GITEA_TOKEN, "GITHUB_SERVER_URL": GIT, "GITEA_ACTIONS": "true"}, "a job's token"),
        ({"GITLAB_TOKEN": GITLAB_TOKEN, "GITLAB_HOST": "a b"}, "it is no URL with a protocol and a host"),
    ],
)
def test_a_token_whose_host_no_variable_names_is_not_taken(
    program: Program, variables: dict[str, str], reason: str
) -> None:
    ((scope, _, outcome, why),) = import_(program, "environment", environment=variables)
    assert (scope, outcome) == (None, "not-taken")
    assert why.startswith(reason)
    assert not program.vault.exists()


@pytest.mark.parametrize(
    ("name", "token", "url"),
    [
        ("GH_TOKEN", GITHUB_TOKEN, "https://github.com"),
        ("GITLAB_TOKEN", GITLAB_TOKEN, "https://gitlab.com"),
        ("GH_ENTERPRISE_TOKEN", GITHUB_TOKEN, GHE),
        ("GITEA_TOKEN", GITEA_TOKEN, f"{GIT}/gitea"),
    ],
)
def test_the_user_may_name_the_host(program: Program, name: str, token: str, url: str) -> None:
    import_(program, "environment", url, environment={name: token})
    assert [scope for scope, _ in scopes(program)] == [url]


def test_a_url_that_may_be_meant_for_either_of_two_tokens_is_for_none(program: Program) -> None:
    variables = {"GH_ENTERPRISE_TOKEN": GITHUB_TOKEN, "AZURE_DEVOPS_EXT_PAT": AZURE_TOKEN}
    found = import_(program, "environment", GHE, environment=variables)
    assert {row.outcome for row in found} == {"not-taken"}


def test_the_url_of_a_server_that_can_be_but_one_kind_is_that_kinds(program: Program) -> None:
    variables = {"GH_ENTERPRISE_TOKEN": GITHUB_TOKEN, "AZURE_DEVOPS_EXT_PAT": AZURE_TOKEN}
    found = import_(program, "environment", "https://tfs.example.com/tfs", environment=variables)
    assert [(row.scope, row.outcome) for row in found] == [
        ("https://tfs.example.com/tfs", "added"),
        (None, "not-taken"),
    ]


def test_what_runs_below_a_path_is_noted_with_it(program: Program) -> None:
    variables = {"GITLAB_TOKEN": GITLAB_TOKEN, "CI_SERVER_URL": f"{GIT}/Tools"}
    import_(program, "environment", environment=variables)
    assert program.git("config", "--global", f"pat.{GIT}/Tools.provider").stdout == b"gitlab\n"


def test_a_url_is_only_for_the_variables_that_name_none(program: Program) -> None:
    variables = {
        "AZURE_DEVOPS_EXT_PAT": AZURE_TOKEN,
        "AZP_TOKEN": OTHER_AZURE_TOKEN,
        "AZP_URL": "https://dev.azure.com/contoso",
        "GH_TOKEN": GITHUB_TOKEN,
        "GITHUB_SERVER_URL": "https://github.com",
        "GITLAB_TOKEN": GITLAB_TOKEN,
    }
    import_(program, "environment", FABRIKAM, environment=variables)
    assert [scope for scope, _ in scopes(program)] == [
        "https://dev.azure.com/contoso",
        FABRIKAM,
        "https://github.com",
    ]


def test_a_jobs_token_is_not_taken(program: Program) -> None:
    found = import_(program, "environment", environment={"SYSTEM_ACCESSTOKEN": AZURE_TOKEN})
    assert found == [Row(None, None, "not-taken", "a job's token lasts for minutes")]


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"endpointCredentials": [{"endpoint": "x"}]}', "[" * 9999]
)
def test_malformed_feeds_are_told_and_hinder_nothing(program: Program, text: str) -> None:
    variables = {
        "VSS_NUGET_EXTERNAL_FEED_ENDPOINTS": text,
        "GH_TOKEN": GITHUB_TOKEN,
        "GH_HOST": "github.com",
    }
    assert [row.outcome for row in import_(program, "environment", environment=variables)] == [
        "added",
        "not-taken",
    ]


def test_without_any_variable_it_names_those_that_it_knows(program: Program) -> None:
    line = refusal(program.run("import", "environment"), 1)
    assert line.startswith("no variable holds a token; known are AZURE_DEVOPS_EXT_PAT, AZURE_DEVOPS_PAT, ")


def test_nothing_can_be_scrubbed(program: Program) -> None:
    run = program.run("import", "environment", "--scrub", "--yes", environment={"GH_TOKEN": GITHUB_TOKEN})
    assert refusal(run, 2) == "variables last no longer than a process; take them out where they are set"
    assert not program.vault.exists()


def test_a_token_in_the_place_is_refused(program: Program) -> None:
    place = f"https://jane:{AZURE_TOKEN}@dev.azure.com/fabrikam"
    assert AZURE_TOKEN not in refusal(program.run("import", "environment", place), 2)

"""`import environment`: the variables in which tools are given tokens."""

from __future__ import annotations

import json

import pytest
from support.checks import refusal
from support.importing import Row, import_, scopes
from support.program import AZURE_TOKEN, OTHER_AZURE_TOKEN, Program

FABRIKAM = "https://dev.azure.com/fabrikam"
GITHUB_TOKEN = "ghp_" + "a1" * 18
GITLAB_TOKEN = "glpat-" + "a1" * 10
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
            ("https://tfs.example.com", "pat"),
        ),
        ({"GH_TOKEN": GITHUB_TOKEN}, ("https://github.com", "x-access-token")),
        ({"GITHUB_TOKEN": GITHUB_TOKEN}, ("https://github.com", "x-access-token")),
        ({"GITLAB_TOKEN": GITLAB_TOKEN}, ("https://gitlab.com", "oauth2")),
        (
            {"GITLAB_TOKEN": GITLAB_TOKEN, "GITLAB_HOST": "git.example.com"},
            ("https://git.example.com", "oauth2"),
        ),
        (
            {"GITLAB_TOKEN": GITLAB_TOKEN, "CI_SERVER_URL": "https://git.example.com"},
            ("https://git.example.com", "oauth2"),
        ),
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


def test_a_url_is_only_for_the_variables_that_name_none(program: Program) -> None:
    variables = {
        "AZURE_DEVOPS_EXT_PAT": AZURE_TOKEN,
        "AZP_TOKEN": OTHER_AZURE_TOKEN,
        "AZP_URL": "https://dev.azure.com/contoso",
        "GH_TOKEN": GITHUB_TOKEN,
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
    variables = {"VSS_NUGET_EXTERNAL_FEED_ENDPOINTS": text, "GH_TOKEN": GITHUB_TOKEN}
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

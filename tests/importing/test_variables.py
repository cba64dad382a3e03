"""`import environment`: the variables in which tools are given tokens."""

from __future__ import annotations

import json

import pytest
from support.checks import refusal
from support.importing import import_, scopes
from support.program import AZURE_TOKEN, CONTOSO, FABRIKAM, OTHER_AZURE_TOKEN, Program

A = AZURE_TOKEN
H = "ghp_" + "a1" * 18
L = "glpat-" + "a1" * 10
T = "a1" * 20
"""Tokens of Azure DevOps, GitHub, GitLab and Gitea."""

GHE = "https://ghe.example.com"
GIT = "https://git.example.com"
CODEBERG = "https://codeberg.org"
TFS = "https://tfs.example.com/tfs"
NO_ORGANIZATION = "it names no organization; give the organization's URL as PLACE"
NO_HOST = "no variable names a host for it ("
FEED = "https://pkgs.dev.azure.com/fabrikam/_packaging/feed/nuget/v3/index.json"


def variables(line: str) -> dict[str, str]:
    """Return the environment that a line of NAME=VALUE says, as a shell has it."""
    return dict(word.split("=", 1) for word in line.split())


def feeds(**row: str) -> str:
    return json.dumps({"endpointCredentials": [row]}).replace(" ", "")


@pytest.mark.parametrize(
    ("line", "scope", "username"),
    [
        (f"AZDO_PERSONAL_ACCESS_TOKEN={A} AZDO_ORG_SERVICE_URL={FABRIKAM}", FABRIKAM, "pat"),
        (f"AZP_TOKEN={A} AZP_URL=https://fabrikam.visualstudio.com", FABRIKAM, "pat"),
        (f"AZP_TOKEN={A} AZP_URL={TFS}", TFS, "pat"),
        (f"GH_TOKEN={H} GH_HOST=github.com", "https://github.com", "x-access-token"),
        (f"GH_TOKEN={H} GH_HOST=contoso.ghe.com", "https://contoso.ghe.com", "x-access-token"),
        (f"GITHUB_TOKEN={H} GITHUB_SERVER_URL={GHE}", GHE, "x-access-token"),
        (f"GITHUB_TOKEN={H} GITHUB_SERVER_URL={GHE} GH_HOST={GHE[8:]}", GHE, "x-access-token"),
        (f"GH_ENTERPRISE_TOKEN={H} GH_HOST={GHE[8:]}", GHE, "x-access-token"),
        (
            f"GH_ENTERPRISE_TOKEN={H} GH_HOST={GHE[8:]} GITHUB_SERVER_URL=https://github.com",
            GHE,
            "x-access-token",
        ),
        (f"GITHUB_ENTERPRISE_TOKEN={H} GITHUB_SERVER_URL={GHE}", GHE, "x-access-token"),
        (f"GITLAB_TOKEN={L} GITLAB_HOST=git.example.com", GIT, "oauth2"),
        (f"GITLAB_TOKEN={L} CI_SERVER_URL={GIT}", GIT, "oauth2"),
        (f"GITLAB_ACCESS_TOKEN={L} GL_HOST=https://gitlab.com", "https://gitlab.com", "oauth2"),
        (f"GITLAB_TOKEN={L} CI_SERVER_URL={GIT}/Tools", f"{GIT}/tools", "oauth2"),
        (f"GITLAB_TOKEN={L} GITLAB_HOST=git.example.com GITLAB_SUBFOLDER=/tools/", f"{GIT}/tools", "oauth2"),
        (f"GITEA_TOKEN={T} GITEA_SERVER_URL={CODEBERG}", CODEBERG, "pat"),
        (f"GITEA_SERVER_TOKEN={T} GITEA_INSTANCE_URL={GIT}/gitea", f"{GIT}/gitea", "pat"),
        (
            "ARTIFACTS_CREDENTIALPROVIDER_EXTERNAL_FEED_ENDPOINTS="
            + feeds(endpoint=FEED, username="jane", password=A),
            FABRIKAM,
            "jane",
        ),
        ("VSS_NUGET_EXTERNAL_FEED_ENDPOINTS=" + feeds(endpoint=FEED, password=A), FABRIKAM, "pat"),
    ],
)
def test_a_variable_is_for_the_host_that_its_tool_uses_it_for(
    program: Program, line: str, scope: str, username: str
) -> None:
    found = import_(program, "environment", environment=variables(line))
    assert [(row.scope, row.username, row.outcome) for row in found] == [(scope, username, "added")]
    assert scopes(program) == [(scope, username)]


@pytest.mark.parametrize(
    ("line", "reason", "place"),
    [
        *(
            (f"{name}={A}", NO_ORGANIZATION, FABRIKAM)
            for name in (
                "AZURE_DEVOPS_EXT_PAT",
                "AZURE_DEVOPS_PAT",
                "AZDO_PERSONAL_ACCESS_TOKEN",
                "AZP_TOKEN",
            )
        ),
        (f"GH_TOKEN={H}", f"{NO_HOST}GH_HOST, GITHUB_SERVER_URL); run: git ", "https://github.com"),
        (f"GITHUB_TOKEN={H}", NO_HOST, "https://github.com"),
        (f"GH_TOKEN={H} GH_HOST={GHE[8:]}", NO_HOST, ""),
        (f"GH_ENTERPRISE_TOKEN={H}", NO_HOST, GHE),
        (f"GH_ENTERPRISE_TOKEN={H} GH_HOST=github.com", NO_HOST, ""),
        (f"GH_ENTERPRISE_TOKEN={H} GITHUB_SERVER_URL=https://github.com", NO_HOST, ""),
        (f"GITLAB_TOKEN={L}", f"{NO_HOST}GITLAB_HOST, GL_HOST, ", "https://gitlab.com"),
        (f"GITEA_TOKEN={T}", NO_HOST, f"{GIT}/gitea"),
        (
            f"GITHUB_TOKEN={H} GH_HOST=contoso.ghe.com GITHUB_SERVER_URL={GHE}",
            "GH_HOST, GITHUB_SERVER_URL name different servers; run: git credential-pat seed URL --from-env ",
            "",
        ),
        (f"GITLAB_TOKEN={L} GITLAB_HOST=gitlab.com CI_SERVER_URL={GIT}", "GITLAB_HOST, GL_HOST, ", ""),
        (f"GITHUB_TOKEN={T} GITHUB_SERVER_URL={GIT} GITEA_ACTIONS=true", "a job's token lasts for ", ""),
        (f"SYSTEM_ACCESSTOKEN={A}", "a job's token lasts for minutes", ""),
        (f"GITLAB_TOKEN={L} GITLAB_HOST=a%b", "it is no URL with a protocol and a host", ""),
    ],
)
def test_a_token_whose_host_no_variable_names_is_not_taken(
    program: Program, line: str, reason: str, place: str
) -> None:
    """Where no variable names the host, the user may."""
    ((scope, _, outcome, why),) = import_(program, "environment", environment=variables(line))
    assert (scope, outcome) == (None, "not-taken")
    assert why.startswith(reason)
    assert not program.vault.exists()
    if place:
        import_(program, "environment", place, environment=variables(line))
        assert [scope for scope, _ in scopes(program)] == [place]


@pytest.mark.parametrize(
    ("place", "taken"),
    [(GHE, []), (TFS, [TFS])],
    ids=["either could be meant", "it can be but one kind"],
)
def test_a_url_that_may_be_meant_for_either_of_two_tokens_is_for_none(
    program: Program, place: str, taken: list[str]
) -> None:
    line = f"GH_ENTERPRISE_TOKEN={H} AZURE_DEVOPS_EXT_PAT={A}"
    import_(program, "environment", place, environment=variables(line))
    assert [scope for scope, _ in scopes(program)] == taken


def test_what_runs_below_a_path_is_noted_with_it(program: Program) -> None:
    line = f"GITLAB_TOKEN={L} CI_SERVER_URL={GIT}/Tools"
    import_(program, "environment", environment=variables(line))
    assert program.git("config", "--global", f"pat.{GIT}/Tools.provider").stdout == b"gitlab\n"


def test_a_url_is_only_for_the_variables_that_name_none(program: Program) -> None:
    azure = f"AZURE_DEVOPS_EXT_PAT={A} AZP_TOKEN={OTHER_AZURE_TOKEN} AZP_URL={CONTOSO}"
    line = f"{azure} GH_TOKEN={H} GITHUB_SERVER_URL=https://github.com GITLAB_TOKEN={L}"
    import_(program, "environment", FABRIKAM, environment=variables(line))
    assert [scope for scope, _ in scopes(program)] == [CONTOSO, FABRIKAM, "https://github.com"]


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"endpointCredentials": [{"endpoint": "x"}]}', "[" * 9999]
)
def test_malformed_feeds_are_reported_and_hinder_nothing(program: Program, text: str) -> None:
    environment = {**variables(f"GH_TOKEN={H} GH_HOST=github.com"), "VSS_NUGET_EXTERNAL_FEED_ENDPOINTS": text}
    found = import_(program, "environment", environment=environment)
    assert [row.outcome for row in found] == ["added", "not-taken"]


def test_a_token_in_the_place_is_refused(program: Program) -> None:
    place = f"https://jane:{AZURE_TOKEN}@dev.azure.com/fabrikam"
    assert AZURE_TOKEN not in refusal(program.run("import", "environment", place), 2)

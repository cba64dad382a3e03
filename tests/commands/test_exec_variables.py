"""`exec URL -- CMD`: which variables hold the token of which host, and that it is led to no other."""

from __future__ import annotations

import json

import pytest
from support.checks import keep, refusal
from support.program import AZURE_TOKEN, CONTOSO, FABRIKAM, NO_AGENT, OTHER_AZURE_TOKEN, Program, attributes

ENDPOINTS = "ARTIFACTS_CREDENTIALPROVIDER_EXTERNAL_FEED_ENDPOINTS"
OLDER_ENDPOINTS = "VSS_NUGET_EXTERNAL_FEED_ENDPOINTS"
LAUNCHERS_OWN = {"PWD"}
"""What a shell that starts a program sets."""


def environment_of(program: Program, *arguments: str, **environment: str) -> dict[str, str]:
    """Return the environment that a command gets."""
    run = program.run("exec", *arguments, "--", "env", "-0", environment=environment)
    assert (run.status, run.stderr) == (0, ""), run
    rows = [row.partition(b"=") for row in run.stdout.split(b"\0") if row]
    return {name.decode(): value.decode("utf-8", "surrogateescape") for name, _, value in rows}


def added(program: Program, *arguments: str) -> dict[str, str]:
    """Return what a command finds in its environment beside what was there before."""
    found = environment_of(program, *arguments)
    assert {name: found.get(name) for name in program.environment} == program.environment
    return {
        name: value for name, value in found.items() if name not in {*program.environment, *LAUNCHERS_OWN}
    }


def test_azure_devops_tools_find_the_token_and_its_organization(program: Program) -> None:
    keep(program, FABRIKAM)
    keep(program, CONTOSO, token=OTHER_AZURE_TOKEN)
    assert added(program, "https://fabrikam.visualstudio.com/web/_git/api") == {
        "AZURE_DEVOPS_EXT_PAT": AZURE_TOKEN,
        "AZURE_DEVOPS_PAT": AZURE_TOKEN,
        "SYSTEM_ACCESSTOKEN": AZURE_TOKEN,
        "AZDO_PERSONAL_ACCESS_TOKEN": AZURE_TOKEN,
        "AZDO_ORG_SERVICE_URL": "https://dev.azure.com/fabrikam",
    }


def test_a_token_of_a_project_is_for_tools_one_of_its_organization(program: Program) -> None:
    keep(program, f"{FABRIKAM}/web")
    assert added(program, f"{FABRIKAM}/web")["AZDO_ORG_SERVICE_URL"] == "https://dev.azure.com/fabrikam"


def test_a_token_without_an_organization_is_not_given_to_what_takes_the_address_apart(
    program: Program,
) -> None:
    keep(program, "https://dev.azure.com", username="jane")
    assert added(program, "https://dev.azure.com") == {
        "AZURE_DEVOPS_EXT_PAT": AZURE_TOKEN,
        "AZURE_DEVOPS_PAT": AZURE_TOKEN,
        "SYSTEM_ACCESSTOKEN": AZURE_TOKEN,
    }


@pytest.mark.parametrize(
    ("url", "provider", "expected"),
    [
        (
            "https://github.com/acme",
            "",
            {"GH_TOKEN": "secret", "GITHUB_TOKEN": "secret", "GH_HOST": "github.com"},
        ),
        (
            "https://acme.ghe.com/acme",
            "github",
            {"GH_TOKEN": "secret", "GITHUB_TOKEN": "secret", "GH_HOST": "acme.ghe.com"},
        ),
        (
            "https://git.acme.test/web",
            "github",
            {
                "GH_ENTERPRISE_TOKEN": "secret",
                "GITHUB_ENTERPRISE_TOKEN": "secret",
                "GH_HOST": "git.acme.test",
            },
        ),
        (
            "https://gitlab.com/acme",
            "",
            {"GITLAB_TOKEN": "secret", "GITLAB_HOST": "https://gitlab.com"},
        ),
        (
            "https://git.acme.test:8443/web",
            "gitlab",
            {"GITLAB_TOKEN": "secret", "GITLAB_HOST": "https://git.acme.test:8443"},
        ),
        (
            "https://codeberg.org/acme",
            "",
            {
                "GITEA_TOKEN": "secret",
                "GITEA_SERVER_TOKEN": "secret",
                "GITEA_INSTANCE_URL": "https://codeberg.org",
                "GITEA_SERVER_URL": "https://codeberg.org",
            },
        ),
        (
            "https://tfs.acme.test/tfs/main",
            "azure-devops-server",
            {"AZURE_DEVOPS_EXT_PAT": "secret", "AZURE_DEVOPS_PAT": "secret", "SYSTEM_ACCESSTOKEN": "secret"},
        ),
    ],
)
def test_each_kind_of_host_has_its_variables(
    program: Program, url: str, provider: str, expected: dict[str, str]
) -> None:
    if provider:
        base = "/".join(url.split("/")[:3])
        assert program.git("config", "--global", f"pat.{base}.provider", provider).status == 0
    keep(program, url, token="secret")
    assert added(program, url) == expected


@pytest.mark.parametrize(
    ("url", "name", "elsewhere", "there"),
    [
        ("https://gitlab.com/acme", "GITLAB_HOST", "https://evil.test", "https://gitlab.com"),
        ("https://github.com/acme", "GH_HOST", "evil.ghe.com", "github.com"),
    ],
)
def test_what_points_a_tool_elsewhere_does_not_lead_the_token_there(
    program: Program, url: str, name: str, elsewhere: str, there: str
) -> None:
    keep(program, url, token="secret")
    found = environment_of(program, url, **{name: elsewhere})
    assert found[name] == there


@pytest.mark.parametrize("url", ["https://git.example.com", "https://bitbucket.org/acme"])
def test_a_host_whose_tools_are_not_known_needs_the_variable_s_name(program: Program, url: str) -> None:
    keep(program, url, token="secret", username="jane")
    host = url.split("/")[2]
    assert refusal(program.run("exec", url, "--", "true"), 2) == (
        f"no variable is known that tools of {host} read; give --env NAME"
    )
    assert added(program, url, "--env", "API_TOKEN", "--env", "_2") == {"API_TOKEN": "secret", "_2": "secret"}


def test_variables_of_one_s_own_come_beside_those_of_the_host(program: Program) -> None:
    keep(program, "https://github.com/acme", token="secret")
    assert added(program, "https://github.com/acme", "--env", "MINE") == {
        "GH_TOKEN": "secret",
        "GITHUB_TOKEN": "secret",
        "GH_HOST": "github.com",
        "MINE": "secret",
    }


@pytest.mark.parametrize("name", ["", "2X", "A-B", "A=B", "A B", "Ä", "A\nB", "A" * 51])
def test_a_word_that_no_variable_can_be_called_is_refused_and_not_repeated(
    program: Program, name: str
) -> None:
    keep(program, FABRIKAM)
    assert refusal(program.run("exec", FABRIKAM, "--env", name, "--", "true"), 2) == (
        "--env wants the name of a variable: letters, digits and underscores"
    )


@pytest.mark.parametrize("name", ["PATH", "LD_PRELOAD", "LD_LIBRARY_PATH", "DYLD_INSERT_LIBRARIES"])
def test_a_variable_that_says_where_programs_come_from_is_refused(program: Program, name: str) -> None:
    keep(program, FABRIKAM)
    assert refusal(program.run("exec", FABRIKAM, "--env", name, "--", "true"), 2) == (
        f"{name} says where programs are loaded from, and can hold no token; give another"
    )


# Feeds


def test_feeds_by_name_and_by_url_are_handed_to_nuget_s_credential_provider(program: Program) -> None:
    keep(program, FABRIKAM)
    old = "https://Fabrikam.pkgs.visualstudio.com/_packaging/Old/nuget/v3/index.json"
    found = added(program, FABRIKAM, "--feed", "Shared Packages@Release", "--feed", old)
    assert found[ENDPOINTS] == found[OLDER_ENDPOINTS]
    assert found[ENDPOINTS] == (
        '{"endpointCredentials":['
        '{"endpoint":"https://pkgs.dev.azure.com/fabrikam/_packaging/Shared%20Packages@Release/nuget/v3/index.json",'
        f'"username":"pat","password":"{AZURE_TOKEN}"}},'
        f'{{"endpoint":"{old}","username":"pat","password":"{AZURE_TOKEN}"}}]}}'
    )


def test_without_a_feed_the_user_s_own_endpoints_stay(program: Program) -> None:
    keep(program, FABRIKAM)
    assert environment_of(program, FABRIKAM, **{ENDPOINTS: "mine"})[ENDPOINTS] == "mine"


@pytest.mark.parametrize(
    "feed",
    [
        "https://pkgs.dev.azure.com/contoso/_packaging/feed/nuget/v3/index.json",
        "https://contoso.pkgs.visualstudio.com/_packaging/feed/nuget/v3/index.json",
        "https://pkgs.dev.azure.com.evil.test/fabrikam/_packaging/feed/nuget/v3/index.json",
        "https://evil.test/fabrikam/_packaging/feed/nuget/v3/index.json",
        "https://pkgs.dev.azure.com:8443/fabrikam/_packaging/feed/nuget/v3/index.json",
        "http://pkgs.dev.azure.com/fabrikam/_packaging/feed/nuget/v3/index.json",
        "https://pkgs.dev.azure.com/",
    ],
)
def test_a_feed_of_another_organization_or_host_gets_no_token(program: Program, feed: str) -> None:
    keep(program, FABRIKAM)
    keep(program, CONTOSO, token=OTHER_AZURE_TOKEN)
    assert refusal(program.run("exec", FABRIKAM, "--feed", feed, "--", "true"), 2) == (
        f"the feed {feed} is not of {FABRIKAM}, and must not get its token; give one of that organization"
    )


@pytest.mark.parametrize(
    "feed",
    [
        "https://evil.test\\@pkgs.dev.azure.com/fabrikam/_packaging/feed/nuget/v3/index.json",
        "https://fabrikam@pkgs.dev.azure.com/fabrikam/_packaging/feed/nuget/v3/index.json",
        "https://pkgs.dev.azure.com/fabrikam\\_packaging/feed",
        "https://pkgs.dev.azure.com/fabrikam/_packaging/fe ed",
        "https://pkgs.dev.azure.com/fabrikam/_packaging/fe\ted",
        "https://pkgs.dev.azure.com/fabrikam/_packaging/fëed",
    ],
)
def test_a_feed_s_url_that_another_program_could_read_otherwise_is_refused(
    program: Program, feed: str
) -> None:
    keep(program, FABRIKAM)
    assert refusal(program.run("exec", FABRIKAM, "--feed", feed, "--", "true"), 2) == (
        "the feed's URL holds a username or an odd character; give it as the feed's page shows it"
    )


@pytest.mark.parametrize(
    "feed", ["", ".", "..", "../x", "a/b", "a\\b", "pkgs.dev.azure.com/fabrikam/f", "a\nb"]
)
def test_what_is_no_feed_s_name_is_refused(program: Program, feed: str) -> None:
    keep(program, FABRIKAM)
    assert refusal(program.run("exec", FABRIKAM, "--feed", feed, "--", "true"), 2).endswith(
        '" is no name of a feed; give its URL or its name'
    )


@pytest.mark.parametrize("url", ["https://github.com/acme", "https://dev.azure.com"])
def test_feeds_are_only_for_organizations_of_azure_devops(program: Program, url: str) -> None:
    keep(program, url, token="secret", username="jane")
    assert refusal(program.run("exec", url, "--feed", "feed", "--", "true"), 2) == (
        "--feed is for an organization of Azure DevOps; leave it out"
    )


# Tokens of other kinds


def test_a_token_need_not_be_text(program: Program) -> None:
    request = attributes("protocol=https", "host=git.example.com", "username=jane")[:-1]
    assert program.run("store", stdin=request + b"password=\xff\xfe\n\n").status == 0
    run = program.run("exec", "https://git.example.com", "--env", "T", "--", "printenv", "T")
    assert (run.status, run.stdout) == (0, b"\xff\xfe\n")


def test_a_token_that_is_not_text_is_refused_for_feeds(program: Program) -> None:
    request = attributes("protocol=https", "host=dev.azure.com", "path=fabrikam", "username=jane")[:-1]
    assert program.run("store", stdin=request + b"password=\xff\xfe\n\n").status == 0
    assert refusal(program.run("exec", FABRIKAM, "--feed", "feed", "--", "true"), 1) == (
        "the token is not text, so that --feed cannot hand it on; leave that out"
    )


@pytest.mark.parametrize(
    ("authtype", "credential", "expected"),
    [("Bearer", "secret", b"secret\n"), ("Basic", "amFuZTpzZWNyZXQ=", b"secret\n")],
)
def test_a_token_that_git_handed_in_as_a_header_is_given_bare(
    program: Program, authtype: str, credential: str, expected: bytes
) -> None:
    keep(program, "https://git.example.com", token=credential, authtype=authtype.encode())
    run = program.run("exec", "https://git.example.com", "--env", "T", "--", "printenv", "T")
    assert (run.status, run.stdout) == (0, expected)


@pytest.mark.parametrize("credential", ["not base64!", "amFuZTo=", "amFuZTphAGI="])
def test_what_fits_no_variable_is_refused(program: Program, credential: str) -> None:
    keep(program, "https://git.example.com", token=credential, authtype=b"Basic")
    assert refusal(program.run("exec", "https://git.example.com", "--env", "T", "--", "true"), 1) == (
        "what is kept for https://git.example.com fits no variable; seed its token again"
    )


def test_username_picks_one_of_several(program: Program) -> None:
    keep(program, "https://gitlab.com/group", token="glpat-" + "a" * 20, username="jane")
    keep(program, "https://gitlab.com/group", token="glpat-" + "b" * 20, username="john")
    for name, letter in (("jane", "a"), ("john", "b")):
        found = added(program, "https://gitlab.com/group", "--username", name)
        assert found["GITLAB_TOKEN"] == "glpat-" + letter * 20


# The environment of before


def test_the_rest_of_the_environment_is_the_user_s_to_the_byte(program: Program) -> None:
    keep(program, FABRIKAM)
    mine = {
        "OPENSSL_CONF": "/etc/mine.cnf",
        "OPENSSL_MODULES": "",
        "LC_CTYPE": "C",
        "GIT_CONFIG_GLOBAL": ".gitconfig",
        "ODD": "a\nb\udcff=",
    }
    found = environment_of(program, FABRIKAM, **mine)
    assert {name: found.get(name) for name in mine} == mine
    ours = [name for name in found if name.startswith("GIT_CREDENTIAL_PAT")]
    assert ours == []


def test_a_locale_that_the_user_did_not_set_is_not_set(program: Program) -> None:
    keep(program, FABRIKAM)
    run = program.run("exec", FABRIKAM, "--", "env", environment={"LANG": "C"})
    assert [row for row in run.stdout.splitlines() if row.startswith(b"LC_")] == []


def test_the_command_s_own_use_of_git_is_answered_as_always(program: Program) -> None:
    keep(program, FABRIKAM)
    request = attributes("protocol=https", "host=dev.azure.com", "path=fabrikam/web")
    run = program.run(
        "exec", FABRIKAM, "--", "git-credential-pat", "get", stdin=request, environment=NO_AGENT
    )
    assert run.stdout == f"username=pat\npassword={AZURE_TOKEN}\n".encode()


def test_the_endpoints_are_json_whatever_the_token_holds(program: Program) -> None:
    keep(program, FABRIKAM, token='a"b\\c')
    found = added(program, FABRIKAM, "--feed", "feed")
    assert json.loads(found[ENDPOINTS])["endpointCredentials"][0]["password"] == 'a"b\\c'


@pytest.mark.parametrize(
    ("url", "provider", "jobs", "expected"),
    [
        (
            FABRIKAM,
            "",
            {"SYSTEM_COLLECTIONURI": f"{CONTOSO}/", "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI": f"{CONTOSO}/"},
            {"SYSTEM_COLLECTIONURI": f"{FABRIKAM}/", "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI": f"{FABRIKAM}/"},
        ),
        (
            "https://github.com/acme",
            "",
            {"GITHUB_SERVER_URL": "https://ghe.test", "GITHUB_API_URL": "https://ghe.test/api/v3"},
            {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_API_URL": "https://api.github.com"},
        ),
        (
            "https://ghe.test/acme",
            "github",
            {
                "GITHUB_API_URL": "https://api.github.com",
                "GITHUB_GRAPHQL_URL": "https://api.github.com/graphql",
            },
            {
                "GITHUB_API_URL": "https://ghe.test/api/v3",
                "GITHUB_GRAPHQL_URL": "https://ghe.test/api/graphql",
            },
        ),
        (
            "https://gitlab.com/acme",
            "",
            {"CI_SERVER_URL": "https://git.test", "GL_HOST": "git.test", "GITLAB_SUBFOLDER": "gitlab"},
            {"CI_SERVER_URL": "https://gitlab.com", "GL_HOST": "https://gitlab.com", "GITLAB_SUBFOLDER": ""},
        ),
    ],
)
def test_a_jobs_own_variables_lead_the_token_to_no_other_server(
    program: Program, url: str, provider: str, jobs: dict[str, str], expected: dict[str, str]
) -> None:
    if provider:
        program.git("config", "--global", f"pat.{url.rpartition('/')[0]}.provider", provider)
    keep(program, url, token="secret")
    found = environment_of(program, url, **jobs)
    assert {name: found[name] for name in expected} == expected

"""`exec URL -- CMD`: which variables hold the token of which host, and that it is led to no other."""

from __future__ import annotations

import json

import pytest
from support.checks import keep, refusal
from support.program import AZURE_TOKEN, CONTOSO, FABRIKAM, NO_AGENT, OTHER_AZURE_TOKEN, Program, attributes

ENDPOINTS = "ARTIFACTS_CREDENTIALPROVIDER_EXTERNAL_FEED_ENDPOINTS"
OLDER_ENDPOINTS = "VSS_NUGET_EXTERNAL_FEED_ENDPOINTS"
NO_TOKEN = (
    "what is stored for https://git.example.com is a ready header without a token; "
    "run: git credential-pat header https://git.example.com"
)
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


AZURE = ("AZURE_DEVOPS_EXT_PAT", "AZURE_DEVOPS_PAT", "SYSTEM_ACCESSTOKEN")
ORGANIZATION = {"AZDO_PERSONAL_ACCESS_TOKEN": AZURE_TOKEN, "AZDO_ORG_SERVICE_URL": FABRIKAM}


@pytest.mark.parametrize(
    ("kept", "url", "others"),
    [
        (FABRIKAM, "https://fabrikam.visualstudio.com/web/_git/api", ORGANIZATION),
        (f"{FABRIKAM}/web", f"{FABRIKAM}/web", ORGANIZATION),
        ("https://dev.azure.com", "https://dev.azure.com", {}),
    ],
    ids=["an organization", "a project", "no organization, for tools that take the address apart"],
)
def test_azure_devops_tools_find_the_token_and_its_organization(
    program: Program, kept: str, url: str, others: dict[str, str]
) -> None:
    keep(program, kept, username="jane")
    if others:
        keep(program, CONTOSO, token=OTHER_AZURE_TOKEN)
    assert added(program, url) == {**dict.fromkeys(AZURE, AZURE_TOKEN), **others}


def provided(program: Program, url: str, provider: str) -> None:
    """Keep a token for a URL, and note what runs at its host."""
    if provider:
        base = "/".join(url.split("/")[:3])
        assert program.git("config", "--global", f"pat.{base}.provider", provider).status == 0
    keep(program, url, token="secret")


ACME = "https://git.acme.test"
GITEA_URL = {"GITEA_INSTANCE_URL": "https://codeberg.org", "GITEA_SERVER_URL": "https://codeberg.org"}


@pytest.mark.parametrize(
    ("url", "provider", "tokens", "others"),
    [
        ("https://github.com/acme", "", "GH_TOKEN GITHUB_TOKEN", {"GH_HOST": "github.com"}),
        ("https://acme.ghe.com/a", "github", "GH_TOKEN GITHUB_TOKEN", {"GH_HOST": "acme.ghe.com"}),
        (ACME, "github", "GH_ENTERPRISE_TOKEN GITHUB_ENTERPRISE_TOKEN", {"GH_HOST": "git.acme.test"}),
        ("https://gitlab.com/acme", "", "GITLAB_TOKEN", {"GITLAB_HOST": "https://gitlab.com"}),
        (f"{ACME}:8443/web", "gitlab", "GITLAB_TOKEN", {"GITLAB_HOST": f"{ACME}:8443"}),
        ("https://codeberg.org/acme", "", "GITEA_TOKEN GITEA_SERVER_TOKEN", GITEA_URL),
        ("https://tfs.acme.test/tfs/main", "azure-devops-server", " ".join(AZURE), {}),
    ],
)
def test_each_kind_of_host_has_its_variables(
    program: Program, url: str, provider: str, tokens: str, others: dict[str, str]
) -> None:
    provided(program, url, provider)
    assert added(program, url, "--env", "MINE") == {
        **dict.fromkeys([*tokens.split(), "MINE"], "secret"),
        **others,
    }


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
            {
                "GH_HOST": "evil.ghe.com",
                "GITHUB_SERVER_URL": "https://ghe.test",
                "GITHUB_API_URL": "https://ghe.test/api/v3",
            },
            {
                "GH_HOST": "github.com",
                "GITHUB_SERVER_URL": "https://github.com",
                "GITHUB_API_URL": "https://api.github.com",
            },
        ),
        (
            f"{ACME}/acme",
            "github",
            {
                "GITHUB_API_URL": "https://api.github.com",
                "GITHUB_GRAPHQL_URL": "https://api.github.com/graphql",
            },
            {"GITHUB_API_URL": f"{ACME}/api/v3", "GITHUB_GRAPHQL_URL": f"{ACME}/api/graphql"},
        ),
        (
            "https://gitlab.com/acme",
            "",
            {
                "GITLAB_HOST": "https://evil.test",
                "CI_SERVER_URL": "https://git.test",
                "GL_HOST": "git.test",
                "GITLAB_SUBFOLDER": "gitlab",
            },
            {
                **dict.fromkeys(("GITLAB_HOST", "CI_SERVER_URL", "GL_HOST"), "https://gitlab.com"),
                "GITLAB_SUBFOLDER": "",
            },
        ),
    ],
)
def test_what_points_a_tool_elsewhere_does_not_lead_the_token_there(
    program: Program, url: str, provider: str, jobs: dict[str, str], expected: dict[str, str]
) -> None:
    provided(program, url, provider)
    found = environment_of(program, url, **jobs)
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize("url", ["https://git.example.com", "https://bitbucket.org/acme"])
def test_a_host_whose_tools_are_not_known_needs_the_variable_s_name(program: Program, url: str) -> None:
    keep(program, url, token="secret", username="jane")
    assert refusal(program.run("exec", url, "--", "true"), 2).endswith("; give --env NAME")
    assert added(program, url, "--env", "API_TOKEN", "--env", "_2") == {"API_TOKEN": "secret", "_2": "secret"}


@pytest.mark.parametrize("name", ["", "2X", "A=B", "A B", "Ä", "A\nB", "A" * 51])
def test_a_word_that_no_variable_can_be_called_is_refused_and_not_repeated(
    program: Program, name: str
) -> None:
    keep(program, FABRIKAM)
    assert refusal(program.run("exec", FABRIKAM, "--env", name, "--", "true"), 2) == (
        "--env needs the name of a variable: letters, digits and underscores"
    )


@pytest.mark.parametrize("name", ["PATH", "LD_LIBRARY_PATH", "DYLD_INSERT_LIBRARIES"])
def test_a_variable_that_says_where_programs_come_from_is_refused(program: Program, name: str) -> None:
    keep(program, FABRIKAM)
    assert name in refusal(program.run("exec", FABRIKAM, "--env", name, "--", "true"), 2)


# Feeds

PACKAGING = "fabrikam/_packaging/feed/nuget/v3/index.json"


def test_feeds_by_name_and_by_url_are_handed_to_nuget_s_credential_provider(program: Program) -> None:
    secret = 'a"b\\c'
    keep(program, FABRIKAM, token=secret)
    assert environment_of(program, FABRIKAM, **{ENDPOINTS: "mine"})[ENDPOINTS] == "mine"
    old = "https://Fabrikam.pkgs.visualstudio.com/_packaging/Old/nuget/v3/index.json"
    found = added(program, FABRIKAM, "--feed", "Shared Packages@Release", "--feed", old)
    assert found[ENDPOINTS] == found[OLDER_ENDPOINTS]
    feed = "https://pkgs.dev.azure.com/fabrikam/_packaging/Shared%20Packages@Release/nuget/v3/index.json"
    assert json.loads(found[ENDPOINTS]) == {
        "endpointCredentials": [
            {"endpoint": url, "username": "pat", "password": secret} for url in (feed, old)
        ]
    }


@pytest.mark.parametrize(
    "feed",
    [
        "https://contoso.pkgs.visualstudio.com/_packaging/feed/nuget/v3/index.json",
        f"https://pkgs.dev.azure.com.evil.test/{PACKAGING}",
        f"https://evil.test/{PACKAGING}",
        f"https://pkgs.dev.azure.com:8443/{PACKAGING}",
        f"http://pkgs.dev.azure.com/{PACKAGING}",
        "https://pkgs.dev.azure.com/",
        f"https://evil.test\\@pkgs.dev.azure.com/{PACKAGING}",
        "https://pkgs.dev.azure.com/fabrikam\\_packaging/feed",
        "https://pkgs.dev.azure.com/fabrikam/_packaging/fe ed",
        "https://pkgs.dev.azure.com/fabrikam/_packaging/fe\ted",
        "https://pkgs.dev.azure.com/fabrikam/_packaging/fëed",
        "",
        ".",
        "..",
        "../x",
        "a\\b",
        "pkgs.dev.azure.com/fabrikam/f",
        "a\nb",
    ],
)
def test_what_is_no_feed_of_the_organization_or_could_be_read_as_another_gets_no_token(
    program: Program, feed: str
) -> None:
    keep(program, FABRIKAM)
    keep(program, CONTOSO, token=OTHER_AZURE_TOKEN)
    assert "feed" in refusal(program.run("exec", FABRIKAM, "--feed", feed, "--", "true"), 2)


@pytest.mark.parametrize("url", ["https://github.com/acme", "https://dev.azure.com"])
def test_feeds_are_only_for_organizations_of_azure_devops(program: Program, url: str) -> None:
    keep(program, url, token="secret", username="jane")
    assert refusal(program.run("exec", url, "--feed", "feed", "--", "true"), 2).endswith("; leave it out")


# Tokens of other kinds


def test_a_token_need_not_be_text_but_for_feeds(program: Program) -> None:
    request = attributes("protocol=https", "host=dev.azure.com", "path=fabrikam", "username=jane")[:-1]
    assert program.run("store", stdin=request + b"password=\xff\xfe\n\n").status == 0
    run = program.run("exec", FABRIKAM, "--env", "T", "--", "printenv", "T")
    assert (run.status, run.stdout) == (0, b"\xff\xfe\n")
    assert refusal(program.run("exec", FABRIKAM, "--feed", "feed", "--", "true"), 1) == (
        "the token is not text, so --feed cannot pass it on; leave out --feed"
    )


@pytest.mark.parametrize(("authtype", "credential"), [("Bearer", "secret"), ("Basic", "amFuZTpzZWNyZXQ=")])
def test_a_token_that_git_handed_in_as_a_header_is_given_bare(
    program: Program, authtype: str, credential: str
) -> None:
    keep(program, "https://git.example.com", token=credential, authtype=authtype.encode())
    assert added(program, "https://git.example.com", "--env", "T") == {"T": "secret"}


@pytest.mark.parametrize(
    ("authtype", "credential", "why"),
    [
        (b"", "a\0b", "the token for https://git.example.com does not fit into a variable; seed it again"),
        (
            b"Basic",
            "amFuZTo=",
            "the token for https://git.example.com does not fit into a variable; seed it again",
        ),
        *((b"Basic", value, NO_TOKEN) for value in ("not base64!", "amFuZTphAGI=")),
        (b"Negotiate", "YII=", NO_TOKEN),
    ],
)
def test_what_fits_no_variable_is_refused(
    program: Program, authtype: bytes, credential: str, why: str
) -> None:
    keep(program, "https://git.example.com", token=credential, username="jane", authtype=authtype)
    assert refusal(program.run("exec", "https://git.example.com", "--env", "T", "--", "true"), 1) == why


@pytest.mark.parametrize("command", ["token", "exec"])
def test_a_header_without_a_token_is_not_given_out_as_one(program: Program, command: str) -> None:
    keep(program, "https://git.example.com", token="YII=", authtype=b"Negotiate")
    words = ["--env", "T", "--", "true"] if command == "exec" else []
    assert refusal(program.run(command, "https://git.example.com", *words), 1) == NO_TOKEN


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
    assert [name for name in found if name.startswith("GIT_CREDENTIAL_PAT")] == []
    unset = environment_of(program, FABRIKAM, LANG="C")
    assert [name for name in unset if name.startswith("LC_")] == [], "no locale that the user did not set"


def test_the_command_s_own_use_of_git_is_answered_as_always(program: Program) -> None:
    keep(program, FABRIKAM)
    request = attributes("protocol=https", "host=dev.azure.com", "path=fabrikam/web")
    run = program.run(
        "exec", FABRIKAM, "--", "git-credential-pat", "get", stdin=request, environment=NO_AGENT
    )
    assert run.stdout == f"username=pat\npassword={AZURE_TOKEN}\n".encode()

"""What `seed URL` means: the scope that each shape of URL names, and the URLs and usernames it refuses."""

from __future__ import annotations

import pytest
from support.checks import files, keep, only_entry, refusal, told
from support.program import AZURE_TOKEN, Program, Run, attributes

PASSWORD = "hunter2-canary"


def seed(program: Program, *arguments: str, token: str = AZURE_TOKEN) -> Run:
    return program.run("seed", "--no-verify", "--no-configure", *arguments, stdin=f"{token}\n".encode())


@pytest.mark.parametrize(
    ("url", "scope"),
    [
        ("https://dev.azure.com/fabrikam", "https://dev.azure.com/fabrikam"),
        ("HTTPS://DEV.AZURE.COM/Fabrikam", "https://dev.azure.com/fabrikam"),
        ("https://dev.azure.com:443/fabrikam", "https://dev.azure.com/fabrikam"),
        ("https://dev.azure.com/fabrikam/Web", "https://dev.azure.com/fabrikam/web"),
        ("https://dev.azure.com/fabrikam/My%20Project", "https://dev.azure.com/fabrikam/my%20project"),
        ("https://dev.azure.com/fabrikam/web/_git/api", "https://dev.azure.com/fabrikam"),
        ("https://fabrikam@dev.azure.com/fabrikam/web/_git/api", "https://dev.azure.com/fabrikam"),
        ("https://dev.azure.com/fabrikam/_usersSettings/tokens", "https://dev.azure.com/fabrikam"),
        ("https://dev.azure.com/fabrikam?view=all#top", "https://dev.azure.com/fabrikam"),
        ("https://fabrikam.visualstudio.com", "https://dev.azure.com/fabrikam"),
        ("https://Fabrikam.visualstudio.com/web/_git/api", "https://dev.azure.com/fabrikam"),
        (
            "https://fabrikam.visualstudio.com/DefaultCollection/web/team/_git/api",
            "https://dev.azure.com/fabrikam",
        ),
        ("https://pkgs.dev.azure.com/fabrikam/_packaging/feed/nuget/v3", "https://dev.azure.com/fabrikam"),
        ("https://tfs.example.com/tfs/Main", "https://tfs.example.com/tfs/main"),
        ("https://tfs.example.com/tfs/Main/web/_git/api", "https://tfs.example.com/tfs"),
        ("https://tfs.example.com:8443/Main/web/_git/api", "https://tfs.example.com:8443"),
        ("https://github.com/Octo", "https://github.com/octo"),
        ("https://github.com/octo/hello.git", "https://github.com/octo"),
        ("https://gitlab.com/group/Sub", "https://gitlab.com/group/sub"),
        ("https://gitlab.com/group/sub/project.git", "https://gitlab.com/group"),
        ("https://bitbucket.org/Workspace/repo.git", "https://bitbucket.org/workspace"),
        ("https://codeberg.org/forgejo/forgejo.git", "https://codeberg.org/forgejo"),
    ],
)
def test_a_url_names_a_scope_and_seed_says_which(program: Program, url: str, scope: str) -> None:
    done = seed(program, url)
    assert done.status == 0, done
    assert done.stdout.decode().splitlines()[0] == f"The token for {scope} is kept."


@pytest.mark.parametrize(
    ("url", "scope"),
    [
        ("https://git.example.com", "https://git.example.com"),
        ("https://git.example.com/Team/Repo", "https://git.example.com/Team/Repo"),
        ("https://[2001:DB8::0:1]:8443/x", "https://[2001:db8::1]:8443/x"),
        ("http://localhost:3000/x", "http://localhost:3000/x"),
        ("http://127.0.0.1/x", "http://127.0.0.1/x"),
        ("http://[::1]:3000", "http://[::1]:3000"),
    ],
)
def test_a_host_that_is_not_known_keeps_the_path_as_it_is(program: Program, url: str, scope: str) -> None:
    done = seed(program, url, "--username", "jane")
    assert (done.status, done.stderr) == (0, ""), done
    assert done.stdout.decode().splitlines()[0] == f"The token for {scope} is kept."


def test_the_name_of_a_known_organization_stands_for_its_url(program: Program) -> None:
    keep(program, "https://dev.azure.com/fabrikam")
    assert seed(program, "Fabrikam", "--label", "again").status == 0
    assert only_entry(program)["label"] == "again"


# Refused


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("https://dev.azure.com", 1),
        ("https://dev.azure.com:8443/fabrikam", 1),
        ("https://feeds.dev.azure.com/fabrikam", 1),
        ("https://visualstudio.com/fabrikam", 1),
        ("https://dev.azure.com/-fabrikam", 1),
        ("https://dev.azure.com/fabrikam/../contoso", 1),
        ("https://dev.azure.com/fabrikam//web", 1),
        ("https://dev.azure.com/fab%2frikam", 1),
        ("https://dev.azure.com/fabrikam%0a", 1),
        ("https://", 1),
        ("://dev.azure.com", 1),
        ("http://dev.azure.com/fabrikam", 2),
        ("http://fabrikam.visualstudio.com", 2),
        ("http://github.com/octo", 2),
        ("http://tfs.example.com/tfs/Main", 2),
        ("http://localhost.example.com/tfs/Main", 2),
        ("http://127.example.com/tfs/Main", 2),
        ("ssh://git@ssh.dev.azure.com/v3/fabrikam/web/api", 2),
        ("git@ssh.dev.azure.com:v3/fabrikam/web/api", 2),
        ("dev.azure.com/fabrikam", 2),
        ("fabrikam", 1),
        ("", 2),
    ],
)
def test_a_url_without_one_clear_place_for_a_token_is_refused(
    program: Program, url: str, status: int
) -> None:
    refusal(seed(program, url), status)
    assert files(program) == {}


@pytest.mark.parametrize(
    "url",
    [
        f"https://jane:{PASSWORD}@dev.azure.com/fabrikam",
        f"https://:{PASSWORD}@git.example.com/x",
        f"https://jane:{PASSWORD}@git.example.com:0x/x",
        f"https://{AZURE_TOKEN}@dev.azure.com/fabrikam/web/_git/api",
        f"https://{AZURE_TOKEN}@fabrikam.visualstudio.com/web/_git/api",
        f"https://{AZURE_TOKEN}:@fabrikam.visualstudio.com",
        f"https://{AZURE_TOKEN}@tfs.example.com/tfs/Main",
        f"https://{AZURE_TOKEN}@git.example.com/x",
        f"https://x:ghp_{PASSWORD}@github.com/octo",
        f"http://jane:{PASSWORD}@tfs.example.com/tfs/Main",
        f"ssh://jane:{PASSWORD}@ssh.dev.azure.com/v3",
        f"jane:{PASSWORD}@dev.azure.com",
        f"jane:{PASSWORD}@dev.azure.com/fabrikam",
    ],
)
def test_a_url_with_a_secret_is_refused_without_repeating_it(program: Program, url: str) -> None:
    done = seed(program, url, "--username", "jane")
    assert done.status in (1, 2), done
    line = refusal(done, done.status)
    assert PASSWORD not in line
    assert AZURE_TOKEN not in line
    assert files(program) == {}


@pytest.mark.parametrize("command", ["token", "header", "remove", "restore"])
def test_every_command_refuses_a_url_with_a_secret(program: Program, command: str) -> None:
    line = refusal(program.run(command, f"https://jane:{PASSWORD}@dev.azure.com/fabrikam"), 2)
    assert line == "the URL holds a password or token, which other users can see; give it without"


@pytest.mark.parametrize(
    "arguments",
    [
        ("https://dev.azure.com/fabrikam", AZURE_TOKEN),
        (AZURE_TOKEN,),
        ("--username", AZURE_TOKEN, "https://dev.azure.com/fabrikam"),
        ("--username", f"{AZURE_TOKEN}@example.com", "https://dev.azure.com/fabrikam"),
        ("--from-env", AZURE_TOKEN, "https://dev.azure.com/fabrikam"),
        (f"--token={AZURE_TOKEN}", "https://dev.azure.com/fabrikam"),
        ("--token", AZURE_TOKEN, "https://dev.azure.com/fabrikam"),
    ],
    ids=lambda arguments: arguments[0][:12],
)
def test_a_token_on_the_command_line_is_never_taken_nor_repeated(
    program: Program, arguments: tuple[str, ...]
) -> None:
    done = seed(program, *arguments)
    assert done.status in (1, 2), done
    assert AZURE_TOKEN not in refusal(done, done.status)
    assert files(program) == {}


def test_a_message_shows_outside_text_percent_encoded(program: Program) -> None:
    attack = "\x1b]0;mine\x07\x9b2J\u202e"
    for arguments in (
        (attack,),
        (f"https://dev.azure.com{attack}/fabrikam",),
        ("https://dev.azure.com/fabrikam", attack),
        ("https://dev.azure.com/fabrikam", f"--{attack}"),
        ("https://dev.azure.com/fabrikam", "--days", attack),
        ("https://dev.azure.com/fabrikam", "--expires", attack),
        ("https://tfs.example.com/tfs", "--provider", attack),
        ("https://dev.azure.com/fabrikam", "--from-env", attack),
    ):
        done = seed(program, *arguments)
        assert done.status in (1, 2), done
        refusal(done, done.status)


def test_a_message_shows_at_most_a_hundred_characters_of_outside_text(program: Program) -> None:
    long = "a" * 5000
    for arguments in (
        (long,),
        ("https://dev.azure.com/fabrikam", long),
        ("https://dev.azure.com/fabrikam", f"--{long}"),
        ("https://dev.azure.com/fabrikam", "--days", long),
        (f"https://{long}!/x",),
    ):
        done = seed(program, *arguments)
        assert "a" * 101 not in refusal(done, done.status), arguments


# http


def test_http_needs_allow_http_and_warns(program: Program) -> None:
    url = "http://tfs.example.com:8080/tfs/Main"
    assert refusal(seed(program, url), 2) == (
        "over http anyone on the way can read the token; give the https URL, or --allow-http"
    )
    done = seed(program, url, "--allow-http")
    assert told(done) == "warning: over http anyone on the way can read the token"
    assert only_entry(program)["scope"] == "http://tfs.example.com:8080/tfs/main"


@pytest.mark.parametrize("url", ["http://dev.azure.com/fabrikam", "http://github.com/octo"])
def test_the_public_services_are_https_only_whatever_is_allowed(program: Program, url: str) -> None:
    refusal(seed(program, url, "--allow-http"), 2)
    assert files(program) == {}


def test_a_token_for_https_is_never_answered_for_http(program: Program) -> None:
    assert seed(program, "https://git.example.com", "--username", "jane").status == 0
    request = attributes("protocol=http", "host=git.example.com", "username=jane")
    assert program.run("get", stdin=request) == Run(0, b"", "")
    assert refusal(program.run("token", "http://git.example.com"), 1).startswith("there is no token for ")


# Usernames


def test_an_at_sign_in_a_username_is_refused_with_the_part_before_it(program: Program) -> None:
    for url in ("https://dev.azure.com/fabrikam", "https://gitlab.com/group", "https://github.com/octo"):
        line = refusal(seed(program, url, "--username", "jane@example.com"), 2)
        assert 'takes no "@" in a username; give --username jane' in line
    assert files(program) == {}


def test_a_host_that_is_not_known_takes_an_at_sign_in_a_username(program: Program) -> None:
    assert seed(program, "https://git.example.com", "--username", "jane@example.com").status == 0
    assert only_entry(program)["username"] == "jane@example.com"


def test_a_host_that_is_not_known_takes_the_username_of_the_url(program: Program) -> None:
    assert seed(program, "https://jane%40example.com@git.example.com").status == 0
    assert only_entry(program)["username"] == "jane@example.com"


def test_a_host_that_is_not_known_needs_a_username(program: Program) -> None:
    line = refusal(seed(program, "https://git.example.com"), 2)
    assert line == "this host needs the username too; give it with --username"
    assert files(program) == {}


@pytest.mark.parametrize("name", ["", "ja\x1bne", "ja\nne", "\x7f"])
def test_an_empty_username_or_one_with_control_characters_is_refused(program: Program, name: str) -> None:
    for url in ("https://dev.azure.com/fabrikam", "https://git.example.com"):
        refusal(seed(program, url, "--username", name), 2)
    assert files(program) == {}


def test_a_deploy_token_of_gitlab_needs_its_own_name(program: Program) -> None:
    deploy = "gldt-" + "a1b2" * 5
    refusal(seed(program, "https://gitlab.com/group", token=deploy), 2)
    assert files(program) == {}
    assert seed(program, "https://gitlab.com/group", "--username", "ci", token=deploy).status == 0
    assert only_entry(program)["username"] == "ci"


@pytest.mark.parametrize(
    ("url", "token", "username"),
    [
        ("https://dev.azure.com/fabrikam", AZURE_TOKEN, "pat"),
        ("https://github.com/octo", "ghp_" + "a1" * 18, "x-access-token"),
        ("https://gitlab.com/group", "glpat-" + "a" * 20, "oauth2"),
        ("https://gitlab.com/group", "glcbt-" + "a" * 20, "gitlab-ci-token"),
        ("https://bitbucket.org/workspace", "ATATT3" + "a" * 30, "x-bitbucket-api-token-auth"),
        ("https://bitbucket.org/workspace", "ATCTT3xFfG" + "a" * 30, "x-token-auth"),
        ("https://codeberg.org/forgejo", "0123456789abcdef" * 2 + "01234567", "pat"),
    ],
)
def test_without_a_username_the_hosts_default_is_answered(
    program: Program, url: str, token: str, username: str
) -> None:
    assert seed(program, url, token=token).status == 0
    assert only_entry(program)["username"] == username


# Providers


def test_a_provider_that_is_not_known_is_refused_with_those_that_are(program: Program) -> None:
    line = refusal(seed(program, "https://code.example.com", "--provider", "sourceforge"), 2)
    assert line == (
        'unknown provider "sourceforge"; use one of azure-devops, azure-devops-server, github, gitlab, '
        "bitbucket, gitea, generic"
    )


def test_a_provider_that_contradicts_a_public_host_is_refused(program: Program) -> None:
    line = refusal(seed(program, "https://dev.azure.com/fabrikam", "--provider", "gitlab"), 2)
    assert line == "dev.azure.com is Azure DevOps; leave out --provider"
    assert files(program) == {}

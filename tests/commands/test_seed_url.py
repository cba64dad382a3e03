"""What `seed URL` means, and what it refuses; which scopes URLs mean have tests/vectors/scopes/seeds.json."""

from __future__ import annotations

import pytest
from support.checks import entries, files, keep, only_entry, refusal
from support.program import AZURE_TOKEN, FABRIKAM, Program, Run, attributes

PASSWORD = "hunter2-canary"
CLASSIC, PERSONAL = f"ghp_{'A' * 36}", f"glpat-{'A' * 20}"


def seed(program: Program, *arguments: str, token: str = AZURE_TOKEN) -> Run:
    return program.run("seed", "--no-verify", "--no-configure", *arguments, stdin=f"{token}\n".encode())


def refused(program: Program, *arguments: str, token: str = AZURE_TOKEN) -> str:
    """Return the line that a refused seed said, after seeing that it made nothing."""
    done = seed(program, *arguments, token=token)
    assert done.status in (1, 2), done
    line = refusal(done, done.status)
    assert files(program) == {}
    return line


@pytest.mark.parametrize(
    ("url", "scope"),
    [
        ("HTTPS://fabrikam@DEV.AZURE.COM:443/Fabrikam/Web/_git/Api?view=all#top", FABRIKAM),
        ("https://dev.azure.com/fabrikam/My%20Project", f"{FABRIKAM}/my%20project"),
        ("https://dev.azure.com/fabrikam/_usersSettings/tokens", FABRIKAM),
        ("https://tfs.example.com:8443/Main/web/_git/api", "https://tfs.example.com:8443"),
        ("https://tfs.example.com/tfs/Main", "https://tfs.example.com/tfs/main"),
        ("https://jane@git.example.com/Team/Repo", "https://git.example.com/Team/Repo"),
        ("https://jane@[2001:DB8::0:1]:8443/x", "https://[2001:db8::1]:8443/x"),
        ("http://jane@localhost:3000/x", "http://localhost:3000/x"),
        ("http://jane@127.0.0.1/x", "http://127.0.0.1/x"),
        ("http://jane@[::1]:3000", "http://[::1]:3000"),
    ],
)
def test_a_url_names_a_scope_and_seed_says_which(program: Program, url: str, scope: str) -> None:
    done = seed(program, url)
    assert (done.status, done.stderr) == (0, ""), done
    assert done.stdout.decode().splitlines()[0] == f"Stored the token for {scope}."


@pytest.mark.parametrize(
    ("url", "token", "scope"),
    [
        ("https://npm.pkg.github.com/@Octo%2fweb", CLASSIC, "https://github.com/octo"),
        ("https://gitlab.com/api/v4/projects/Octo%2FWeb/packages/pypi", PERSONAL, "https://gitlab.com/octo"),
        ("https://gitlab.com/api/v4/groups/octo%2Fa/-/packages/npm/", PERSONAL, "https://gitlab.com/octo/a"),
        ("https://ghcr.io/Octo/web", CLASSIC, "https://github.com/octo"),
        ("ghcr.io/octo/web:1.0", CLASSIC, "https://github.com/octo"),
        ("registry.gitlab.com/octo/tools/web", PERSONAL, "https://gitlab.com/octo"),
    ],
)
def test_the_address_of_a_package_means_its_owner_for_every_command(
    program: Program, url: str, token: str, scope: str
) -> None:
    assert seed(program, url, token=token).stdout.decode().splitlines()[0] == f"Stored the token for {scope}."
    assert program.run("token", url).stdout.decode() == f"{token}\n"
    assert program.run("remove", "--yes", url).status == 0
    assert entries(program) == []


def test_for_packages_a_token_that_cannot_read_them_is_stored_with_a_warning(program: Program) -> None:
    octo, fine_grained = "https://github.com/octo", f"github_pat_{'A' * 82}"
    done = seed(program, "--for", "packages", octo, token=fine_grained)
    assert done.stderr == (
        f"git-credential-pat: warning: the token for {octo} cannot read packages: it is fine-grained, and "
        f"packages take classic tokens alone; run: git credential-pat seed {octo} --for packages\n"
    )
    assert seed(program, octo, token=fine_grained).stderr == ""
    assert seed(program, "--for", "packages", octo, token=CLASSIC).stderr == ""


@pytest.mark.parametrize("url", ["https://bitbucket.org/octo", "https://git.example.com/octo"])
def test_for_packages_is_refused_where_nobody_knows_what_they_need(program: Program, url: str) -> None:
    line = refused(program, "--for", "packages", "--username", "jane", url)
    assert line.startswith("it is not known which permissions packages need at ")


def test_the_name_of_a_known_organization_stands_for_its_url(program: Program) -> None:
    keep(program, FABRIKAM)
    assert seed(program, "Fabrikam", "--label", "again").status == 0
    assert only_entry(program)["label"] == "again"


# Refused


@pytest.mark.parametrize(
    "url",
    [
        "https://dev.azure.com/-fabrikam",
        "https://dev.azure.com/fabrikam/../contoso",
        "https://dev.azure.com/fab%2frikam",
        "https://dev.azure.com/fabrikam%0a",
        "https://npm.pkg.github.com/@octo%2f..%2fweb",
        "https://gitlab.com/api/v4/projects/7/packages/pypi/simple",
        "https://ghcr.io/token",
        "jane@ghcr.io/octo",
        "ghcr.io:8443/octo",
        "ghcr.io.example.com/octo",
        "https://gitlab.com%2F@evil.example/api/v4/projects/a%2Fb",
        "://dev.azure.com",
        "http://fabrikam.visualstudio.com",
        "http://github.com/octo",
        "http://jane@localhost.example.com",
        "http://jane@127.example.com",
        "ssh://git@ssh.dev.azure.com/v3/fabrikam/web/api",
    ],
)
def test_a_url_without_one_clear_place_for_a_token_is_refused(program: Program, url: str) -> None:
    refused(program, url)


@pytest.mark.parametrize(
    "url",
    [
        f"https://jane:{PASSWORD}@dev.azure.com/fabrikam",
        f"https://:{PASSWORD}@git.example.com/x",
        f"https://jane:{PASSWORD}@git.example.com:0x/x",
        f"https://{AZURE_TOKEN}@dev.azure.com/fabrikam/web/_git/api",
        f"https://{AZURE_TOKEN}:@fabrikam.visualstudio.com",
        f"https://{AZURE_TOKEN}@tfs.example.com/tfs/Main",
        f"https://{AZURE_TOKEN}@git.example.com/x",
        f"https://x:ghp_{PASSWORD}@github.com/octo",
        f"http://jane:{PASSWORD}@tfs.example.com/tfs/Main",
        f"ssh://jane:{PASSWORD}@ssh.dev.azure.com/v3",
        f"jane:{PASSWORD}@dev.azure.com/fabrikam",
    ],
)
def test_a_url_with_a_secret_is_refused_without_repeating_it(program: Program, url: str) -> None:
    line = refused(program, url, "--username", "jane")
    assert PASSWORD not in line
    assert AZURE_TOKEN not in line


@pytest.mark.parametrize("command", ["token", "header", "remove", "restore", "verify", "exec"])
def test_every_command_refuses_a_url_with_a_secret(program: Program, command: str) -> None:
    for login in (f"jane:{PASSWORD}", AZURE_TOKEN):
        words = ["--", "touch", str(program.home / "mark")] if command == "exec" else []
        line = refusal(program.run(command, f"https://{login}@dev.azure.com/fabrikam", *words), 2)
        assert line.startswith("the URL contains a password or token, which others may see; give the URL")
    assert files(program) == {}


@pytest.mark.parametrize(
    "arguments",
    [
        (FABRIKAM, AZURE_TOKEN),
        (AZURE_TOKEN,),
        ("--username", AZURE_TOKEN, FABRIKAM),
        ("--username", f"{AZURE_TOKEN}@example.com", FABRIKAM),
        ("--from-env", AZURE_TOKEN, FABRIKAM),
        (f"--token={AZURE_TOKEN}", FABRIKAM),
        ("--token", AZURE_TOKEN, FABRIKAM),
    ],
    ids=lambda arguments: arguments[0][:12],
)
def test_a_token_on_the_command_line_is_never_taken_nor_repeated(
    program: Program, arguments: tuple[str, ...]
) -> None:
    assert AZURE_TOKEN not in refused(program, *arguments)


ATTACK = "\x1b]0;mine\x07\x9b2J\u202e"


def lines_with(text: str) -> list[tuple[str, ...]]:
    """Return command lines with a text in every place."""
    return [
        (text,),
        (f"https://{text}!/x",),
        (FABRIKAM, text),
        (FABRIKAM, f"--{text}"),
        (FABRIKAM, "--days", text),
        (FABRIKAM, "--expires", text),
        ("https://tfs.example.com/tfs", "--provider", text),
        (FABRIKAM, "--from-env", text),
    ]


def test_a_message_shows_outside_text_percent_encoded(program: Program) -> None:
    for arguments in lines_with(ATTACK):
        refused(program, *arguments)  # which looks for characters that cannot be printed


def test_a_message_shows_at_most_a_hundred_characters_of_outside_text(program: Program) -> None:
    for arguments in lines_with("a" * 5000):
        assert "a" * 101 not in refused(program, *arguments), arguments


def test_a_token_for_https_is_never_answered_for_http(program: Program) -> None:
    assert seed(program, "https://jane@git.example.com").status == 0
    request = attributes("protocol=http", "host=git.example.com", "username=jane")
    assert program.run("get", stdin=request) == Run(0, b"", "")
    assert refusal(program.run("token", "http://git.example.com"), 1).startswith("there is no token for ")


# Usernames


@pytest.mark.parametrize("url", [FABRIKAM, "https://gitlab.com/group", "https://github.com/octo"])
def test_an_at_sign_in_a_username_is_refused_with_the_part_before_it(program: Program, url: str) -> None:
    assert "give --username jane" in refused(program, url, "--username", "jane@example.com")


@pytest.mark.parametrize(
    "arguments",
    [
        ("https://git.example.com", "--username", "jane@example.com"),
        ("https://jane%40example.com@git.example.com",),
    ],
    ids=["option", "URL"],
)
def test_a_host_that_is_not_known_takes_an_at_sign_in_a_username(
    program: Program, arguments: tuple[str, ...]
) -> None:
    assert seed(program, *arguments).status == 0
    assert only_entry(program)["username"] == "jane@example.com"


@pytest.mark.parametrize("name", ["", "ja\x1bne", "ja\nne", "\x7f"])
def test_an_empty_username_or_one_with_control_characters_is_refused(program: Program, name: str) -> None:
    for url in (FABRIKAM, "https://git.example.com"):
        refused(program, url, "--username", name)


def test_a_deploy_token_of_gitlab_needs_its_own_name(program: Program) -> None:
    deploy = "gldt-" + "a1b2" * 5
    refused(program, "https://gitlab.com/group", token=deploy)
    assert seed(program, "https://gitlab.com/group", "--username", "ci", token=deploy).status == 0
    assert only_entry(program)["username"] == "ci"


@pytest.mark.parametrize(
    ("url", "token", "username"),
    [
        (FABRIKAM, "a2b3" * 13, "pat"),
        ("https://github.com/octo", "github_pat_" + "a" * 82, "x-access-token"),
        ("https://gitlab.com/group", "glpat-" + "a" * 20, "oauth2"),
        ("https://gitlab.com/group", "glcbt-64_" + "a" * 20, "gitlab-ci-token"),
        ("https://bitbucket.org/acme", "ATATT3xFfGF0" + "A" * 170, "x-bitbucket-api-token-auth"),
        ("https://bitbucket.org/acme", "ATCTT3xFfGN0" + "A" * 170 + "=0000ABCD", "x-token-auth"),
        ("https://codeberg.org/forgejo", "0123456789abcdef" * 2 + "01234567", "pat"),
    ],
)
def test_a_token_of_the_hosts_own_shape_has_its_default_username_and_no_warning(
    program: Program, url: str, token: str, username: str
) -> None:
    done = seed(program, url, token=token)
    assert (done.status, done.stderr) == (0, "")
    assert only_entry(program)["username"] == username

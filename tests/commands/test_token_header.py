"""`token URL` and `header URL`: the token for scripts, or one line that says why there is none."""

from __future__ import annotations

import pytest
from support.checks import files, keep, refusal
from support.program import AZURE_TOKEN, CONTOSO, FABRIKAM, OTHER_AZURE_TOKEN, Program, Run, attributes

CLONE = "https://dev.azure.com/fabrikam/web/_git/api"
REQUEST = ("protocol=https", "host=dev.azure.com", "path=fabrikam/web/_git/api", "username=pat")
HEADER = (
    b"Authorization: Basic "
    b"OkFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB"
    b"QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBWkRPYjFjMg==\n"
)
"""The base64 of a colon and AZURE_TOKEN, which is longer than the 76 columns at which base64(1) wraps."""

both = pytest.mark.parametrize("command", ["token", "header"])


# What they print


def test_token_prints_the_token_alone(program: Program) -> None:
    keep(program, FABRIKAM)
    assert program.run("token", FABRIKAM) == Run(0, f"{AZURE_TOKEN}\n".encode(), "")


def test_header_prints_one_line_with_an_empty_username(program: Program) -> None:
    keep(program, FABRIKAM)
    assert len(AZURE_TOKEN) == 84
    assert program.run("header", FABRIKAM) == Run(0, HEADER, "")


def test_the_username_of_an_entry_is_not_in_the_header_of_azure_devops(program: Program) -> None:
    keep(program, FABRIKAM, username="jane")
    assert program.run("header", FABRIKAM) == Run(0, HEADER, "")


@pytest.mark.parametrize(
    "url",
    [
        "fabrikam",
        "FABRIKAM",
        CLONE,
        "https://fabrikam@dev.azure.com/fabrikam/web/_git/api",
        "https://fabrikam.visualstudio.com/DefaultCollection/web/_git/api",
        "https://dev.azure.com/Fabrikam/_apis/build/builds?api-version=7.1",
        "https://pkgs.dev.azure.com/fabrikam/_packaging/feed/nuget/v3/index.json",
    ],
)
def test_any_url_of_the_organization_gives_its_token(program: Program, url: str) -> None:
    keep(program, FABRIKAM)
    keep(program, CONTOSO, token=OTHER_AZURE_TOKEN)
    assert program.run("token", url) == Run(0, f"{AZURE_TOKEN}\n".encode(), "")


def test_the_narrowest_scope_answers(program: Program) -> None:
    keep(program, FABRIKAM)
    keep(program, f"{FABRIKAM}/web", token=OTHER_AZURE_TOKEN)
    assert program.run("token", CLONE).stdout == f"{OTHER_AZURE_TOKEN}\n".encode()
    assert program.run("token", f"{FABRIKAM}/website").stdout == f"{AZURE_TOKEN}\n".encode()


def test_username_picks_one_of_several(program: Program) -> None:
    keep(program, "https://gitlab.com/group", token="glpat-" + "a" * 20, username="jane")
    keep(program, "https://gitlab.com/group", token="glpat-" + "b" * 20, username="john")
    for name, letter in (("jane", b"a"), ("john", b"b")):
        run = program.run("token", "https://gitlab.com/group", "--username", name)
        assert run == Run(0, b"glpat-" + letter * 20 + b"\n", "")


def test_username_must_match_where_the_host_counts_it(program: Program) -> None:
    keep(program, "https://git.example.com", token="secret", username="jane")
    assert program.run("token", "https://git.example.com").stdout == b"secret\n"
    refusal(program.run("token", "https://git.example.com", "--username", "john"), 1)


# Why there is none


@both
def test_no_entry_is_one_line_that_says_how_to_seed(program: Program, command: str) -> None:
    expected = f"there is no token for {FABRIKAM}; run: git credential-pat seed {FABRIKAM}"
    assert refusal(program.run(command, FABRIKAM), 1) == expected
    keep(program, CONTOSO)
    assert refusal(program.run(command, FABRIKAM), 1) == expected


@both
def test_an_organization_whose_name_is_not_known_has_no_entry(program: Program, command: str) -> None:
    assert refusal(program.run(command, "fabrikam"), 1) == (
        f'no organization "fabrikam" is known; give its URL, as {FABRIKAM}'
    )


@both
def test_a_rejected_token_is_not_given_out(program: Program, command: str) -> None:
    keep(program, FABRIKAM)
    program.run("erase", stdin=attributes(*REQUEST, f"password={AZURE_TOKEN}"))
    assert refusal(program.run(command, CLONE), 1) == (
        f"the token for {FABRIKAM} was rejected by its host; to use it again: git credential-pat restore "
        f"{FABRIKAM}; to replace it: git credential-pat seed {FABRIKAM}"
    )


@both
def test_an_expired_token_is_not_given_out(program: Program, command: str) -> None:
    keep(program, FABRIKAM, expires=1_700_000_000)
    assert refusal(program.run(command, FABRIKAM), 1) == (
        f"the token for {FABRIKAM} expired on 2023-11-14; make another at {FABRIKAM}/_usersSettings/tokens, "
        f"then run: git credential-pat seed {FABRIKAM}"
    )


@both
def test_a_url_that_could_mean_several_organizations_is_refused(program: Program, command: str) -> None:
    keep(program, FABRIKAM)
    keep(program, CONTOSO, token=OTHER_AZURE_TOKEN)
    assert refusal(program.run(command, "https://dev.azure.com"), 1) == (
        "the tokens kept for https://dev.azure.com are for certain organizations; give the organization's URL"
    )


@both
def test_a_name_that_could_mean_several_hosts_is_refused(program: Program, command: str) -> None:
    keep(program, FABRIKAM)
    keep(program, "https://github.com/fabrikam", token="ghp_" + "a1" * 18)
    run = program.run(command, "fabrikam")
    assert run.status in (1, 2)
    assert refusal(run, run.status) == (
        f'"fabrikam" could be {FABRIKAM} or https://github.com/fabrikam; give the URL'
    )


@both
@pytest.mark.parametrize("url", ["ssh://git@ssh.dev.azure.com/v3/fabrikam/web/api", "http://dev.azure.com/x"])
def test_an_address_that_takes_no_token_is_refused(program: Program, command: str, url: str) -> None:
    keep(program, FABRIKAM)
    run = program.run(command, url)
    assert run.status in (1, 2)
    refusal(run, run.status)


@both
def test_a_url_must_be_given(program: Program, command: str) -> None:
    assert f'see "git credential-pat {command} --help"' in refusal(program.run(command), 2)


def test_asking_for_a_token_changes_nothing(program: Program) -> None:
    keep(program, FABRIKAM)
    before = files(program)
    for command in ("token", "header"):
        program.run(command, FABRIKAM)
        program.run(command, CONTOSO)
    assert files(program) == before


@pytest.mark.parametrize("command", ["token", "header"])
def test_another_username_than_those_kept_gets_no_token(program: Program, command: str) -> None:
    keep(program, "https://gitlab.com/group", username="jane")
    assert refusal(program.run(command, "https://gitlab.com/group", "--username", "bob"), 1) == (
        "no token of that username is kept for https://gitlab.com/group; there are those of jane"
    )


@pytest.mark.parametrize("command", ["token", "header"])
def test_a_single_sign_on_entry_is_no_token(program: Program, command: str) -> None:
    request = attributes("protocol=https", "host=git.example.com", "username=", "password=")
    assert program.run("store", stdin=request).status == 0
    assert refusal(program.run(command, "https://git.example.com"), 1) == (
        "there is no token for https://git.example.com; run: git credential-pat seed https://git.example.com"
    )

"""`token URL` and `header URL`: the token for scripts, and which of several it is."""

from __future__ import annotations

import pytest
from support.checks import files, keep, refusal
from support.program import AZURE_TOKEN, CONTOSO, FABRIKAM, OTHER_AZURE_TOKEN, Program, Run

CLONE = f"{FABRIKAM}/web/_git/api"
HEADER = (
    b"Authorization: Basic "
    b"OkFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB"
    b"QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBWkRPYjFjMg==\n"
)
"""The base64 of a colon and AZURE_TOKEN, which is longer than the 76 columns at which base64(1) wraps."""


@pytest.mark.parametrize("username", ["", "jane"])
def test_header_prints_one_line_with_an_empty_username(program: Program, username: str) -> None:
    keep(program, FABRIKAM, username=username)
    assert program.run("header", FABRIKAM) == Run(0, HEADER, "")


@pytest.mark.parametrize(
    "url",
    [
        FABRIKAM,
        "FABRIKAM",
        "https://fabrikam@dev.azure.com/fabrikam/web/_git/api",
        "https://fabrikam.visualstudio.com/DefaultCollection/web/_git/api",
        "https://dev.azure.com/Fabrikam/_apis/build/builds?api-version=7.1",
        "https://pkgs.dev.azure.com/fabrikam/_packaging/feed/nuget/v3/index.json",
    ],
)
def test_any_url_of_the_organization_gives_its_token_alone(program: Program, url: str) -> None:
    keep(program, FABRIKAM)
    keep(program, CONTOSO, token=OTHER_AZURE_TOKEN)
    before = files(program)
    assert program.run("token", url) == Run(0, f"{AZURE_TOKEN}\n".encode(), "")
    assert files(program) == before


def test_the_narrowest_scope_answers(program: Program) -> None:
    keep(program, FABRIKAM)
    keep(program, f"{FABRIKAM}/web", token=OTHER_AZURE_TOKEN)
    assert program.run("token", CLONE).stdout == f"{OTHER_AZURE_TOKEN}\n".encode()
    assert program.run("token", f"{FABRIKAM}/website").stdout == f"{AZURE_TOKEN}\n".encode()


def test_username_must_match_where_the_host_counts_it(program: Program) -> None:
    keep(program, "https://git.example.com", token="secret", username="jane")
    assert program.run("token", "https://git.example.com").stdout == b"secret\n"
    refusal(program.run("token", "https://git.example.com", "--username", "john"), 1)


@pytest.mark.parametrize("command", ["token", "header", "exec"])
def test_an_expired_token_is_not_given_out(program: Program, command: str) -> None:
    keep(program, FABRIKAM, expires=1_700_000_000)
    words = ["--", "echo", "run"] if command == "exec" else []
    assert refusal(program.run(command, FABRIKAM, *words), 1) == (
        f"the token for {FABRIKAM} expired on 2023-11-14; create a new one at "
        f"{FABRIKAM}/_usersSettings/tokens, then run: git credential-pat seed {FABRIKAM}"
    )

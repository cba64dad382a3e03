"""What no message repeats: tokens that stand where none belongs, and lines that may be half a password."""

from __future__ import annotations

import pytest
from support.checks import refusal
from support.program import AZURE_TOKEN, Program

GITHUB_TOKEN = "ghp_" + "a1" * 18


@pytest.mark.parametrize("token", [AZURE_TOKEN, GITHUB_TOKEN])
@pytest.mark.parametrize("before", ["--", "--no-", "a-", "-x-"])
def test_a_token_behind_a_dash_is_not_repeated(program: Program, before: str, token: str) -> None:
    done = program.run("list", f"{before}{token}")
    assert token[:12] not in refusal(done, 2)
    assert token[-12:] not in refusal(done, 2)


@pytest.mark.parametrize("words", [("vault", "recover"), ("vault", "backup"), ("import", "netrc")])
def test_a_token_in_the_place_of_a_file_s_name_is_not_repeated(
    program: Program, words: tuple[str, ...]
) -> None:
    program.seed("https://dev.azure.com/contoso", AZURE_TOKEN)
    (program.home / AZURE_TOKEN).mkdir()
    assert "(a token)" in refusal(program.run(*words, AZURE_TOKEN), 1)


@pytest.mark.parametrize("operation", ["get", "store", "erase"])
@pytest.mark.parametrize("rest", ["of-the-password", "password of-the-password"])
def test_the_rest_of_a_password_with_a_line_end_in_it_is_not_repeated(
    program: Program, operation: str, rest: str
) -> None:
    request = f"protocol=https\nhost=git.example.com\nusername=jane\npassword=half\n{rest}\n\n"
    done = program.run(operation, stdin=request.encode())
    assert refusal(done, 1) == 'the request has a line without "="; nothing was done'

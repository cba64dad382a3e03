"""What the question for a token says at each kind of host, and what its answer is turned into for Git."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.program import AZURE_TOKEN, Program, attributes
from support.pty_program import Script

if TYPE_CHECKING:
    from pathlib import Path

GITHUB_TOKEN = "ghp_" + "a" * 36
GITLAB_TOKEN = "glpat-" + "a" * 20
BITBUCKET_TOKEN = "ATATT3" + "a" * 30
GITEA_TOKEN = "0123456789abcdef" * 2 + "01234567"
NTLM = (
    "git-credential-pat: https://tfs.example.com offers NTLM or Negotiate, on which Git before 2.46 spends the "
    "token; a newer Git is the cure: with this one only http.https://tfs.example.com/.extraHeader works, which "
    "puts the token into a config file"
)
SERVER = ("protocol=https", "host=tfs.example.com", "path=tfs/DefaultCollection/web/_git/web")
SERVER_QUESTION = (
    "Paste a token for tfs.example.com (make one at https://tfs.example.com/_usersSettings/tokens; "
    "needs Code: Read & write): "
)


@pytest.fixture
def program(tmp_path: Path) -> Program:
    program = Program(tmp_path / "home")
    for host, provider in (("tfs", "azure-devops-server"), ("gitlab", "gitlab"), ("github", "github")):
        key = f"pat.https://{host}.example.com.provider"
        assert program.git("config", "--global", key, provider).status == 0
    return program


def get(program: Program, *lines: str) -> Script:
    """Return a `get` with this request on a terminal; its answer goes to a file."""
    (program.home / "request").write_bytes(attributes(*lines))
    return Script(program, "git-credential-pat get <request >answer")


def answer(program: Program) -> list[str]:
    return (program.home / "answer").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(
    ("lines", "question", "token", "username"),
    [
        (
            ["host=dev.azure.com", "path=fabrikam/web/_git/web"],
            "dev.azure.com/fabrikam (make one at https://dev.azure.com/fabrikam/_usersSettings/tokens; "
            "needs Code: Read & write): ",
            AZURE_TOKEN,
            "pat",
        ),
        (
            ["host=fabrikam.visualstudio.com", "path=web/_git/web"],
            "dev.azure.com/fabrikam (make one at https://dev.azure.com/fabrikam/_usersSettings/tokens; "
            "needs Code: Read & write): ",
            AZURE_TOKEN,
            "pat",
        ),
        (
            ["host=dev.azure.com"],
            "dev.azure.com (needs Code: Read & write): ",
            AZURE_TOKEN,
            "pat",
        ),
        (
            ["host=dev.azure.com", "username=fabrikam"],
            "dev.azure.com/fabrikam (make one at https://dev.azure.com/fabrikam/_usersSettings/tokens; "
            "needs Code: Read & write): ",
            AZURE_TOKEN,
            "fabrikam",
        ),
        (list(SERVER[1:]), SERVER_QUESTION.removeprefix("Paste a token for "), AZURE_TOKEN, "pat"),
        (
            ["host=github.com", "path=octo/tool.git"],
            "github.com/octo (make one at https://github.com/settings/personal-access-tokens; "
            "needs Contents: Read and write (classic tokens: repo)): ",
            GITHUB_TOKEN,
            "x-access-token",
        ),
        (
            ["host=github.example.com"],
            "github.example.com (make one at https://github.example.com/settings/personal-access-tokens; "
            "needs Contents: Read and write (classic tokens: repo)): ",
            GITHUB_TOKEN,
            "x-access-token",
        ),
        (
            ["host=gitlab.com"],
            "gitlab.com (make one at https://gitlab.com/-/user_settings/personal_access_tokens; "
            "needs write_repository): ",
            GITLAB_TOKEN,
            "oauth2",
        ),
        (
            ["host=gitlab.example.com"],
            "gitlab.example.com (make one at "
            "https://gitlab.example.com/-/user_settings/personal_access_tokens; needs write_repository): ",
            GITLAB_TOKEN,
            "oauth2",
        ),
        (
            ["host=bitbucket.org", "path=team/tool.git"],
            "bitbucket.org/team (make one at https://id.atlassian.com/manage-profile/security/api-tokens; "
            "needs read:repository:bitbucket and write:repository:bitbucket): ",
            BITBUCKET_TOKEN,
            "x-bitbucket-api-token-auth",
        ),
        (
            ["host=codeberg.org"],
            "codeberg.org (make one at https://codeberg.org/user/settings/applications; "
            "needs repository: Read and write): ",
            GITEA_TOKEN,
            "pat",
        ),
    ],
)
def test_the_question_says_for_what_where_made_and_with_which_rights(
    program: Program, lines: list[str], question: str, token: str, username: str
) -> None:
    terminal = get(program, "protocol=https", *lines)
    terminal.wait_for(f"Paste a token for {question}")
    assert terminal.seen == f"Paste a token for {question}"
    terminal.enter(token)
    assert terminal.finish() == 0
    assert answer(program) == [f"username={username}", f"password={token}"]
    assert "warning" not in terminal.seen
    assert token not in terminal.seen


# NTLM beside Basic


def test_an_older_git_s_user_is_told_before_the_question_that_ntlm_spends_the_token(program: Program) -> None:
    terminal = get(program, *SERVER, "wwwauth[]=Basic", "wwwauth[]=NTLM")
    terminal.wait_for(SERVER_QUESTION)
    assert terminal.lines()[0] == NTLM
    terminal.enter(AZURE_TOKEN)
    assert terminal.finish() == 0
    assert answer(program) == ["username=pat", f"password={AZURE_TOKEN}"]


def test_a_newer_git_is_given_the_typed_token_as_a_header(program: Program) -> None:
    terminal = get(program, "capability[]=authtype", *SERVER, "wwwauth[]=Basic", "wwwauth[]=Negotiate")
    terminal.wait_for(SERVER_QUESTION)
    assert "NTLM" not in terminal.seen
    terminal.enter(AZURE_TOKEN)
    assert terminal.finish() == 0
    assert answer(program) == [
        "capability[]=authtype",
        "authtype=Basic",
        f"credential=cGF0Ok{'FBQU' * 25}FBWkRPYjFjMg==",
    ]


def test_without_ntlm_nothing_is_said_of_it(program: Program) -> None:
    terminal = get(program, *SERVER, "wwwauth[]=Basic")
    terminal.wait_for(SERVER_QUESTION)
    assert "NTLM" not in terminal.seen
    terminal.press("c")
    terminal.finish()

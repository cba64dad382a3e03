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
    "git-credential-pat: https://tfs.example.com offers NTLM or Negotiate, on which Git before 2.46 spends "
    "the token; a newer Git is the cure: with this one only http.https://tfs.example.com/.extraHeader works, "
    "which puts the token into a config file"
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


AZURE = ("https://dev.azure.com/fabrikam/_usersSettings/tokens", "Code: Read & write")
GITHUB_RIGHTS = "Contents: Read and write (classic tokens: repo)"
BITBUCKET_RIGHTS = "read:repository:bitbucket and write:repository:bitbucket"


@pytest.mark.parametrize(
    ("lines", "place", "page", "rights", "answered"),
    [
        ("host=dev.azure.com path=fabrikam/web", "dev.azure.com/fabrikam", *AZURE, ("pat", AZURE_TOKEN)),
        ("host=fabrikam.visualstudio.com path=web", "dev.azure.com/fabrikam", *AZURE, ("pat", AZURE_TOKEN)),
        (
            "host=dev.azure.com username=fabrikam",
            "dev.azure.com/fabrikam",
            *AZURE,
            ("fabrikam", AZURE_TOKEN),
        ),
        ("host=dev.azure.com", "dev.azure.com", "", "Code: Read & write", ("pat", AZURE_TOKEN)),
        (
            "host=tfs.example.com path=tfs/DefaultCollection/web/_git/web",
            "tfs.example.com",
            "https://tfs.example.com/_usersSettings/tokens",
            "Code: Read & write",
            ("pat", AZURE_TOKEN),
        ),
        (
            "host=github.com path=octo/tool.git",
            "github.com/octo",
            "https://github.com/settings/personal-access-tokens",
            GITHUB_RIGHTS,
            ("x-access-token", GITHUB_TOKEN),
        ),
        (
            "host=github.example.com",
            "github.example.com",
            "https://github.example.com/settings/personal-access-tokens",
            GITHUB_RIGHTS,
            ("x-access-token", GITHUB_TOKEN),
        ),
        (
            "host=gitlab.com",
            "gitlab.com",
            "https://gitlab.com/-/user_settings/personal_access_tokens",
            "write_repository",
            ("oauth2", GITLAB_TOKEN),
        ),
        (
            "host=gitlab.example.com",
            "gitlab.example.com",
            "https://gitlab.example.com/-/user_settings/personal_access_tokens",
            "write_repository",
            ("oauth2", GITLAB_TOKEN),
        ),
        (
            "host=bitbucket.org path=team/tool.git",
            "bitbucket.org/team",
            "https://id.atlassian.com/manage-profile/security/api-tokens",
            BITBUCKET_RIGHTS,
            ("x-bitbucket-api-token-auth", BITBUCKET_TOKEN),
        ),
        (
            "host=codeberg.org",
            "codeberg.org",
            "https://codeberg.org/user/settings/applications",
            "repository: Read and write",
            ("pat", GITEA_TOKEN),
        ),
    ],
)
def test_the_question_says_for_what_where_made_and_with_which_rights(  # noqa: PLR0913, PLR0917  # a table's columns
    program: Program, lines: str, place: str, page: str, rights: str, answered: tuple[str, str]
) -> None:
    question = f"Paste a token for {place} ({f'make one at {page}; ' if page else ''}needs {rights}): "
    terminal = get(program, "protocol=https", *lines.split())
    terminal.wait_for(question)
    assert terminal.seen == question
    username, token = answered
    terminal.enter(token)
    assert terminal.finish() == 0
    assert answer(program) == [f"username={username}", f"password={token}"]
    assert "warning" not in terminal.seen
    assert token not in terminal.seen


@pytest.mark.parametrize("host", ["dev.azure.com", "gitlab.com"])
def test_the_question_names_a_place_of_any_length_in_a_hundred_characters(
    program: Program, host: str
) -> None:
    script = get(program, "protocol=https", f"host={host}", f"path={'a' * 50_000}/x")
    script.wait_for("): ")
    script.enter("")
    script.finish()
    place = f"{host}/{'a' * (96 - len(host))}"
    assert f"Paste a token for {place}... (" in script.seen
    assert "a" * 97 not in script.seen


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

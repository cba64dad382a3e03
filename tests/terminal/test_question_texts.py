"""What the question for a token says at each kind of host, and what its answer is turned into for Git."""

from __future__ import annotations

import pytest
from support.program import AZURE_TOKEN, Program, attributes
from support.pty_program import Script

PAGE = "_usersSettings/tokens"
AZURE_RIGHTS = "Code: Read & write"
SERVER = ("protocol=https", "host=tfs.example.com", "path=tfs/DefaultCollection/web/_git/web")
SERVER_QUESTION = "Password for 'https://tfs.example.com': "


@pytest.fixture(autouse=True)
def providers(program: Program) -> None:
    for host, provider in (("tfs", "azure-devops-server"), ("github", "github")):
        key = f"pat.https://{host}.example.com.provider"
        assert program.git("config", "--global", key, provider).status == 0


def get(program: Program, *lines: str) -> Script:
    """Return a `get` with this request on a terminal; its answer goes to a file."""
    (program.home / "request").write_bytes(attributes(*lines))
    return Script(program, "git-credential-pat get <request >answer")


def answer(program: Program) -> list[str]:
    return (program.home / "answer").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(
    ("lines", "place", "details", "username", "token"),
    [
        (
            "host=fabrikam.visualstudio.com path=web",
            "dev.azure.com/fabrikam",
            (f"https://dev.azure.com/fabrikam/{PAGE}", AZURE_RIGHTS),
            "pat",
            AZURE_TOKEN,
        ),
        ("host=dev.azure.com", "dev.azure.com", ("", AZURE_RIGHTS), "pat", AZURE_TOKEN),
        (
            "host=github.example.com",
            "github.example.com",
            (
                "https://github.example.com/settings/personal-access-tokens",
                "Contents: Read and write (classic tokens: repo)",
            ),
            "x-access-token",
            "ghp_" + "a" * 36,
        ),
        (
            "host=gitlab.com",
            "gitlab.com",
            ("https://gitlab.com/-/user_settings/personal_access_tokens", "write_repository"),
            "oauth2",
            "glpat-" + "a" * 20,
        ),
        (
            "host=bitbucket.org path=team/tool.git",
            "bitbucket.org/team",
            (
                "https://id.atlassian.com/manage-profile/security/api-tokens",
                "read:repository:bitbucket and write:repository:bitbucket",
            ),
            "x-bitbucket-api-token-auth",
            "ATATT3" + "a" * 30,
        ),
        (
            "host=codeberg.org",
            "codeberg.org",
            ("https://codeberg.org/user/settings/applications", "repository: Read and write"),
            "pat",
            "0123456789abcdef" * 2 + "01234567",
        ),
    ],
    ids=lambda value: value if str(value).startswith("host=") else "",
)
def test_the_question_says_for_what_where_made_and_with_which_rights(  # noqa: PLR0913, PLR0917  # a table's columns
    program: Program, lines: str, place: str, details: tuple[str, str], username: str, token: str
) -> None:
    question = f"Password for 'https://{place}': "
    terminal = get(program, "protocol=https", *lines.split())
    terminal.wait_for(question)
    page, rights = details
    assert terminal.lines() == [
        f"Git needs a token for https://{place}.",
        *([f"Create a token at {page}"] if page else []),
        f'To clone and push, it needs the permission "{rights}".',
        question,
    ]
    terminal.enter(token)
    assert terminal.finish() == 0
    assert answer(program) == [f"username={username}", f"password={token}"]
    assert "warning" not in terminal.seen
    assert token not in terminal.seen


def test_a_token_of_another_kind_is_tried_with_a_warning(program: Program) -> None:
    terminal = get(program, *SERVER)
    terminal.wait_for(SERVER_QUESTION)
    terminal.enter("ghp_" + "x" * 36)
    assert terminal.finish() == 0
    assert answer(program)[1].startswith("password=ghp_")
    assert "this does not look like a token of Azure DevOps Server; trying it anyway" in terminal.seen


@pytest.mark.parametrize("host", ["dev.azure.com", "gitlab.com"])
def test_the_question_names_a_place_of_any_length_in_a_hundred_characters(
    program: Program, host: str
) -> None:
    script = get(program, "protocol=https", f"host={host}", f"path={'a' * 50_000}/x")
    script.wait_for("': ")
    script.enter("")
    script.finish()
    assert f"Password for 'https://{host}/{'a' * (88 - len(host))}...': " in script.seen
    assert "a" * 89 not in script.seen


# NTLM beside Basic


def test_an_older_git_s_user_hears_before_the_question_that_ntlm_spends_the_token(program: Program) -> None:
    terminal = get(program, *SERVER, "wwwauth[]=Basic", "wwwauth[]=NTLM")
    terminal.wait_for(SERVER_QUESTION)
    assert terminal.seen.startswith("git-credential-pat: https://tfs.example.com offers NTLM or Negotiate, ")
    terminal.enter(AZURE_TOKEN)
    assert terminal.finish() == 0
    assert answer(program) == ["username=pat", f"password={AZURE_TOKEN}"]


def test_a_newer_git_is_given_the_typed_token_as_a_header(program: Program) -> None:
    terminal = get(program, "capability[]=authtype", *SERVER, "wwwauth[]=Basic", "wwwauth[]=Negotiate")
    terminal.wait_for(SERVER_QUESTION)
    assert terminal.lines()[-1] == SERVER_QUESTION
    terminal.enter(AZURE_TOKEN)
    assert terminal.finish() == 0
    basic = f"cGF0Ok{'FBQU' * 25}FBWkRPYjFjMg=="  # base64 of "pat:" and the token
    assert answer(program) == ["capability[]=authtype", "authtype=Basic", f"credential={basic}"]

"""`import git-credentials`: the file of `git credential-store`, written by git itself and by hand."""

from __future__ import annotations

import os

import pytest
from support.checks import refusal
from support.git_credential import GitCredential, Login
from support.importing import Row, import_, scopes, token, write
from support.program import AZURE_TOKEN, FABRIKAM, OTHER_AZURE_TOKEN, Program

GITHUB_TOKEN = "ghp_" + "a1" * 18
COLLECTION, WEB, TOOLS = "tfs.example.com/tfs/Main", "bitbucket.org/acme/web", "gitlab.com/acme/tools/web"
REPOSITORY_TOKEN = "ATCTT3xFfG" + "a1" * 40 + "=0123ABCD"


def kept(program: Program, line: str, *others: str) -> list[Row]:
    """Return what becomes of a file of these lines."""
    write(program.home / ".git-credentials", "\n".join([line, *others, ""]))
    return import_(program, "git-credentials", "--no-configure")


def test_what_git_stored_answers_git_the_same_way_afterwards(program: Program) -> None:
    git = GitCredential(program, "credential.helper=store", "credential.useHttpPath=true")
    git.approve("url=https://dev.azure.com/fabrikam/My%20Proj/_git/web", "username=jane", "password=p@ss:1/x")
    git.approve("url=https://git.example.com:8443/team/x.git", "username=jane@corp", "password=pä ss")
    assert (program.home / ".git-credentials").read_bytes().count(b"\n") == 2
    program.run("import", "git-credentials")
    ours = GitCredential(program)
    request = ("protocol=https", "host=dev.azure.com", "path=fabrikam/My Proj/_git/web")
    assert ours.fill(*request) == Login("jane", "p@ss:1/x")
    other = ("protocol=https", "host=git.example.com:8443", "path=team/x.git")
    assert ours.fill(*other) == Login("jane@corp", "pä ss")


@pytest.mark.parametrize(
    ("line", "row"),
    [
        (f"https://fabrikam:{AZURE_TOKEN}@dev.azure.com/Fabrikam/web/_git/api", (FABRIKAM, "pat")),
        (f"https://jane:{AZURE_TOKEN}@dev.azure.com/fabrikam/web/_git/api", (FABRIKAM, "jane")),
        (f"https://{AZURE_TOKEN}@fabrikam.visualstudio.com", (FABRIKAM, "pat")),
        (f"https://j.doe:{AZURE_TOKEN}@dev.azure.com", ("https://dev.azure.com", "j.doe")),
        (f"https://:{AZURE_TOKEN}@dev.azure.com", ("https://dev.azure.com", "pat")),
        (f"https://{AZURE_TOKEN}@dev.azure.com", ("https://dev.azure.com", "pat")),
        (f"https://jane:{GITHUB_TOKEN}@github.com", ("https://github.com", "jane")),
        ("https://no-known-shape:x-oauth-basic@github.com", ("https://github.com", "x-access-token")),
        (f"https://jane:{GITHUB_TOKEN}@github.com/octo/web.git", ("https://github.com/octo", "jane")),
        (f"https://{GITHUB_TOKEN}:x-oauth-basic@github.com", ("https://github.com", "x-access-token")),
        ("https://jane:word@git.example.com/team/x.git", ("https://git.example.com/team/x.git", "jane")),
        (f"https://pat:{AZURE_TOKEN}@{COLLECTION}/web/_git/api", ("https://tfs.example.com/tfs", "pat")),
        (f"https://jane:{REPOSITORY_TOKEN}@{WEB}.git", (f"https://{WEB}", "jane")),
        (f"https://deploy:gldt-{'a' * 20}@{TOOLS}.git", (f"https://{TOOLS}", "deploy")),
        ("http://jane:word@git.example.com", ("http://git.example.com", "jane")),
        ("HTTPS://jane:word@Git.Example.com:443/", ("https://git.example.com", "jane")),
    ],
)
def test_a_login_is_kept_where_git_would_have_it_kept(
    program: Program, line: str, row: tuple[str, str]
) -> None:
    assert [found.outcome for found in kept(program, line)] == ["added"]
    program.run("import", "git-credentials")  # which writes what runs at the host
    assert scopes(program) == [row]


NO_URL = "it is no URL with a protocol and a host"
NO_USERNAME = "this host needs the username too"
OF_NO_USE = {
    "nonsense": NO_URL,
    "https://": NO_URL,
    "https://jane:word@git.example.com:99999": NO_URL,
    "https://jane:word@git_%0a.example.com": NO_URL,
    "http://jane:word@github.com": "this host speaks https only",
    "http://jane:word@dev.azure.com/fabrikam": "this host speaks https only",
    "ssh://jane:word@git.example.com": "ssh takes no token",
    "https://jane:word@git.example.com/a//b": "this address takes no token",
    "https://jane:word@vs-ssh.visualstudio.com": "this address takes no token",
    "https://git.example.com": "it has no token",
    "https://:word@git.example.com": NO_USERNAME,
    "https://no-known-shape:x-oauth-basic@git.example.com": NO_USERNAME,
    "https://:gldt-aaaaaaaaaaaaaaaaaaaa@gitlab.com": NO_USERNAME,
    "https://:word@gitlab.example.com": f"{NO_USERNAME}; if it is GitLab, run: "
    "git config --global pat.https://gitlab.example.com.provider gitlab",
    "https://jane:wo%0Ard@git.example.com": "it has control characters",
    "https://ja%07ne:word@git.example.com": "it has control characters",
    f"https://jane:{'a' * 32_769}@git.example.com": "it is too long",
    f"https://{'a' * 1025}:word@git.example.com": "it is too long",
    "https://jane:eyJhbGciOi@dev.azure.com/fabrikam": "an Entra or job token, which lasts for hours at most",
    f"https://jane:ghs_{'a' * 36}@github.com": "an app's or a job's token, which lasts for an hour at most",
}


def test_what_is_of_no_use_is_not_taken_and_does_not_hinder_the_rest(program: Program) -> None:
    *found, good, longest = kept(
        program,
        *OF_NO_USE,
        "https://jane:good@other.example.com",
        f"https://jane:{'a' * 32_768}@long.example.com",
    )
    assert dict(zip(OF_NO_USE, (row.reason for row in found), strict=True)) == OF_NO_USE
    assert {row.outcome for row in found} == {"not-taken"}
    assert (good.outcome, longest.outcome) == ("added", "added")


def test_empty_lines_and_comments_are_passed_over(program: Program) -> None:
    found = kept(program, "", "# a comment", "   ", "https://jane:word@git.example.com\r")
    assert [(row.scope, row.outcome) for row in found] == [("https://git.example.com", "added")]


@pytest.mark.parametrize("place", ["git.example.com", "github.com/octo/web.git"])
def test_of_two_lines_for_one_place_the_first_wins_as_it_does_for_git(program: Program, place: str) -> None:
    found = kept(program, *(f"https://jane:{word}@{place}" for word in ("first", "second", "first")))
    assert [(row.outcome, row.reason) for row in found] == [
        ("added", ""),
        ("not-taken", "twice, with another token before it"),
        ("kept", "twice"),
    ]
    assert token(program, f"https://{place}") == "first"


def test_of_two_usernames_of_one_organization_the_first_answers(program: Program) -> None:
    kept(
        program,
        f"https://jane:{AZURE_TOKEN}@dev.azure.com/fabrikam",
        f"https://john:{OTHER_AZURE_TOKEN}@dev.azure.com/fabrikam",
    )
    assert scopes(program) == [(FABRIKAM, "jane"), (FABRIKAM, "john")]
    assert token(program, FABRIKAM) == AZURE_TOKEN


@pytest.mark.parametrize(
    ("host", "owner", "repositories"),
    [
        ("github.com", "octo", ("octo/web", "octo/api")),
        ("gitlab.com", "team", ("team/tools/web", "team/api")),
        ("codeberg.org", "jane", ("jane/web", "jane/api")),
        ("dev.azure.com", "fabrikam", ("fabrikam/web/_git/web", "fabrikam/web/_git/api")),
    ],
)
def test_two_tokens_for_repositories_of_one_owner_both_answer_for_their_own(
    program: Program, host: str, owner: str, repositories: tuple[str, str]
) -> None:
    first, second = (f"https://{host}/{repository}" for repository in repositories)
    lines = (f"https://jane:{word}@{url[8:]}" for word, url in (("one", first), ("two", second)))
    found = kept(program, *lines)
    assert [row.scope for row in found] == [f"https://{host}/{owner}", second]
    assert (token(program, first), token(program, second)) == ("one", "two")


def test_both_files_that_git_uses_are_read_but_a_named_one_alone(program: Program) -> None:
    write(program.home / ".git-credentials", "https://jane:one@one.example.com\n")
    write(program.home / ".config/git/credentials", "https://jane:two@two.example.com\n")
    write(program.home / "work/mine", "https://jane:three@three.example.com\n")
    import_(program, "git-credentials", "mine", cwd=program.home / "work")
    assert scopes(program) == [("https://three.example.com", "jane")]
    assert [row.scope for row in import_(program, "git-credentials")] == [
        "https://one.example.com",
        "https://two.example.com",
    ]


def test_a_pipe_or_folder_in_the_files_place_is_refused_at_once(program: Program) -> None:
    path = program.home / ".git-credentials"
    os.mkfifo(path)
    for place in ([], ["/etc"]):
        line = refusal(program.run("import", "git-credentials", *place), 1)
        assert line == f"{place[0] if place else path} is not a regular file; give the file itself"

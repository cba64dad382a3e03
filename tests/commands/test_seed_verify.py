"""`seed` asks the host before it keeps a token: what that stops, what it adds, and what it never holds up."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support.api_replies import Silent
from support.api_server import Answer, ApiServer, basic
from support.checks import entries, files, keep, line_of, only_entry, refusal
from support.program import AZURE_TOKEN, FABRIKAM, OTHER_AZURE_TOKEN, Program, Run
from support.pty_program import Terminal
from support.verdicts import (
    EXPIRED,
    GITHUB,
    GITHUB_TOKEN,
    JANE,
    serve_git,
    serve_github,
    serve_organization,
    serve_repository,
)

if TYPE_CHECKING:
    from support.api_server import Reply

WEB = f"{FABRIKAM}/web/_git/web"
GITLAB_TOKEN = "glpat-" + "a1" * 10
ELSEWHERE = Answer(302, (("Location", "https://elsewhere.example.com/"),))


@pytest.fixture
def program(server: ApiServer, visitor: Program) -> Program:
    """A user who reaches Azure DevOps, which knows the token of fabrikam, and GitHub."""
    serve_organization(server, "fabrikam", AZURE_TOKEN)
    serve_github(server)
    return visitor


def seed(program: Program, url: str, *options: str, token: str = AZURE_TOKEN) -> Run:
    return program.run("seed", url, *options, stdin=f"{token}\n".encode())


# Valid


def test_a_valid_token_is_kept_and_its_owner_is_reported(server: ApiServer, program: Program) -> None:
    done = seed(program, FABRIKAM)
    assert (done.status, done.stderr) == (0, "")
    first, second = done.stdout.decode().splitlines()[:2]
    assert first == "dev.azure.com accepted the token of Jane Doe."
    assert second == "Stored the token for https://dev.azure.com/fabrikam."
    assert only_entry(program)["owner"] == "Jane Doe"
    assert [record.url for record in server.log] == [f"{FABRIKAM}/_apis/connectionData"]


def test_what_the_host_says_is_kept_and_else_what_the_user_says(program: Program) -> None:
    own = ("--permission", "guessed", "--expires", "2099-02-28")
    done = seed(program, GITHUB, *own, token=GITHUB_TOKEN)
    assert done.stdout.decode().splitlines()[0] == "github.com accepted the token of octocat."
    seed(program, FABRIKAM, *own)
    assert [(entry["permissions"], entry["expires"]) for entry in entries(program)] == [
        (["guessed"], "2099-02-28T23:59:59Z"),
        (["repo"], "2099-01-31T12:00:00Z"),
    ]


def test_of_permissions_without_number_a_hundred_are_kept(server: ApiServer, program: Program) -> None:
    facts = {"name": "laptop", "scopes": [f"s{number}" for number in range(70_000)]}
    url = "https://gitlab.com/api/v4/personal_access_tokens/self"
    server.serve(url, Answer(200, (), json.dumps(facts).encode()), f"PRIVATE-TOKEN: {GITLAB_TOKEN}")
    done = seed(program, "https://gitlab.com/group", token=GITLAB_TOKEN)
    assert (done.status, done.stderr) == (0, "")
    assert only_entry(program)["permissions"] == [f"s{number}" for number in range(100)]


@pytest.mark.parametrize(
    ("push", "but"),
    [(None, ""), (Answer(403), ", but it may fetch from this repository but not push")],
    ids=["push", "no push"],
)
def test_a_clone_url_is_tried_as_git_would(
    server: ApiServer, program: Program, push: Reply | None, but: str
) -> None:
    serve_repository(server, WEB, "git-upload-pack")
    serve_repository(server, WEB, "git-receive-pack", push)
    done = seed(program, WEB)
    assert (done.status, done.stderr) == (0, "")
    assert done.stdout.decode().splitlines()[0] == f"dev.azure.com accepted the token of Jane Doe{but}."
    assert [record.path for record in server.log] == [
        "/fabrikam/_apis/connectionData",
        "/fabrikam/web/_git/web/info/refs?service=git-upload-pack",
        "/fabrikam/web/_git/web/info/refs?service=git-receive-pack",
    ]


# Invalid


def test_a_token_that_the_host_refuses_is_not_kept(server: ApiServer, program: Program) -> None:
    serve_organization(server, "fabrikam", AZURE_TOKEN, EXPIRED)
    before = files(program)
    assert refusal(seed(program, FABRIKAM), 1) == (
        "dev.azure.com rejected this token: it has expired; nothing was stored (--no-verify stores it anyway)"
    )
    assert files(program) == before, "neither a vault nor a line in git's configuration is made"


def test_a_token_without_the_permission_to_fetch_is_not_kept(server: ApiServer, program: Program) -> None:
    serve_repository(server, WEB, "git-upload-pack", Answer(401))
    assert "Code: Read & write is missing" in refusal(seed(program, WEB), 1)


def test_a_refused_token_leaves_the_one_before_it(server: ApiServer, program: Program) -> None:
    keep(program, FABRIKAM, label="work")
    before = files(program)
    assert seed(program, FABRIKAM, token=OTHER_AZURE_TOKEN).status == 1
    assert files(program) == before
    assert program.run("token", FABRIKAM).stdout == f"{AZURE_TOKEN}\n".encode()
    assert len(server.log) == 1


def test_no_verify_keeps_it_and_asks_nobody(server: ApiServer, program: Program) -> None:
    serve_organization(server, "fabrikam", AZURE_TOKEN, EXPIRED)
    done = seed(program, FABRIKAM, "--no-verify")
    assert (done.status, done.stderr) == (0, "")
    assert only_entry(program)["state"] == "active"
    assert server.proxy.asked == []


# Not to be asked


@pytest.mark.parametrize(
    "reply", [Answer(503), ELSEWHERE, None], ids=["failing", "redirecting", "no network"]
)
def test_a_host_that_cannot_be_asked_is_no_reason_not_to_keep_it(
    server: ApiServer, program: Program, reply: Reply | None
) -> None:
    if reply:
        serve_organization(server, "fabrikam", AZURE_TOKEN, reply)
    else:
        program.git("config", "--global", "http.proxy", "http://127.0.0.1:1")
    done = seed(program, FABRIKAM)
    assert done.status == 0
    assert line_of(done).startswith("warning: the token could not be verified (")
    assert line_of(done).endswith("); it will be stored anyway")
    assert only_entry(program)["state"] == "active"


# What is asked only with good reason


@pytest.mark.parametrize(
    "arguments",
    [
        (FABRIKAM, "--expires", "2001-01-01"),
        (FABRIKAM, "--label", "two\nlines"),
        ("https://dev.azure.com", "--days", "3"),
        ("http://git.example.com/x", "--username", "jane"),
    ],
)
def test_a_command_line_that_is_refused_sends_no_token(
    server: ApiServer, program: Program, arguments: tuple[str, ...]
) -> None:
    assert seed(program, *arguments).status in (1, 2)
    assert server.proxy.asked == []


def test_a_vault_that_cannot_be_used_is_reported_before_a_token_is_sent(
    server: ApiServer, program: Program
) -> None:
    program.seed(FABRIKAM, AZURE_TOKEN)
    program.vault.write_bytes(b"damaged")
    refusal(seed(program, FABRIKAM), 4)
    assert server.proxy.asked == []


def test_a_provider_that_is_given_is_asked_in_its_own_way(server: ApiServer, program: Program) -> None:
    url = "https://tfs.example.com/tfs/Main"
    server.serve(f"{url}/_apis/connectionData", JANE, basic("", AZURE_TOKEN))
    done = seed(program, url, "--provider", "azure-devops-server")
    assert done.stdout.decode().splitlines()[0] == "tfs.example.com accepted the token of Jane Doe."


# On a terminal


def test_on_a_terminal_it_is_asked_about_before_its_last_day_is(server: ApiServer, program: Program) -> None:
    serve_organization(server, "fabrikam", AZURE_TOKEN, EXPIRED)
    before = files(program)
    terminal = Terminal(program, "seed", FABRIKAM)
    terminal.wait_for("hidden): ")
    terminal.enter(AZURE_TOKEN)
    assert terminal.finish() == 1
    assert "When does it expire?" not in terminal.seen
    assert terminal.lines()[-1].endswith("(--no-verify stores it anyway)")
    assert AZURE_TOKEN not in terminal.seen
    assert files(program) == before


def test_no_last_day_is_asked_for_where_the_host_says_it(program: Program) -> None:
    terminal = Terminal(program, "seed", GITHUB)
    terminal.wait_for("hidden): ")
    terminal.enter(GITHUB_TOKEN)
    assert terminal.finish() == 0
    assert "When does it expire?" not in terminal.seen
    assert "github.com accepted the token of octocat." in terminal.seen
    assert entries(program)[0]["expires"] == "2099-01-31T12:00:00Z"


def test_ctrl_c_while_the_host_is_asked_keeps_nothing(server: ApiServer, program: Program) -> None:
    serve_organization(server, "fabrikam", AZURE_TOKEN, Silent())
    before = files(program)
    terminal = Terminal(program, "seed", FABRIKAM)
    terminal.wait_for("hidden): ")
    terminal.enter(AZURE_TOKEN)
    terminal.wait_for("Asking")
    terminal.press("c")
    assert terminal.finish() == 130
    assert terminal.echoes
    assert terminal.seen.rfind("\x1b[?25h") >= terminal.seen.rfind("\x1b[?25l")
    assert terminal.lines()[-1].startswith("git-credential-pat: interrupted")
    assert files(program) == before


# A token that its host knows and the repository refuses

SSO = Answer(
    403,
    (("Content-Type", "text/plain; charset=utf-8"),),
    b"The `octo' organization has enabled or enforced SAML SSO.\nTo access this repository, visit the page\n",
)
REFUSED = "it is a token of octocat, but may not fetch this repository; the host says: "
WORDS = "The `octo' organization has enabled or enforced SAML SSO. To access this repository, visit the page"


def test_a_token_without_single_sign_on_is_invalid_at_the_repository_and_valid_elsewhere(
    server: ApiServer, program: Program
) -> None:
    web = f"{GITHUB}/web.git"
    server.serve(f"{web}/info/refs?service=git-upload-pack", SSO, basic("x-access-token", GITHUB_TOKEN))
    said = refusal(seed(program, web, token=GITHUB_TOKEN), 1)
    assert said.startswith(f"github.com rejected this token: {REFUSED}{WORDS}; nothing was stored")
    assert entries(program) == []
    assert seed(program, GITHUB, token=GITHUB_TOKEN).status == 0
    run = program.run("verify", web, "--json")
    assert run.status == 1
    assert json.loads(run.stdout)["results"][0]["why"] == f"{REFUSED}{WORDS}"
    assert program.run("verify", GITHUB).status == 0


def test_what_the_host_says_of_a_token_stays_known_after_a_repository_was_tried(
    server: ApiServer, program: Program
) -> None:
    serve_git(server, f"{GITHUB}/web.git", basic("x-access-token", GITHUB_TOKEN))
    push = f"{GITHUB}/web.git/info/refs?service=git-receive-pack"
    denied = Answer(403, (("Content-Type", "text/plain"),), b"Permission to octo/web.git denied to octocat.")
    server.serve(push, denied, basic("x-access-token", GITHUB_TOKEN))
    done = seed(program, f"{GITHUB}/web.git", token=GITHUB_TOKEN)
    assert b"but not push; the host says: Permission to octo/web.git denied to octocat." in done.stdout
    entry = only_entry(program)
    assert (entry["permissions"], entry["expires"]) == (["repo"], "2099-01-31T12:00:00Z")

"""`verify [URL]`: which entries are asked about, what is reported and stored about them, and the status."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING

import pytest
from support.api_server import Answer, ApiServer
from support.checks import entries, files, keep, line_of, only_entry, refusal
from support.program import AZURE_TOKEN, CONTOSO, FABRIKAM, OTHER_AZURE_TOKEN, Program
from support.verdicts import (
    EXPIRED,
    GITHUB,
    GITHUB_TOKEN,
    JANE,
    results,
    serve_github,
    serve_organization,
    serve_repository,
    verify,
)

if TYPE_CHECKING:
    from support.api_server import Reply

FAILING = Answer(503)


@pytest.fixture
def program(server: ApiServer, visitor: Program) -> Program:
    """A user who reaches Azure DevOps, where the token of contoso has expired, and GitHub."""
    serve_organization(server, "fabrikam", AZURE_TOKEN)
    serve_organization(server, "contoso", OTHER_AZURE_TOKEN, EXPIRED)
    serve_github(server)
    return visitor


# What is asked about, and the status


def test_without_a_url_every_token_is_asked_about(server: ApiServer, program: Program) -> None:
    keep(program, FABRIKAM)
    keep(program, CONTOSO, OTHER_AZURE_TOKEN)
    keep(program, GITHUB, GITHUB_TOKEN)
    run = program.run("verify", "--json")
    assert {row["scope"]: row["verdict"] for row in results(run)} == {
        FABRIKAM: "valid",
        CONTOSO: "invalid",
        GITHUB: "valid",
    }
    assert sorted(record.url for record in server.log) == [
        "https://api.github.com/user",
        f"{CONTOSO}/_apis/connectionData",
        f"{FABRIKAM}/_apis/connectionData",
    ]
    rows = [re.split(r" {2,}", line) for line in program.run("verify").stdout.decode().splitlines()]
    assert rows[0] == ["SCOPE", "USERNAME", "VERDICT", "OWNER", "WHY"]
    assert sorted(rows[1:])[:2] == [
        [CONTOSO, "pat", "invalid", "-", "it has expired"],
        [FABRIKAM, "pat", "valid", "Jane Doe"],
    ]


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        (JANE, JANE, 0),
        (JANE, EXPIRED, 1),
        (FAILING, EXPIRED, 1),
        (EXPIRED, EXPIRED, 1),
        (JANE, FAILING, 5),
        (FAILING, FAILING, 5),
    ],
)
def test_the_status_is_that_of_the_worst_that_is_known(
    server: ApiServer, program: Program, first: Reply, second: Reply, status: int
) -> None:
    serve_organization(server, "fabrikam", AZURE_TOKEN, first)
    serve_organization(server, "contoso", AZURE_TOKEN, second)
    keep(program, FABRIKAM)
    keep(program, CONTOSO)
    assert program.run("verify").status == status
    assert program.run("verify", "--json").status == status


@pytest.mark.parametrize("scope", [FABRIKAM, f"{FABRIKAM}/web"])
def test_a_url_asks_about_its_own_token_alone_at_its_organization(
    server: ApiServer, program: Program, scope: str
) -> None:
    keep(program, scope)
    keep(program, CONTOSO, OTHER_AZURE_TOKEN)
    short = ("fabrikam", "https://fabrikam.visualstudio.com") if scope == FABRIKAM else ()
    for url in (f"{FABRIKAM}/web", *short):
        assert verify(program, url)["scope"] == scope
    assert {record.path for record in server.log} == {"/fabrikam/_apis/connectionData"}


@pytest.mark.parametrize(
    ("url", "remote"),
    [
        (f"{FABRIKAM}/web/_git/web", "web"),
        (f"{FABRIKAM}/web/_git/web/pullrequest/7?path=/README.md", "web"),
        ("https://fabrikam.visualstudio.com/DefaultCollection/web/_git/web", "web"),
        (f"{FABRIKAM}/web/_git/_optimized/web/commits", "_optimized/web"),
    ],
)
def test_a_url_of_a_repository_is_tried_as_git_would_under_the_tokens_own_host(
    server: ApiServer, program: Program, url: str, remote: str
) -> None:
    repository = f"{FABRIKAM}/web/_git/{remote}"
    for service in ("git-upload-pack", "git-receive-pack"):
        serve_repository(server, repository, service)
    keep(program, FABRIKAM)
    assert verify(program, url)["verdict"] == "valid"
    assert [record.url for record in server.log] == [
        f"{FABRIKAM}/_apis/connectionData",
        f"{repository}/info/refs?service=git-upload-pack",
        f"{repository}/info/refs?service=git-receive-pack",
    ]


@pytest.mark.parametrize("url", ["https://ghcr.io/octo/web", "https://npm.pkg.github.com/@octo/web"])
def test_the_url_of_a_package_asks_the_host_of_its_token_alone(
    server: ApiServer, program: Program, url: str
) -> None:
    keep(program, GITHUB, GITHUB_TOKEN)
    assert verify(program, url)["verdict"] == "valid"
    assert [record.url for record in server.log] == ["https://api.github.com/user"]


def test_a_username_picks_one_of_several(server: ApiServer, program: Program) -> None:
    keep(program, FABRIKAM, username="jane")
    keep(program, FABRIKAM, OTHER_AZURE_TOKEN, username="john")
    run = program.run("verify", FABRIKAM, "--json")
    assert {row["username"]: row["verdict"] for row in results(run)} == {"jane": "valid", "john": "invalid"}
    assert run.status == 1
    assert verify(program, FABRIKAM, "--username", "jane")["username"] == "jane"
    assert len(server.log) == 3


def test_a_rejected_token_is_asked_about_and_stays_put_aside(server: ApiServer, program: Program) -> None:
    keep(program, FABRIKAM, state="rejected", put_aside=time.time_ns())
    done = program.run("verify", FABRIKAM)
    assert done.status == 0
    assert "git credential-pat restore https://dev.azure.com/fabrikam" in done.stdout.decode()
    assert only_entry(program)["state"] == "rejected"
    assert len(server.log) == 1


def test_where_there_is_nothing_to_ask_about_nobody_is_asked(server: ApiServer, program: Program) -> None:
    assert results(program.run("verify", "--json")) == []
    assert (program.run("verify").status, program.run("verify").stdout) == (0, b"")
    keep(program, FABRIKAM)
    refusal(program.run("verify", CONTOSO), 1)
    refusal(program.run("verify", "--username", "jane"), 2)
    refusal(program.run("verify", FABRIKAM, "--username", "jane"), 1)
    assert server.proxy.asked == []


@pytest.mark.parametrize(
    ("url", "token", "says"),
    [
        ("https://bitbucket.org/acme", "ATBB" + "a1" * 16, "app password"),
        ("https://bitbucket.org/acme", "ATATT3xFfGF0" + "a1" * 40, "clone URL"),
        ("https://gitlab.com", "gldt-" + "a1" * 10, "clone URL"),
        ("https://git.example.com", "secret", "clone URL"),
        ("https://dev.azure.com", AZURE_TOKEN, "organization"),
    ],
)
def test_a_token_of_which_its_host_says_nothing_is_not_sent(
    server: ApiServer, program: Program, url: str, token: str, says: str
) -> None:
    keep(program, url, token, username="jane")
    row = verify(program)
    assert row["verdict"] != "valid"
    assert says in row["why"]
    assert server.proxy.asked == []


# What is reported and kept


def test_owner_permissions_and_expiry_are_stored_as_the_host_has_them(program: Program) -> None:
    keep(program, GITHUB, GITHUB_TOKEN, permissions=("guessed",), label="work", expires=4_000_000_000)
    row = verify(program)
    assert row == {
        "scope": GITHUB,
        "username": "x-access-token",
        "verdict": "valid",
        "who": "octocat",
        "permissions": ["repo"],
        "expires": "2099-01-31T12:00:00Z",
        "why": "",
        "global_token": False,
    }
    entry = only_entry(program)
    assert (entry["permissions"], entry["expires"]) == (["repo"], "2099-01-31T12:00:00Z")
    assert (entry["label"], entry["owner"]) == ("work", "octocat")
    before = files(program)
    verify(program)
    assert files(program) == before, "what is known already is not written again"


def test_what_a_host_does_not_say_stays_as_it_was_noted(program: Program) -> None:
    keep(program, FABRIKAM, permissions=("vso.code",), expires=4_000_000_000)
    row = verify(program)
    assert (row["permissions"], row["expires"]) == (["vso.code"], "2096-10-02T07:06:40Z")
    assert only_entry(program)["permissions"] == ["vso.code"]


@pytest.mark.parametrize("reply", [EXPIRED, FAILING], ids=["invalid", "not verified"])
def test_a_token_that_is_not_valid_is_left_as_it_is(
    server: ApiServer, program: Program, reply: Reply
) -> None:
    serve_organization(server, "fabrikam", AZURE_TOKEN, reply)
    keep(program, FABRIKAM)
    before = files(program)
    program.run("verify")
    assert files(program) == before
    assert [entry["state"] for entry in entries(program)] == ["active"]


def test_that_nothing_can_be_kept_is_no_verdict_on_a_token(program: Program) -> None:
    keep(program, GITHUB, GITHUB_TOKEN)
    lock = program.data / "vault.lock"
    lock.unlink()
    lock.mkdir()
    run = program.run("verify", "--json")
    refused = f"{lock} is not a regular file; move it away"
    assert line_of(run) == f"warning: the hosts' answers were not stored: {refused}"
    assert run.status == 0
    assert json.loads(run.stdout)["results"][0]["verdict"] == "valid"


def test_of_a_token_with_an_end_that_is_past_it_says_why_git_does_not_get_it(program: Program) -> None:
    keep(program, FABRIKAM, expires=1_600_000_000)
    row = verify(program, FABRIKAM)
    assert (row["verdict"], row["expires"]) == ("valid", "2020-09-13T12:26:40Z")
    assert b"the stored expiry date is past, so Git does not get it" in program.run("verify").stdout

"""What `verify` says, read from its JSON, and the usual answer that it is asked about."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypedDict, cast

from support.api_server import Answer, ApiServer, basic
from support.program import AZURE_TOKEN

if TYPE_CHECKING:
    from support.api_server import Reply
    from support.program import Program, Run

KEYS = ("scope", "username", "verdict", "who", "permissions", "expires", "why", "global_token")


class Result(TypedDict):
    """One row of `verify --json`."""

    scope: str
    username: str
    verdict: str
    who: str
    permissions: list[str]
    expires: str | None
    why: str
    global_token: bool


JANE = Answer(
    200,
    (("Content-Type", "application/json; charset=utf-8"),),
    b'{"authenticatedUser": {"id": "d6245f20-2af8-44f4-9451-8107cb2767db",'
    b' "providerDisplayName": "Jane Doe"}}',
)
"""Azure DevOps knows the token."""

EXPIRED = Answer(
    401,
    (("X-TFS-ServiceError", "Access%20Denied%3A%20The%20Personal%20Access%20Token%20used%20has%20expired."),),
)

OCTOCAT = Answer(
    200,
    (("X-OAuth-Scopes", "repo"), ("github-authentication-token-expiration", "2099-01-31 12:00:00 UTC")),
    b'{"login": "octocat"}',
)
GITHUB = "https://github.com/octo"
GITHUB_TOKEN = "ghp_" + "a1" * 18


def serve_github(server: ApiServer) -> None:
    """Let GitHub know one token, and say what it may do and when it ends."""
    server.serve("https://api.github.com/user", OCTOCAT, f"Authorization: token {GITHUB_TOKEN}")


def serve_repository(server: ApiServer, url: str, service: str, reply: Reply | None = None) -> None:
    """Let Azure DevOps reply so to whoever fetches from or pushes to a repository with the usual token."""
    server.serve(f"{url}/info/refs?service={service}", reply or granted(service), basic("pat", AZURE_TOKEN))


def serve_git(server: ApiServer, url: str, credential: str | None) -> None:
    """Let whoever sends this header line fetch and push; without a line, anybody."""
    for service in ("git-upload-pack", "git-receive-pack"):
        server.serve(f"{url}/info/refs?service={service}", granted(service), credential)


def granted(service: str) -> Answer:
    """Return what a Git server answers to the first request of a service."""
    return Answer(200, (("Content-Type", f"application/x-{service}-advertisement"),), b"0000")


def serve_organization(server: ApiServer, organization: str, token: str, reply: Reply = JANE) -> None:
    """Let Azure DevOps reply so to whoever asks about this token of an organization."""
    server.serve(f"https://dev.azure.com/{organization}/_apis/connectionData", reply, basic("", token))


def results(run: Run) -> list[Result]:
    """Return the rows of `verify --json`; fail here if anything else was said."""
    assert run.stderr == "", run
    rows = json.loads(run.stdout)
    assert list(rows) == ["results"], rows
    for row in rows["results"]:
        assert tuple(row) == KEYS, row
    return cast("list[Result]", rows["results"])


def verify(program: Program, *arguments: str) -> Result:
    """Return the one row that `verify --json` says; fail here if its status is not the verdict's."""
    run = program.run("verify", *arguments, "--json")
    (row,) = results(run)
    assert run.status == {"valid": 0, "invalid": 1, "not-verified": 5}[row["verdict"]], run
    return row

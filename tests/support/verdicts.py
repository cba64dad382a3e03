"""What `verify` says, read from its JSON, and the usual answer that it is asked about."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypedDict, cast

from support.api_server import Answer, ApiServer, basic

if TYPE_CHECKING:
    from support.api_server import Reply
    from support.program import Program, Run

KEYS = ("scope", "username", "verdict", "who", "permissions", "expires", "why")


class Result(TypedDict):
    """One row of `verify --json`."""

    scope: str
    username: str
    verdict: str
    who: str
    permissions: list[str]
    expires: str | None
    why: str


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

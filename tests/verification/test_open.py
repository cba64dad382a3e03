"""A repository that anybody may read says nothing of a token, until the token may push."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.api_server import Answer, ApiServer, basic
from support.checks import keep
from support.verdicts import verify

if TYPE_CHECKING:
    from support.program import Program

REPOSITORY = "https://git.example.com/team/Repo.git"
FETCH = f"{REPOSITORY}/info/refs?service=git-upload-pack"
PUSH = f"{REPOSITORY}/info/refs?service=git-receive-pack"


def granted(service: str) -> Answer:
    return Answer(200, (("Content-Type", f"application/x-{service}-advertisement"),), b"0000")


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_a_token_that_may_only_do_what_anybody_may_is_not_called_valid(
    server: ApiServer, program: Program, status: int
) -> None:
    server.serve(FETCH, granted("git-upload-pack"), None)
    server.serve(PUSH, Answer(status), basic("jane", "garbage"))
    keep(program, REPOSITORY, "garbage", "jane")
    row = verify(program, REPOSITORY)
    assert (row["verdict"], row["why"]) == (
        "not-verified",
        "anybody may fetch there, and the token may not push, so that nothing is known of it",
    )
    assert [("Authorization" in record.headers, record.url) for record in server.log] == [
        (True, FETCH),
        (True, PUSH),
        (False, FETCH),
    ]


def test_a_token_that_may_push_is_valid_there(server: ApiServer, program: Program) -> None:
    server.serve(FETCH, granted("git-upload-pack"), None)
    server.serve(PUSH, granted("git-receive-pack"), basic("jane", "word"))
    keep(program, REPOSITORY, "word", "jane")
    assert verify(program, REPOSITORY)["verdict"] == "valid"

"""The mocked hosts, where a verdict hangs on them: what kills tokens, shortens lives, breaks off."""

from __future__ import annotations

import json
import socket
import ssl
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

from support.token_hosts.azure import Azure
from support.token_hosts.faults import Fault, asks
from support.token_hosts.gitlab import GitLab
from support.token_hosts.host import DAY
from support.token_hosts.serving import TokenServer

if TYPE_CHECKING:
    from pathlib import Path

    from support.api_server import Answer

NOW = datetime(2026, 11, 30, 12, tzinfo=timezone.utc).timestamp()
SELF = "/api/v4/personal_access_tokens/self"


def rotate(gitlab: GitLab, token: str, body: bytes = b"") -> Answer:
    return gitlab.answer("POST", f"{gitlab.url}{SELF}/rotate", {"PRIVATE-TOKEN": token}, body, NOW)


def show(gitlab: GitLab, token: str) -> Answer:
    return gitlab.answer("GET", f"{gitlab.url}{SELF}", {"PRIVATE-TOKEN": token}, b"", NOW)


def member(answer: Answer, name: str) -> Any:  # noqa: ANN401  # any of JSON's
    return json.loads(answer.body)[name]


def test_rotating_with_a_dead_token_of_gitlab_s_kills_its_successors_and_nothing_else_does() -> None:
    gitlab = GitLab()
    first, other = gitlab.add(now=NOW), gitlab.add(now=NOW)
    second = member(rotate(gitlab, first.value), "token")
    third = member(rotate(gitlab, second), "token")
    assert show(gitlab, first.value).status == 401
    assert (show(gitlab, third).status, gitlab.reuses) == (200, [])
    assert rotate(gitlab, first.value).status == 401
    assert (show(gitlab, third).status, gitlab.reuses) == (401, [first.id])
    assert gitlab.living == [other]


@pytest.mark.parametrize(
    ("body", "clamps", "end"),
    [
        (b"", False, "2026-12-07"),
        (b"expires_at=2027-11-30", False, "2027-11-30"),
        (b"expires_at=2027-12-01", False, None),
        (b"expires_at=2027-12-01", True, "2027-11-30"),
    ],
)
def test_gitlab_gives_a_week_to_those_who_ask_for_no_end_and_a_year_at_most(
    body: bytes, *, clamps: bool, end: str | None
) -> None:
    gitlab = GitLab()
    gitlab.clamps = clamps
    token = gitlab.add(now=NOW)
    answer = rotate(gitlab, token.value, body)
    assert answer.status == (200 if end else 400)
    assert gitlab.lives(token.value, NOW) is (end is None)
    assert end is None or member(answer, "expires_at") == end


def test_a_policy_of_azure_devops_shortens_lives_in_silence_from_now_or_from_when_the_token_was_made() -> (
    None
):
    azure = Azure()
    azure.organizations["fabrikam"].longest = 30
    headers = {"Authorization": f"Bearer {azure.sign_in(NOW, seconds=11 * DAY)}"}
    url = f"{azure.url}/fabrikam/_apis/tokens/pats?api-version=7.2-preview.1"
    wanted = {"displayName": "laptop", "scope": "vso.code", "validTo": "2027-06-01T00:00:00.1234567Z"}
    made = azure.answer("POST", url, headers, json.dumps(wanted).encode(), NOW)
    pat = member(made, "patToken")
    assert (made.status, member(made, "patTokenError")) == (200, "none")
    assert azure.pats[pat["authorizationId"]].valid_to == NOW + 30 * DAY
    wanted["authorizationId"] = pat["authorizationId"]
    extended = azure.answer("PUT", url, headers, json.dumps(wanted).encode(), NOW + 10 * DAY)
    assert member(extended, "patToken")["validTo"].startswith("2026-12-30T12:00:00")
    assert member(extended, "patToken")["token"] is None


def test_an_answer_ends_at_exactly_the_byte_that_a_fault_names_after_the_host_acted_or_without(
    tmp_path: Path,
) -> None:
    gitlab = GitLab()
    with TokenServer(tmp_path, [gitlab], clock=lambda: NOW) as server:
        for cut in (0, 1, 16, 40, 250, None):
            token = gitlab.add(now=NOW).value
            server.faults.add(Fault(asks("POST", "/rotate"), cut=cut))
            got = post(server, f"{SELF}/rotate", token)
            assert not gitlab.lives(token, NOW)
            made = gitlab.tokens[gitlab.rotations[-1].new].value.encode()
            assert len(got) == cut or (cut is None and made in got)
            assert b"HTTP/1.1 200 OK\r\n".startswith(got[:17])
        token = gitlab.add(now=NOW).value
        server.faults.add(Fault(asks("POST"), acts=False, cut=0))
        assert post(server, f"{SELF}/rotate", token) == b""
        assert gitlab.lives(token, NOW)
    assert (len(gitlab.rotations), gitlab.reuses) == (6, [])


def post(server: TokenServer, path: str, token: str) -> bytes:
    """Return every byte that comes for a request."""
    tls = ssl.create_default_context(cafile=str(server.ca_file))
    lines = (f"POST {path} HTTP/1.1", "Host: gitlab.com", f"PRIVATE-TOKEN: {token}", "Content-Length: 0")
    with (
        socket.create_connection(server.address, 10) as plain,
        tls.wrap_socket(plain, server_hostname="gitlab.com") as connection,
    ):
        connection.sendall("\r\n".join((*lines, "", "")).encode())
        return b"".join(iter(lambda: connection.recv(4096), b""))

"""`rotate` at GitLab, whose tokens replace themselves and whose old one is dead at once."""

from __future__ import annotations

import json
import re
import time
from base64 import b64encode
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from support.api_server import Answer
from support.checks import keep
from support.token_hosts.faults import ELSEWHERE, Fault, asks
from support.token_hosts.host import page

if TYPE_CHECKING:
    from support.program import Program
    from support.token_hosts.gitlab import GitLab, Token
    from support.token_hosts.serving import TokenServer

GROUP, OTHER_GROUP = "https://gitlab.com/group", "https://gitlab.com/other"
ROTATE = asks("POST", "/rotate")


@pytest.fixture
def token(gitlab: GitLab, jane: Program) -> Token:
    """Return Jane's token, which is stored for a group."""
    token = gitlab.add(now=time.time(), days=30)
    keep(jane, GROUP, token.value)
    return token


def rotated(jane: Program, *words: str, status: int = 0) -> list[dict[str, Any]]:
    run = jane.run("rotate", *words, "--json")
    assert run.status == status, run
    found: list[dict[str, Any]] = json.loads(run.stdout)["results"]
    return found


def kept(jane: Program) -> list[str]:
    """Return the tokens in use, by the order of their scopes."""
    listed = json.loads(jane.run("list", "--json").stdout)["entries"]
    urls = [entry["scope"] for entry in listed if entry["state"] == "active"]
    return [jane.run("token", url).stdout.decode().strip() for url in urls]


def test_the_next_token_is_kept_and_git_gets_it(jane: Program, gitlab: GitLab, token: Token) -> None:
    (result,) = rotated(jane, GROUP)
    assert (result["scope"], result["outcome"], result["why"]) == (GROUP, "rotated", "")
    (new,) = gitlab.living
    assert new.value != token.value
    assert kept(jane) == [new.value]
    request = b"protocol=https\nhost=gitlab.com\npath=group/project.git\n\n"
    assert f"password={new.value}".encode() in jane.run("get", stdin=request).stdout


def test_it_lives_as_long_as_the_old_one_was_made_for_unless_days_say_otherwise(
    jane: Program, gitlab: GitLab, token: Token
) -> None:
    rotated(jane, GROUP)
    assert gitlab.living[-1].expires == token.expires
    rotated(jane, GROUP, "--days", "60")
    assert gitlab.living[-1].expires is not None
    assert token.expires is not None
    assert (gitlab.living[-1].expires - token.expires).days == 30


def test_a_token_that_is_stored_for_several_groups_is_rotated_once_for_all(
    jane: Program, gitlab: GitLab, token: Token
) -> None:
    keep(jane, OTHER_GROUP, token.value)
    results = rotated(jane, "--all")
    assert [result["outcome"] for result in results] == ["rotated", "rotated"]
    assert len(gitlab.rotations) == 1
    assert kept(jane) == [gitlab.living[-1].value] * 2


def test_a_copy_in_a_ready_header_gets_the_next_token_too(
    jane: Program, gitlab: GitLab, token: Token
) -> None:
    ready = b64encode(f"oauth2:{token.value}".encode()).decode()
    keep(jane, OTHER_GROUP, ready, authtype=b"Basic")
    results = rotated(jane, GROUP)
    assert [result["outcome"] for result in results] == ["rotated", "rotated"]
    assert len(gitlab.rotations) == 1
    assert kept(jane) == [gitlab.living[-1].value] * 2


@pytest.mark.parametrize("authtype", ["Bearer", "Basic"])
def test_a_ready_header_is_made_anew_with_the_next_token(
    jane: Program, gitlab: GitLab, authtype: str
) -> None:
    token = gitlab.add(now=time.time()).value
    ready = token if authtype == "Bearer" else b64encode(f"oauth2:{token}".encode()).decode()
    request = (
        f"capability[]=authtype\nprotocol=https\nhost=gitlab.com\npath=group/p.git\nauthtype={authtype}\n"
    )
    jane.run("store", stdin=f"{request}credential={ready}\n\n".encode())
    rotated(jane, "--all")
    new = gitlab.living[-1].value
    assert new != token
    assert jane.run("token", GROUP).stdout.decode().strip() == new


@pytest.mark.slow
def test_of_several_runs_at_once_one_rotates_and_the_others_see_it(
    jane: Program, gitlab: GitLab, token: Token
) -> None:
    with ThreadPoolExecutor(4) as pool:
        runs = [*pool.map(lambda _: jane.run("rotate", GROUP, "--json"), range(4))]
    outcomes = Counter(json.loads(run.stdout)["results"][0]["outcome"] for run in runs)
    assert (outcomes["rotated"], outcomes["failed"]) == (1, 0)
    assert len(gitlab.rotations) == 1
    assert kept(jane) == [gitlab.living[-1].value]
    del token


def test_a_token_without_the_permission_is_left_to_a_person(jane: Program, gitlab: GitLab) -> None:
    token = gitlab.add(now=time.time(), scopes=("write_repository",))
    keep(jane, GROUP, token.value)
    (result,) = rotated(jane, GROUP, status=6)
    assert (result["outcome"], result["page"]) == (
        "by-hand",
        "https://gitlab.com/-/user_settings/personal_access_tokens",
    )
    assert not gitlab.rotations


def test_a_dead_token_is_never_rotated(jane: Program, gitlab: GitLab, token: Token) -> None:
    token.revoked = True
    (result,) = rotated(jane, GROUP, status=1)
    assert re.search(r"another took its place; .* run: git credential-pat seed", result["why"])
    assert not gitlab.reuses


def test_a_dry_run_looks_and_changes_nothing(
    jane: Program, gitlab: GitLab, hosts: TokenServer, token: Token
) -> None:
    rotated(jane, GROUP, "--dry-run")
    assert {request.method for request in hosts.log} == {"GET"}
    assert kept(jane) == [token.value]
    assert gitlab.living == [token]


def test_within_passes_over_what_ends_later_and_what_has_no_end(
    jane: Program, gitlab: GitLab, token: Token
) -> None:
    keep(jane, OTHER_GROUP, gitlab.add(now=time.time(), days=None).value)
    results = rotated(jane, "--all", "--within", "14")
    assert [result["outcome"] for result in results] == ["not-due", "not-due"]
    assert not gitlab.rotations
    del token


@pytest.mark.parametrize("cut", [0, 1, 12, 40, 300])
def test_after_a_lost_answer_nothing_is_repeated_and_the_user_is_led_to_the_page(
    jane: Program, gitlab: GitLab, hosts: TokenServer, token: Token, cut: int
) -> None:
    hosts.faults.add(Fault(ROTATE, cut=cut))
    (result,) = rotated(jane, GROUP, status=1)
    assert "the answer with that was lost; create one at https://gitlab.com/-/" in result["why"]
    (again,) = rotated(jane, GROUP, status=1)
    assert "the answer with that was lost" in again["why"]
    assert len(gitlab.rotations) == 1
    assert not gitlab.reuses
    del token


def test_a_request_that_the_host_did_not_see_is_not_repeated_at_once(
    jane: Program, gitlab: GitLab, hosts: TokenServer, token: Token
) -> None:
    hosts.faults.add(Fault(ROTATE, acts=False, cut=0))
    (result,) = rotated(jane, GROUP, status=5)
    assert "it is not known whether the token was rotated" in result["why"]
    (again,) = rotated(jane, GROUP, status=1)
    assert "try again in 2 minutes" in again["why"]
    assert kept(jane) == [token.value]
    assert not gitlab.rotations


def test_the_error_of_a_gateway_is_a_lost_answer(
    jane: Program, gitlab: GitLab, hosts: TokenServer, token: Token
) -> None:
    hosts.faults.add(Fault(ROTATE, answer=Answer(504)))
    (result,) = rotated(jane, GROUP, status=1)
    assert "the answer with that was lost" in result["why"]
    assert len(gitlab.rotations) == 1
    del token


@pytest.mark.parametrize("answer", [None, Answer(503)])
def test_where_a_host_cannot_be_asked_the_status_is_5_unless_another_refuses(
    jane: Program, gitlab: GitLab, hosts: TokenServer, token: Token, answer: Answer | None
) -> None:
    dead = gitlab.add(now=time.time())
    keep(jane, OTHER_GROUP, dead.value)
    dead.revoked = True
    for words, status in (((GROUP,), 5), (("--all",), 1)):
        hosts.faults.add(Fault(asks("GET"), acts=False, answer=answer, cut=None if answer else 0))
        assert "failed" in [result["outcome"] for result in rotated(jane, *words, status=status)]
    assert kept(jane)[0] == token.value


@pytest.mark.parametrize("status", [200, 203, 403])
def test_a_page_is_the_wrong_kind_of_sign_in_and_no_word_on_the_token(
    jane: Program, gitlab: GitLab, hosts: TokenServer, token: Token, status: int
) -> None:
    hosts.faults.add(Fault(asks("GET"), acts=False, answer=page(status, "Sign in")))
    (result,) = rotated(jane, GROUP, status=1)
    assert "asks for another kind of sign-in" in result["why"]
    assert kept(jane) == [token.value]
    assert not gitlab.rotations


def test_a_fault_of_this_machine_names_no_page(jane: Program, token: Token) -> None:
    (jane.data / "renewal.lock").mkdir()
    (result,) = rotated(jane, GROUP, status=1)
    assert "renewal.lock" in result["why"]
    assert result["page"] is None
    assert kept(jane) == [token.value]


def test_a_redirect_is_not_followed(jane: Program, gitlab: GitLab, hosts: TokenServer, token: Token) -> None:
    hosts.faults.add(Fault(ROTATE, acts=False, answer=ELSEWHERE))
    (result,) = rotated(jane, GROUP, status=1)
    assert "asks for another kind of sign-in" in result["why"]
    assert all(request.host == "gitlab.com" for request in hosts.log)
    assert kept(jane) == [token.value]
    assert not gitlab.rotations

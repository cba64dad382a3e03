"""`extend`: the same token lives longer, at Azure DevOps."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from support.checks import keep, only_entry
from support.program import FABRIKAM
from support.pty_program import Terminal
from support.token_hosts.az import Az
from support.token_hosts.azure import TENANT
from support.token_hosts.faults import Fault, asks
from support.token_hosts.host import DAY

if TYPE_CHECKING:
    from support.program import Program
    from support.token_hosts.azure import Azure, Pat
    from support.token_hosts.gitlab import GitLab
    from support.token_hosts.serving import TokenServer

pytestmark = pytest.mark.slow

PATS = "/_apis/tokens/pats"


@pytest.fixture
def pat(azure: Azure, jane: Program) -> Pat:
    """Return Jane's token, which is stored for an organization with its end; she is signed in by az."""
    Az(jane).tokens = {TENANT: azure.sign_in(time.time())}
    pat = azure.add(now=time.time() - 20 * DAY, name="laptop", scope="vso.code_write vso.packaging", days=30)
    keep(jane, FABRIKAM, pat.token, expires=int(pat.valid_to))
    return pat


def extended(jane: Program, *words: str, status: int = 0) -> dict[str, Any]:
    run = jane.run("extend", *words, "--json")
    assert run.status == status, run
    (result,) = json.loads(run.stdout)["results"]
    return dict(result)


def test_on_a_terminal_without_questions_it_fails_where_a_person_could_say_which_it_is(
    jane: Program, azure: Azure, pat: Pat
) -> None:
    azure.add(now=time.time() - 20 * DAY, name="desktop", days=30)
    terminal = Terminal(jane, "extend", FABRIKAM, "--days", "60", environment={"GIT_TERMINAL_PROMPT": "0"})
    assert terminal.finish() == 1
    assert "it is not known which" in terminal.seen
    assert left(pat) == 10


def left(pat: Pat) -> int:
    """Return the days that a token lives from now on."""
    return round((pat.valid_to - time.time()) / DAY)


def test_the_end_moves_and_all_else_stays(jane: Program, azure: Azure, pat: Pat) -> None:
    assert extended(jane, FABRIKAM, "--days", "60")["outcome"] == "extended"
    assert left(pat) == 60
    assert (pat.name, pat.scope, pat.organization) == ("laptop", "vso.code_write vso.packaging", "fabrikam")
    assert only_entry(jane)["days_left"] in (59, 60)
    assert jane.run("token", FABRIKAM).stdout.decode().strip() == pat.token
    (put,) = azure.asked("PUT", PATS)
    assert put.json()["allOrgs"] is False


def test_a_shorter_life_than_asked_for_is_kept_and_said(jane: Program, azure: Azure, pat: Pat) -> None:
    azure.organizations["fabrikam"].longest = 40
    result = extended(jane, FABRIKAM, "--days", "60")
    assert result["outcome"] == "extended"
    assert "its host gives it no longer life" in result["why"]
    assert left(pat) == 20


def test_an_end_that_does_not_move_is_a_failure(jane: Program, azure: Azure, pat: Pat) -> None:
    azure.organizations["fabrikam"].longest = 30
    result = extended(jane, FABRIKAM, "--days", "60", status=1)
    assert "its host leaves its end as it is" in result["why"]
    assert left(pat) == 10


def test_after_a_lost_answer_a_look_says_what_came_of_it(jane: Program, hosts: TokenServer, pat: Pat) -> None:
    hosts.faults.add(Fault(asks("PUT", PATS), cut=10))
    assert extended(jane, FABRIKAM, "--days", "60")["outcome"] == "extended"
    assert left(pat) == 60


def test_a_request_that_the_host_did_not_see_leaves_the_end(
    jane: Program, hosts: TokenServer, pat: Pat
) -> None:
    hosts.faults.add(Fault(asks("PUT", PATS), acts=False, cut=0))
    assert "the end is what it was" in extended(jane, FABRIKAM, "--days", "60", status=5)["why"]
    assert left(pat) == 10


def test_a_token_that_lives_so_long_already_is_left(jane: Program, azure: Azure, pat: Pat) -> None:
    assert extended(jane, FABRIKAM, "--days", "5")["outcome"] == "not-due"
    assert not azure.asked("PUT", PATS)
    assert left(pat) == 10


def test_a_dry_run_changes_nothing(jane: Program, azure: Azure, pat: Pat) -> None:
    assert extended(jane, FABRIKAM, "--days", "60", "--dry-run")["outcome"] == "extended"
    assert not azure.asked("PUT", PATS)
    assert left(pat) == 10


def test_other_hosts_are_rotated(jane: Program, gitlab: GitLab) -> None:
    keep(jane, "https://gitlab.com/group", gitlab.add(now=time.time()).value)
    result = extended(jane, "https://gitlab.com/group", "--days", "60", status=6)
    assert result["outcome"] == "by-hand"
    command = "run: git credential-pat rotate https://gitlab.com/group"
    assert command in result["why"]
    line = jane.run("extend", "https://gitlab.com/group", "--days", "60").stdout.decode()
    assert line.endswith(f"{command}\n"), "it can be copied"


def test_within_leaves_what_ends_later(jane: Program, azure: Azure, pat: Pat) -> None:
    assert extended(jane, "--all", "--within", "5", "--days", "60")["outcome"] == "not-due"
    assert extended(jane, "--all", "--within", "14", "--days", "60")["outcome"] == "extended"
    assert left(pat) == 60
    del azure


def test_rotate_extends_first_where_that_is_wanted(jane: Program, azure: Azure, pat: Pat) -> None:
    run = jane.run("rotate", FABRIKAM, "--extend-first", "--days", "60", "--json")
    assert json.loads(run.stdout)["results"][0]["outcome"] == "extended"
    assert left(pat) == 60
    assert not azure.asked("POST", PATS)


def test_what_cannot_be_extended_is_rotated_then(jane: Program, azure: Azure, pat: Pat) -> None:
    azure.organizations["fabrikam"].longest = 30
    run = jane.run("rotate", FABRIKAM, "--extend-first", "--days", "60", "--json")
    assert json.loads(run.stdout)["results"][0]["outcome"] == "rotated"
    assert left(pat) == 10


def test_the_question_counts_only_what_can_be_extended(jane: Program, gitlab: GitLab, pat: Pat) -> None:
    keep(jane, "https://gitlab.com/group", gitlab.add(now=time.time()).value)
    terminal = Terminal(jane, "extend", "--all", "--days", "60")
    assert terminal.wait_for("[y/N] ") == "Extend 1 token? [y/N] "
    terminal.enter("y")
    assert terminal.finish() == 6
    assert left(pat) == 60

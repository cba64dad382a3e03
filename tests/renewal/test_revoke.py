"""`revoke`: the end of tokens at their hosts, and what becomes of their entries."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from support.checks import entries, keep, refusal, said
from support.program import AZURE_TOKEN, FABRIKAM, Program, Run
from support.pty_program import Terminal
from support.token_hosts.faults import ELSEWHERE, Fault, asks
from support.token_hosts.github import GitHub
from support.token_hosts.serving import TokenServer

from git_credential_pat.backends import Change
from git_credential_pat.backends.vault import VaultBackend
from git_credential_pat.git.settings import Settings
from git_credential_pat.model.entry import REJECTED, SECOND, Entry, Nanoseconds
from git_credential_pat.model.renewal import ROTATE, Intent, Renewal, noting
from git_credential_pat.model.scope import parse_url

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.token_hosts.fixtures import TokenHosts
    from support.token_hosts.host import Request

pytestmark = pytest.mark.slow

GROUP, OTHER_GROUP = "https://gitlab.com/group", "https://gitlab.com/other"
OCTO = "https://github.com/octo"
BERG = "https://codeberg.org/jane"
PAGE = "https://gitlab.com/-/user_settings/personal_access_tokens"
DELETE, REVOKE = asks("DELETE", "/self"), asks("POST", "/credentials/revoke")
DAY = 86_400 * SECOND


def revoked(program: Program, *words: str, status: int = 0) -> list[dict[str, Any]]:
    run = program.run("revoke", *words, "--yes", "--json")
    assert run.status == status, run
    found: list[dict[str, Any]] = json.loads(run.stdout)["results"]
    return found


def states(program: Program) -> dict[str, str]:
    return {entry["scope"]: entry["state"] for entry in entries(program)}


def replaced(program: Program, url: str, token: str, noted: Renewal) -> None:
    """Keep a token that was put aside for another one, beside that."""
    moment = Nanoseconds(time.time_ns())
    entry = Entry(parse_url(url).scope, b"", token.encode(), state=REJECTED, number=1)
    entry = noting(entry._replace(created=moment, updated=moment, put_aside=moment), noted)
    VaultBackend(Settings(str(program.data), str(program.key.parent))).apply([Change(None, entry)])


# One token


def test_gitlab_ends_the_token_and_its_entry_is_set_aside(program: Program, token_hosts: TokenHosts) -> None:
    token = token_hosts.gitlab.add(now=token_hosts.now)
    keep(program, GROUP, token.value)
    (result,) = revoked(program, GROUP)
    assert (result["outcome"], result["why"]) == ("revoked", "its host has ended it")
    assert token.revoked
    assert states(program) == {GROUP: "revoked"}
    refusal(program.run("token", GROUP), 1)


def test_github_is_handed_the_token_without_a_sign_in(program: Program, token_hosts: TokenHosts) -> None:
    token = token_hosts.github.add(now=token_hosts.now)
    keep(program, OCTO, token.value)
    (result,) = revoked(program, OCTO)
    assert (result["outcome"], result["why"]) == ("revoked", "its host has ended it")
    (request,) = token_hosts.github.asked("POST")
    assert "authorization" not in request.headers
    assert request.json() == {"credentials": [token.value]}
    assert token_hosts.github.notified == ["octocat"]


def test_what_github_ends_in_a_moment_is_said_so(program: Program, token_hosts: TokenHosts) -> None:
    token_hosts.github.lag = 60
    keep(program, OCTO, token_hosts.github.add(now=token_hosts.now).value)
    (result,) = revoked(program, OCTO)
    assert (result["outcome"], result["why"]) == (
        "revoked",
        "its host has taken the request, and ends it in a moment",
    )


class GitHubServer(GitHub):
    """A server of one's own."""

    names = ("git.example.com",)


@pytest.mark.parametrize(("version", "status", "outcome"), [((3, 18), 0, "revoked"), ((3, 17), 6, "by-hand")])
def test_a_github_server_wants_the_token_as_sign_in(
    program: Program, tmp_path: Path, version: tuple[int, int], status: int, outcome: str
) -> None:
    host = GitHubServer("git.example.com")
    host.version = version
    program.git("config", "--global", "pat.https://git.example.com.provider", "github")
    with TokenServer(tmp_path / "server", [host]) as server:
        server.configure_client(program.home)
        token = host.add(now=time.time())
        keep(program, "https://git.example.com/octo", token.value)
        (result,) = revoked(program, "https://git.example.com/octo", status=status)
    assert result["outcome"] == outcome
    assert (token.revoked_at is not None) == (outcome == "revoked")


def test_a_host_that_lets_no_program_do_it_is_named_with_its_page(
    program: Program, token_hosts: TokenHosts
) -> None:
    token = token_hosts.gitea.add()
    keep(program, BERG, token.value)
    (result,) = revoked(program, BERG, status=6)
    assert (result["outcome"], result["page"]) == (
        "by-hand",
        "https://codeberg.org/user/settings/applications",
    )
    assert states(program) == {BERG: "active"}
    assert not token_hosts.server.log


def test_a_token_that_is_stored_for_several_places_is_revoked_once(
    program: Program, token_hosts: TokenHosts
) -> None:
    token = token_hosts.gitlab.add(now=token_hosts.now)
    keep(program, GROUP, token.value)
    keep(program, OTHER_GROUP, token.value)
    results = revoked(program, GROUP)
    assert [result["outcome"] for result in results] == ["revoked", "revoked"]
    assert len(token_hosts.gitlab.asked("DELETE")) == 1
    assert states(program) == {GROUP: "revoked", OTHER_GROUP: "revoked"}


def test_a_predecessor_in_its_grace_is_revoked_too_and_no_other(
    program: Program, token_hosts: TokenHosts
) -> None:
    current, before, elsewhere = (token_hosts.gitlab.add(now=token_hosts.now) for _ in range(3))
    keep(program, GROUP, current.value)
    replaced(program, GROUP, before.value, Renewal(revoke_after=Nanoseconds(time.time_ns() + DAY)))
    keep(program, OTHER_GROUP, elsewhere.value)
    assert len(revoked(program, GROUP)) == 2
    assert (current.revoked, before.revoked, elsewhere.revoked) == (True, True, False)


def test_a_token_that_its_host_does_not_know_is_as_good_as_revoked(
    program: Program, token_hosts: TokenHosts
) -> None:
    token = token_hosts.gitlab.add(now=token_hosts.now)
    keep(program, GROUP, token.value)
    token.revoked = True
    (result,) = revoked(program, GROUP)
    assert result["outcome"] == "revoked"


def test_a_successor_whose_value_was_lost_is_left_to_a_person(
    program: Program, token_hosts: TokenHosts
) -> None:
    token = token_hosts.gitlab.add(now=token_hosts.now)
    token.revoked = True
    entry = Entry(parse_url(GROUP).scope, b"", token.value.encode())
    noted = noting(entry, Renewal(intent=Intent(ROTATE, 1)))  # type: ignore[arg-type]  # seconds
    keep(program, GROUP, token.value, renewal=noted.renewal)
    (result,) = revoked(program, GROUP, status=6)
    assert (result["outcome"], result["page"]) == ("by-hand", PAGE)
    assert states(program) == {GROUP: "revoked"}


# When the answer is lost, or another one than expected


@pytest.mark.parametrize("cut", [0, 9, 30])
def test_after_a_lost_answer_a_look_shows_that_it_is_dead(
    program: Program, token_hosts: TokenHosts, cut: int
) -> None:
    keep(program, GROUP, token_hosts.gitlab.add(now=token_hosts.now).value)
    token_hosts.faults.add(Fault(DELETE, cut=cut))
    (result,) = revoked(program, GROUP)
    assert result["outcome"] == "revoked"
    assert len(token_hosts.gitlab.asked("DELETE")) == 1


def test_a_request_that_the_host_did_not_see_leaves_the_token_in_use(
    program: Program, token_hosts: TokenHosts
) -> None:
    keep(program, GROUP, token_hosts.gitlab.add(now=token_hosts.now).value)
    token_hosts.faults.add(Fault(DELETE, acts=False, cut=0))
    (result,) = revoked(program, GROUP, status=5)
    assert re.search(f"not known whether .* run: git credential-pat verify {GROUP}", result["why"])
    assert states(program) == {GROUP: "active"}
    assert not token_hosts.gitlab.asked("DELETE")


@pytest.mark.parametrize(("url", "fits"), [(GROUP, DELETE), (OCTO, REVOKE)])
def test_a_redirect_is_not_followed(
    program: Program, token_hosts: TokenHosts, url: str, fits: Callable[[Request], bool]
) -> None:
    keep(program, GROUP, token_hosts.gitlab.add(now=token_hosts.now).value)
    keep(program, OCTO, token_hosts.github.add(now=token_hosts.now).value)
    token_hosts.faults.add(Fault(fits, acts=False, answer=ELSEWHERE))
    (result,) = revoked(program, url, status=1)
    assert result["outcome"] == "failed"
    assert states(program) == {GROUP: "active", OCTO: "active"}
    assert not any("elsewhere" in request.host for request in token_hosts.server.log)


# All tokens, after a leak


def test_all_revokes_what_can_be_and_prints_the_pages_for_the_rest(
    program: Program, token_hosts: TokenHosts
) -> None:
    ours, spare = (token_hosts.gitlab.add(now=token_hosts.now) for _ in range(2))
    github = token_hosts.github.add(now=token_hosts.now)
    keep(program, GROUP, ours.value)
    replaced(program, GROUP, spare.value, Renewal())
    keep(program, OCTO, github.value)
    keep(program, BERG, token_hosts.gitea.add().value)
    run = program.run("revoke", "--all", "--yes")
    assert run.status == 6
    lines = run.stdout.decode().splitlines()
    assert [line.split()[:2] for line in lines[:5]] == [
        ["OUTCOME", "SCOPE"],
        ["by-hand", BERG],
        ["revoked", OCTO],
        ["revoked", GROUP],
        ["revoked", GROUP],
    ]
    assert lines[5:] == [
        "To revoke the rest, go to:",
        "  https://codeberg.org/user/settings/applications  (1)",
    ]
    assert (ours.revoked, spare.revoked, github.lives(token_hosts.now)) == (True, True, False)
    assert states(program) == {BERG: "active", OCTO: "revoked", GROUP: "revoked"}


def test_what_is_no_token_is_left_alone(program: Program, token_hosts: TokenHosts) -> None:
    keep(program, GROUP, token_hosts.gitlab.add(now=token_hosts.now).value)
    cache = "https://login.microsoftonline.com/tenant"
    keep(program, cache, '{"cache": 1}', state=REJECTED, label="sign-in by pat.entraClientId")
    assert [result["scope"] for result in revoked(program, "--all")] == [GROUP]


def test_without_a_terminal_only_yes_revokes(program: Program, token_hosts: TokenHosts) -> None:
    token = token_hosts.gitlab.add(now=token_hosts.now)
    keep(program, GROUP, token.value)
    assert "give --yes" in refusal(program.run("revoke", GROUP), 2)
    assert "give --yes" in refusal(program.run("revoke", "--all"), 2)
    assert not token.revoked


def test_what_is_revoked_is_not_revoked_again(program: Program, token_hosts: TokenHosts) -> None:
    keep(program, GROUP, token_hosts.gitlab.add(now=token_hosts.now).value)
    revoked(program, GROUP)
    assert "no token in use is stored" in refusal(program.run("revoke", GROUP, "--yes"), 1)
    assert "no token is stored that could be revoked" in refusal(program.run("revoke", "--all", "--yes"), 1)
    assert len(token_hosts.gitlab.asked("DELETE")) == 1


def test_usage(program: Program) -> None:
    refusal(program.run("revoke"), 2)
    refusal(program.run("revoke", "--all", GROUP), 2)


@pytest.mark.parametrize("words", [("revoke",), ("rotate",), ("extend", "--days", "9")])
def test_all_takes_no_username_for_it_would_seem_to_mean_fewer(
    program: Program, token_hosts: TokenHosts, words: tuple[str, ...]
) -> None:
    token = token_hosts.gitlab.add(now=token_hosts.now)
    keep(program, GROUP, token.value)
    run = program.run(*words, "--all", "--yes", "--username", "jane")
    assert refusal(run, 2) == "--username is for the tokens of a URL; leave out --all"
    assert not token.revoked
    assert program.run("token", GROUP).stdout.decode().strip() == token.value


# The question


def asked(program: Program, *words: str) -> tuple[Terminal, str]:
    terminal = Terminal(program, "revoke", *words)
    return terminal, terminal.wait_for("[y/N] ")


def test_the_question_names_the_place_of_the_only_token(program: Program, token_hosts: TokenHosts) -> None:
    token = token_hosts.gitlab.add(now=token_hosts.now)
    keep(program, GROUP, token.value)
    terminal, question = asked(program, GROUP)
    assert question == f"Revoke the token for {GROUP} for good? [y/N] "
    terminal.enter("y")
    assert terminal.finish() == 0
    assert token.revoked
    assert token.value not in terminal.seen


def test_the_question_and_the_outcome_tell_a_token_from_the_one_that_it_replaced(
    program: Program, token_hosts: TokenHosts
) -> None:
    keep(program, GROUP, token_hosts.gitlab.add(now=token_hosts.now).value)
    old = token_hosts.gitlab.add(now=token_hosts.now)
    replaced(program, GROUP, old.value, Renewal(revoke_after=Nanoseconds(time.time_ns() + DAY)))
    terminal, question = asked(program, GROUP)
    assert question == f"Revoke the token for {GROUP} and the one that it replaced for good? [y/N] "
    terminal.enter("n")
    assert terminal.finish() == 1
    assert said(program.run("revoke", GROUP, "--yes")) == [
        f"revoked  {GROUP}: its host has ended it",
        f"revoked  {GROUP} (replaced): its host has ended it",
    ]
    assert old.revoked


def test_the_question_names_number_and_hosts_of_all(program: Program, token_hosts: TokenHosts) -> None:
    token = token_hosts.gitlab.add(now=token_hosts.now)
    keep(program, GROUP, token.value)
    keep(program, OCTO, token_hosts.github.add(now=token_hosts.now).value)
    keep(program, BERG, token_hosts.gitea.add().value)
    terminal, question = asked(program, "--all")
    assert question == "Revoke 2 tokens for good (1 at github.com, 1 at gitlab.com)? [y/N] "
    terminal.enter("n")
    assert terminal.finish() == 1
    assert "nothing was revoked" in terminal.seen
    assert not token.revoked


def test_ctrl_c_at_the_question_revokes_nothing(program: Program, token_hosts: TokenHosts) -> None:
    token = token_hosts.gitlab.add(now=token_hosts.now)
    keep(program, GROUP, token.value)
    terminal, _ = asked(program, GROUP)
    terminal.press("c")
    assert terminal.finish() == 130
    assert not token.revoked


# What other commands say


def test_restore_says_that_nothing_brings_it_back(program: Program, token_hosts: TokenHosts) -> None:
    keep(program, GROUP, token_hosts.gitlab.add(now=token_hosts.now).value)
    revoked(program, GROUP)
    line = refusal(program.run("restore", GROUP), 1)
    today = time.strftime("%Y-%m-%d", time.gmtime())
    assert f"was revoked at its host on {today}, for good; create one at {PAGE}" in line
    assert states(program) == {GROUP: "revoked"}


def test_restore_takes_what_was_replaced_before_what_was_revoked(
    program: Program, token_hosts: TokenHosts
) -> None:
    before = token_hosts.gitlab.add(now=token_hosts.now)
    keep(program, GROUP, token_hosts.gitlab.add(now=token_hosts.now).value)
    replaced(program, GROUP, before.value, Renewal())
    revoked(program, GROUP)
    assert program.run("restore", GROUP).status == 0
    assert program.run("token", GROUP).stdout.decode().strip() == before.value


def test_get_asks_for_no_revoked_token_to_be_restored(program: Program, token_hosts: TokenHosts) -> None:
    keep(program, GROUP, token_hosts.gitlab.add(now=token_hosts.now).value)
    revoked(program, GROUP)
    request = b"protocol=https\nhost=gitlab.com\npath=group/project.git\n\n"
    assert program.run("get", stdin=request) == Run(0, b"", "")


@pytest.mark.parametrize(("url", "is_named"), [(GROUP, True), (FABRIKAM, True), (BERG, False)])
def test_remove_names_the_command_that_ends_a_token_before_it_is_gone(
    program: Program, url: str, *, is_named: bool
) -> None:
    keep(program, url, {GROUP: "glpat-" + "a" * 20, BERG: "a" * 40}.get(url, AZURE_TOKEN))
    terminal = Terminal(program, "remove", url)
    terminal.wait_for("for good? [y/N] ")
    terminal.enter("n")
    assert terminal.finish() == 1
    assert (f"run instead: git credential-pat revoke {url}" in terminal.seen) == is_named
    assert "pat revoke" not in program.run("remove", "--yes", url).stdout.decode()


def test_remove_does_not_say_that_a_revoked_token_still_works(
    program: Program, token_hosts: TokenHosts
) -> None:
    keep(program, GROUP, token_hosts.gitlab.add(now=token_hosts.now).value)
    revoked(program, GROUP)
    assert program.run("remove", GROUP).stdout.decode() == f"Removed the token for {GROUP}.\n"


# Predecessors whose grace is over


def rotated_all(program: Program, status: int = 0) -> list[dict[str, Any]]:
    run = program.run("rotate", "--all", "--within", "3", "--json")
    assert run.status == status, run
    return [result for result in json.loads(run.stdout)["results"] if result["outcome"] != "not-due"]


@pytest.mark.parametrize(("hours", "is_over"), [(-1, True), (1, False)])
def test_rotate_all_revokes_what_is_past_its_grace(
    program: Program, token_hosts: TokenHosts, hours: int, *, is_over: bool
) -> None:
    current, before = (token_hosts.gitlab.add(now=token_hosts.now) for _ in range(2))
    keep(program, GROUP, current.value)
    after = Nanoseconds(time.time_ns() + hours * DAY // 24)
    replaced(program, GROUP, before.value, Renewal(revoke_after=after))
    results = rotated_all(program)
    assert [result["outcome"] for result in results] == ["revoked"] * is_over
    assert (current.revoked, before.revoked) == (False, is_over)
    assert not rotated_all(program)


def test_a_predecessor_that_still_answers_elsewhere_is_left_alone(
    program: Program, token_hosts: TokenHosts
) -> None:
    before = token_hosts.gitlab.add(now=token_hosts.now)
    keep(program, GROUP, token_hosts.gitlab.add(now=token_hosts.now).value)
    replaced(program, GROUP, before.value, Renewal(revoke_after=Nanoseconds(1)))
    keep(program, OTHER_GROUP, before.value)
    assert not rotated_all(program)
    assert not before.revoked


def test_a_predecessor_of_a_host_that_lets_no_program_waits_for_a_person(
    program: Program, token_hosts: TokenHosts
) -> None:
    keep(program, BERG, token_hosts.gitea.add().value)
    replaced(program, BERG, token_hosts.gitea.add().value, Renewal(revoke_after=Nanoseconds(1)))
    (result,) = rotated_all(program, status=6)
    assert (result["outcome"], bool(result["page"])) == ("by-hand", True)


def test_what_is_pending_is_kept_however_long_it_waits(program: Program) -> None:
    keep(program, GROUP, "glpat-" + "a" * 20)
    replaced(program, GROUP, "glpat-" + "b" * 20, Renewal(revoke_after=Nanoseconds(1)))
    program.git("config", "--global", "pat.keepRejected", "0")
    time.sleep(0.01)
    program.seed(GROUP, "glpat-" + "c" * 20)
    program.seed(GROUP, "glpat-" + "d" * 20)
    kept = [entry["state"] for entry in entries(program)]
    assert kept == ["active", "replaced", "replaced"]  # "a" was replaced first, and is gone

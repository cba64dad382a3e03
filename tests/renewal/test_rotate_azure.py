"""`rotate` at Azure DevOps: a token is made beside the old one, which lives on for a grace."""

from __future__ import annotations

import json
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from support.checks import entries, files, keep
from support.program import CONTOSO, FABRIKAM
from support.pty_program import Terminal
from support.signing_in import CLIENT
from support.token_hosts.az import Az
from support.token_hosts.azure import TENANT
from support.token_hosts.faults import ELSEWHERE, Fault, asks
from support.token_hosts.host import DAY, page

if TYPE_CHECKING:
    from support.program import Program
    from support.token_hosts.az import Mode
    from support.token_hosts.azure import Azure, Pat, Refusal
    from support.token_hosts.fixtures import TokenHosts
    from support.token_hosts.serving import TokenServer

pytestmark = pytest.mark.slow

PATS = "/_apis/tokens/pats"
CREATE, REVOKE = asks("POST", PATS), asks("DELETE", PATS)


@pytest.fixture
def az(jane: Program, azure: Azure) -> Az:
    """Return the stand-in for az, with which Jane is signed in."""
    stand_in = Az(jane)
    stand_in.tokens = {TENANT: azure.sign_in(time.time())}
    return stand_in


@pytest.fixture
def pat(azure: Azure, jane: Program, az: Az) -> Pat:
    """Return Jane's token, which is stored for an organization with its end."""
    del az
    pat = azure.add(now=time.time() - 20 * DAY, name="laptop", scope="vso.code_write vso.packaging", days=30)
    keep(jane, FABRIKAM, pat.token, expires=int(pat.valid_to))
    return pat


def rotated(jane: Program, *words: str, status: int = 0) -> list[dict[str, Any]]:
    run = jane.run("rotate", *words, "--json")
    assert run.status == status, run
    found: list[dict[str, Any]] = json.loads(run.stdout)["results"]
    return found


def answered(jane: Program, url: str = FABRIKAM) -> str:
    """Return the token that Git would get."""
    return jane.run("token", url).stdout.decode().strip()


def test_another_token_of_the_same_name_and_permissions_takes_its_place(
    jane: Program, azure: Azure, pat: Pat
) -> None:
    (result,) = rotated(jane, FABRIKAM)
    assert (result["scope"], result["outcome"]) == (FABRIKAM, "rotated")
    _, new = azure.living(time.time())
    assert (new.name, new.scope, new.organization) == ("laptop", pat.scope, "fabrikam")
    assert round((new.valid_to - new.valid_from) / DAY) == 30
    assert answered(jane) == new.token


def test_the_old_one_lives_on_for_its_grace(jane: Program, azure: Azure, pat: Pat) -> None:
    (result,) = rotated(jane, FABRIKAM)
    assert "the old one works until rotate --all or the timer revokes it, from " in result["why"]
    assert not pat.revoked
    assert not azure.asked("DELETE", PATS)


def test_without_a_grace_it_is_revoked_at_once(jane: Program, azure: Azure, pat: Pat) -> None:
    (result,) = rotated(jane, FABRIKAM, "--grace", "0")
    assert result["why"] == "the old one was revoked"
    assert pat.revoked
    assert [pat.token for pat in azure.living(time.time())] == [answered(jane)]


def test_the_sign_in_goes_to_the_one_interface_and_in_no_command_line(
    jane: Program, azure: Azure, hosts: TokenServer, az: Az, pat: Pat
) -> None:
    rotated(jane, FABRIKAM, "--grace", "0")
    token = az.tokens[TENANT]
    carrying = [request for request in hosts.log if token in str(request.headers)]
    assert {request.url.partition("?")[0] for request in carrying} == {
        f"https://vssps.dev.azure.com/fabrikam{PATS}"
    }
    assert len(azure.asked("HEAD")) == 1, "the tenant is asked for once"
    assert not az.leaks(token)
    assert not az.leaks(pat.token)


@pytest.mark.parametrize("mode", ["signed-in", "older"])
def test_az_gives_the_end_of_its_token_in_two_forms(jane: Program, az: Az, pat: Pat, mode: Mode) -> None:
    az.mode = mode
    (result,) = rotated(jane, FABRIKAM)
    assert result["outcome"] == "rotated"
    del pat


def test_signed_out_it_says_how_to_sign_in(jane: Program, azure: Azure, az: Az, pat: Pat) -> None:
    az.mode = "signed-out"
    (result,) = rotated(jane, FABRIKAM, status=1)
    assert "az is not signed in" in result["why"]
    assert f"run: az login --allow-no-subscriptions --tenant {TENANT}" in result["why"]
    assert answered(jane) == pat.token
    assert not azure.asked("POST", PATS)


def test_a_sign_in_to_another_tenant_is_no_sign_in_here(
    jane: Program, azure: Azure, az: Az, pat: Pat
) -> None:
    az.tokens = {TENANT: azure.sign_in(time.time(), tenant="aaaaaaaa-0000-4000-8000-00000000abcd")}
    (result,) = rotated(jane, FABRIKAM, status=1)
    assert "another kind of sign-in" in result["why"]
    assert answered(jane) == pat.token


def test_a_token_on_standard_input_is_the_only_sign_in_that_is_tried(
    jane: Program, azure: Azure, az: Az, pat: Pat
) -> None:
    token = azure.sign_in(time.time())
    run = jane.run("rotate", FABRIKAM, "--entra-token-stdin", stdin=f"{token}\n".encode())
    assert run.status == 0, run
    assert answered(jane) != pat.token
    assert not az.calls


@pytest.mark.parametrize("refuses_by", ["redirect", "page", "message"])
def test_a_service_principal_cannot_make_tokens(
    jane: Program, azure: Azure, az: Az, pat: Pat, refuses_by: Refusal
) -> None:
    azure.refuses_by = refuses_by
    az.tokens = {TENANT: azure.sign_in(time.time(), is_person=False)}
    (result,) = rotated(jane, FABRIKAM, status=1)
    assert "person" in result["why"]
    assert answered(jane) == pat.token


def test_what_the_host_gives_is_said_and_kept(jane: Program, azure: Azure, pat: Pat) -> None:
    azure.organizations["fabrikam"].longest = 7
    azure.drops = frozenset(["vso.packaging"])
    (result,) = rotated(jane, FABRIKAM)
    assert "its host gives it no longer life" in result["why"]
    assert "its host did not give it vso.packaging" in result["why"]
    (_, new) = azure.living(time.time())
    kept = json.loads(jane.run("list", "--json").stdout)["entries"]
    (active,) = [entry for entry in kept if entry["state"] == "active"]
    assert active["permissions"] == ["vso.code_write"]
    assert active["expires"] == time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(new.valid_to))
    del pat


def test_a_policy_against_tokens_is_named_and_nothing_changes(jane: Program, azure: Azure, pat: Pat) -> None:
    azure.organizations["fabrikam"].refuses = "disablePatCreationPolicyViolation"
    (result,) = rotated(jane, FABRIKAM, status=1)
    command = f"git credential-pat seed {FABRIKAM} --sign-in entra"
    assert f"a policy of the organization forbids new ones; to do without, run: {command}" in result["why"]
    assert answered(jane) == pat.token


@pytest.mark.parametrize("cut", [0, 1, 12, 40, 300])
def test_after_a_lost_answer_the_old_one_stays_and_the_next_run_waits(
    jane: Program, azure: Azure, hosts: TokenServer, pat: Pat, cut: int
) -> None:
    hosts.faults.add(Fault(CREATE, cut=cut))
    (result,) = rotated(jane, FABRIKAM, status=5)
    assert "the old one still works; run this again in 2 minutes" in result["why"]
    (again,) = rotated(jane, FABRIKAM, status=1)
    assert "try again in 2 minutes" in again["why"]
    assert answered(jane) == pat.token
    assert len(azure.asked("POST", PATS)) == 1


def test_what_was_made_and_lost_is_revoked_by_a_later_run_which_makes_another(
    jane: Program, azure: Azure, hosts: TokenServer, pat: Pat
) -> None:
    hosts.faults.add(Fault(CREATE, cut=0))
    rotated(jane, FABRIKAM, status=5)
    (lost,) = [one for one in azure.pats.values() if one is not pat]
    others = azure.add(now=time.time() - 60, name="laptop", days=30)
    hosts.clock = lambda: time.time() + 300
    rotated(jane, FABRIKAM)
    assert lost.revoked
    assert not pat.revoked
    assert not others.revoked
    new = azure.find(answered(jane))
    assert new is not None
    assert new.name == "laptop"
    assert not new.revoked


def test_what_was_made_and_lost_is_revoked_by_a_run_in_which_nothing_is_due(
    jane: Program, azure: Azure, hosts: TokenServer, pat: Pat
) -> None:
    hosts.faults.add(Fault(CREATE, cut=0))
    rotated(jane, FABRIKAM, status=5)
    hosts.clock = lambda: time.time() + 300
    outcomes = [result["outcome"] for result in rotated(jane, "--all", "--within", "0")]
    assert sorted(outcomes) == ["not-due", "revoked"]
    assert azure.living(time.time()) == [pat]
    assert answered(jane) == pat.token
    assert [result["outcome"] for result in rotated(jane, "--all", "--within", "0")] == ["not-due"]


@pytest.mark.usefixtures("pat")
def test_what_was_made_and_lost_is_revoked_with_the_one_that_it_was_to_replace(
    jane: Program, azure: Azure, hosts: TokenServer
) -> None:
    hosts.faults.add(Fault(CREATE, cut=0))
    rotated(jane, FABRIKAM, status=5)
    others = azure.add(now=time.time() - 60, name="laptop", days=30)
    run = jane.run("revoke", FABRIKAM, "--yes")
    assert run.status == 0, run
    assert azure.living(time.time()) == [others]


@pytest.mark.parametrize("is_made", [False, True])
def test_what_may_have_been_made_and_cannot_be_revoked_is_left_to_a_person(
    jane: Program, hosts: TokenServer, pat: Pat, *, is_made: bool
) -> None:
    hosts.faults.add(Fault(CREATE, acts=is_made, cut=0))
    rotated(jane, FABRIKAM, status=5)
    hosts.faults.add(Fault(REVOKE))  # the one that is stored comes first
    hosts.faults.add(Fault(REVOKE, acts=False, cut=0))
    run = jane.run("revoke", FABRIKAM, "--yes")
    assert run.status == 6, run
    assert 'its host may have made another token "laptop"; revoke it' in run.stdout.decode()
    assert pat.revoked
    assert [entry["state"] for entry in entries(jane)] == ["revoked"]


def test_of_two_runs_at_once_one_makes_a_token_and_the_other_sees_it(
    jane: Program, azure: Azure, hosts: TokenServer, pat: Pat
) -> None:
    hosts.faults.add(Fault(CREATE, wait=1.5))
    with ThreadPoolExecutor(2) as threads:
        runs = [*threads.map(lambda _: rotated(jane, FABRIKAM), range(2))]
    outcomes = sorted((result["outcome"], result["why"][:30]) for run in runs for result in run)
    assert outcomes[0] == ("not-due", "another run has just replaced ")
    assert outcomes[1][0] == "rotated"
    assert len(azure.living(time.time())) == 2
    assert answered(jane) != pat.token


def test_a_server_before_the_host_that_fails_leaves_it_open_what_was_made(
    jane: Program, azure: Azure, hosts: TokenServer, pat: Pat
) -> None:
    hosts.faults.add(Fault(CREATE, answer=page(502, "Bad Gateway")))
    (result,) = rotated(jane, FABRIKAM, status=5)
    assert "it is not known whether a token was made" in result["why"]
    hosts.clock = lambda: time.time() + 300
    rotated(jane, FABRIKAM)
    alive = {one.token for one in azure.living(time.time())}
    assert alive == {pat.token, answered(jane)}


def test_a_redirect_is_not_followed(jane: Program, azure: Azure, hosts: TokenServer, pat: Pat) -> None:
    hosts.faults.add(Fault(CREATE, acts=False, answer=ELSEWHERE))
    (result,) = rotated(jane, FABRIKAM, status=1)
    assert "another kind of sign-in" in result["why"]
    assert all("elsewhere" not in request.url for request in hosts.log)
    assert answered(jane) == pat.token
    (again,) = rotated(jane, FABRIKAM)
    assert again["outcome"] == "rotated"
    del azure


def test_a_token_that_the_host_refuses_goes_and_the_old_one_is_put_back(
    jane: Program, azure: Azure, hosts: TokenServer, pat: Pat
) -> None:
    refused = page(401, "no")._replace(headers=(("WWW-Authenticate", 'Basic realm="https://x.example/"'),))
    hosts.faults.add(Fault(asks("GET", "connectionData")))  # the old one is asked about first
    hosts.faults.add(Fault(asks("GET", "connectionData"), answer=refused, times=9))
    (result,) = rotated(jane, FABRIKAM, status=1)
    assert "its host refuses the token that it has just made" in result["why"]
    assert answered(jane) == pat.token
    assert [one.token for one in azure.living(time.time())] == [pat.token]
    assert len(json.loads(jane.run("list", "--json").stdout)["entries"]) == 1


def test_a_token_may_need_a_moment_until_its_host_knows_it(
    jane: Program, azure: Azure, hosts: TokenServer, pat: Pat
) -> None:
    refused = page(401, "no")._replace(headers=(("WWW-Authenticate", 'Basic realm="https://x.example/"'),))
    hosts.faults.add(Fault(asks("GET", "connectionData")))
    hosts.faults.add(Fault(asks("GET", "connectionData"), answer=refused))
    (result,) = rotated(jane, FABRIKAM)
    assert result["outcome"] == "rotated"
    assert answered(jane) != pat.token
    del azure


def test_one_that_was_revoked_before_its_end_is_not_made_anew(jane: Program, azure: Azure, pat: Pat) -> None:
    rotated(jane, FABRIKAM)  # which notes the id of the next one
    azure.find(answered(jane)).revoked = True  # type: ignore[union-attr]  # it is there
    (result,) = rotated(jane, FABRIKAM, status=1)
    assert "its host refuses the one that is stored" in result["why"]
    assert len(azure.asked("POST", PATS)) == 1
    del pat


def test_an_organization_each_gets_its_own_token_of_a_global_one(
    jane: Program, azure: Azure, pat: Pat
) -> None:
    keep(jane, CONTOSO, pat.token, expires=int(pat.valid_to))
    pat.organization = ""
    results = rotated(jane, "--all", "--grace", "0")
    assert [result["outcome"] for result in results] == ["rotated", "rotated"]
    made = {azure.find(answered(jane, url)).organization for url in (FABRIKAM, CONTOSO)}  # type: ignore[union-attr]
    assert made == {"fabrikam", "contoso"}
    assert pat.revoked
    assert [request.query["authorizationId"] for request in azure.asked("DELETE", PATS)] == [pat.id]


def test_as_long_as_another_organization_uses_the_old_one_it_stays(
    jane: Program, azure: Azure, pat: Pat
) -> None:
    keep(jane, CONTOSO, pat.token, expires=int(pat.valid_to))
    pat.organization = ""
    (result,) = rotated(jane, FABRIKAM, "--grace", "0")
    assert result["why"] == "the old one stays, for it is stored for another place"
    assert not pat.revoked
    del azure


def stored_by_git(jane: Program, token: str) -> list[str]:
    """Have Git approve a token that another helper answered; return the states of what is kept."""
    request = f"protocol=https\nhost=dev.azure.com\npath=fabrikam/p/_git/p\nusername=x\npassword={token}\n\n"
    assert jane.run("store", stdin=request.encode()).status == 0
    return [entry["state"] for entry in entries(jane)]


def test_a_helper_that_remembers_the_old_one_does_not_keep_it_alive(
    jane: Program, azure: Azure, pat: Pat
) -> None:
    rotated(jane, FABRIKAM)
    new = answered(jane)
    assert stored_by_git(jane, pat.token) == ["active", "replaced"]
    assert answered(jane) == new
    assert entries(jane)[1]["revoked_after"]
    del azure


def test_the_old_one_is_used_again_where_none_is_in_its_place_and_no_run_ends_it(
    jane: Program, azure: Azure, pat: Pat
) -> None:
    rotated(jane, FABRIKAM)
    new = answered(jane)
    refused = f"protocol=https\nhost=dev.azure.com\npath=fabrikam/p/_git/p\npassword={new}\n\n"
    jane.run("erase", stdin=refused.encode())
    assert stored_by_git(jane, pat.token) == ["rejected", "active"]
    assert answered(jane) == pat.token
    jane.run("erase", stdin=refused.replace(new, pat.token).encode())
    assert [entry["revoked_after"] for entry in entries(jane)] == [None, None]
    del azure


def test_which_token_it_is_must_be_certain(jane: Program, azure: Azure, pat: Pat) -> None:
    other = azure.add(now=time.time() - 20 * DAY, name="desktop", days=30)
    (result,) = rotated(jane, FABRIKAM, status=1)
    assert "it is not known which" in result["why"]
    assert '"laptop", "desktop"' in result["why"]
    assert not azure.asked("POST", PATS)
    (named,) = rotated(jane, FABRIKAM, "--label", "laptop", "--grace", "0")
    assert named["outcome"] == "rotated"
    assert pat.revoked
    assert not other.revoked


@pytest.mark.parametrize("command", ["rotate", "extend --days 60"])
def test_a_dry_run_takes_the_name_of_a_token_too(jane: Program, azure: Azure, pat: Pat, command: str) -> None:
    azure.add(now=time.time() - 20 * DAY, name="desktop", days=30)
    words = (*command.split(), FABRIKAM, "--label", "laptop", "--dry-run", "--json")
    run = jane.run(*words)
    assert run.status == 0, run
    assert json.loads(run.stdout)["results"][0]["outcome"] in ("rotated", "extended")
    assert {request.method for request in azure.log} <= {"GET", "HEAD"}
    (again,) = rotated(jane, FABRIKAM, status=1)
    assert "it is not known which" in again["why"]  # nothing was noted
    del pat


def test_a_name_that_fits_no_token_is_not_noted(jane: Program, azure: Azure, pat: Pat) -> None:
    assert jane.run("revoke", FABRIKAM, "--yes", "--label", "nonsense").status == 1
    assert not pat.revoked
    assert jane.run("revoke", FABRIKAM, "--yes").status == 0
    assert pat.revoked
    del azure


def test_a_token_is_revoked_by_its_name_where_several_could_be_it(
    jane: Program, azure: Azure, pat: Pat
) -> None:
    other = azure.add(now=time.time() - 20 * DAY, name="desktop", days=30)
    refused = jane.run("revoke", FABRIKAM, "--yes")
    assert refused.status == 1
    assert b"give --label NAME" in refused.stdout
    assert not pat.revoked
    assert jane.run("revoke", FABRIKAM, "--yes", "--label", "laptop").status == 0
    assert pat.revoked
    assert not other.revoked


def test_what_another_persons_sign_in_does_not_find_is_not_taken_for_revoked(
    jane: Program, azure: Azure, az: Az, pat: Pat
) -> None:
    rotated(jane, FABRIKAM)
    new = answered(jane)
    az.tokens = {TENANT: azure.sign_in(time.time(), user="john@fabrikam.example")}
    run = jane.run("revoke", FABRIKAM, "--yes", "--json")
    results = json.loads(run.stdout)["results"]
    assert (run.status, [result["outcome"] for result in results]) == (1, ["failed", "failed"])
    assert all("sign in as the person whose token it is" in result["why"] for result in results)
    assert [entry["state"] for entry in entries(jane)] == ["active", "replaced"]
    assert (answered(jane), pat.revoked) == (new, False)


@pytest.mark.parametrize("command", ["rotate --grace 0", "extend --days 60", "revoke --yes"])
def test_another_persons_token_that_ends_on_the_same_day_is_not_taken_for_it(
    jane: Program, azure: Azure, az: Az, pat: Pat, command: str
) -> None:
    john = "john@fabrikam.example"
    az.tokens = {TENANT: azure.sign_in(time.time(), user=john)}
    johns = azure.add(now=time.time() - 20 * DAY, name="server", days=30, user=john)
    run = jane.run(*command.split(), FABRIKAM, "--json")
    (result,) = json.loads(run.stdout)["results"]
    assert (run.status, result["outcome"]) == (1, "failed")
    assert f"it is of jane@fabrikam.example, and the sign-in is of {john}" in result["why"]
    assert (answered(jane), johns.revoked) == (pat.token, False)
    assert not azure.asked("POST", PATS)
    assert not azure.asked("PUT", PATS)


def test_on_a_terminal_the_user_picks_it_by_its_number(jane: Program, azure: Azure, pat: Pat) -> None:
    azure.add(now=time.time() - 20 * DAY, name="desktop", days=30)
    terminal = Terminal(jane, "rotate", FABRIKAM, "--grace", "0")
    terminal.wait_for("1  laptop, ends on ")
    terminal.wait_for("2  desktop, ends on ")
    terminal.wait_for("Which one is it? (its number; Enter if you do not know) ")
    terminal.enter("1")
    assert terminal.finish() == 0, terminal.seen
    assert pat.revoked
    assert answered(jane) != pat.token


@pytest.mark.parametrize("answer", ["", "3", "laptop"])
def test_what_is_no_number_changes_nothing(jane: Program, azure: Azure, pat: Pat, answer: str) -> None:
    azure.add(now=time.time() - 20 * DAY, name="desktop", days=30)
    terminal = Terminal(jane, "rotate", FABRIKAM)
    terminal.wait_for("Which one is it? (its number; Enter if you do not know) ")
    terminal.enter(answer)
    assert terminal.finish() == 1
    assert not azure.asked("POST", PATS)
    assert answered(jane) == pat.token


def test_one_whose_permissions_alone_are_known_is_left_as_it_is(jane: Program, azure: Azure, az: Az) -> None:
    del az
    pat = azure.add(now=time.time(), name="laptop", days=30)
    azure.add(now=time.time(), name="desktop", days=30)
    keep(jane, FABRIKAM, pat.token, permissions=("vso.code_write",))
    (result,) = rotated(jane, FABRIKAM, "--grace", "0")
    assert result["outcome"] == "rotated"
    assert "the old one stays as it is" in result["why"]
    assert f"{FABRIKAM}/_usersSettings/tokens" in result["why"]
    assert answered(jane) != pat.token
    assert not pat.revoked


def test_a_long_list_is_read_to_its_end(jane: Program, azure: Azure, pat: Pat) -> None:
    azure.page_size = 3
    for number in range(10):
        azure.add(now=time.time(), name=f"other {number}", days=100 + number)
    azure.pats[pat.id] = azure.pats.pop(pat.id)  # the last of them
    (result,) = rotated(jane, FABRIKAM)
    assert result["outcome"] == "rotated"
    assert len(azure.asked("GET", "continuationToken")) == 3


def test_a_dry_run_looks_and_changes_nothing(
    jane: Program, hosts: TokenServer, azure: Azure, pat: Pat
) -> None:
    before = files(jane)
    (result,) = rotated(jane, FABRIKAM, "--dry-run")
    assert result["outcome"] == "rotated"
    assert {request.method for request in hosts.log} <= {"GET", "HEAD"}
    after = files(jane)
    after.pop("az.json.log")
    assert after == before
    assert azure.living(time.time()) == [pat]


@pytest.mark.needs("msal")
def test_a_dry_run_has_nobody_sign_in_and_keeps_no_sign_in(program: Program, token_hosts: TokenHosts) -> None:
    pat = token_hosts.azure.add(now=token_hosts.now, days=30)
    keep(program, FABRIKAM, pat.token, expires=int(pat.valid_to))
    program.git("config", "--global", "pat.entraClientId", CLIENT)
    for command in (("rotate",), ("extend", "--days", "60")):
        before = program.vault.read_bytes()
        terminal = Terminal(program, *command, FABRIKAM, "--dry-run")
        assert terminal.finish() == 1, terminal.seen
        assert "needs a person" in " ".join(terminal.seen.split())
        assert {request.method for request in token_hosts.server.log} <= {"GET", "HEAD"}
        assert program.vault.read_bytes() == before


@pytest.mark.needs("msal")
def test_an_own_app_signs_in_once_and_its_cache_answers_nobody(
    program: Program, token_hosts: TokenHosts
) -> None:
    azure = token_hosts.azure
    pat = azure.add(now=token_hosts.now, days=30)
    keep(program, FABRIKAM, pat.token, expires=int(pat.valid_to))
    program.git("config", "--global", "pat.entraClientId", CLIENT)
    terminal = Terminal(program, "rotate", FABRIKAM)
    terminal.wait_for("to sign in to Azure DevOps, go to https://microsoft.com/devicelogin")
    assert terminal.finish() == 0, terminal.seen
    first = answered(program)
    assert first != pat.token
    (result,) = rotated(program, FABRIKAM)  # without a terminal, by the cache
    assert result["outcome"] == "rotated"
    assert answered(program) != first
    request = f"protocol=https\nhost=login.microsoftonline.com\npath={TENANT}\n\n".encode()
    assert program.run("get", stdin=request).stdout == b""


BROKEN_OFF = {
    "rotate": ("POST", "rotated"),
    "extend --days 300": ("PUT", "extended"),
    "revoke": ("DELETE", "revoked"),
}
"""The request of each command that changes something, and what it calls its outcome."""


@pytest.mark.parametrize("command", BROKEN_OFF)
def test_breaking_off_says_what_was_done_before(
    jane: Program, azure: Azure, hosts: TokenServer, pat: Pat, command: str
) -> None:
    change, done = BROKEN_OFF[command]
    other = azure.add(now=time.time(), name="other", organization="contoso", days=30)
    keep(jane, CONTOSO, other.token, expires=int(other.valid_to))
    started = threading.Event()
    hosts.faults.add(Fault(asks(change, PATS)))
    hosts.faults.add(Fault(asks(change, PATS), acts=False, then=started.set, wait=3))
    terminal = Terminal(jane, *command.split(), "--all", "--yes")
    assert started.wait(20)
    terminal.press("c")
    assert terminal.finish() == 130
    seen = "\n".join(terminal.lines())
    assert re.search(rf"{done} +{CONTOSO}", seen)
    assert re.search(r"interrupted; to see what else was \w+, run: git credential-pat list", seen)
    assert not re.search(rf"{done} +{FABRIKAM}", seen)
    assert not pat.revoked


@pytest.mark.parametrize("command", ["rotate --all", "extend --all --days 90"])
def test_what_was_done_is_said_also_where_another_tokens_name_fits_none(
    jane: Program, azure: Azure, pat: Pat, command: str
) -> None:
    azure.add(now=time.time() - 20 * DAY, name="desktop", days=30)  # it ends on the same day
    other = azure.add(now=time.time(), name="other", organization="contoso", days=60)
    keep(jane, CONTOSO, other.token, expires=int(other.valid_to))
    run = jane.run(*command.split(), "--yes", "--label", "nonsense")
    assert run.status == 1
    assert re.search(rf"^(rotated|extended) +{CONTOSO}", run.stdout.decode())
    assert "no active token at its host has that name" in run.stderr
    assert answered(jane) == pat.token

"""`seed --create`: the host makes the token, which is kept before anything else happens."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING

import pytest
from support.checks import files, keep, line_of, only_entry, refusal
from support.program import AZURE_TOKEN, FABRIKAM
from support.pty_program import Terminal
from support.token_hosts.az import Az
from support.token_hosts.azure import TENANT
from support.token_hosts.faults import Fault, asks
from support.token_hosts.host import DAY, page

if TYPE_CHECKING:
    from support.program import Program
    from support.token_hosts.azure import Azure
    from support.token_hosts.fixtures import TokenHosts
    from support.token_hosts.serving import TokenServer

pytestmark = pytest.mark.slow

PATS = "/_apis/tokens/pats"


@pytest.fixture
def az(jane: Program, azure: Azure) -> Az:
    """Return the stand-in for az, with which Jane is signed in."""
    stand_in = Az(jane)
    stand_in.tokens = {TENANT: azure.sign_in(time.time())}
    return stand_in


def answered(jane: Program) -> str:
    return jane.run("token", FABRIKAM).stdout.decode().strip()


def test_the_token_is_made_kept_and_git_is_configured(jane: Program, azure: Azure, az: Az) -> None:
    run = jane.run("seed", FABRIKAM, "--create", stdin=b"not read\n")
    assert run.status == 0, run
    end = str(only_entry(jane)["expires"])[:10]
    assert re.search(f'Azure DevOps made the token ".+"; it ends on {end}[.]', run.stdout.decode())
    assert "in place of" not in run.stdout.decode()
    (pat,) = azure.living(time.time())
    assert pat.scope == "vso.code_write"
    assert pat.name.startswith("git-credential-pat")
    assert round((pat.valid_to - pat.valid_from) / DAY) == 90
    assert answered(jane) == pat.token
    entry = only_entry(jane)
    assert (entry["permissions"], entry["state"]) == (["vso.code_write"], "active")
    assert "credential" in jane.gitconfig.read_text()
    del az


def test_permissions_days_and_the_name_are_the_users(jane: Program, azure: Azure, az: Az) -> None:
    options = ("--permission", "vso.code", "--permission", "vso.packaging", "--days", "7")
    run = jane.run("seed", FABRIKAM, "--create", "--label", "build server", *options)
    assert run.status == 0, run
    (pat,) = azure.living(time.time())
    assert (pat.scope, pat.name) == ("vso.code vso.packaging", "build server")
    assert round((pat.valid_to - pat.valid_from) / DAY) == 7
    del az


def test_it_can_be_rotated_by_its_id(jane: Program, azure: Azure, az: Az) -> None:
    jane.run("seed", FABRIKAM, "--create", "--label", "one")
    azure.add(now=time.time(), name="one", days=90)
    run = jane.run("rotate", FABRIKAM, "--grace", "0", "--json")
    assert json.loads(run.stdout)["results"][0]["outcome"] == "rotated"
    assert len(azure.living(time.time())) == 2
    assert answered(jane) in {pat.token for pat in azure.living(time.time())}
    del az


def test_an_entra_token_alone_is_read_from_standard_input(jane: Program, azure: Azure) -> None:
    token = azure.sign_in(time.time())
    run = jane.run("seed", FABRIKAM, "--create", "--entra-token-stdin", stdin=f"{token}\n".encode())
    assert run.status == 0, run
    assert answered(jane) == azure.living(time.time())[0].token


def test_the_one_in_its_place_is_put_aside(jane: Program, azure: Azure, az: Az) -> None:
    keep(jane, FABRIKAM, AZURE_TOKEN)
    run = jane.run("seed", FABRIKAM, "--create")
    assert "in place of the one stored on" in run.stdout.decode()
    assert answered(jane) == azure.living(time.time())[0].token
    states = [entry["state"] for entry in json.loads(jane.run("list", "--json").stdout)["entries"]]
    assert sorted(states) == ["active", "replaced"]
    del az


def test_a_shorter_life_is_said(jane: Program, azure: Azure, az: Az) -> None:
    azure.organizations["fabrikam"].longest = 7
    run = jane.run("seed", FABRIKAM, "--create")
    assert run.status == 0
    assert "its host gives it no longer life" in run.stderr
    del az


def test_where_the_host_refuses_nothing_is_left(jane: Program, azure: Azure, az: Az) -> None:
    azure.organizations["fabrikam"].refuses = "disablePatCreationPolicyViolation"
    said = refusal(jane.run("seed", FABRIKAM, "--create"), 1)
    assert "a policy of the organization forbids new ones" in said
    assert not json.loads(jane.run("list", "--json").stdout)["entries"]
    del az


MAKE_AGAIN = f"git credential-pat seed {FABRIKAM} --create"
UNFINISHED = f"it is not known whether the token for {FABRIKAM} was made; run: {MAKE_AGAIN}"


def test_what_a_lost_answer_made_is_revoked_by_a_later_run(
    jane: Program, azure: Azure, hosts: TokenServer, az: Az
) -> None:
    hosts.faults.add(Fault(asks("POST", PATS), cut=20))
    said = refusal(jane.run("seed", FABRIKAM, "--create"), 5)
    assert "run this again in 2 minutes" in said
    (lost,) = azure.living(time.time())
    asked = len(azure.log)
    for command in ("token", "restore"):
        assert refusal(jane.run(command, FABRIKAM), 1) == UNFINISHED
    assert "no token in use is stored" in refusal(jane.run("verify", FABRIKAM), 1)
    assert len(azure.log) == asked, "there is no token to ask about"
    request = b"protocol=https\nhost=dev.azure.com\npath=fabrikam/p/_git/p\n\n"
    assert line_of(jane.run("get", stdin=request)) == UNFINISHED
    assert "  unfinished, seed --create was broken off" in jane.run("list").stdout.decode()
    assert "try again in 2 minutes" in refusal(jane.run("seed", FABRIKAM, "--create"), 1)
    hosts.clock = lambda: time.time() + 300
    assert jane.run("seed", FABRIKAM, "--create").status == 0
    assert lost.revoked
    assert answered(jane) == azure.living(time.time())[0].token
    assert len(json.loads(jane.run("list", "--json").stdout)["entries"]) == 1
    del az


@pytest.mark.parametrize(
    "words", [("rotate", "--all"), ("rotate", "--all", "--unattended"), ("revoke", "--all", "-y")]
)
def test_a_run_for_all_tokens_ends_what_a_lost_answer_made(
    jane: Program, azure: Azure, hosts: TokenServer, az: Az, words: tuple[str, ...]
) -> None:
    hosts.faults.add(Fault(asks("POST", PATS), cut=20))
    jane.run("seed", FABRIKAM, "--create", "--label", "laptop")
    assert "try again in 2 minutes" in jane.run(*words).stdout.decode()
    assert len(azure.living(time.time())) == 1
    hosts.clock = lambda: time.time() + 300
    others = azure.add(now=time.time() + 200, name="laptop")
    assert "would end" in jane.run("rotate", "--all", "--dry-run").stdout.decode()
    run = jane.run(*words)
    assert run.status == 0, run
    assert 'its host has ended "laptop"' in run.stdout.decode()
    assert azure.living(time.time() + 300) == [others]
    assert not json.loads(jane.run("list", "--json").stdout)["entries"]
    del az


def test_what_may_have_been_made_is_revoked_only_when_asked_and_can_be_removed(
    jane: Program, hosts: TokenServer, az: Az
) -> None:
    hosts.faults.add(Fault(asks("POST", PATS), cut=20))
    jane.run("seed", FABRIKAM, "--create")
    assert refusal(jane.run("revoke", FABRIKAM), 2) == "revoking is for good; give --yes"
    removed = jane.run("remove", FABRIKAM).stdout.decode()
    assert removed.startswith(f"Removed what is noted of a token that may have been made for {FABRIKAM}. If ")
    del az


def test_an_empty_login_is_no_answer_for_a_token_that_is_yet_to_be_made(
    jane: Program, hosts: TokenServer, az: Az
) -> None:
    hosts.faults.add(Fault(asks("POST", PATS), cut=20))
    jane.run("seed", FABRIKAM, "--create")
    place = b"protocol=https\nhost=dev.azure.com\npath=fabrikam/p/_git/p\n"
    jane.run("store", stdin=place + b"username=\npassword=\n\n")
    states = [entry["state"] for entry in json.loads(jane.run("list", "--json").stdout)["entries"]]
    assert "unfinished" in states
    del az


def test_a_token_that_its_host_then_refuses_is_revoked_and_gone(
    jane: Program, azure: Azure, hosts: TokenServer, az: Az
) -> None:
    refused = page(401, "no")._replace(headers=(("WWW-Authenticate", 'Basic realm="https://x.example/"'),))
    hosts.faults.add(Fault(asks("GET", "connectionData"), answer=refused, times=9))
    said = refusal(jane.run("seed", FABRIKAM, "--create"), 1)
    assert "its host refuses the token that it has just made" in said
    assert "it was revoked" in said
    assert not azure.living(time.time())
    assert not json.loads(jane.run("list", "--json").stdout)["entries"]
    del az


def test_other_hosts_have_a_page(jane: Program) -> None:
    said = refusal(jane.run("seed", "https://gitlab.com/group", "--create"), 6)
    assert said.startswith("GitLab does not let a program make tokens; create one at https://gitlab.com/-/")


def test_a_vault_that_takes_no_commit_has_the_host_asked_for_nothing(
    jane: Program, azure: Azure, az: Az
) -> None:
    keep(jane, "https://dev.azure.com/contoso")
    jane.vault.write_bytes(b"damaged")
    assert jane.run("seed", FABRIKAM, "--create").status != 0
    assert not azure.asked("POST", PATS)
    del az


BERG = "https://codeberg.org/jane"
USERNAME = "Username at https://codeberg.org: "
PASSWORD = "Password at https://codeberg.org (hidden, and not kept): "
CODE = "Code of the second factor (Enter if there is none): "


def test_at_gitea_the_password_makes_it_and_is_not_kept(program: Program, token_hosts: TokenHosts) -> None:
    terminal = Terminal(program, "seed", BERG, "--create", "--label", "laptop")
    terminal.wait_for(USERNAME)
    terminal.enter("jane")
    terminal.ask_hidden(PASSWORD)
    terminal.enter("the password of jane")
    assert terminal.finish() == 0, terminal.seen
    (token,) = token_hosts.gitea.tokens.values()
    assert (token.name, token.scopes) == ("laptop", ("write:repository",))
    assert program.run("token", BERG).stdout.decode().strip() == token.value
    assert "the password of jane" not in terminal.seen
    assert not any(b"the password" in data for data in files(program).values())


def test_what_a_lost_answer_made_there_waits_for_a_person_and_the_password(
    program: Program, token_hosts: TokenHosts
) -> None:
    token_hosts.faults.add(Fault(asks("POST", "/tokens"), cut=20))
    for ended in (5, 0):
        terminal = Terminal(program, "seed", BERG, "--create", "--username", "jane", "--label", "laptop")
        terminal.ask_hidden(PASSWORD)
        terminal.enter("the password of jane")
        assert terminal.finish() == ended
        if ended:
            run = program.run("rotate", "--all", "--json")
            (result,) = json.loads(run.stdout)["results"]
            assert (run.status, result["outcome"]) == (6, "by-hand")
            assert result["why"].endswith(f"run: git credential-pat seed {BERG} --create")
            token_hosts.server.clock = lambda: time.time() + 300
    assert len(token_hosts.gitea.tokens) == 1


def test_a_second_factor_is_asked_for_where_the_host_wants_one(
    program: Program, token_hosts: TokenHosts
) -> None:
    token_hosts.gitea.users["jane"].code = "123456"
    terminal = Terminal(program, "seed", BERG, "--create", "--username", "jane")
    terminal.ask_hidden(PASSWORD)
    terminal.enter("the password of jane")
    terminal.ask_hidden(CODE)
    terminal.enter("123456")
    assert terminal.finish() == 0, terminal.seen
    (token,) = token_hosts.gitea.tokens.values()
    assert program.run("token", BERG).stdout.decode().strip() == token.value


def test_a_name_that_is_taken_there_is_never_that_of_a_stray(
    program: Program, token_hosts: TokenHosts
) -> None:
    other = token_hosts.gitea.add(name="laptop")
    terminal = Terminal(program, "seed", BERG, "--create", "--username", "jane", "--label", "laptop")
    terminal.ask_hidden(PASSWORD)
    terminal.enter("the password of jane")
    assert terminal.finish() == 1
    said = " ".join(terminal.seen.split())
    assert 'has a token "laptop" already; give another name with --label NAME' in said
    assert list(token_hosts.gitea.tokens.values()) == [other]


def test_without_a_terminal_there_is_no_password(program: Program, token_hosts: TokenHosts) -> None:
    said = refusal(program.run("seed", BERG, "--create", stdin=b"the password of jane\n"), 2)
    assert "wants the password; run this on a terminal" in said
    assert not token_hosts.gitea.log


def test_an_end_is_refused_where_tokens_have_none(program: Program, token_hosts: TokenHosts) -> None:
    said = refusal(program.run("seed", BERG, "--create", "--days", "30"), 2)
    assert said == "the tokens of Gitea have no end; leave out --days and --expires"
    assert not token_hosts.gitea.log


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--create", "--from-env", "MY_PAT"), "--create makes the token itself; leave out --from-env"),
        (("--create", "--authtype", "bearer"), "--create makes the token itself; leave out --from-env"),
        (("--entra-token-stdin",), "--entra-token-stdin is for --create"),
    ],
)
def test_options_that_it_does_not_go_with(jane: Program, options: tuple[str, ...], why: str) -> None:
    assert refusal(jane.run("seed", FABRIKAM, *options, stdin=b"x\n"), 2).startswith(why)

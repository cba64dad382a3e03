"""`seed --sign-in`: no token is stored but the way to one, and every command that wants one walks it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support.checks import entries, only_entry, refusal
from support.program import AZURE_TOKEN, CONTOSO, FABRIKAM, OTHER_AZURE_TOKEN, Program, Run
from support.token_hosts.azure import TENANT

if TYPE_CHECKING:
    from support.token_hosts.az import Az
    from support.token_hosts.fixtures import TokenHosts

pytestmark = pytest.mark.slow

JANE = "Jane (jane@fabrikam.example)"
STORED = f"Stored the sign-in for {FABRIKAM}"


@pytest.fixture
def token(az: Az, token_hosts: TokenHosts) -> str:
    """Let the user be signed in to az, and return the token that it gives."""
    value = token_hosts.azure.sign_in(now=token_hosts.now)
    az.tokens = {TENANT: value}
    return value


def seed(program: Program, *options: str, way: str = "entra") -> Run:
    return program.run("seed", FABRIKAM, "--sign-in", way, *options, stdin=b"is not read\n")


def test_the_way_is_walked_once_and_its_token_is_nowhere(program: Program, az: Az, token: str) -> None:
    done = seed(program)
    assert (done.status, done.stderr) == (0, "")
    first, second = done.stdout.decode().splitlines()[:2]
    assert (first, second) == (f"dev.azure.com accepted the token of {JANE}.", f"{STORED}.")
    assert len(az.calls) == 1
    assert not az.leaks(token)
    assert token.encode() not in b"".join(
        path.read_bytes() for path in program.home.rglob("*") if path.is_file() and path.name != "az.json"
    )


def test_a_list_shows_the_way_and_no_end(program: Program, token: str) -> None:
    assert token
    seed(program, "--label", "laptop")
    row = only_entry(program)
    assert (row["sign_in"], row["expires"], row["days_left"], row["state"]) == ("entra", None, None, "active")
    line = program.run("list").stdout.decode().splitlines()[-1]
    assert line.split() == [FABRIKAM, "pat", "-", "sign-in", "(entra)", "-", "laptop", *JANE.split()]


def test_a_way_that_leads_nowhere_is_not_stored(program: Program, az: Az, token: str) -> None:
    assert token
    az.mode = "signed-out"
    line = refusal(seed(program), 1)
    assert line.startswith(
        f"cannot sign in to {FABRIKAM}: az is not signed in, and pat.entraClientId is not set"
    )
    assert "; run: az login " in line
    assert entries(program) == []
    assert seed(program, "--no-verify").stdout.decode().startswith(f"{STORED}.")
    assert only_entry(program)["sign_in"] == "entra"


def test_a_token_that_the_organization_refuses_stores_nothing(
    program: Program, az: Az, token_hosts: TokenHosts
) -> None:
    az.tokens = {TENANT: token_hosts.azure.sign_in(now=token_hosts.now, tenant="another")}
    line = refusal(seed(program), 1)
    assert line.startswith("dev.azure.com rejected this token: ")
    assert entries(program) == []


@pytest.mark.parametrize("url", ["https://github.com/octo", "https://tfs.example.com/tfs/Web"])
def test_other_hosts_take_no_sign_in(program: Program, url: str) -> None:
    line = refusal(program.run("seed", url, "--sign-in", "entra", "--no-verify"), 2)
    assert line == "only Azure DevOps Services takes a sign-in to Entra; leave out --sign-in"


@pytest.mark.parametrize("option", ["--pinned", "--exact", "--days=3", "--username=jane", "--for=packages"])
def test_what_is_about_a_token_is_refused(program: Program, option: str) -> None:
    name = option.partition("=")[0]
    assert refusal(seed(program, option), 2) == f"--sign-in stores no token; leave out {name}"


# In the place of a token, and the other way round


def test_a_token_and_a_sign_in_take_each_others_place(program: Program, token: str) -> None:
    assert token
    program.seed(FABRIKAM, AZURE_TOKEN)
    done = seed(program).stdout.decode()
    assert f"{STORED}, in place of the one stored on " in done
    assert f"; to go back, run: git credential-pat restore {FABRIKAM}" in done
    assert [(row["sign_in"], row["state"]) for row in entries(program)] == [
        ("entra", "active"),
        ("", "replaced"),
    ]
    assert program.run("restore", FABRIKAM).status == 0
    assert program.run("token", FABRIKAM).stdout == f"{AZURE_TOKEN}\n".encode()
    assert program.run("restore", FABRIKAM).stdout.startswith(b"The sign-in for ")
    assert program.run("token", FABRIKAM).stdout == f"{token}\n".encode()
    back = program.run("seed", FABRIKAM, "--no-verify", stdin=f"{OTHER_AZURE_TOKEN}\n".encode())
    assert f"Stored the token for {FABRIKAM}, in place of the one stored on " in back.stdout.decode()
    assert program.run("token", FABRIKAM).stdout == f"{OTHER_AZURE_TOKEN}\n".encode()


def test_the_permissions_of_a_token_are_none_of_the_sign_in_in_its_place(
    program: Program, token: str
) -> None:
    assert token
    program.seed(FABRIKAM, AZURE_TOKEN, "--permission", "vso.code", "--label", "laptop")
    seed(program)
    assert [(row["permissions"], row["label"]) for row in entries(program)] == [
        ([], "laptop"),
        (["vso.code"], "laptop"),
    ]


@pytest.mark.parametrize("words", ["rotate", "extend --days 9", "revoke --yes"])
def test_a_command_about_tokens_says_that_there_is_a_sign_in(
    program: Program, token: str, words: str
) -> None:
    assert token
    seed(program)
    line = refusal(program.run(*words.split(), FABRIKAM), 1)
    assert line == f'a sign-in is stored, and no token, for {FABRIKAM}; see "git credential-pat list"'


def test_another_way_takes_the_place_of_a_way(program: Program, token: str) -> None:
    assert token
    seed(program)
    done = seed(program, "--no-verify", way="managed").stdout.decode()
    assert f"{STORED}, in place of the one stored on " in done
    assert "restore" not in done
    assert only_entry(program)["sign_in"] == "managed"


def test_two_organizations_with_sign_ins_have_no_global_token(program: Program, token: str) -> None:
    assert token
    seed(program)
    done = program.run("seed", CONTOSO, "--sign-in", "entra")
    assert (done.status, done.stderr) == (0, "")
    assert [row["global_token"] for row in entries(program)] == [False, False]


def test_a_sign_in_is_removed_and_no_page_is_named(program: Program, token: str) -> None:
    assert token
    seed(program)
    done = program.run("remove", FABRIKAM, "--yes")
    assert done.stdout.decode().startswith(f"Removed the sign-in for {FABRIKAM}.\n")
    assert entries(program) == []


# Commands that want a token


def test_token_header_and_exec_have_the_token(program: Program, token: str) -> None:
    seed(program)
    assert program.run("token", FABRIKAM).stdout == f"{token}\n".encode()
    assert program.run("header", FABRIKAM).stdout == f"Authorization: Bearer {token}\n".encode()
    done = program.run("exec", FABRIKAM, "--", "sh", "-c", 'printf %s "$AZURE_DEVOPS_EXT_PAT"')
    assert done.stdout == token.encode()


def test_a_command_says_why_there_is_no_token(program: Program, az: Az, token: str) -> None:
    assert token
    seed(program)
    az.mode = "expired"
    line = refusal(program.run("token", FABRIKAM), 1)
    assert line.startswith(f"cannot sign in to {FABRIKAM}: az cannot sign in: ")


def test_verify_walks_the_way_and_asks_the_host(
    program: Program, az: Az, token: str, token_hosts: TokenHosts
) -> None:
    seed(program)
    done = program.run("verify", FABRIKAM, "--json")
    (result,) = json.loads(done.stdout)["results"]
    assert (done.status, result["verdict"], result["who"], result["expires"]) == (
        0,
        "valid",
        JANE,
        None,
    )
    assert token_hosts.server.log[-1].headers["authorization"] == f"Bearer {token}"
    az.mode = "signed-out"
    done = program.run("verify", FABRIKAM, "--json")
    (result,) = json.loads(done.stdout)["results"]
    assert (done.status, result["verdict"]) == (5, "not-verified")
    assert result["why"].startswith(f"cannot sign in to {FABRIKAM}: az is not signed in")
    assert only_entry(program)["state"] == "active"


def test_a_vault_s_copy_brings_the_way(program: Program, token: str) -> None:
    assert token
    seed(program)
    copy = program.home / "copy"
    assert program.run("vault", "backup", str(copy)).status == 0
    program.run("remove", FABRIKAM, "--yes")
    assert program.run("import", "vault", str(copy)).status == 0
    assert only_entry(program)["sign_in"] == "entra"

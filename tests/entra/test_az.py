"""A token by the Azure CLI: a stand-in that behaves as Azure's own program, and some that do not."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from support.program import Program
from support.signing_in import HOUR, TENANT, Hosts, made_up_token, surroundings
from support.token_hosts.az import Az

from git_credential_pat.entra import RESOURCE, AbsentError, EntraToken, SignInError, az
from git_credential_pat.model.entry import Seconds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from git_credential_pat.entra import Around

LOGIN = f"run: az login --allow-no-subscriptions --tenant {TENANT} --scope {RESOURCE}/.default"
TOKEN = made_up_token()


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


@pytest.fixture
def stand_in(program: Program) -> Az:
    stand_in = Az(program)
    stand_in.tokens = {TENANT: TOKEN, "": "of-another-tenant"}
    return stand_in


def around(program: Program) -> Around:
    return surroundings(Hosts(), variables=program.environment)


def put(program: Program, script: str) -> None:
    """Put a program named az on the PATH."""
    folder = program.home / "bin"
    folder.mkdir()
    (folder / "az").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "az").chmod(0o755)
    program.environment["PATH"] = f"{folder}:/usr/bin:/bin"


def failure(program: Program, tenant: str = TENANT) -> str:
    with pytest.raises(SignInError) as refusal:
        az.token(tenant, around(program))
    return str(refusal.value)


def test_az_is_asked_for_the_organizations_tenant(program: Program, stand_in: Az) -> None:
    token = az.token(TENANT, around(program))
    assert token == EntraToken(TOKEN, Seconds(stand_in.expires))
    (call,) = stand_in.calls
    usual = ["account", "get-access-token", "--output", "json", "--resource", RESOURCE]
    assert call.words == [*usual, "--tenant", TENANT]
    assert not stand_in.leaks(TOKEN)


def test_where_no_tenant_is_known_az_takes_its_own(program: Program, stand_in: Az) -> None:
    assert az.token("", around(program)).value == "of-another-tenant"
    assert "--tenant" not in stand_in.calls[0].words


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put the clock's zone far from UTC, with a summer time."""
    monkeypatch.setenv("TZ", "America/St_Johns")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("away")
@pytest.mark.parametrize("mode", ["signed-in", "older"])
def test_both_forms_of_the_end_are_read(program: Program, stand_in: Az, mode: str) -> None:
    program.environment["TZ"] = "America/St_Johns"
    stand_in.mode = mode  # type: ignore[assignment]  # they are two of its modes
    assert az.token(TENANT, around(program)).expires == stand_in.expires


@pytest.mark.parametrize(
    ("mode", "message"),
    [
        ("signed-out", f"az is not signed in; {LOGIN}"),
        (
            "expired",
            f"az cannot sign in: the sign-in has ended, so sign in again (AADSTS700082); {LOGIN}",
        ),
        ("nonsense", f"az prints something else than a token; {LOGIN}"),
        ("ended", f"az fails: it says nothing of the reason; {LOGIN}"),
    ],
)
def test_a_failure_of_az_is_one_line_with_the_command_that_fixes_it(
    program: Program, stand_in: Az, mode: str, message: str
) -> None:
    stand_in.mode = mode  # type: ignore[assignment]  # as above
    assert failure(program) == message


def test_a_tenant_that_entra_does_not_know_is_named_as_such(program: Program, stand_in: Az) -> None:
    stand_in.tokens = {}
    assert failure(program).startswith(
        "az cannot sign in: there is no such tenant (AADSTS90002); run: az login "
    )


def test_a_token_that_has_ended_is_not_used(program: Program, stand_in: Az) -> None:
    stand_in.expires = int(time.time()) - HOUR
    assert failure(program) == f"az gives a token that has ended; is the clock right?; {LOGIN}"


def test_without_az_the_message_says_so(program: Program) -> None:
    program.environment["PATH"] = "/nowhere"
    with pytest.raises(
        AbsentError, match=r"^az is not installed; install the Azure CLI, then run: az login "
    ):
        az.token("", around(program))


def test_an_az_in_a_relative_folder_is_not_run(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    put(program, "echo '{}'")
    monkeypatch.chdir(program.home)
    program.environment["PATH"] = "bin:."
    with pytest.raises(AbsentError):
        az.token("", around(program))


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (
            "ERROR: AADSTS53003: Blocked.\nTo re-authenticate, please run:\naz login",
            "az cannot sign in: Conditional",
        ),
        (
            "ERROR: AADSTS50076: MFA. Trace ID: 1\nPlease run:\naz login",
            "az cannot sign in: the tenant wants another",
        ),
        ("WARNING: beware\nERROR: No subscription found. Run 'az account set'.", "az is not signed in; "),
        ("ERROR: User 'jane' does not exist in MSAL token cache. Run `az login`.", "az is not signed in; "),
        ("ERROR: no\x1b[31m TOKEN\nmore", "az fails: no?[31m [hidden]; "),
        ("", "az fails: it says nothing of the reason; "),
    ],
)
def test_what_az_complains_of_is_shown_in_few_words(program: Program, said: str, why: str) -> None:
    (program.home / "said").write_text(said.replace("TOKEN", TOKEN))
    put(program, f"cat {program.home}/said >&2; exit 1")
    message = failure(program)
    assert message.startswith(why)
    assert message.endswith(LOGIN)
    assert message.isprintable()
    assert TOKEN not in message


@pytest.mark.parametrize("account", ["managed identity", "Cloud Shell"])
def test_an_account_that_takes_no_tenant_is_asked_without(program: Program, account: str) -> None:
    said = f'{{"accessToken": "{TOKEN}", "expires_on": {int(time.time()) + HOUR}}}'
    put(
        program,
        f"""case "$*" in
        *--tenant*) echo "ERROR: Tenant shouldn't be specified for {account} account" >&2; exit 1 ;;
        *) echo '{said}' ;;
        esac""",
    )
    assert az.token(TENANT, around(program)).value == TOKEN


@pytest.mark.parametrize(
    "said",
    ["[]", "null", "{}", '{"accessToken": "a"}', '{"accessToken": "a", "expiresOn": "soon"}', "[" * 9999],
)
def test_other_output_is_no_token(program: Program, said: str) -> None:
    put(program, f"echo '{said}'")
    assert failure(program) == f"az prints something else than a token; {LOGIN}"


@pytest.mark.slow
def test_an_az_that_hangs_is_killed_with_what_it_has_started(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(az, "_LIMIT", 0.5)
    put(program, f"sleep 600 & echo $! >{program.home}/child; wait")
    begun = time.monotonic()
    assert failure(program).startswith("az does not answer within 0 seconds; see what it does: az account ")
    assert time.monotonic() - begun < 5
    child = (program.home / "child").read_text().strip()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and _runs(child):
        time.sleep(0.02)
    assert not _runs(child)


def _runs(process: str) -> bool:
    found = subprocess.run(["ps", "-o", "stat=", "-p", process], check=False, capture_output=True, text=True)
    return found.stdout.strip() not in ("", "Z")


def test_az_can_ask_nothing(program: Program) -> None:
    put(
        program,
        'read line; if (: </dev/tty) 2>/dev/null; then echo tty; fi >&2; echo "got $line" >&2; exit 1',
    )
    assert failure(program) == f"az fails: got; {LOGIN}"


def test_an_az_that_cannot_be_started_is_named(program: Program) -> None:
    put(program, "")
    path = program.home / "bin" / "az"
    path.write_text("#!/nowhere/python\n")
    assert failure(program, "") == f"az cannot be started; check the installation of {path}"

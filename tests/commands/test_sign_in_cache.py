"""The kept sign-in of the user's own app registration: commands show it as that, and no host ever gets it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.checks import entries, keep, refusal, said
from support.doctor import doctor
from support.program import FABRIKAM

from git_credential_pat.backends.vault import VaultBackend
from git_credential_pat.git.settings import Settings
from git_credential_pat.model.entry import SECOND, Nanoseconds
from git_credential_pat.operations.sign_in_cache import SignInCache

if TYPE_CHECKING:
    from support.program import Program
    from support.token_hosts.fixtures import TokenHosts

TENANT = "72f988bf-0000-4000-8000-00000000abcd"
PLACE = f"https://login.microsoftonline.com/{TENANT}"


def cache_of(program: Program) -> SignInCache:
    backend = VaultBackend(Settings(str(program.data), str(program.key.parent)))
    return SignInCache(backend, TENANT, Nanoseconds(1_700_000_000 * SECOND))


@pytest.fixture
def signed_in(program: Program) -> Program:
    """Return a program that keeps a sign-in beside a token."""
    keep(program, FABRIKAM)
    cache_of(program).save('{"RefreshToken": {}}')
    return program


def test_list_says_what_it_is(signed_in: Program) -> None:
    assert [(entry["scope"], entry["state"]) for entry in entries(signed_in)] == [
        (FABRIKAM, "active"),
        (PLACE, "sign-in"),
    ]
    line = next(line for line in said(signed_in.run("list")) if line.startswith(PLACE))
    assert "  sign-in  " in line
    assert "sign-in by pat.entraClientId" in line
    assert "rejected" not in line


def test_no_host_is_asked_about_it(signed_in: Program, token_hosts: TokenHosts) -> None:
    run = signed_in.run("verify")
    assert PLACE not in run.stdout.decode()
    assert token_hosts.entra.log == []


@pytest.mark.parametrize("command", ["verify", "restore", "rotate", "revoke --yes", "token"])
def test_a_command_about_tokens_finds_none_in_it(
    signed_in: Program, token_hosts: TokenHosts, command: str
) -> None:
    line = refusal(signed_in.run(*command.split(), PLACE), 1)
    assert "no token" in line
    assert token_hosts.entra.log == []
    assert cache_of(signed_in).load()


def test_remove_deletes_it_by_its_name(signed_in: Program) -> None:
    assert said(signed_in.run("remove", PLACE)) == [f"Removed the sign-in for {PLACE}."]
    assert [entry["scope"] for entry in entries(signed_in)] == [FABRIKAM]


def test_doctor_takes_it_for_no_token(signed_in: Program) -> None:
    assert not [finding for finding in doctor(signed_in) if "microsoftonline" in finding.text]


def test_tools_are_not_configured_for_its_host(signed_in: Program) -> None:
    signed_in.run("configure", "bazel")
    written = (signed_in.home / ".bazelrc").read_text()
    assert "dev.azure.com" in written
    assert "microsoftonline" not in written


def test_git_is_not_configured_for_its_host(signed_in: Program) -> None:
    assert signed_in.run("configure").status == 0
    assert "microsoftonline" not in signed_in.gitconfig.read_text()

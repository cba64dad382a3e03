"""The order of the ways to sign in, and what a failure of all of them says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.program import FABRIKAM, Program
from support.signing_in import CLIENT, TENANT, Hosts, made_up_token, surroundings
from support.token_hosts.az import Az

from git_credential_pat.entra import (
    RESOURCE,
    SIGN_INS,
    AbsentError,
    EntraToken,
    SignInError,
    federated,
    managed,
    own,
    sign_in,
    sign_in_by,
)
from git_credential_pat.errors import UnreachableError
from git_credential_pat.model.entry import Seconds
from git_credential_pat.web import Reply

if TYPE_CHECKING:
    from pathlib import Path

OF_AZ = made_up_token(by="az")
OF_OWN = EntraToken(made_up_token(by="own"), Seconds(1_790_000_000))
LOGIN = f"az login --allow-no-subscriptions --tenant {TENANT} --scope {RESOURCE}/.default"
START = f"cannot sign in to {FABRIKAM}:"


@pytest.fixture
def hosts() -> Hosts:
    return Hosts({FABRIKAM: Reply(401, (("x-vss-resourcetenant", TENANT),))})


@pytest.fixture
def program(tmp_path: Path) -> Program:
    program = Program(tmp_path)
    program.environment["PATH"] = "/nowhere"
    return program


@pytest.fixture
def az(program: Program) -> Az:
    stand_in = Az(program)
    stand_in.tokens = {TENANT: OF_AZ}
    return stand_in


def own_says(monkeypatch: pytest.MonkeyPatch, outcome: EntraToken | SignInError) -> list[str]:
    """Have the way by an own app registration end so; return the list of clients that it is asked for."""
    asked: list[str] = []

    def token(_url: str, tenant: str, client_id: str, _around: object) -> EntraToken:
        assert tenant == TENANT
        asked.append(client_id)
        if isinstance(outcome, SignInError):
            raise outcome
        return outcome

    monkeypatch.setattr(own, "token", token)
    return asked


def failure(hosts: Hosts, program: Program, client_id: str = "") -> str:
    with pytest.raises(SignInError) as refusal:
        sign_in(FABRIKAM, surroundings(hosts, client_id=client_id, variables=program.environment))
    return str(refusal.value)


def test_az_goes_before_an_own_app(
    hosts: Hosts, program: Program, az: Az, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = own_says(monkeypatch, OF_OWN)
    around = surroundings(hosts, client_id=CLIENT, variables=program.environment)
    assert sign_in(FABRIKAM, around) == EntraToken(OF_AZ, Seconds(az.expires))
    assert asked == []


def test_an_own_app_signs_in_where_az_does_not(
    hosts: Hosts, program: Program, az: Az, monkeypatch: pytest.MonkeyPatch
) -> None:
    az.mode = "signed-out"
    asked = own_says(monkeypatch, OF_OWN)
    around = surroundings(hosts, client_id=CLIENT, variables=program.environment)
    assert sign_in(FABRIKAM, around) == OF_OWN
    assert asked == [CLIENT]


def test_with_nothing_there_az_is_suggested(hosts: Hosts, program: Program) -> None:
    tried = "az is not installed, and pat.entraClientId is not set"
    assert failure(hosts, program) == f"{START} {tried}; install the Azure CLI, then run: {LOGIN}"


@pytest.mark.usefixtures("az")
def test_an_az_that_is_signed_out_is_to_sign_in(hosts: Hosts, program: Program, az: Az) -> None:
    az.mode = "signed-out"
    tried = "az is not signed in, and pat.entraClientId is not set"
    assert failure(hosts, program) == f"{START} {tried}; run: {LOGIN}"


def test_both_failures_are_said_and_the_nearer_fix(
    hosts: Hosts, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_says(monkeypatch, SignInError("the app is blocked", "ask the administrator"))
    tried = "az is not installed, and the app is blocked"
    assert failure(hosts, program, CLIENT) == f"{START} {tried}; ask the administrator"


def test_a_failure_without_a_fix_leaves_that_of_az(
    hosts: Hosts, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_says(monkeypatch, SignInError("the app is blocked"))
    tried = "az is not installed, and the app is blocked"
    assert failure(hosts, program, CLIENT) == f"{START} {tried}; install the Azure CLI, then run: {LOGIN}"


def test_an_organization_that_cannot_be_asked_is_unreachable(program: Program) -> None:
    with pytest.raises(UnreachableError, match=r"^dev\.azure\.com: "):
        sign_in(FABRIKAM, surroundings(Hosts(), variables=program.environment))


@pytest.mark.parametrize("way", SIGN_INS)
def test_each_way_that_an_entry_may_have_leads_to_its_file(
    hosts: Hosts, program: Program, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    asked: list[str] = []

    def absent(name: str) -> object:
        def token(*_: object) -> EntraToken:
            asked.append(name)
            raise AbsentError("it is not there")

        return token

    for name, module in (("entra", own), ("federated", federated), ("managed", managed)):
        monkeypatch.setattr(module, "token", absent(name))
    with pytest.raises(SignInError):
        sign_in_by(way, FABRIKAM, surroundings(hosts, variables=program.environment))
    assert asked == [way]

"""Sign-ins that `doctor` finds in order or not, by what is on this machine; no host is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.checks import keep
from support.doctor import Found, doctor
from support.program import CONTOSO, Program
from support.token_hosts.az import Az

if TYPE_CHECKING:
    from collections.abc import Mapping

VERIFY = f"git credential-pat verify {CONTOSO}"


def found(program: Program, way: str, environment: Mapping[str, str] | None = None) -> Found:
    """Return what is found of a sign-in by this way."""
    keep(program, CONTOSO, "", sign_in=way)
    program.environment |= environment or {}
    (finding,) = [finding for finding in doctor(program) if finding.check == "sign-ins"]
    return finding


def test_a_person_s_sign_in_needs_az(healthy: Program) -> None:
    finding = found(healthy, "entra")
    assert (finding.state, finding.fix) == ("problem", VERIFY)
    assert finding.text == f"az is not on PATH, and the sign-in to {CONTOSO} needs it; install the Azure CLI"
    az = Az(healthy)
    (finding,) = [finding for finding in doctor(healthy) if finding.check == "sign-ins"]
    assert (finding.state, finding.text) == ("ok", f"az is there, for the sign-in to {CONTOSO}")
    assert az.calls == []


def test_a_workload_s_sign_in_needs_its_file(healthy: Program) -> None:
    path = healthy.home / "assertion"
    finding = found(healthy, "federated", {"AZURE_FEDERATED_TOKEN_FILE": str(path)})
    assert (finding.state, finding.fix) == ("problem", VERIFY)
    assert f"the file {path} of AZURE_FEDERATED_TOKEN_FILE cannot be read" in finding.text
    path.write_text("eyJ")
    (finding,) = [finding for finding in doctor(healthy) if finding.check == "sign-ins"]
    assert finding.state == "ok"


@pytest.mark.parametrize("way", ["federated", "managed"])
def test_where_nothing_shows_that_a_way_is_there_it_is_a_note(healthy: Program, way: str) -> None:
    finding = found(healthy, way)
    assert (finding.state, finding.fix) == ("note", VERIFY)


@pytest.mark.parametrize(
    ("way", "variable"),
    [
        ("federated", "ACTIONS_ID_TOKEN_REQUEST_URL"),
        ("federated", "SYSTEM_OIDCREQUESTURI"),
        ("managed", "IDENTITY_ENDPOINT"),
    ],
)
def test_a_job_or_a_machine_has_what_it_takes(healthy: Program, way: str, variable: str) -> None:
    assert found(healthy, way, {variable: "https://here.example"}).state == "ok"

"""Faults of tokens and remotes: `doctor` finds each, and the command that it prints fixes it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from support.checks import entries, keep
from support.doctor import doctor, fixes, only_problem, pretend_version, problems
from support.program import FABRIKAM, OTHER_AZURE_TOKEN

from git_credential_pat.diagnosis.clock import check_clock
from git_credential_pat.diagnosis.support.surroundings import Surroundings
from git_credential_pat.model.entry import SECOND, Nanoseconds
from git_credential_pat.model.finding import problem

if TYPE_CHECKING:
    from pathlib import Path

    from support.program import Program

DAY = 86_400


def replace(program: Program, **fields: object) -> None:
    """Put another entry in place of the healthy one."""
    assert program.run("remove", "--yes", FABRIKAM).status == 0
    keep(program, FABRIKAM, **fields)  # type: ignore[arg-type]  # fields of an entry


@pytest.mark.parametrize("days", [-900, 5])
def test_a_token_has_expired_or_expires_soon(healthy: Program, days: int) -> None:
    replace(healthy, expires=int(time.time()) + days * DAY)
    finding = only_problem(healthy)
    assert (finding.check, finding.fix) == ("tokens", f"git credential-pat seed {FABRIKAM}")
    assert f"create a new one at {FABRIKAM}/_usersSettings/tokens" in finding.text
    assert fixes(healthy, finding, stdin=OTHER_AZURE_TOKEN)


def test_how_soon_is_a_setting(healthy: Program) -> None:
    replace(healthy, expires=int(time.time()) + 5 * DAY)
    assert healthy.git("config", "--global", "pat.expiryWarning", "4").status == 0
    assert [found for found in doctor(healthy) if found.state != "ok" and found.check != "renewal"] == []


def test_of_several_usernames_the_right_one_is_named(healthy: Program) -> None:
    gitlab = "https://gitlab.com/contoso"
    healthy.seed(gitlab, "glpat-" + "A" * 20, "--username", "jane")
    keep(healthy, gitlab, "glpat-" + "B" * 20, "joe", state="rejected")
    finding = only_problem(healthy)
    assert finding.fix == f"git credential-pat restore {gitlab} --username joe"
    assert fixes(healthy, finding)


DATA_CENTER = "https://bitbucket.example.com/scm/web"


def test_a_token_by_bearer_needs_a_git_that_can_send_it(healthy: Program) -> None:
    healthy.git("config", "--global", "pat.https://bitbucket.example.com.provider", "bitbucket")
    healthy.git("config", "--global", "credential.https://bitbucket.example.com.useHttpPath", "true")
    keep(healthy, DATA_CENTER, "BBDC-" + "a1B2" * 11, authtype=b"Bearer")
    pretend_version(healthy, "2.45.2")
    finding = only_problem(healthy)
    assert finding.check == "tokens"
    assert finding.text.startswith(f"Git sends the token for {DATA_CENTER} as Bearer, which needs Git 2.46")
    (healthy.home / "pretending" / "git").unlink()
    (healthy.home / "pretending").rmdir()
    pretend_version(healthy, "2.46.0")
    assert [found for found in doctor(healthy) if found.state != "ok"] == []


def test_a_token_of_a_data_center_needs_a_username(healthy: Program) -> None:
    healthy.git("config", "--global", "pat.https://bitbucket.example.com.provider", "bitbucket")
    healthy.git("config", "--global", "credential.https://bitbucket.example.com.useHttpPath", "true")
    keep(healthy, DATA_CENTER, "BBDC-" + "a1B2" * 11)
    finding = only_problem(healthy)
    assert (finding.check, finding.fix) == ("tokens", f"git credential-pat verify {DATA_CENTER}")
    assert "has no username" in finding.text


def test_a_rejected_token_in_whose_place_another_answers_is_no_problem(healthy: Program) -> None:
    keep(healthy, FABRIKAM, OTHER_AZURE_TOKEN, "jane", state="rejected")
    assert [found for found in doctor(healthy) if found.state != "ok"] == []


def test_the_organization_of_a_token_is_unknown(healthy: Program, repository: Path) -> None:
    keep(healthy, "https://dev.azure.com/", OTHER_AZURE_TOKEN, "jane")
    place = "git credential-pat token --username jane https://dev.azure.com | git credential-pat seed"
    finding = only_problem(healthy, cwd=repository)
    assert finding.text == (
        'the token for https://dev.azure.com of "jane" has no organization, '
        "so Git gets it only for requests without one"
    )
    assert finding.fix == f"{place} https://dev.azure.com/ORGANIZATION", "fabrikam has another token"
    url = "https://dev.azure.com/contoso/web/_git/api"
    assert healthy.git("remote", "set-url", "origin", url, cwd=repository).status == 0
    finding, _ = problems(healthy, cwd=repository)
    assert finding.fix == f"{place} https://dev.azure.com/contoso"
    assert fixes(healthy, finding, cwd=repository)
    assert [entry["scope"] for entry in entries(healthy)] == ["https://dev.azure.com/contoso", FABRIKAM]


def test_a_token_was_kept_in_the_future(healthy: Program) -> None:
    replace(healthy, updated=time.time_ns() + 400 * DAY * 10**9)
    finding = only_problem(healthy)
    assert finding.check == "clock"
    assert finding.text.startswith(f"the token for {FABRIKAM} was stored on 202")
    assert "sudo timedatectl set-ntp true" in finding.text
    assert fixes(healthy, finding, stdin=OTHER_AZURE_TOKEN)


def test_the_clock_is_years_behind() -> None:
    around = Surroundings({}, "/", backend=None, now=Nanoseconds(1_600_000_000 * SECOND), is_offline=True)
    assert [*check_clock(around)] == [
        problem("the clock says 2020-09-13, which is too early", "sudo timedatectl set-ntp true")
    ]


def test_git_names_no_organization_and_several_are_known(healthy: Program, repository: Path) -> None:
    keep(healthy, "https://dev.azure.com/contoso", OTHER_AZURE_TOKEN)
    key = "credential.https://dev.azure.com.useHttpPath"
    assert healthy.git("config", "--global", "--unset", key).status == 0
    found = [finding for finding in doctor(healthy, cwd=repository) if finding.state == "problem"]
    assert [(finding.check, finding.fix) for finding in found] == [
        ("paths", f"git config --global {key} true"),
        ("remotes", f"git config --global {key} true"),
    ]
    assert found[1].text == 'the remote "origin" gets no token, because Git does not send the organization'
    assert fixes(healthy, found[1], cwd=repository)

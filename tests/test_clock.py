"""A clock set to impossible times: tokens are answered all the same, nothing is changed, a line says why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.checks import refusal
from support.faked_clock import LIBFAKETIME
from support.program import AZURE_TOKEN, FABRIKAM, OTHER_AZURE_TOKEN, Program, Run, attributes

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.needs("faketime")

PLACE = ("protocol=https", "host=dev.azure.com", "path=fabrikam/web/_git/api")
GET = attributes(*PLACE)
CLOCKS = ("@1960-01-01 00:00:00", "@2300-01-01 00:00:00")
LINE = "the clock is set before 1970 or after 2262; run: sudo timedatectl set-ntp true"


@pytest.fixture(params=CLOCKS, ids=["1960", "2300"])
def program(request: pytest.FixtureRequest, tmp_path: Path) -> Program:
    """Return a program with one token, whose clock has been set wrong since."""
    program = Program(tmp_path / "home")
    program.seed(FABRIKAM, AZURE_TOKEN)
    program.environment |= {**LIBFAKETIME, "FAKETIME": request.param}
    return program


def test_get_answers_all_the_same(program: Program) -> None:
    assert program.run("get", stdin=GET) == Run(0, f"username=pat\npassword={AZURE_TOKEN}\n".encode(), "")


@pytest.mark.parametrize(
    ("arguments", "given"),
    [
        (["store"], attributes(*PLACE, "username=pat", f"password={OTHER_AZURE_TOKEN}")),
        (["erase"], attributes(*PLACE, "username=pat", f"password={AZURE_TOKEN}")),
        (["seed", "https://dev.azure.com/contoso", "--no-verify"], f"{OTHER_AZURE_TOKEN}\n".encode()),
        (["list"], b""),
        (["verify"], b""),
        (["doctor"], b""),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_what_needs_the_time_says_that_the_clock_is_wrong(
    program: Program, arguments: list[str], given: bytes
) -> None:
    before = program.vault.read_bytes()
    assert refusal(program.run(*arguments, stdin=given), 1) == LINE
    assert program.vault.read_bytes() == before

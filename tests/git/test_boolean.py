"""What Git takes for true and false, by git's own word, and what reads such values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from git_credential_pat.agent import client
from git_credential_pat.diagnosis.support.config import Row
from git_credential_pat.frontends.git import parse
from git_credential_pat.git import boolean

if TYPE_CHECKING:
    from support.program import Program

SPELLINGS = (
    "true", "yes", "on", "TRUE", "Yes", "oN", "1", "2", "-1", "+1", "010", "0x1", "0X1F", "2k", "2K", "1m",
    "1g", "2147483647", "017777777777", "0x7fffffff", "00000000000000000001", " 1", "\t1", "-1k",
    "false", "no", "off", "FALSE", "No", "oFF", "0", "", "00", "0x0", "0k", "0x0K", "-0", "+0", " 0",
    "never", "auto", "1 ", " true", "true ", " ", "08", "0x", "0xg", "+", "-", "+-1", "- 1", "1.0", "1kk",
    "1 k", "k", "1_000", "\u0661", "\u212a", "1\u212a", "2147483648", "-2147483648", "99999999999", "2g",
    "-2g", "1e3", "y", "n", "t", "f",
)  # fmt: skip


def git_says(value: str, program: Program) -> bool | None:
    ended = program.git("-c", f"a.b={value}", "config", "--type=bool", "a.b")
    return {b"true": True, b"false": False}[ended.stdout.strip()] if ended.status == 0 else None


@pytest.mark.parametrize("value", SPELLINGS, ids=ascii)
def test_a_value_is_true_false_or_neither_as_git_takes_it(value: str, program: Program) -> None:
    assert boolean(value) is git_says(value, program)
    assert boolean(value.encode()) is boolean(value)


@pytest.mark.parametrize("digits", ["1" * 5_000, "0x" + "f" * 5_000, "0" + "7" * 5_000])
def test_a_number_of_any_length_is_refused_and_does_not_break(digits: str) -> None:
    assert boolean(digits) is None


@pytest.mark.parametrize(("value", "is_true"), [("", False), ("00", False), ("true", True), ("2k", True)])
def test_a_row_of_the_configuration_is_true_where_git_takes_it_so(value: str, *, is_true: bool) -> None:
    assert Row("global", "/file", "credential.usehttppath", value).is_true is is_true


@pytest.mark.parametrize(("value", "is_set"), [(b"", False), (b"00", False), (b"1", True), (b"what", True)])
def test_a_login_is_ephemeral_unless_git_takes_the_value_for_false(value: bytes, *, is_set: bool) -> None:
    request = parse(b"protocol=https\nhost=x.example\nephemeral=" + value + b"\n\n")
    assert request.ephemeral is is_set


@pytest.mark.parametrize("value", [b"", b"00", b"FALSE", b"no boolean"])
def test_the_client_does_not_ask_where_git_would_not(value: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "terminal_opens", pytest.fail)
    assert not client._may_ask({b"GIT_TERMINAL_PROMPT": value})  # noqa: SLF001  # a terminal would be needed

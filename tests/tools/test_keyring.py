"""The program `keyring` of the library, whose words and answers ours shares, and which stands behind it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support import file_keyring
from support.packages.fixtures import TOKENS
from support.requirements import package_tool

if TYPE_CHECKING:
    from support.packages.customers import Customer, Shown

pytestmark = pytest.mark.needs("keyring", "strace")

FEED = "https://pkgs.dev.azure.com/fabrikam/_packaging/feed/pypi/simple/"
TESTS = Path(__file__).parents[1]


@pytest.fixture
def customer(customer: Customer) -> Customer:
    """Give both programs: ours is first on PATH, and the other one keeps the same token in a file."""
    customer.install("keyring", customer.launcher)
    others = customer.project.parent / "others"
    others.mkdir()
    (others / "keyring").symlink_to(package_tool("keyring"))
    logins = others / "logins"
    logins.write_text(json.dumps({json.dumps([FEED, "pat"]): TOKENS["fabrikam"]}), "utf-8")
    customer.environment |= {
        "PATH": os.pathsep.join([str(customer.bin), str(others), *os.defpath.split(os.pathsep)]),
        "PYTHONPATH": str(TESTS),
        "PYTHON_KEYRING_BACKEND": file_keyring.CLASS,
        file_keyring.FILE: str(logins),
    }
    return customer


def theirs(customer: Customer, *words: str, given: str = "") -> Shown:
    return customer.use(package_tool("keyring"), *words, given=given)


@pytest.mark.parametrize(
    "words",
    [
        ["get", FEED, "pat"],
        ["--mode", "creds", "get", FEED, "pat"],
        ["get", FEED, "pat", "--mode=creds"],
        ["--output=json", "get", FEED, "pat"],
        ["--mode=creds", "--output=json", "get", FEED, "pat"],
    ],
)
def test_the_same_words_have_the_same_answer(customer: Customer, words: list[str]) -> None:
    shown = customer.use("keyring", *words)
    assert shown == theirs(customer, *words)
    assert TOKENS["fabrikam"] in shown.output


@pytest.mark.parametrize("words", [["get"], ["get", FEED, "pat", "--mode=all"], ["get", FEED, "a", "b"]])
def test_wrong_words_have_the_same_status(customer: Customer, words: list[str]) -> None:
    assert customer.use("keyring", *words).status == theirs(customer, *words).status == 2


def test_a_login_that_is_not_ours_is_kept_and_deleted_by_the_program_behind(customer: Customer) -> None:
    login = ("https://example.com/simple/", "me")
    assert customer.use("keyring", "set", *login, given="secret").status == 0
    assert customer.use("keyring", "get", *login) == theirs(customer, "get", *login) == (0, "secret\n")
    assert customer.use("keyring", "del", *login).status == 0
    assert customer.use("keyring", "get", *login) == theirs(customer, "get", *login) == (1, "")

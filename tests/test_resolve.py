"""Which token answers, is kept, or is put aside: whole conversations, told in tests/vectors/scopes/."""

import pytest
from support.conversations import expect_as_told, stored
from support.vectors import CONVERSATIONS, Case, cases

from git_credential_pat.hosts import Provider
from git_credential_pat.protocol import parse
from git_credential_pat.resolve import Match, locate, resolve
from git_credential_pat.scope import parse_url

PROVIDERS = (Provider(parse_url("https://tfs.example.com").scope, "azure-devops-server"),)
STORED = (
    {"scope": "https://dev.azure.com", "username": "jane", "token": "U"},
    {"scope": "https://dev.azure.com/fabrikam", "token": "F"},
    {"scope": "https://dev.azure.com/fabrikam/web", "token": "W"},
    {"scope": "https://dev.azure.com/fabrikam/db", "token": "D"},
)


@cases("scopes", *CONVERSATIONS)
def test_a_conversation_goes_as_its_vector_says(case: Case) -> None:
    expect_as_told(case)


def match(message: bytes, *rows: dict[str, str]) -> Match:
    request = parse(b"protocol=https\n" + message)
    target = locate(request, PROVIDERS)
    assert target
    return resolve(target, request.username, stored(rows))


def tokens(found: Match) -> list[bytes]:
    return [entry.secret for entry in found.entries]


def test_the_covering_entries_come_narrowest_first() -> None:
    found = match(b"host=dev.azure.com\npath=fabrikam/web/_git/web\n", *STORED)
    assert tokens(found) == [b"W", b"F"]
    assert (found.own.text, found.named, found.inferred) == ("https://dev.azure.com/fabrikam", True, False)


def test_a_username_that_names_an_organization_means_the_organization_and_not_its_projects() -> None:
    found = match(b"host=dev.azure.com\nusername=fabrikam\n", *STORED)
    assert tokens(found) == [b"F"]
    assert (found.own.text, found.named, found.inferred) == ("https://dev.azure.com/fabrikam", True, False)


def test_a_username_of_an_entry_without_an_organization_means_that_entry() -> None:
    found = match(b"host=dev.azure.com\nusername=jane\n", *STORED)
    assert tokens(found) == [b"U"]
    assert (found.own.text, found.named, found.inferred) == ("https://dev.azure.com", False, False)


def test_an_organization_and_an_entry_without_one_are_two_candidates() -> None:
    found = match(b"host=dev.azure.com\n", *STORED)
    assert tokens(found) == []
    assert found.ambiguous


def test_the_only_organization_is_inferred() -> None:
    found = match(b"host=dev.azure.com\n", STORED[1])
    assert tokens(found) == [b"F"]
    assert (found.own.text, found.named, found.inferred) == ("https://dev.azure.com", False, True)


def test_a_servers_own_entry_needs_no_inference() -> None:
    host = {"scope": "https://tfs.example.com", "token": "S"}
    collection = {"scope": "https://tfs.example.com/tfs/finance", "token": "C"}
    found = match(b"host=tfs.example.com\n", host, collection)
    assert tokens(found) == [b"S"]
    assert not found.inferred


@pytest.mark.parametrize(
    "message",
    [b"protocol=cert\nhost=\n", b"protocol=ssh\nhost=a\n", b"protocol=https\nhost=a\npath=b/../c\n"],
)
def test_some_requests_point_nowhere(message: bytes) -> None:
    assert locate(parse(message), PROVIDERS) is None

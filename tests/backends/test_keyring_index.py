"""The keyring backend's index: one that cannot be read is told, and never written over."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support.keyrings import AZURE, FABRIKAM, INDEX, JANE, store

from git_credential_pat.errors import DamagedError

if TYPE_CHECKING:
    from support.secret_service import SecretService

    from git_credential_pat.backends.keyring import KeyringBackend

pytestmark = pytest.mark.needs("gnome-keyring", "dbus")


ROW = {
    "protocol": "https",
    "host": "dev.azure.com",
    "path": ["fabrikam"],
    "username": "",
    "authtype": "",
    "account": "pat",
    "state": "active",
    "created": 1,
    "updated": 2,
    "expires": None,
    "put_aside": None,
    "label": "",
    "permissions": [],
    "pinned": False,
    "refresh_token": None,
    "unknown": [],
}


def with_row(**changes: object) -> str:
    return json.dumps({"version": 1, "entries": [{**ROW, **changes}]})


def test_the_index_of_the_cases_below_is_good_without_its_fault(
    service: SecretService, backend: KeyringBackend
) -> None:
    service.make(*INDEX, with_row().encode())
    service.make(AZURE, "pat", b"F")
    assert backend.entries() == (FABRIKAM,)


def test_an_index_that_a_person_rearranged_gives_the_entries_in_their_order(
    service: SecretService, backend: KeyringBackend
) -> None:
    rows = [{**ROW, "username": "jane", "account": "jane"}, ROW]
    service.make(*INDEX, json.dumps({"version": 1, "entries": rows}).encode())
    service.make(AZURE, "pat", b"F")
    service.make(AZURE, "jane", b"J")
    assert backend.entries() == (FABRIKAM, JANE)


@pytest.mark.parametrize(
    "index",
    [
        "",
        "{",
        "[]",
        "null",
        "[" * 100_000,
        '{"version": 1}',
        '{"entries": []}',
        '{"version": true, "entries": []}',
        '{"version": "1", "entries": []}',
        '{"version": 1, "entries": {}}',
        '{"version": 1, "entries": [[]]}',
        json.dumps({"version": 1, "entries": [{n: v for n, v in ROW.items() if n != "account"}]}),
        json.dumps({"version": 1, "entries": [{n: v for n, v in ROW.items() if n != "unknown"}]}),
        with_row(path="fabrikam"),
        with_row(path=[1]),
        with_row(host=None),
        with_row(username={"hex": "f"}),
        with_row(username={"base64": "ff"}),
        with_row(username="\ud800"),
        with_row(account=None),
        with_row(state="asleep"),
        with_row(created="1"),
        with_row(updated=1.5),
        with_row(expires=True),
        with_row(put_aside="x"),
        with_row(label=None),
        with_row(permissions="vso.code"),
        with_row(permissions=[1]),
        with_row(pinned=0),
        with_row(refresh_token=1),
        with_row(unknown=[[1]]),
        with_row(unknown=[["1", ""]]),
        json.dumps({"version": 1, "entries": [ROW, ROW]}),
        json.dumps({"version": 1, "entries": [ROW, {**ROW, "account": "other"}]}),
        json.dumps({"version": 1, "entries": [ROW, {**ROW, "username": "other"}]}),
    ],
)
def test_an_index_that_this_program_did_not_write_is_told_and_left_alone(
    service: SecretService, backend: KeyringBackend, index: str
) -> None:
    service.make(AZURE, "pat", b"F")
    service.make(*INDEX, index.encode("utf-8", "surrogatepass"))
    before = sorted(secret for _, _, secret in service.items())
    message = (
        r'^the keyring\'s item "index" of the service "git-credential-pat" cannot be used: .*; put it back'
    )
    with pytest.raises(DamagedError, match=message):
        backend.entries()
    with pytest.raises(DamagedError, match=message):
        backend.find(b"https", b"dev.azure.com")
    with pytest.raises(DamagedError, match=message):
        store(backend, JANE)
    assert sorted(secret for _, _, secret in service.items()) == before


def test_an_index_of_a_later_version_is_told_as_such_and_left_alone(
    service: SecretService, backend: KeyringBackend
) -> None:
    service.make(*INDEX, b'{"version": 2, "anything": 1}')
    with pytest.raises(DamagedError, match="it is of version 2, which a later version wrote; install that"):
        store(backend, FABRIKAM)
    assert service.secrets() == {INDEX: '{"version": 2, "anything": 1}'}

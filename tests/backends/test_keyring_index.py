"""The keyring backend's index: one that cannot be read is reported, and never written over."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support.keyrings import AZURE, FABRIKAM, INDEX, JANE, store

from git_credential_pat.errors import DamagedError

if TYPE_CHECKING:
    from support.memory_keyring import MemoryKeyring

    from git_credential_pat.backends.keyring import KeyringBackend

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


def test_an_index_that_a_person_rearranged_gives_the_entries_in_their_order(
    keyring: MemoryKeyring, backend: KeyringBackend
) -> None:
    rows = [{**ROW, "username": "jane", "account": "jane"}, ROW]
    keyring.items[INDEX] = json.dumps({"version": 1, "entries": rows})
    keyring.items.update({(AZURE, "pat"): "F", (AZURE, "jane"): "J"})
    assert backend.entries() == (FABRIKAM, JANE)


@pytest.mark.parametrize(
    "index",
    [
        "",
        "[]",
        "[" * 100_000,
        '{"version": 1}',
        '{"version": true, "entries": []}',
        '{"version": 1, "entries": {}}',
        '{"version": 1, "entries": [[]]}',
        json.dumps({"version": 1, "entries": [{n: v for n, v in ROW.items() if n != "account"}]}),
        with_row(path=[1]),
        with_row(host=None),
        with_row(username={"hex": "f"}),
        with_row(username="\ud800"),
        with_row(account=None),
        with_row(state="asleep"),
        with_row(updated=1.5),
        with_row(expires=True),
        with_row(put_aside="x"),
        with_row(label=None),
        with_row(permissions="vso.code"),
        with_row(pinned=0),
        with_row(refresh_token=1),
        with_row(owner=1),
        with_row(approved="2"),
        with_row(unknown=[["1", ""]]),
        with_row(unknown=[[16, ""]]),
        with_row(unknown=[[16, "a"], [16, "b"]]),
        with_row(unknown=[[17, ""]]),
        with_row(unknown=[[17, {"hex": "ff"}]]),
        json.dumps({"version": 1, "entries": [ROW, {**ROW, "account": "other"}]}),
        json.dumps({"version": 1, "entries": [ROW, {**ROW, "username": "other"}]}),
    ],
)
def test_an_index_that_this_program_did_not_write_is_reported_and_left_alone(
    keyring: MemoryKeyring, backend: KeyringBackend, index: str
) -> None:
    keyring.items[AZURE, "pat"] = "F"
    keyring.items[INDEX] = index
    before = dict(keyring.items)
    message = (
        r'^the keyring\'s item "index" of the service "git-credential-pat" cannot be used: .*; put it back'
    )
    for use in (backend.entries, lambda: backend.find(b"https", b"x"), lambda: store(backend, JANE)):
        with pytest.raises(DamagedError, match=message):
            use()
    assert keyring.items == before


def test_an_index_of_a_later_version_is_reported_as_such_and_left_alone(
    keyring: MemoryKeyring, backend: KeyringBackend
) -> None:
    keyring.items[INDEX] = '{"version": 2, "anything": 1}'
    with pytest.raises(DamagedError, match="it is of version 2; a later version"):
        store(backend, FABRIKAM)
    assert keyring.items == {INDEX: '{"version": 2, "anything": 1}'}

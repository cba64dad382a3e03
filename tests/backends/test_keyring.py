"""The keyring backend: what people see in their keyring and may change there, and what a crash leaves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from support.keyrings import AZURE, CONTOSO, FABRIKAM, INDEX, JANE, OF_CONTOSO, store

from git_credential_pat.backends import Change, ConflictError
from git_credential_pat.backends.keyring import KeyringBackend
from git_credential_pat.errors import LockedError
from git_credential_pat.model.entry import REJECTED, Entry, Nanoseconds, Seconds
from git_credential_pat.model.scope import Provider, Scope

if TYPE_CHECKING:
    from pathlib import Path

    from support.memory_keyring import MemoryKeyring

    from git_credential_pat.git.settings import Settings

HOST = Scope(b"https", b"git.example.com")
OF_HOST = "git-credential-pat:https://git.example.com"


def index_of(keyring: MemoryKeyring) -> dict[str, Any]:
    index: dict[str, Any] = json.loads(keyring.items[INDEX])
    return index


def tokens(keyring: MemoryKeyring) -> dict[tuple[str, str], str]:
    """Return all secrets but the index."""
    return {item: secret for item, secret in keyring.items.items() if item != INDEX}


# What people see


def test_the_bare_token_is_an_item_of_its_own_and_the_index_holds_the_rest(
    keyring: MemoryKeyring, backend: KeyringBackend
) -> None:
    full = FABRIKAM._replace(
        secret=b"the-token",
        expires=Seconds(4_000_000_000),
        put_aside=Nanoseconds(3),
        state=REJECTED,
        label="laptop",
        permissions=("vso.code",),
        pinned=True,
        owner="Jane Doe",
        approved=Nanoseconds(2),
        unknown=((200, b"\xff"),),
    )
    store(backend, full)
    assert tokens(keyring) == {(AZURE, "pat"): "the-token"}
    assert index_of(keyring) == {
        "version": 1,
        "entries": [
            {
                "protocol": "https",
                "host": "dev.azure.com",
                "path": ["fabrikam"],
                "username": "",
                "authtype": "",
                "account": "pat",
                "state": "rejected",
                "created": 1,
                "updated": 2,
                "expires": 4_000_000_000,
                "put_aside": 3,
                "label": "laptop",
                "permissions": ["vso.code"],
                "pinned": True,
                "refresh_token": None,
                "owner": "Jane Doe",
                "approved": 2,
                "unknown": [[200, {"hex": "ff"}]],
            }
        ],
    }


@pytest.mark.parametrize(
    ("scope", "username", "item"),
    [
        pytest.param(FABRIKAM.scope, b"jane", (AZURE, "jane"), id="its own username"),
        pytest.param(HOST, b"", (OF_HOST, "token"), id="no username, and none usual at the host"),
        pytest.param(
            Scope(b"https", b"github.com", (b"octo",)),
            b"",
            ("git-credential-pat:https://github.com/octo", "x-access-token"),
            id="the host's usual username",
        ),
        pytest.param(
            HOST._replace(path=(b"a b", b"\xff")),
            b"j\xc3\xa4ne",
            (f"{OF_HOST}/a%20b/%FF", "j\N{LATIN SMALL LETTER A WITH DIAERESIS}ne"),
            id="a path that is no text",
        ),
        pytest.param(HOST, b"\xffjane", (OF_HOST, "base64:/2phbmU="), id="a username that is no text"),
        pytest.param(HOST, b"ja\nne", (OF_HOST, "base64:amEKbmU="), id="a username with a control"),
    ],
)
def test_an_item_is_named_by_scope_and_username(
    keyring: MemoryKeyring, backend: KeyringBackend, scope: Scope, username: bytes, item: tuple[str, str]
) -> None:
    entry = Entry(scope, username, b"x")
    store(backend, entry)
    assert list(tokens(keyring)) == [item]
    assert backend.entries() == (entry,)


def test_the_usual_username_is_that_of_the_family_that_the_user_assigned(
    keyring: MemoryKeyring, settings: Settings
) -> None:
    assigned = settings._replace(providers=(Provider(HOST, "azure-devops-server"),))
    store(KeyringBackend(assigned), Entry(HOST, b"", b"x"))
    assert list(tokens(keyring)) == [(OF_HOST, "pat")]


@pytest.mark.parametrize(
    ("secret", "kept"),
    [
        (b"plain text with sp\xc3\xa4ces ", "plain text with sp\N{LATIN SMALL LETTER A WITH DIAERESIS}ces "),
        (b"base64:QQ==", "base64:YmFzZTY0OlFRPT0="),
        (b"", "base64:"),
        (b"\xff\x00", "base64:/wA="),
        (b"line\nbreak", "base64:bGluZQpicmVhaw=="),
        (b"\x7f", "base64:fw=="),
    ],
)
def test_a_secret_that_nobody_could_type_is_kept_encoded(
    keyring: MemoryKeyring, backend: KeyringBackend, secret: bytes, kept: str
) -> None:
    entry = FABRIKAM._replace(secret=secret)
    store(backend, entry)
    assert tokens(keyring) == {(AZURE, "pat"): kept}
    assert backend.entries() == (entry,)


def test_entries_of_one_scope_that_would_share_an_item_get_their_own(
    keyring: MemoryKeyring, backend: KeyringBackend
) -> None:
    named = FABRIKAM._replace(username=b"pat", secret=b"2")
    bearer = named._replace(authtype=b"Bearer", secret=b"3")
    for entry in (FABRIKAM, named, bearer):
        store(backend, entry)
    assert tokens(keyring) == {(AZURE, "pat"): "F", (AZURE, "pat (2)"): "2", (AZURE, "pat (3)"): "3"}
    assert set(backend.entries()) == {FABRIKAM, named, bearer}
    backend.apply([Change(FABRIKAM, None)])
    newer = named._replace(secret=b"4")
    backend.apply([Change(named, newer)])
    assert tokens(keyring) == {(AZURE, "pat (2)"): "4", (AZURE, "pat (3)"): "3"}


def test_an_entry_made_as_another_goes_does_not_lose_its_item_with_it(
    keyring: MemoryKeyring, backend: KeyringBackend
) -> None:
    named = FABRIKAM._replace(username=b"pat", secret=b"2")
    store(backend, FABRIKAM)
    backend.apply([Change(FABRIKAM, None), Change(None, named)])
    assert backend.entries() == (named,)
    assert tokens(keyring) == {(AZURE, "pat (2)"): "2"}


# What people may change


def test_a_token_that_a_person_edited_is_the_entrys_token(
    keyring: MemoryKeyring, backend: KeyringBackend
) -> None:
    store(backend, FABRIKAM, JANE)
    keyring.items[AZURE, "pat"] = "edited"
    edited = FABRIKAM._replace(secret=b"edited")
    assert backend.find(b"https", b"dev.azure.com") == (edited, JANE)
    with pytest.raises(ConflictError):
        backend.apply([Change(FABRIKAM, None)])
    backend.apply([Change(edited, edited._replace(label="mine"))])
    assert tokens(keyring) == {(AZURE, "pat"): "edited", (AZURE, "jane"): "J"}


@pytest.mark.parametrize(
    ("before", "edited", "secret"),
    [
        (b"\xff", "typed", b"typed"),
        (b"\xff", "base64:not base64", b"base64:not base64"),
        (b"\xff", "base64:Q!Q==", b"base64:Q!Q=="),
        (b"text", "base64:QQ==", b"A"),
        (b"text", "two\nlines", b"two\nlines"),
        (b"text", "", b""),
    ],
)
def test_an_edited_token_stays_what_it_is_at_the_next_write(
    keyring: MemoryKeyring, backend: KeyringBackend, before: bytes, edited: str, secret: bytes
) -> None:
    store(backend, FABRIKAM._replace(secret=before))
    keyring.items[AZURE, "pat"] = edited
    assert backend.entries() == (FABRIKAM._replace(secret=secret),)
    store(backend, JANE)
    assert backend.entries() == (FABRIKAM._replace(secret=secret), JANE)


def test_an_item_that_a_person_deleted_is_no_entry_and_leaves_the_index_at_the_next_write(
    keyring: MemoryKeyring, backend: KeyringBackend
) -> None:
    store(backend, FABRIKAM, JANE)
    del keyring.items[AZURE, "pat"]
    assert backend.entries() == backend.find(b"https", b"dev.azure.com") == (JANE,)
    assert len(index_of(keyring)["entries"]) == 2
    backend.apply([Change(JANE, JANE._replace(label="x"))])
    assert [row["username"] for row in index_of(keyring)["entries"]] == ["jane"]
    store(backend, FABRIKAM)
    assert tokens(keyring) == {(AZURE, "pat"): "F", (AZURE, "jane"): "J"}


def test_an_item_that_the_index_does_not_name_is_no_entry(
    keyring: MemoryKeyring, backend: KeyringBackend
) -> None:
    store(backend, JANE)
    keyring.items[AZURE, "pat"] = "strange"
    assert backend.entries() == (JANE,)
    del keyring.items[INDEX]
    assert backend.entries() == ()


# What is written, and in which order


def test_tokens_are_written_first_then_the_index_and_removed_ones_are_deleted_last(
    keyring: MemoryKeyring, backend: KeyringBackend
) -> None:
    store(backend, FABRIKAM, JANE)
    keyring.writes.clear()
    backend.apply(
        [Change(JANE, None), Change(FABRIKAM, FABRIKAM._replace(secret=b"F2")), Change(None, CONTOSO)]
    )
    assert sorted(keyring.writes[:2]) == [("set", OF_CONTOSO, "pat"), ("set", AZURE, "pat")]
    assert keyring.writes[2:] == [("set", *INDEX), ("delete", AZURE, "jane")]


def test_a_change_that_leaves_the_token_writes_the_index_alone_and_one_to_the_same_nothing(
    keyring: MemoryKeyring, backend: KeyringBackend
) -> None:
    store(backend, FABRIKAM, JANE)
    keyring.writes.clear()
    backend.apply([Change(FABRIKAM, FABRIKAM)])
    assert keyring.writes == []
    backend.apply([Change(FABRIKAM, FABRIKAM._replace(state=REJECTED))])
    assert keyring.writes == [("set", *INDEX)]


def test_the_index_does_not_depend_on_when_entries_were_made(
    keyring: MemoryKeyring, backend: KeyringBackend
) -> None:
    store(backend, FABRIKAM, CONTOSO)
    index = keyring.items[INDEX]
    backend.apply([Change(FABRIKAM, None)])
    store(backend, FABRIKAM)
    assert keyring.items[INDEX] == index


def test_reading_takes_no_lock_and_makes_no_folder(backend: KeyringBackend, tmp_path: Path) -> None:
    backend.entries()
    backend.find(b"https", b"dev.azure.com")
    assert list(tmp_path.iterdir()) == []


F2 = FABRIKAM._replace(secret=b"F2")
NEWER = F2._replace(updated=Nanoseconds(9))


@pytest.mark.parametrize(
    ("fails_at", "left"),
    [(0, {FABRIKAM, JANE}), (1, {FABRIKAM, JANE}), (2, {F2, JANE}), (3, {NEWER, CONTOSO})],
)
def test_a_fault_at_any_write_loses_no_token_and_the_change_can_be_made_again(
    keyring: MemoryKeyring, backend: KeyringBackend, fails_at: int, left: set[Entry]
) -> None:
    store(backend, FABRIKAM, JANE)
    keyring.fails_at = len(keyring.writes) + fails_at
    with pytest.raises(LockedError, match="a fault"):
        backend.apply([Change(FABRIKAM, NEWER), Change(None, CONTOSO), Change(JANE, None)])
    keyring.fails_at = -1
    assert set(backend.entries()) == left
    seen = {entry.key: entry for entry in left}
    wanted = {entry.key: entry for entry in (CONTOSO, NEWER)}
    backend.apply([Change(seen.get(key), wanted.get(key)) for key in seen.keys() | wanted.keys()])
    assert backend.entries() == (CONTOSO, NEWER)
    assert tokens(keyring)[AZURE, "pat"] == "F2"

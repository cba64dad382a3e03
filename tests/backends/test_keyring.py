"""The keyring backend: what people see in their keyring, and what they may change there."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from support import secret_service
from support.keyrings import AZURE, FABRIKAM, INDEX, JANE, settings_for, store, tokens

from git_credential_pat.backends import Change, ConflictError
from git_credential_pat.backends.keyring import KeyringBackend
from git_credential_pat.entry import REJECTED, Entry
from git_credential_pat.errors import LockedError
from git_credential_pat.hosts import Provider
from git_credential_pat.scope import Scope
from git_credential_pat.unlocking import Unlocking

if TYPE_CHECKING:
    from pathlib import Path

    from support.secret_service import SecretService

    from git_credential_pat.settings import Settings

pytestmark = pytest.mark.needs("gnome-keyring", "dbus")

HOST = Scope(b"https", b"git.example.com")


def index_of(service: SecretService) -> dict[str, Any]:
    index: dict[str, Any] = json.loads(service.secrets()[INDEX])
    return index


# What people see


def test_the_bare_token_is_an_item_of_its_own(service: SecretService, backend: KeyringBackend) -> None:
    store(backend, FABRIKAM)
    assert tokens(service) == {(AZURE, "pat"): "F"}


def test_the_index_holds_the_rest_and_no_token(service: SecretService, backend: KeyringBackend) -> None:
    full = FABRIKAM._replace(
        secret=b"the-token",
        expires=4_000_000_000,
        put_aside=3,
        state=REJECTED,
        label="laptop",
        permissions=("vso.code",),
        pinned=True,
        owner="Jane Doe",
        approved=2,
        unknown=((200, b"\xff"),),
    )
    store(backend, full)
    assert index_of(service) == {
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
    assert "the-token" not in service.secrets()[INDEX]


@pytest.mark.parametrize(
    ("entry", "item"),
    [
        pytest.param(JANE, (AZURE, "jane"), id="its own username"),
        pytest.param(
            Entry(HOST, b"", b"x"),
            ("git-credential-pat:https://git.example.com", "token"),
            id="no username, and none usual at the host",
        ),
        pytest.param(
            Entry(Scope(b"https", b"github.com", (b"octo",)), b"", b"x"),
            ("git-credential-pat:https://github.com/octo", "x-access-token"),
            id="the host's usual username",
        ),
        pytest.param(
            Entry(HOST._replace(path=(b"a b", b"\xff")), b"j\xc3\xa4ne", b"x"),
            (
                "git-credential-pat:https://git.example.com/a%20b/%FF",
                "j\N{LATIN SMALL LETTER A WITH DIAERESIS}ne",
            ),
            id="a path that is no text",
        ),
        pytest.param(
            Entry(HOST, b"\xffjane", b"x"),
            ("git-credential-pat:https://git.example.com", "base64:/2phbmU="),
            id="a username that is no text",
        ),
        pytest.param(
            Entry(HOST, b"ja\nne", b"x"),
            ("git-credential-pat:https://git.example.com", "base64:amEKbmU="),
            id="a username with a control",
        ),
    ],
)
def test_an_item_is_named_by_scope_and_username(
    service: SecretService, backend: KeyringBackend, entry: Entry, item: tuple[str, str]
) -> None:
    store(backend, entry)
    assert list(tokens(service)) == [item]
    assert backend.entries() == (entry,)


def test_the_usual_username_is_that_of_the_family_that_the_user_assigned(
    service: SecretService, settings: Settings
) -> None:
    assigned = settings._replace(providers=(Provider(HOST, "azure-devops-server"),))
    store(KeyringBackend(assigned), Entry(HOST, b"", b"x"))
    assert list(tokens(service)) == [("git-credential-pat:https://git.example.com", "pat")]


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
    service: SecretService, backend: KeyringBackend, secret: bytes, kept: str
) -> None:
    entry = FABRIKAM._replace(secret=secret)
    store(backend, entry)
    assert tokens(service) == {(AZURE, "pat"): kept}
    assert backend.entries() == (entry,)


def test_entries_of_one_scope_that_would_share_an_item_get_their_own(
    service: SecretService, backend: KeyringBackend
) -> None:
    named = FABRIKAM._replace(username=b"pat", secret=b"2")
    bearer = named._replace(authtype=b"Bearer", secret=b"3")
    for entry in (FABRIKAM, named, bearer):
        store(backend, entry)
    assert tokens(service) == {(AZURE, "pat"): "F", (AZURE, "pat (2)"): "2", (AZURE, "pat (3)"): "3"}
    assert set(backend.entries()) == {FABRIKAM, named, bearer}
    backend.apply([Change(FABRIKAM, None)])
    newer = named._replace(secret=b"4")
    backend.apply([Change(named, newer)])
    assert tokens(service) == {(AZURE, "pat (2)"): "4", (AZURE, "pat (3)"): "3"}


def test_an_entry_made_as_another_goes_does_not_lose_its_item_with_it(
    service: SecretService, backend: KeyringBackend
) -> None:
    named = FABRIKAM._replace(username=b"pat", secret=b"2")
    store(backend, FABRIKAM)
    backend.apply([Change(FABRIKAM, None), Change(None, named)])
    assert backend.entries() == (named,)
    assert tokens(service) == {(AZURE, "pat (2)"): "2"}


def test_pythons_own_keyring_program_prints_the_token(
    service: SecretService, backend: KeyringBackend
) -> None:
    store(backend, FABRIKAM)
    command = [sys.executable, "-I", "-m", "keyring", "get", AZURE, "pat"]
    assert subprocess.run(command, env=service.environment, capture_output=True, check=True).stdout == b"F\n"


def test_removing_an_entry_deletes_its_item(service: SecretService, backend: KeyringBackend) -> None:
    store(backend, FABRIKAM, JANE)
    backend.apply([Change(FABRIKAM, None)])
    assert tokens(service) == {(AZURE, "jane"): "J"}


# What people may change


def test_a_token_that_a_person_edited_is_the_entrys_token(
    service: SecretService, backend: KeyringBackend
) -> None:
    store(backend, FABRIKAM, JANE)
    service.edit(AZURE, "pat", b"edited")
    edited = FABRIKAM._replace(secret=b"edited")
    assert backend.find(b"https", b"dev.azure.com") == (edited, JANE)
    with pytest.raises(ConflictError):
        backend.apply([Change(FABRIKAM, None)])
    backend.apply([Change(edited, edited._replace(label="mine"))])
    assert tokens(service) == {(AZURE, "pat"): "edited", (AZURE, "jane"): "J"}


@pytest.mark.parametrize(
    ("before", "edited", "secret"),
    [
        (b"\xff", b"typed", b"typed"),
        (b"\xff", b"base64:not base64", b"base64:not base64"),
        (b"\xff", b"base64:QQ==", b"A"),
        (b"\xff", b"base64:Q!Q==", b"base64:Q!Q=="),
        (b"text", b"base64:QQ==", b"A"),
        (b"text", b"two\nlines", b"two\nlines"),
        (b"text", b"", b""),
    ],
)
def test_an_edited_token_stays_what_it_is_at_the_next_write(
    service: SecretService, backend: KeyringBackend, before: bytes, edited: bytes, secret: bytes
) -> None:
    store(backend, FABRIKAM._replace(secret=before))
    service.edit(AZURE, "pat", edited)
    assert backend.entries() == (FABRIKAM._replace(secret=secret),)
    store(backend, JANE)
    assert backend.entries() == (FABRIKAM._replace(secret=secret), JANE)


def test_an_item_that_a_person_deleted_is_no_entry_and_leaves_the_index_at_the_next_write(
    service: SecretService, backend: KeyringBackend
) -> None:
    store(backend, FABRIKAM, JANE)
    service.remove(AZURE, "pat")
    assert backend.entries() == backend.find(b"https", b"dev.azure.com") == (JANE,)
    assert len(index_of(service)["entries"]) == 2
    backend.apply([Change(JANE, JANE._replace(label="x"))])
    assert [row["username"] for row in index_of(service)["entries"]] == ["jane"]


def test_a_token_is_stored_again_after_a_person_deleted_its_item(
    service: SecretService, backend: KeyringBackend
) -> None:
    store(backend, FABRIKAM)
    service.remove(AZURE, "pat")
    store(backend, FABRIKAM)
    assert backend.entries() == (FABRIKAM,)
    assert tokens(service) == {(AZURE, "pat"): "F"}


def test_an_item_that_the_index_does_not_name_is_no_entry(
    service: SecretService, backend: KeyringBackend
) -> None:
    store(backend, JANE)
    service.make(AZURE, "pat", b"strange", application="Python keyring library")
    assert backend.entries() == (JANE,)


def test_without_the_index_there_are_no_entries(service: SecretService, backend: KeyringBackend) -> None:
    store(backend, FABRIKAM)
    service.remove(*INDEX)
    assert backend.entries() == ()


# Locked


def test_a_locked_keyring_is_told_and_nobody_is_asked(tmp_path: Path) -> None:
    with secret_service.running() as service:
        backend = KeyringBackend(settings_for(service, tmp_path))
        store(backend, FABRIKAM)
        service.lock()
        for call in (backend.entries, lambda: backend.find(b"https", b"x"), lambda: store(backend, JANE)):
            with pytest.raises(LockedError, match=r"^Secret Service is locked; "):
                call()
        assert not service.was_prompted
        asking = KeyringBackend(settings_for(service, tmp_path), Unlocking(interactive=True))
        with pytest.raises(LockedError):
            asking.entries()
        assert service.was_prompted
        service.unlock()
        assert backend.entries() == (FABRIKAM,)


def test_the_named_class_is_used(service: SecretService, settings: Settings) -> None:
    backend = KeyringBackend(settings._replace(keyring_backend="keyring.backends.null.Keyring"))
    with pytest.raises(LockedError, match=r"^keyring\.backends\.null\.Keyring refused"):
        store(backend, FABRIKAM)
    assert service.items() == []

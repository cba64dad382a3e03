"""A keyring that others use at the same time: nothing of what they do is reported as a fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from keyring.backends.SecretService import Keyring as SecretServiceKeyring
from secretstorage import Collection, ItemNotFoundException, get_collection_by_alias
from support.keyrings import CALLS, Call

from git_credential_pat.oskeyring.keyring import Keyring

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jeepney.io.blocking import DBusConnection  # type: ignore[import-untyped]  # it has no types
    from secretstorage import Item
    from support.secret_service import SecretService

pytestmark = pytest.mark.needs("gnome-keyring", "dbus")


@pytest.fixture
def unknown_at_first(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Answer the first message of each connection as gnome-keyring does that does not know it yet.

    It takes note of a connection beside the handling of the message, and now and then later.
    """
    known: set[str] = set()

    def look(connection: DBusConnection, alias: str) -> Collection:
        if connection.unique_name not in known:
            known.add(connection.unique_name)
            raise ItemNotFoundException
        return get_collection_by_alias(connection, alias)

    monkeypatch.setattr("secretstorage.get_collection_by_alias", look)
    yield
    assert known


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.usefixtures("unknown_at_first")
def test_a_keyring_that_does_not_know_a_new_connection_yet_is_asked_again(
    service: SecretService, call: Call
) -> None:
    Keyring(session_bus=service.address).set("s", "a", "x")
    assert call(Keyring(session_bus=service.address)) in ("x", None)


@pytest.mark.usefixtures("unknown_at_first")
def test_a_keyring_that_does_not_know_a_new_connection_yet_is_not_asked_for_another_collection(
    fragile: SecretService, monkeypatch: pytest.MonkeyPatch
) -> None:
    Keyring(session_bus=fragile.address).set("s", "a", "x")
    fragile.lock()
    monkeypatch.setattr("secretstorage.Collection.unlock", lambda _: fragile.unlock())
    assert Keyring(session_bus=fragile.address, interactive=True).get("s", "a") == "x"
    assert not fragile.was_prompted


@pytest.mark.parametrize("newer", ["newer", None])
def test_a_secret_that_another_program_replaces_or_deletes_meanwhile_is_read_anew(
    service: SecretService, monkeypatch: pytest.MonkeyPatch, newer: str | None
) -> None:
    def search(collection: Collection, attributes: dict[str, str]) -> list[Item]:
        found = list(search_items(collection, attributes))
        if found and not meddled:
            meddled.append(True)
            service.clear()
            if newer:
                service.make("s", "a", newer.encode())
        return found

    meddled: list[bool] = []
    keyring = Keyring(session_bus=service.address)
    keyring.set("s", "a", "older")
    search_items = Collection.search_items
    monkeypatch.setattr("secretstorage.Collection.search_items", search)
    assert keyring.get("s", "a") == newer
    assert meddled


def test_what_another_program_deletes_meanwhile_is_deleted(
    service: SecretService, monkeypatch: pytest.MonkeyPatch
) -> None:
    def delete(library: SecretServiceKeyring, name: str, account: str) -> None:
        service.clear()
        original(library, name, account)

    Keyring(session_bus=service.address).set("s", "a", "x")
    original: Callable[..., None] = SecretServiceKeyring.delete_password
    monkeypatch.setattr(SecretServiceKeyring, "delete_password", delete)
    Keyring(session_bus=service.address).delete("s", "a")
    assert service.items() == []

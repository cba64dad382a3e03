"""A keyring that others use at the same time: nothing of what they do is told as a fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from keyring.backends.SecretService import Keyring as SecretServiceKeyring
from secretstorage import Collection, ItemNotFoundException, get_collection_by_alias
from support.keyrings import CALLS, Call

from git_credential_pat.os_keyring import Keyring

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jeepney.io.blocking import DBusConnection  # type: ignore[import-untyped]  # it has no types
    from secretstorage import Item
    from support.secret_service import SecretService

real = pytest.mark.needs("gnome-keyring", "dbus")


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


@real
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.usefixtures("unknown_at_first")
def test_a_keyring_that_does_not_know_a_new_connection_yet_is_asked_again(
    service: SecretService, call: Call
) -> None:
    Keyring(session_bus=service.address).set("s", "a", "x")
    assert call(Keyring(session_bus=service.address)) in ("x", None)


@real
@pytest.mark.usefixtures("unknown_at_first")
def test_a_keyring_that_does_not_know_a_new_connection_yet_is_not_asked_for_another_collection(
    fragile: SecretService, monkeypatch: pytest.MonkeyPatch
) -> None:
    Keyring(session_bus=fragile.address).set("s", "a", "x")
    fragile.lock()
    monkeypatch.setattr("secretstorage.Collection.unlock", lambda _: fragile.unlock())
    assert Keyring(session_bus=fragile.address, interactive=True).get("s", "a") == "x"
    assert not fragile.was_prompted


@pytest.fixture
def during_search(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Return what has another program do something between the finding of items and their use."""

    def meddle(action: Callable[[], object]) -> None:
        actions = [action]

        def search(collection: Collection, attributes: dict[str, str]) -> list[Item]:
            found = list(search_items(collection, attributes))
            if found and actions:
                actions.pop()()
            return found

        search_items = Collection.search_items
        monkeypatch.setattr("secretstorage.Collection.search_items", search)

    return meddle


@real
def test_a_secret_that_another_program_replaces_meanwhile_is_read_anew(
    service: SecretService, during_search: Callable[[Callable[[], object]], None]
) -> None:
    def replace() -> None:
        service.clear()
        service.make("s", "a", b"newer")

    Keyring(session_bus=service.address).set("s", "a", "older")
    during_search(replace)
    assert Keyring(session_bus=service.address).get("s", "a") == "newer"


@real
def test_a_secret_that_another_program_deletes_meanwhile_is_not_there(
    service: SecretService, during_search: Callable[[Callable[[], object]], None]
) -> None:
    Keyring(session_bus=service.address).set("s", "a", "x")
    during_search(service.clear)
    assert Keyring(session_bus=service.address).get("s", "a") is None


@real
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

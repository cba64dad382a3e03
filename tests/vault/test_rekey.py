"""Rekeying, and what others do to a vault while its slots are changed."""

from __future__ import annotations

import fcntl
from typing import TYPE_CHECKING

import pytest
from support.person import Person
from support.slots import (
    BY_OTHER_PHRASE,
    BY_PHRASE,
    FABRIKAM,
    OTHER_PHRASE,
    PHRASE,
    UNKNOWN,
    add,
    add_foreign,
    header_of,
    item,
    key_file,
    opens,
    refused,
)
from support.vaults import Place, store, token

from git_credential_pat.backends.vault.slots import add_slot, rekey, remove_slot
from git_credential_pat.errors import DamagedError, LockedError, MissingKeyError, PatError
from git_credential_pat.model.unlocking import Unlocking
from git_credential_pat.vault import format as sealed
from git_credential_pat.vault.keyslots import kind_named

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.memory_keyring import MemoryKeyring

    from git_credential_pat.backends.vault import VaultBackend


@pytest.fixture
def place(beside_keyring: Place) -> Place:
    return beside_keyring


# Rekeying


def test_rekeying_gives_another_data_key_that_all_slots_open(place: Place, keyring: MemoryKeyring) -> None:
    add(place, "keyring")
    add(place, "passphrase", PHRASE)
    add(place, "passphrase", OTHER_PHRASE)
    before, opened = header_of(place), place.backend().open()
    rekey(place.backend(Person(PHRASE, OTHER_PHRASE).unlocking))
    after, reopened = header_of(place), place.backend().open()
    assert opened
    assert reopened
    assert reopened.data_key != opened.data_key
    assert reopened.entries == opened.entries
    assert (after.store_id, after.generation) == (before.store_id, before.generation + 1)
    for old, new in zip(before.slots, after.slots, strict=True):
        assert (new.kind, new.id, new.params) == (old.kind, old.id, old.params)
        assert new.nonce != old.nonce
        assert new.wrapped != old.wrapped
    for keys in (key_file(place), item(keyring), BY_PHRASE, BY_OTHER_PHRASE):
        assert opens(place, keys)


def test_after_rekeying_neither_the_old_data_key_nor_a_removed_slot_opens_it(place: Place) -> None:
    opened = place.backend().open()
    assert opened
    add(place, "passphrase", PHRASE)
    old = sealed.parse(place.vault.read_bytes()).header.slots[0]
    remove_slot(place.backend(Person(PHRASE).unlocking), 1)
    assert sealed.is_key(sealed.parse(place.vault.read_bytes()), opened.data_key)
    rekey(place.backend(Person(PHRASE, PHRASE).unlocking))
    parsed = sealed.parse(place.vault.read_bytes())
    assert not sealed.is_key(parsed, opened.data_key)
    by_old_slot = sealed.unwrap(old, place.key.read_bytes(), parsed.header.store_id)
    assert by_old_slot == opened.data_key
    assert opens(place, BY_PHRASE)


FAULTS: dict[str, tuple[Callable[[Place, MemoryKeyring], object], type[PatError], str]] = {
    "no item": (lambda _, keyring: keyring.items.clear(), LockedError, "does not hold the key of the vault"),
    "a locked keyring": (
        lambda _, keyring: setattr(keyring, "problem", "the keyring is locked"),
        LockedError,
        "the keyring is locked",
    ),
    "another item": (
        lambda _, keyring: keyring.items.update(dict.fromkeys(keyring.items, "A" * 43 + "=")),
        DamagedError,
        "does not open it",
    ),
    "no key file": (lambda place, _: place.key.unlink(), MissingKeyError, "is missing; put it back"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_rekeying_without_one_of_the_keys_changes_nothing(
    place: Place, keyring: MemoryKeyring, fault: str
) -> None:
    happen, failure, why = FAULTS[fault]
    add(place, "keyring")
    happen(place, keyring)
    assert why in refused(place, failure, lambda: rekey(place.backend()))


@pytest.mark.parametrize("answers", [(), ("wrong",), (PHRASE, "wrong"), (OTHER_PHRASE, PHRASE)])
def test_rekeying_asks_for_each_passphrase_and_changes_nothing_without_all(
    place: Place, answers: tuple[str, ...]
) -> None:
    add(place, "passphrase", PHRASE)
    add(place, "passphrase", OTHER_PHRASE)
    person = Person(*answers)
    refused(place, LockedError, lambda: rekey(place.backend(person.unlocking)))
    both = Person(PHRASE, OTHER_PHRASE)
    rekey(place.backend(both.unlocking))
    assert both.questions == [
        f"Passphrase of the vault {place.vault}, slot 2: ",
        f"Passphrase of the vault {place.vault}, slot 3: ",
    ]


def test_rekeying_with_a_slot_of_an_unknown_kind_changes_nothing_and_asks_nothing(place: Place) -> None:
    add(place, "passphrase", PHRASE)
    add_foreign(place, UNKNOWN)
    person = Person(PHRASE)
    said = refused(place, PatError, lambda: rekey(place.backend(person.unlocking)))
    assert said.startswith("slot 9 is of a kind that only a later version can use; ")
    assert person.questions == []


def test_rekeying_asks_for_no_passphrase_while_another_passphrase_slot_costs_too_much(place: Place) -> None:
    add(place, "passphrase", PHRASE)
    add_foreign(place, sealed.Slot(2, 9, b"\xff" * 28, bytes(12), bytes(48)))
    person = Person(PHRASE)
    said = refused(place, DamagedError, lambda: rekey(place.backend(person.unlocking)))
    assert "asks for a derivation outside of the allowed costs" in said
    assert person.questions == []


# Others at the same time


def is_free(place: Place) -> bool:
    with place.lock.open("rb+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def test_nobody_is_asked_for_a_passphrase_while_the_lock_is_held(place: Place) -> None:
    asked: list[bool] = []

    def answer(_question: str = "") -> bytes:
        asked.append(is_free(place))
        return PHRASE.encode()

    ways = Unlocking(passphrase=answer, choose=answer)
    add_slot(place.backend(ways), kind_named("passphrase"))
    remove_slot(place.backend(ways), 1)
    rekey(place.backend(ways))
    add_slot(place.backend(ways), kind_named("keyfile"))
    assert asked == [True] * 4


def test_nobody_is_asked_while_the_lock_is_held_because_the_key_was_changed_meanwhile(place: Place) -> None:
    add(place, "passphrase", PHRASE)
    remove_slot(place.backend(Person(PHRASE).unlocking), 1)
    asked: list[bool] = []

    def answer(_question: str) -> bytes:
        asked.append(is_free(place))
        rekey(place.backend(Person(PHRASE).unlocking))
        return PHRASE.encode()

    with pytest.raises(LockedError):
        store(place.backend(Unlocking(passphrase=answer)), token("contoso"))
    assert asked == [True]


def meanwhile(act: Callable[[], object]) -> Unlocking:
    """Return ways in which others act while a person thinks."""

    def answer(_question: str = "") -> bytes:
        act()
        return PHRASE.encode()

    return Unlocking(passphrase=answer, choose=answer)


def test_entries_stored_meanwhile_are_kept(place: Place) -> None:
    ways = meanwhile(lambda: store(place.backend(), token("contoso")))
    add_slot(place.backend(ways), kind_named("passphrase"))
    ways = meanwhile(lambda: store(place.backend(), token("northwind")))
    rekey(place.backend(ways))
    ways = meanwhile(lambda: store(place.backend(), token("tailspin")))
    remove_slot(place.backend(ways), 1)
    names = [entry.scope.path[0] for entry in place.backend(Person(PHRASE).unlocking).entries()]
    assert sorted(names) == [b"contoso", b"fabrikam", b"northwind", b"tailspin"]


@pytest.mark.parametrize(
    "use",
    [
        lambda backend: add_slot(backend, kind_named("passphrase")),
        lambda backend: remove_slot(backend, 1),
        rekey,
    ],
    ids=["add-slot", "remove-slot", "rekey"],
)
@pytest.mark.parametrize("other", ["added", "rekeyed"])
def test_slots_that_were_changed_meanwhile_are_not_overwritten(
    place: Place, use: Callable[[VaultBackend], object], other: str
) -> None:
    add(place, "passphrase", PHRASE)
    changed: list[bytes] = []

    def change() -> None:
        if not changed:
            add(place, "keyring") if other == "added" else rekey(place.backend(Person(PHRASE).unlocking))
            changed.append(place.vault.read_bytes())

    with pytest.raises(PatError, match=r"nothing was changed, try again$") as raised:
        use(place.backend(meanwhile(change)))
    assert raised.value.status == 1
    assert [place.vault.read_bytes()] == changed


def test_a_backend_that_was_open_before_finds_what_another_rekeyed(place: Place) -> None:
    backend = place.backend()
    assert backend.entries() == (FABRIKAM,)
    rekey(place.backend())
    assert backend.entries() == (FABRIKAM,)
    store(backend, token("contoso"))
    rekey(place.backend())
    store(backend, token("northwind"))
    assert len(place.backend().entries()) == 3
    assert header_of(place).generation == 5

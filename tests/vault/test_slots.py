"""Adding and removing key slots: after each change some known key opens the vault."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import second_reader as reader
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
    kinds,
    opens,
    refused,
)
from support.vaults import Place

from git_credential_pat.backends.vault.slots import rekey, remove_slot
from git_credential_pat.errors import DamagedError, LockedError, MissingKeyError, PatError, UsageError
from git_credential_pat.model.unlocking import Unlocking
from git_credential_pat.vault import format as sealed

if TYPE_CHECKING:
    from pathlib import Path

    from support.memory_keyring import MemoryKeyring


@pytest.fixture
def place(beside_keyring: Place) -> Place:
    return beside_keyring


# Adding


def test_an_added_slot_opens_the_vault_beside_the_others(place: Place, keyring: MemoryKeyring) -> None:
    before = header_of(place)
    added = [add(place, "keyring"), add(place, "passphrase", PHRASE), add(place, "passphrase", OTHER_PHRASE)]
    assert kinds(place) == [(1, 3), (2, 1), (3, 2), (4, 2)]
    after = header_of(place)
    assert after.slots == (*before.slots, *added)
    assert (after.store_id, after.generation) == (before.store_id, before.generation + 3)
    for keys in (key_file(place), item(keyring), BY_PHRASE, BY_OTHER_PHRASE):
        assert opens(place, keys)
    assert not opens(place, reader.Keys(passphrase=b"another one"))


def test_a_slot_gets_the_lowest_free_number(place: Place) -> None:
    add(place, "keyring")
    add(place, "passphrase", PHRASE)
    remove_slot(place.backend(), 2)
    assert add(place, "passphrase", OTHER_PHRASE).id == 2
    assert kinds(place) == [(1, 3), (3, 2), (2, 2)]


@pytest.mark.parametrize(("kind", "number"), [("keyfile", 1), ("keyring", 2)])
def test_a_second_slot_of_a_kind_that_has_one_key_is_refused(place: Place, kind: str, number: int) -> None:
    add(place, "keyring")
    assert f"a {kind} slot already, slot {number}; " in refused(place, PatError, lambda: add(place, kind))


def test_there_are_at_most_8_slots(place: Place) -> None:
    for number in range(7):
        add(place, "passphrase", f"passphrase {number}")
    assert "at most 8 slots" in refused(place, PatError, lambda: add(place, "keyring"))
    assert opens(place, reader.Keys(passphrase=b"passphrase 6"))


def test_a_locked_keyring_adds_nothing(place: Place, keyring: MemoryKeyring) -> None:
    keyring.problem = "the keyring is locked; unlock it"
    assert refused(place, LockedError, lambda: add(place, "keyring")) == keyring.problem
    keyring.problem, keyring.is_deaf = "", True
    assert "use another slot" in refused(place, LockedError, lambda: add(place, "keyring"))


def test_without_a_vault_there_is_nothing_to_do_and_nothing_is_made(tmp_path: Path) -> None:
    place = Place(tmp_path / "nowhere")
    for use in (
        lambda: add(place, "keyfile"),
        lambda: remove_slot(place.backend(), 1),
        lambda: rekey(place.backend()),
    ):
        assert refused(place, PatError, use).endswith(
            "; run: git credential-pat seed https://dev.azure.com/ORGANIZATION"
        )
    assert not place.folder.exists()


def test_a_vault_that_is_locked_or_damaged_stays_as_it_is(place: Place, keyring: MemoryKeyring) -> None:
    key = place.key.read_bytes()
    uses = [lambda: add(place, "keyring"), lambda: rekey(place.backend())]
    place.key.unlink()
    for use in uses:
        refused(place, MissingKeyError, use)
    place.put(place.vault.read_bytes(), bytes(32))
    for use in uses:
        refused(place, DamagedError, use)
    place.put(place.vault.read_bytes()[:-1], key)
    for use in (*uses, lambda: remove_slot(place.backend(), 1)):
        refused(place, DamagedError, use)
    assert keyring.items == {}, "nor is a key made"


# Removing


def test_a_removed_slot_does_not_open_the_vault_any_more(place: Place, keyring: MemoryKeyring) -> None:
    add(place, "keyring")
    removed = remove_slot(place.backend(), 1)
    assert (removed.id, removed.kind) == (1, 3)
    assert kinds(place) == [(2, 1)]
    assert not opens(place, key_file(place))
    assert opens(place, item(keyring))
    assert place.backend().entries() == (FABRIKAM,)


def test_the_key_of_a_removed_slot_stays_for_copies(place: Place, keyring: MemoryKeyring) -> None:
    key = place.key.read_bytes()
    add(place, "keyring")
    remove_slot(place.backend(), 1)
    assert place.key.read_bytes() == key
    add(place, "keyfile")
    items = dict(keyring.items)
    remove_slot(place.backend(), 2)
    assert keyring.items == items


def test_the_last_slot_is_never_removed(place: Place) -> None:
    said = refused(place, PatError, lambda: remove_slot(place.backend(), 1))
    assert said.endswith("; add another first: git credential-pat vault add-slot KIND")


def test_a_slot_that_is_not_there_is_a_usage_error_that_lists_those_that_are(place: Place) -> None:
    add(place, "passphrase", PHRASE)
    said = refused(place, UsageError, lambda: remove_slot(place.backend(), 7))
    assert said.endswith("its slots are: 1 (keyfile), 2 (passphrase)")


@pytest.mark.parametrize(
    ("person", "said"),
    [
        (Person(), "no passphrase opened the vault"),
        (Person("wrong", "wrong", "wrong"), "no passphrase opened the vault"),
        (None, "is locked by a passphrase"),
    ],
)
def test_a_slot_is_removed_only_if_another_one_was_opened(
    place: Place, person: Person | None, said: str
) -> None:
    add(place, "passphrase", PHRASE)
    ways = person.unlocking if person else Unlocking()
    assert said in refused(place, LockedError, lambda: remove_slot(place.backend(ways), 1))


def test_a_machine_held_key_that_is_gone_keeps_the_other_slot(place: Place, keyring: MemoryKeyring) -> None:
    add(place, "keyring")
    keyring.items.clear()
    assert "does not hold the key" in refused(place, LockedError, lambda: remove_slot(place.backend(), 1))
    keyring.problem = "the keyring is locked"
    assert refused(place, LockedError, lambda: remove_slot(place.backend(), 1)) == keyring.problem
    remove_slot(place.backend(), 2)
    assert kinds(place) == [(1, 3)]


def test_of_two_passphrases_the_other_one_is_asked_for_and_no_more(place: Place) -> None:
    add(place, "passphrase", PHRASE)
    add(place, "passphrase", OTHER_PHRASE)
    person = Person(PHRASE)
    remove_slot(place.backend(person.unlocking), 1)
    assert len(person.questions) == 1, "either of the two"
    same = Person(PHRASE, PHRASE)
    refused(place, LockedError, lambda: remove_slot(place.backend(same.unlocking), 2))
    other = Person(OTHER_PHRASE)
    remove_slot(place.backend(other.unlocking), 2)
    assert other.questions == [f"Passphrase of the vault {place.vault}, by another slot than 2: "]
    assert (opens(place, BY_PHRASE), opens(place, BY_OTHER_PHRASE)) == (False, True)


def test_a_slot_is_removed_though_its_own_key_is_gone(place: Place) -> None:
    add(place, "passphrase", PHRASE)
    place.key.unlink()
    remove_slot(place.backend(Person(PHRASE).unlocking), 1)
    assert kinds(place) == [(2, 2)]


def test_a_slot_that_holds_another_data_key_is_not_enough(place: Place) -> None:
    opened = place.backend().open()
    assert opened is not None
    header, key = opened.header, place.key.read_bytes()
    false = sealed.wrap(bytes(32), key, header.store_id, sealed.Slot(3, 2, b"", bytes(12), b""))
    add_foreign(place, false)
    said = refused(place, DamagedError, lambda: remove_slot(place.backend(), 1))
    assert "a key slot has a key of another vault" in said
    remove_slot(place.backend(), 2)


def test_slots_of_unknown_kinds_alone_are_not_enough_to_remove_the_last_known_one(place: Place) -> None:
    add_foreign(place, UNKNOWN)
    assert "unknown (77)" in refused(place, LockedError, lambda: remove_slot(place.backend(), 1))
    remove_slot(place.backend(), 9)
    assert kinds(place) == [(1, 3)]

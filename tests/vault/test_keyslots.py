"""Any slot opens the vault; what asks nobody comes first, and no missing key is ever made anew."""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING

import pytest
from support import second_reader as reader
from support.person import Person, cheap
from support.slots import FABRIKAM, PHRASE, UNKNOWN, add, header_of, kinds
from support.vaults import Place, store, token

from git_credential_pat.errors import DamagedError, LockedError, PatError
from git_credential_pat.model.unlocking import Unlocking
from git_credential_pat.vault import format as sealed
from git_credential_pat.vault import keyslots

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.memory_keyring import MemoryKeyring

    Fault = Callable[[Place, MemoryKeyring], object]

SERVICE = "git-credential-pat"


@pytest.fixture
def all_kinds(place: Place, keyring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Return a vault with one slot of each kind: 1 keyring, 2 keyfile, 3 passphrase."""
    cheap(monkeypatch)
    assert keyring.is_ready()
    store(place.backend(), FABRIKAM)
    add(place, "keyfile")
    add(place, "passphrase", PHRASE)
    return place


def item_of(place: Place) -> tuple[str, str]:
    return (SERVICE, place.vault.read_bytes()[16:32].hex())


def put_slots(place: Place, *slots: sealed.Slot) -> None:
    """Have the vault other slots, as another program might have written them."""
    place.backend().rewrite(lambda old: old._replace(header=old.header._replace(slots=slots)))


def never() -> bytes:
    pytest.fail("somebody was asked")


NOBODY = Unlocking(passphrase=lambda _: never(), choose=never)


# A vault's first slot


def test_a_vault_made_where_a_keyring_answers_has_a_keyring_slot_and_no_key_file(
    place: Place, keyring: MemoryKeyring
) -> None:
    store(place.backend(NOBODY), FABRIKAM)
    assert kinds(place) == [(1, 1)]
    assert not place.config.exists()
    ((where, text),) = keyring.items.items()
    assert where == item_of(place)
    assert len(text) == 44
    header, entries = reader.read(place.vault.read_bytes(), reader.Keys(keyring=text))
    assert (header.generation, len(entries)) == (1, 1)
    assert place.backend().entries() == (FABRIKAM,)


def test_a_vault_made_where_no_keyring_answers_has_a_keyfile_slot(
    place: Place, keyring: MemoryKeyring
) -> None:
    keyring.problem = "the keyring is locked"
    store(place.backend(), FABRIKAM)
    keyring.problem = ""
    store(place.backend(), token("contoso"))
    assert kinds(place) == [(1, 3)], "a slot is chosen once"
    assert keyring.items == {}


def test_a_keyring_that_forgets_what_it_is_given_makes_no_vault(place: Place, keyring: MemoryKeyring) -> None:
    keyring.is_deaf = True
    with pytest.raises(LockedError, match="does not return what was stored in it"):
        store(place.backend(), FABRIKAM)
    assert not place.vault.exists()
    assert not place.config.exists(), "there is no silent fall to another kind"


# Opening


def test_each_kind_alone_opens_it(all_kinds: Place, keyring: MemoryKeyring) -> None:
    text = keyring.items.pop(item_of(all_kinds))
    assert all_kinds.backend(NOBODY).entries() == (FABRIKAM,)
    all_kinds.key.unlink()
    assert all_kinds.backend(Person(PHRASE).unlocking).entries() == (FABRIKAM,)
    keyring.items[item_of(all_kinds)] = text
    assert all_kinds.backend(NOBODY).entries() == (FABRIKAM,)
    assert not all_kinds.key.exists()


def test_the_key_file_is_tried_before_the_keyring(all_kinds: Place, keyring: MemoryKeyring) -> None:
    keyring.reads = 0
    assert all_kinds.backend(NOBODY).entries() == (FABRIKAM,)
    assert keyring.reads == 0


def set_item(text: str) -> Fault:
    return lambda place, keyring: keyring.items.update({item_of(place): text})


def no_key(place: Place, _: MemoryKeyring) -> None:
    place.key.unlink()


def other_key(place: Place, _: MemoryKeyring) -> None:
    place.key.write_bytes(bytes(32))


def short_key(place: Place, _: MemoryKeyring) -> None:
    place.key.write_bytes(b"short")


def no_item(_: Place, keyring: MemoryKeyring) -> None:
    keyring.items.clear()


def locked(_: Place, keyring: MemoryKeyring) -> None:
    keyring.problem = "the keyring is locked"


other_item, no_base64 = set_item(base64.b64encode(bytes(32)).decode()), set_item("not a key")


@pytest.mark.parametrize("of_key", [no_key, short_key, other_key])
@pytest.mark.parametrize("of_item", [no_item, other_item, no_base64, locked])
def test_whatever_is_wrong_with_the_other_slots_a_passphrase_opens_it(
    all_kinds: Place, keyring: MemoryKeyring, of_key: Fault, of_item: Fault
) -> None:
    of_key(all_kinds, keyring)
    of_item(all_kinds, keyring)
    person = Person(PHRASE)
    assert all_kinds.backend(person.unlocking).entries() == (FABRIKAM,)
    assert len(person.questions) == 1
    with pytest.raises(LockedError, match=r"; run: git credential-pat unlock$"):
        all_kinds.backend().entries()


CLASSES = [
    ((no_key, no_item), LockedError, "does not hold the key of the vault"),
    ((no_key, other_item), LockedError, "the vault's key file .* is missing"),
    ((no_key, locked), LockedError, "the keyring is locked"),
    ((short_key, other_item), LockedError, "is not 32 bytes long"),
    ((other_key, no_item), LockedError, "does not hold the key of the vault"),
    ((other_key, no_base64), LockedError, "is not a key; restore the item"),
    ((other_key, other_item), DamagedError, "the key in The keyring of the test does not open it"),
]


@pytest.mark.parametrize(("faults", "failure", "said"), CLASSES)
def test_what_may_still_come_is_reported_rather_than_damage_and_nothing_is_made(
    place: Place, keyring: MemoryKeyring, faults: tuple[Fault, ...], failure: type[PatError], said: str
) -> None:
    store(place.backend(), FABRIKAM)
    add(place, "keyfile")
    for fault in faults:
        fault(place, keyring)
    files, items = place.files(), dict(keyring.items)
    for use in (place.backend().entries, lambda: store(place.backend(), token("contoso"))):
        with pytest.raises(failure, match=said):
            use()
    assert (place.files(), keyring.items) == (files, items)


def test_a_keyring_that_was_asked_in_vain_is_not_asked_again(
    all_kinds: Place, keyring: MemoryKeyring
) -> None:
    all_kinds.key.unlink()
    keyring.problem, keyring.reads = "the user closed the keyring's window", 0
    ways = Person(PHRASE).unlocking._replace(interactive=True)
    assert all_kinds.backend(ways).entries() == (FABRIKAM,)
    assert keyring.reads == 1


def test_a_slot_of_an_unknown_kind_is_passed_over_and_kept(all_kinds: Place) -> None:
    slots = header_of(all_kinds).slots
    put_slots(all_kinds, UNKNOWN, *slots)
    assert all_kinds.backend().entries() == (FABRIKAM,)
    store(all_kinds.backend(), token("contoso"))
    assert header_of(all_kinds).slots == (UNKNOWN, *slots)


def test_a_vault_with_unknown_kinds_alone_says_which(filled: Place) -> None:
    put_slots(filled, UNKNOWN, UNKNOWN._replace(kind=200, id=200))
    with pytest.raises(LockedError, match=r"opens only by unknown \(77\), unknown \(200\)"):
        filled.backend(NOBODY).entries()


@pytest.mark.parametrize("number", [1, 3])
def test_of_several_slots_of_a_machine_held_kind_all_are_tried(
    place: Place, keyring: MemoryKeyring, number: int
) -> None:
    keyring.problem = "" if number == 1 else "the keyring is locked"
    store(place.backend(), FABRIKAM)
    other = sealed.wrap(os.urandom(32), bytes(32), bytes(16), sealed.Slot(number, 0, b"", bytes(12), b""))
    put_slots(place, other, *header_of(place).slots)
    assert place.backend(NOBODY).entries() == (FABRIKAM,)


def test_without_slots_only_a_lent_key_opens_a_vault_and_none_is_made(filled: Place, tmp_path: Path) -> None:
    opened = filled.backend().open()
    assert opened is not None
    with pytest.raises(LockedError, match="is locked"):
        filled.backend(Unlocking(by_slots=False)).entries()
    lent = Unlocking(by_slots=False, borrow=lambda _: opened.data_key)
    assert filled.backend(lent).entries() == (FABRIKAM,)
    nowhere = Place(tmp_path / "nowhere")
    with pytest.raises(LockedError, match="there is no vault"):
        store(nowhere.backend(Unlocking(by_slots=False)), FABRIKAM)
    assert nowhere.files() == {}


# The item in the keyring


def test_the_keyring_item_is_used_again_and_never_replaced(
    beside_keyring: Place, keyring: MemoryKeyring
) -> None:
    key = base64.b64encode(bytes(range(32))).decode()
    keyring.items[item_of(beside_keyring)] = key
    add(beside_keyring, "keyring")
    assert keyring.items == {item_of(beside_keyring): key}
    beside_keyring.key.unlink()
    assert beside_keyring.backend().entries() == (FABRIKAM,)


@pytest.mark.parametrize("text", ["", "not base64", "Schl\u00fcssel", "AAAA", "A" * 44, "\ud800"])
def test_an_item_that_is_no_key_is_locked_and_neither_used_nor_replaced(
    beside_keyring: Place, keyring: MemoryKeyring, text: str
) -> None:
    item = item_of(beside_keyring)
    keyring.items[item] = text
    files = beside_keyring.files()
    with pytest.raises(LockedError, match=f"for account {item[1]} is not a key; restore the item"):
        add(beside_keyring, "keyring")
    assert (beside_keyring.files(), keyring.items[item]) == (files, text)


# What is reported


def test_the_places_of_keys_are_reported_for_people(all_kinds: Place) -> None:
    backend, header = all_kinds.backend(), header_of(all_kinds)
    assert [
        (keyslots.name_of(slot), keyslots.place_of(slot, header, backend.around))
        for slot in (*header.slots, UNKNOWN)
    ] == [
        ("keyring", f"in The keyring of the test (service {SERVICE}, account {header.store_id.hex()})"),
        ("keyfile", f"in {all_kinds.key}"),
        ("passphrase", "derived from a passphrase"),
        ("unknown (77)", "which this version cannot use"),
    ]


def test_no_message_shows_a_key(all_kinds: Place, keyring: MemoryKeyring) -> None:
    key = all_kinds.key.read_bytes()
    item = keyring.items[item_of(all_kinds)]
    shown = [repr(all_kinds.backend().open()), repr(all_kinds.backend().around)]
    other_item(all_kinds, keyring)
    all_kinds.key.write_bytes(b"y" * 32)
    with pytest.raises(LockedError) as refused:
        all_kinds.backend(Person("wrong").unlocking).entries()
    for text in (*shown, str(refused.value), repr(refused.value)):
        for secret in (item, repr(key)[2:-1], "yyyy"):
            assert secret not in text
    for content in all_kinds.files().values():
        assert item.encode() not in content
        assert base64.b64decode(item) not in content

"""Any slot opens the vault; what asks nobody comes first, and no missing key is ever made anew."""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING

import pytest
from support import memory_keyring
from support import second_reader as reader
from support.person import Person, cheap
from support.vaults import Place, store, token

from git_credential_pat.backends.vault_slots import add_slot
from git_credential_pat.errors import DamagedError, LockedError, PatError
from git_credential_pat.unlocking import Unlocking
from git_credential_pat.vault import format as sealed
from git_credential_pat.vault import keyslots
from git_credential_pat.vault.keyslots import KEY_SLOTS, kind_named

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.memory_keyring import MemoryKeyring

    Fault = Callable[[Place, MemoryKeyring], None]

PHRASE = "correct horse"
FABRIKAM = token("fabrikam", b"fabrikam-token")
SERVICE = "git-credential-pat"


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> MemoryKeyring:
    cheap(monkeypatch)
    return memory_keyring.install(monkeypatch)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def all_kinds(place: Place, keyring: MemoryKeyring) -> Place:
    """Return a vault with one slot of each kind: 1 keyring, 2 keyfile, 3 passphrase."""
    assert keyring.is_ready()
    store(place.backend(), FABRIKAM)
    for kind in ("keyfile", "passphrase"):
        add_slot(place.backend(Person(chooses=PHRASE).unlocking), kind_named(kind))
    return place


def slots(place: Place) -> list[tuple[int, int, int]]:
    header = place.backend().header()
    assert header is not None
    return [(slot.kind, slot.id, len(slot.params)) for slot in header.slots]


def item_of(place: Place) -> tuple[str, str]:
    return (SERVICE, place.vault.read_bytes()[16:32].hex())


def never() -> bytes:
    pytest.fail("somebody was asked")


NOBODY = Unlocking(passphrase=lambda _: never())


def test_the_kinds_are_those_of_the_format_in_the_order_of_trying() -> None:
    assert [(kind.number, kind.name, kind.is_asked) for kind in KEY_SLOTS] == [
        (3, "keyfile", False),
        (1, "keyring", False),
        (2, "passphrase", True),
    ]


def test_a_vault_made_where_a_keyring_answers_has_a_keyring_slot_and_no_key_file(
    place: Place, keyring: MemoryKeyring
) -> None:
    store(place.backend(), FABRIKAM)
    assert slots(place) == [(1, 1, 0)]
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
    assert slots(place) == [(3, 1, 0)]
    assert keyring.items == {}
    keyring.problem = ""
    store(place.backend(), token("contoso"))
    assert slots(place) == [(3, 1, 0)], "a slot is chosen once"


@pytest.mark.usefixtures("keyring")
def test_a_vault_is_never_made_with_a_passphrase_by_itself(place: Place) -> None:
    store(place.backend(Unlocking(passphrase=lambda _: never(), choose=never)), FABRIKAM)
    assert slots(place) == [(1, 1, 0)]


def test_a_keyring_that_forgets_what_it_is_given_makes_no_vault(place: Place, keyring: MemoryKeyring) -> None:
    keyring.is_deaf = True
    with pytest.raises(LockedError, match="does not give back what it was given"):
        store(place.backend(), FABRIKAM)
    assert not place.vault.exists()
    assert not place.config.exists(), "there is no silent fall to another kind"


def test_each_kind_alone_opens_it(all_kinds: Place, keyring: MemoryKeyring) -> None:
    text = keyring.items.pop(item_of(all_kinds))
    assert all_kinds.backend(NOBODY).entries() == (FABRIKAM,)
    all_kinds.key.unlink()
    assert all_kinds.backend(Person(PHRASE).unlocking).entries() == (FABRIKAM,)
    keyring.items[item_of(all_kinds)] = text
    assert all_kinds.backend(NOBODY).entries() == (FABRIKAM,)
    assert not all_kinds.key.exists()


def test_what_asks_nobody_is_tried_first(
    all_kinds: Place, keyring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring, "get", lambda *_: pytest.fail("the keyring was asked"))
    assert all_kinds.backend(NOBODY).entries() == (FABRIKAM,), "the key file came first"


def no_key(place: Place, _: MemoryKeyring) -> None:
    place.key.unlink()


def short_key(place: Place, _: MemoryKeyring) -> None:
    place.key.write_bytes(b"short")


def other_key(place: Place, _: MemoryKeyring) -> None:
    place.key.write_bytes(bytes(32))


def no_item(_: Place, keyring: MemoryKeyring) -> None:
    keyring.items.clear()


def other_item(place: Place, keyring: MemoryKeyring) -> None:
    keyring.items[item_of(place)] = base64.b64encode(bytes(32)).decode()


def no_base64(place: Place, keyring: MemoryKeyring) -> None:
    keyring.items[item_of(place)] = "not a key"


def locked(_: Place, keyring: MemoryKeyring) -> None:
    keyring.problem = "the keyring is locked"


@pytest.mark.parametrize("of_key", [no_key, short_key, other_key])
@pytest.mark.parametrize("of_item", [no_item, other_item, no_base64, locked])
def test_whatever_is_wrong_with_the_other_slots_a_passphrase_opens_it(
    all_kinds: Place,
    keyring: MemoryKeyring,
    of_key: Fault,
    of_item: Fault,
) -> None:
    of_key(all_kinds, keyring)
    of_item(all_kinds, keyring)
    person = Person(PHRASE)
    assert all_kinds.backend(person.unlocking).entries() == (FABRIKAM,)
    assert len(person.questions) == 1
    with pytest.raises(LockedError, match=r"locked by a passphrase; run: git credential-pat unlock$"):
        all_kinds.backend().entries()


@pytest.fixture
def machine_kinds(place: Place, keyring: MemoryKeyring) -> Place:
    """Return a vault with the slots 1 keyring and 2 keyfile."""
    assert keyring.is_ready()
    store(place.backend(), FABRIKAM)
    add_slot(place.backend(), kind_named("keyfile"))
    return place


CLASSES = [
    ((no_key, no_item), LockedError, "does not hold the key of the vault"),
    ((no_key, other_item), LockedError, "the vault's key file .* is missing"),
    ((no_key, locked), LockedError, "the keyring is locked"),
    ((short_key, other_item), LockedError, "is not 32 bytes long"),
    ((short_key, no_base64), LockedError, "is no key; bring the item back"),
    ((other_key, no_item), LockedError, "does not hold the key of the vault"),
    ((other_key, no_base64), LockedError, "is no key; bring the item back"),
    ((other_key, locked), LockedError, "the keyring is locked"),
    ((other_key, other_item), DamagedError, "the key in The keyring of the test does not open it"),
]


@pytest.mark.parametrize(("faults", "failure", "told"), CLASSES)
def test_what_may_still_come_is_told_rather_than_damage_and_nothing_is_made(
    machine_kinds: Place,
    keyring: MemoryKeyring,
    faults: tuple[Fault, ...],
    failure: type[PatError],
    told: str,
) -> None:
    for fault in faults:
        fault(machine_kinds, keyring)
    files, items = machine_kinds.files(), dict(keyring.items)
    for use in (machine_kinds.backend().entries, lambda: store(machine_kinds.backend(), token("contoso"))):
        with pytest.raises(failure, match=told):
            use()
    assert (machine_kinds.files(), keyring.items) == (files, items)


def test_a_keyring_that_was_asked_in_vain_is_not_asked_again(
    all_kinds: Place, keyring: MemoryKeyring
) -> None:
    all_kinds.key.unlink()
    keyring.problem, keyring.reads = "the user closed the keyring's window", 0
    ways = Person(PHRASE).unlocking._replace(interactive=True)
    assert all_kinds.backend(ways).entries() == (FABRIKAM,)
    assert keyring.reads == 1


@pytest.mark.usefixtures("keyring")
def test_a_slot_of_an_unknown_kind_is_passed_over_and_kept(all_kinds: Place) -> None:
    opened = all_kinds.backend().open()
    assert opened is not None
    foreign = sealed.Slot(77, 9, b"whatever", bytes(12), bytes(48))
    all_kinds.backend().rewrite(
        lambda old: old._replace(header=old.header._replace(slots=(foreign, *old.header.slots)))
    )
    assert all_kinds.backend().entries() == (FABRIKAM,)
    store(all_kinds.backend(), token("contoso"))
    header = all_kinds.backend().header()
    assert header is not None
    assert header.slots == (foreign, *opened.header.slots)


def test_a_vault_with_unknown_kinds_alone_says_which(place: Place, keyring: MemoryKeyring) -> None:
    keyring.problem = "the keyring is locked"
    store(place.backend(), FABRIKAM)
    slots = tuple(sealed.Slot(kind, kind, b"", bytes(12), bytes(48)) for kind in (77, 200))
    place.backend().rewrite(lambda old: old._replace(header=old.header._replace(slots=slots)))
    with pytest.raises(LockedError) as refused:
        place.backend(NOBODY).entries()
    assert str(refused.value) == (
        f"the vault {place.vault} opens only by unknown (77), unknown (200), which this version cannot use"
    )


@pytest.mark.parametrize("number", [1, 3])
def test_of_several_slots_of_a_machine_held_kind_all_are_tried(
    place: Place, keyring: MemoryKeyring, number: int
) -> None:
    keyring.problem = "" if number == 1 else "the keyring is locked"
    store(place.backend(), FABRIKAM)
    other = sealed.wrap(os.urandom(32), bytes(32), bytes(16), sealed.Slot(number, 0, b"", bytes(12), b""))
    place.backend().rewrite(
        lambda old: old._replace(header=old.header._replace(slots=(other, *old.header.slots)))
    )
    assert place.backend(NOBODY).entries() == (FABRIKAM,)


def test_the_keyring_item_is_used_again_and_never_replaced(place: Place, keyring: MemoryKeyring) -> None:
    keyring.problem = "the keyring is locked"
    store(place.backend(), FABRIKAM)
    keyring.problem = ""
    key = base64.b64encode(bytes(range(32))).decode()
    keyring.items[item_of(place)] = key
    add_slot(place.backend(), kind_named("keyring"))
    assert keyring.items == {item_of(place): key}
    place.key.unlink()
    assert place.backend().entries() == (FABRIKAM,)


@pytest.mark.parametrize("text", ["", "x", "not base64", "Schl\u00fcssel", "AAAA", "A" * 44, "\ud800"])
def test_an_item_that_is_no_key_is_locked_and_neither_used_nor_replaced(
    place: Place, keyring: MemoryKeyring, text: str
) -> None:
    keyring.problem = "the keyring is locked"
    store(place.backend(), FABRIKAM)
    keyring.problem = ""
    keyring.items[item_of(place)] = text
    files = place.files()
    with pytest.raises(LockedError) as refused:
        add_slot(place.backend(), kind_named("keyring"))
    account = item_of(place)[1]
    assert str(refused.value) == (
        f"what The keyring of the test holds for account {account} is no key; bring the item back"
    )
    assert (place.files(), keyring.items[item_of(place)]) == (files, text)


def test_the_places_of_keys_are_told_for_people(all_kinds: Place) -> None:
    backend = all_kinds.backend()
    header = backend.header()
    assert header is not None
    foreign = sealed.Slot(77, 9, b"", b"", b"")
    assert [
        (keyslots.name_of(slot), keyslots.place_of(slot, header, backend.around))
        for slot in (*header.slots, foreign)
    ] == [
        (
            "keyring",
            f"in The keyring of the test (service {SERVICE}, account {header.store_id.hex()})",
        ),
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
        assert item not in text
        assert repr(key)[2:-1] not in text
        assert "yyyy" not in text
    for content in all_kinds.files().values():
        assert item.encode() not in content
        assert base64.b64decode(item) not in content


def test_without_slots_only_a_lent_key_opens_a_vault_and_none_is_made(
    all_kinds: Place, tmp_path: Path
) -> None:
    opened = all_kinds.backend().open()
    assert opened is not None
    with pytest.raises(LockedError, match="is locked"):
        all_kinds.backend(Unlocking(by_slots=False)).entries()
    lent = Unlocking(by_slots=False, borrow=lambda: opened.data_key)
    assert all_kinds.backend(lent).entries() == (FABRIKAM,)
    nowhere = Place(tmp_path / "nowhere")
    with pytest.raises(LockedError, match="there is no vault"):
        store(nowhere.backend(Unlocking(by_slots=False)), FABRIKAM)
    assert nowhere.files() == {}

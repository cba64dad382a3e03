"""The passphrase slot: what is derived, at which cost, and how a person is asked."""

from __future__ import annotations

import resource
import struct
import unicodedata
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from hypothesis import given, settings
from hypothesis import strategies as st
from support.effort import at_most
from support.person import Person, cheap
from support.vault_vectors.crypto import argon2id
from support.vault_vectors.writer import (
    LEAST_COST,
    PASSPHRASE,
    PASSPHRASE_SALT,
    STORE_ID,
    Slot,
    cost_params,
)
from support.vaults import Place, store, token

from git_credential_pat.backends.vault_slots import add_slot, remove_slot
from git_credential_pat.errors import DamagedError, LockedError
from git_credential_pat.unlocking import SILENT, Unlocking
from git_credential_pat.vault import format as sealed
from git_credential_pat.vault.keyslots import Surroundings, kind_named, passphrase
from git_credential_pat.vault.keyslots.passphrase import Cost, derive

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LEAST = Cost(1, 19_456, 1)
SALT = bytes(range(16))
PHRASE = "correct horse"


def around(person: Person | None, folder: Path) -> Surroundings:
    """Return surroundings with nobody but this person in them."""
    ways = SILENT if person is None else person.unlocking
    return Place(folder).backend(ways).around.at("/the/vault")


def slot_of(params: bytes, number: int = 1, key: bytes = bytes(32)) -> sealed.Slot:
    slot = Slot(kind=PASSPHRASE, id=number, params=params, key=key)
    return sealed.Slot(slot.kind, slot.id, slot.params, slot.nonce, slot.wrapped())


def slots_of(*phrases: str) -> list[sealed.Slot]:
    params = cost_params(*LEAST_COST)
    return [
        slot_of(params, number, argon2id(phrase.encode(), PASSPHRASE_SALT, *LEAST_COST))
        for number, phrase in enumerate(phrases, 1)
    ]


def test_the_library_gives_the_known_answer_of_rfc_9106_section_5_3() -> None:
    deriver = Argon2id(
        salt=b"\x02" * 16,
        length=32,
        iterations=3,
        lanes=4,
        memory_cost=32,
        ad=b"\x04" * 12,
        secret=b"\x03" * 8,
    )
    assert deriver.derive(b"\x01" * 32).hex() == (
        "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"
    )


@pytest.mark.parametrize(
    ("phrase", "cost", "key"),
    [
        (PHRASE, LEAST, "8dcc4967b5c8e0ead7886f15b451bd69cb22208a1831694e3970509f448f8893"),
        (PHRASE, Cost(3, 65_536, 4), "577f1ff37e9a3e52c97d39f8e83891c1b73b0e87ffe0429cee8ede2fb005fe44"),
        (PHRASE, Cost(2, 20_001, 16), "6513a7167554f6cc0fcc57a66d2806cef10f5613f1761210c260de2daa49f328"),
        ("", LEAST, "1aed10ee6e816e4c07672c0e6c38bd15012f080436af042d7d0ab7f4c1402d8e"),
        ("Schlüssel", LEAST, "7a54ce3c834cfa837da591c425c5a9b06470c4383d2ae2676a0d3d8965142626"),
    ],
)
def test_a_key_is_these_bytes(phrase: str, cost: Cost, key: str) -> None:
    assert derive(phrase.encode(), cost, SALT).hex() == key


@settings(max_examples=25, deadline=None)
@given(phrase=st.binary(max_size=40), salt=st.binary(min_size=16, max_size=16), lanes=st.integers(1, 16))
def test_another_implementation_derives_the_same(phrase: bytes, salt: bytes, lanes: int) -> None:
    text = unicodedata.normalize("NFC", phrase.decode("utf-8", "surrogateescape"))
    expected = argon2id(text.encode("utf-8", "surrogateescape"), salt, 1, 19_456, lanes)
    assert derive(phrase, Cost(1, 19_456, lanes), salt) == expected


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("Schlu\u0308ssel", "Schl\u00fcssel"),
        ("A\u030a", "\u00c5"),
        ("\u212b", "\u00c5"),
        ("\u1112\u1161\u11ab", "\ud55c"),
        ("q\u0323\u0307", "q\u0307\u0323"),
    ],
)
def test_however_it_was_typed_a_text_is_one_passphrase(typed: str, same: str) -> None:
    assert derive(typed.encode(), LEAST, SALT) == derive(same.encode(), LEAST, SALT)


@pytest.mark.parametrize(
    "other",
    [
        "Correct horse",
        "correct horse ",
        " correct horse",
        "correct  horse",
        "correct\u00a0horse",
        "correct horse\0",
    ],
)
def test_whatever_else_differs_is_another_passphrase(other: str) -> None:
    assert derive(other.encode(), LEAST, SALT) != derive(PHRASE.encode(), LEAST, SALT)


@pytest.mark.parametrize(
    ("one", "other"),
    [(b"\xff", b"\xfe"), (b"\xff", "\u00ff".encode()), (b"\xc3", b"\xc3\xbc"), (b"\xff", b"")],
)
def test_bytes_that_are_no_text_count_as_they_are(one: bytes, other: bytes) -> None:
    assert derive(one, LEAST, SALT) != derive(other, LEAST, SALT)


def test_the_cost_that_is_written_is_the_second_choice_of_rfc_9106() -> None:
    assert passphrase.RFC_9106_SECOND == (3, 65_536, 4)


def test_parameters_are_cost_and_a_fresh_salt(tmp_path: Path) -> None:
    person = Person(chooses=PHRASE)
    first, key = passphrase.make_key(STORE_ID, around(person, tmp_path))
    second, other_key = passphrase.make_key(STORE_ID, around(person, tmp_path))
    assert struct.unpack(">III", first[:12]) == struct.unpack(">III", second[:12]) == (3, 65_536, 4)
    assert len(first) == len(second) == 28
    assert first[12:] != second[12:]
    assert key == argon2id(PHRASE.encode(), first[12:], 3, 65_536, 4)
    assert other_key != key


def test_where_nobody_can_choose_a_passphrase_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(LockedError, match="pipe it in"):
        passphrase.make_key(STORE_ID, around(None, tmp_path))


@pytest.mark.parametrize(
    "cost", [(1, 19_456, 1), (16, 19_456, 1), (1, 1_048_576, 1), (1, 19_456, 16), (16, 1_048_576, 16)]
)
def test_costs_at_the_bounds_are_allowed(cost: tuple[int, int, int]) -> None:
    assert Cost(*cost).is_allowed


TOO_CHEAP_OR_DEAR = [
    (0, 65_536, 4),
    (17, 65_536, 4),
    (2**32 - 1, 65_536, 4),
    (3, 0, 4),
    (3, 19_455, 4),
    (3, 1_048_577, 4),
    (3, 2**32 - 1, 4),
    (3, 65_536, 0),
    (3, 65_536, 17),
    (3, 65_536, 2**32 - 1),
    (0, 0, 0),
    (2**32 - 1, 2**32 - 1, 2**32 - 1),
]


@pytest.mark.parametrize("cost", TOO_CHEAP_OR_DEAR)
def test_a_cost_out_of_bounds_is_damage_before_anything_is_derived_or_asked(
    cost: tuple[int, int, int], tmp_path: Path
) -> None:
    person = Person(PHRASE)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with at_most(0.05), pytest.raises(DamagedError, match="outside of the allowed costs") as refused:
        passphrase.find_key([slot_of(cost_params(*cost))], STORE_ID, around(person, tmp_path))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 1024, "KiB"
    assert (refused.value.status, person.questions) == (4, [])


@pytest.mark.parametrize("length", [0, 12, 27, 29, 60_000])
def test_parameters_of_another_length_are_damage(length: int, tmp_path: Path) -> None:
    person, slot = Person(PHRASE), slot_of(cost_params(*LEAST_COST).ljust(length, b"\0")[:length])
    with pytest.raises(DamagedError, match="malformed"):
        passphrase.find_key([slot], STORE_ID, around(person, tmp_path))
    assert person.questions == []


def test_one_bad_slot_is_found_before_another_one_is_derived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passphrase, "derive", lambda *_: pytest.fail("it was derived"))
    slots = [*slots_of(PHRASE), slot_of(cost_params(3, 2**32 - 1, 4), 2)]
    with pytest.raises(DamagedError):
        passphrase.find_key(slots, STORE_ID, around(Person(PHRASE), tmp_path))


@pytest.mark.parametrize(
    "answers",
    [(PHRASE,), ("wrong", PHRASE), ("wrong", "and wrong", PHRASE)],
    ids=["at once", "at the second try", "at the third try"],
)
def test_one_right_answer_of_three_opens_it(answers: Sequence[str], tmp_path: Path) -> None:
    person = Person(*answers)
    (slot,) = slots_of(PHRASE)
    assert passphrase.find_key([slot], STORE_ID, around(person, tmp_path)) == (
        slot,
        argon2id(PHRASE.encode(), PASSPHRASE_SALT, *LEAST_COST),
    )
    assert (
        person.questions
        == [
            "Passphrase of the vault /the/vault: ",
            "That does not open it. Passphrase of the vault /the/vault: ",
            "That does not open it. Passphrase of the vault /the/vault: ",
        ][: len(answers)]
    )


@pytest.mark.parametrize(
    ("answers", "asked"),
    [(("a", "b", "c", PHRASE), 3), (("a", "", PHRASE), 2), (("",), 1), ((" " + PHRASE,), 2)],
    ids=["three wrong ones", "a wrong and an empty one", "an empty one", "one with a blank"],
)
def test_a_wrong_answer_is_the_same_message_and_status_each_time(
    answers: Sequence[str], asked: int, tmp_path: Path
) -> None:
    person = Person(*answers)
    with pytest.raises(LockedError) as refused:
        passphrase.find_key(slots_of(PHRASE), STORE_ID, around(person, tmp_path))
    assert str(refused.value) == "no passphrase opened the vault /the/vault; try again"
    assert (refused.value.status, len(person.questions)) == (3, asked)


@pytest.mark.parametrize(("answer", "number"), [("first one", 1), ("second one", 2), ("third one", 3)])
def test_one_answer_is_tried_on_every_passphrase_slot(answer: str, number: int, tmp_path: Path) -> None:
    person = Person(answer)
    slots = slots_of("first one", "second one", "third one")
    slot, _ = passphrase.find_key(slots, STORE_ID, around(person, tmp_path))
    assert (slot.id, len(person.questions)) == (number, 1)


def test_where_nobody_can_be_asked_it_is_locked_and_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LockedError) as refused:
        passphrase.find_key(slots_of(PHRASE), STORE_ID, around(None, tmp_path))
    assert str(refused.value) == (
        "the vault /the/vault is locked by a passphrase; run: git credential-pat unlock"
    )


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Return a vault that opens by the passphrase alone."""
    cheap(monkeypatch)
    place = Place(tmp_path / "place")
    store(place.backend(), token("fabrikam"))
    add_slot(place.backend(Person(chooses=PHRASE).unlocking), kind_named("passphrase"))
    remove_slot(place.backend(Person(PHRASE).unlocking), 1)
    return place


def test_a_vault_with_a_passphrase_alone_needs_no_key_file(place: Place) -> None:
    place.key.unlink()
    assert place.backend(Person(PHRASE).unlocking).entries() == (token("fabrikam"),)
    with pytest.raises(LockedError):
        place.backend().entries()
    assert not place.key.exists()


def test_once_opened_it_is_not_asked_for_again(place: Place) -> None:
    person = Person(PHRASE)
    backend = place.backend(person.unlocking)
    for name in ("contoso", "northwind"):
        store(backend, token(name))
    store(place.backend(Person(PHRASE).unlocking), token("tailspin"))
    names = sorted(entry.scope.path[0] for entry in backend.entries())
    assert names == [b"contoso", b"fabrikam", b"northwind", b"tailspin"]
    assert len(person.questions) == 1


def test_nobody_is_asked_while_the_key_is_lent(place: Place) -> None:
    opened = place.backend(Person(PHRASE).unlocking).open()
    assert opened is not None
    for lent, asked in ((opened.data_key, 0), (bytes(32), 1), (None, 1)):
        person = Person(PHRASE)
        keys = [lent]
        ways = person.unlocking._replace(borrow=keys.pop)
        backend = place.backend(ways)
        keys *= 4
        assert len(backend.entries()) == 1
        assert len(person.questions) == asked


def test_who_waited_for_a_turn_takes_the_key_that_was_lent_meanwhile(place: Place) -> None:
    opened = place.backend(Person(PHRASE).unlocking).open()
    assert opened is not None
    lent: list[bytes] = []
    person = Person(PHRASE)

    def wait() -> bool:
        lent.append(opened.data_key)
        return True

    ways = person.unlocking._replace(borrow=lambda: lent[0] if lent else None, take_turn=wait)
    assert len(place.backend(ways).entries()) == 1
    assert person.questions == []


def test_no_turn_is_taken_where_nobody_is_asked(place: Place) -> None:
    ways = Unlocking(take_turn=lambda: pytest.fail("a turn was taken"))
    with pytest.raises(LockedError):
        place.backend(ways).entries()


def test_neither_files_nor_messages_nor_representations_show_a_passphrase_or_its_key(place: Place) -> None:
    data = place.vault.read_bytes()
    key = argon2id(PHRASE.encode(), data[100:116], *LEAST_COST)
    assert sealed.unwrap(sealed.parse(data).header.slots[0], key, data[16:32]), "this is the slot's key"
    backend = place.backend(Person("wrong horse").unlocking)
    with pytest.raises(LockedError) as refused:
        backend.entries()
    shown = [str(refused.value), repr(refused.value), repr(backend.header()), repr(backend.around)]
    for text in shown:
        assert "horse" not in text
        assert repr(key)[2:-1] not in text
    for content in place.files().values():
        assert PHRASE.encode() not in content
        assert key not in content

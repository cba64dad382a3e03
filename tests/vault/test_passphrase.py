"""The passphrase slot: what is derived, at which cost, and how a person is asked."""

from __future__ import annotations

import resource
import struct
from itertools import product
from typing import TYPE_CHECKING

import pytest
from support.effort import at_most
from support.person import Person, cheap
from support.slots import PHRASE, add
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

from git_credential_pat.backends.vault.slots import remove_slot
from git_credential_pat.errors import DamagedError, LockedError
from git_credential_pat.model.unlocking import SILENT, Unlocking
from git_credential_pat.vault import format as sealed
from git_credential_pat.vault.keyslots import Surroundings, passphrase
from git_credential_pat.vault.keyslots.passphrase import Cost, derive

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LEAST = Cost(1, 19_456, 1)
SALT = bytes(range(16))


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
    "others",
    [
        (
            "Correct horse",
            "correct horse ",
            " correct horse",
            "correct\u00a0horse",
            "correct horse\0",
            PHRASE,
        ),
        (b"\xff", b"\xfe", "\u00ff".encode(), b"\xc3", b"\xc3\xbc", b""),
    ],
    ids=["texts", "bytes that are no text, which count as they are"],
)
def test_whatever_else_differs_is_another_passphrase(others: Sequence[str | bytes]) -> None:
    phrases = [other.encode() if isinstance(other, str) else other for other in others]
    assert len({derive(phrase, LEAST, SALT) for phrase in phrases}) == len(phrases)


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
    with pytest.raises(LockedError, match="give it on standard input"):
        passphrase.make_key(STORE_ID, around(None, tmp_path))


def test_costs_at_the_bounds_are_allowed() -> None:
    for cost in product((1, 16), (19_456, 1_048_576), (1, 16)):
        assert Cost(*cost).is_allowed


@pytest.mark.parametrize("cost", [(0, 65_536, 4), (3, 2**32 - 1, 4), (2**32 - 1, 2**32 - 1, 2**32 - 1)])
def test_a_cost_out_of_bounds_is_damage_before_anything_is_derived_or_asked(
    cost: tuple[int, int, int], tmp_path: Path
) -> None:
    person = Person(PHRASE)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with at_most(0.05), pytest.raises(DamagedError, match="outside of the allowed costs") as refused:
        passphrase.find_key([slot_of(cost_params(*cost))], STORE_ID, around(person, tmp_path))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 1024, "KiB"
    assert (refused.value.status, person.questions) == (4, [])


def test_one_bad_slot_is_found_before_another_one_is_derived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passphrase, "derive", lambda *_: pytest.fail("it was derived"))
    slots = [*slots_of(PHRASE), slot_of(cost_params(3, 2**32 - 1, 4), 2)]
    with pytest.raises(DamagedError):
        passphrase.find_key(slots, STORE_ID, around(Person(PHRASE), tmp_path))


QUESTIONS = [
    "Passphrase of the vault /the/vault: ",
    *["That does not open it. Passphrase of the vault /the/vault: "] * 2,
]


@pytest.mark.parametrize("wrong", [(), ("wrong",), ("wrong", "and wrong")])
def test_one_right_answer_of_three_opens_it(wrong: Sequence[str], tmp_path: Path) -> None:
    person = Person(*wrong, PHRASE)
    (slot,) = slots_of(PHRASE)
    assert passphrase.find_key([slot], STORE_ID, around(person, tmp_path)) == (
        slot,
        argon2id(PHRASE.encode(), PASSPHRASE_SALT, *LEAST_COST),
    )
    assert person.questions == QUESTIONS[: len(wrong) + 1]


@pytest.mark.parametrize(
    ("answers", "asked"),
    [(("a", "b", "c", PHRASE), 3), (("a", "", PHRASE), 2), (("",), 1), ((f" {PHRASE}",), 2)],
    ids=["three wrong ones", "a wrong and an empty one", "an empty one", "one with a blank"],
)
def test_a_wrong_answer_is_the_same_message_and_status_each_time(
    answers: Sequence[str], asked: int, tmp_path: Path
) -> None:
    person = Person(*answers)
    with pytest.raises(LockedError) as refused:
        passphrase.find_key(slots_of(PHRASE), STORE_ID, around(person, tmp_path))
    assert str(refused.value) == "no passphrase opened the vault /the/vault; try again"
    assert (refused.value.status, person.questions) == (3, QUESTIONS[:asked])


# A vault that opens by the passphrase alone


@pytest.fixture
def by_phrase(filled: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    cheap(monkeypatch)
    add(filled, "passphrase", PHRASE)
    remove_slot(filled.backend(Person(PHRASE).unlocking), 1)
    filled.key.unlink()
    return filled


@pytest.fixture
def data_key(by_phrase: Place) -> bytes:
    opened = by_phrase.backend(Person(PHRASE).unlocking).open()
    assert opened is not None
    return opened.data_key


def test_once_opened_it_is_not_asked_for_again(by_phrase: Place) -> None:
    person = Person(PHRASE)
    backend = by_phrase.backend(person.unlocking)
    for name in ("contoso", "northwind"):
        store(backend, token(name))
    store(by_phrase.backend(Person(PHRASE).unlocking), token("tailspin"))
    names = sorted(entry.scope.path[0] for entry in backend.entries())
    assert names == [b"contoso", b"fabrikam", b"northwind", b"tailspin"]
    assert len(person.questions) == 1
    assert not by_phrase.key.exists()


def test_nobody_is_asked_while_the_key_is_lent(by_phrase: Place, data_key: bytes) -> None:
    for lent, asked in ((data_key, 0), (bytes(32), 1), (None, 1)):
        person = Person(PHRASE)
        keys = [lent] * 4

        def lend(_path: str, keys: list[bytes | None] = keys) -> bytes | None:
            return keys.pop()

        backend = by_phrase.backend(person.unlocking._replace(borrow=lend))
        assert len(backend.entries()) == 1
        assert len(person.questions) == asked


def test_who_waited_for_a_turn_takes_the_key_that_was_lent_meanwhile(
    by_phrase: Place, data_key: bytes
) -> None:
    lent: list[bytes] = []
    person = Person(PHRASE)

    def wait() -> bool:
        lent.append(data_key)
        return True

    ways = person.unlocking._replace(borrow=lambda _: lent[0] if lent else None, take_turn=wait)
    assert len(by_phrase.backend(ways).entries()) == 1
    assert person.questions == []


def test_no_turn_is_taken_where_nobody_is_asked(by_phrase: Place) -> None:
    ways = Unlocking(take_turn=lambda: pytest.fail("a turn was taken"))
    with pytest.raises(LockedError):
        by_phrase.backend(ways).entries()


def test_neither_files_nor_messages_nor_representations_show_a_passphrase_or_its_key(
    by_phrase: Place,
) -> None:
    data = by_phrase.vault.read_bytes()
    key = argon2id(PHRASE.encode(), data[100:116], *LEAST_COST)
    assert sealed.unwrap(sealed.parse(data).header.slots[0], key, data[16:32]), "this is the slot's key"
    backend = by_phrase.backend(Person("wrong horse").unlocking)
    with pytest.raises(LockedError) as refused:
        backend.entries()
    for text in (str(refused.value), repr(refused.value), repr(backend.header()), repr(backend.around)):
        assert "horse" not in text
        assert repr(key)[2:-1] not in text
    for content in by_phrase.files().values():
        assert PHRASE.encode() not in content
        assert key not in content

"""A vault whose key slots are changed: what stands in it, and what opens it by the second reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from git_credential_pat.backends.vault import VaultBackend
from git_credential_pat.backends.vault.slots import add_slot, remove_slot
from git_credential_pat.git.settings import Settings
from git_credential_pat.vault import format as sealed
from git_credential_pat.vault.keyslots import kind_named
from support import second_reader as reader
from support.person import Person, cheap
from support.vaults import Place, at_most, store, token

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from git_credential_pat.errors import PatError
    from support.memory_keyring import MemoryKeyring
    from support.program import Program

PHRASE, OTHER_PHRASE = "correct horse", "battery staple"
FABRIKAM, CONTOSO = (token(name, f"{name}-token".encode()) for name in ("fabrikam", "contoso"))


def keyfile_vault(folder: Path, keyring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Return a vault with one entry and a keyfile slot; the keyring answers from now on."""
    cheap(monkeypatch)
    place = Place(folder)
    keyring.problem = "the keyring is locked"
    store(place.backend(), FABRIKAM)
    keyring.problem = ""
    return place


def lock_by_passphrase(program: Program, monkeypatch: pytest.MonkeyPatch, phrase: str = PHRASE) -> None:
    """Have the program's vault, which opens by the key file, open by the passphrase alone, as slot 2."""
    cheap(monkeypatch)
    settings = Settings(str(program.data), str(program.key.parent))
    ways = Person(phrase, chooses=phrase).unlocking
    add_slot(VaultBackend(settings, ways), kind_named("passphrase"))
    remove_slot(VaultBackend(settings, ways), 1)


def add(place: Place, kind: str, chooses: str = "", *answers: str) -> sealed.Slot:
    return add_slot(place.backend(Person(*answers, chooses=chooses).unlocking), kind_named(kind))


def add_foreign(place: Place, slot: sealed.Slot) -> None:
    """Have the vault another slot, as another program might have added it."""
    place.backend().rewrite(
        lambda old: old._replace(header=old.header._replace(slots=(*old.header.slots, slot)))
    )


UNKNOWN = sealed.Slot(77, 9, b"whatever", bytes(12), bytes(48))
"""A slot of a kind that this version does not know."""


def header_of(place: Place) -> sealed.Header:
    header = place.backend().header()
    assert header is not None
    return header


def kinds(place: Place) -> list[tuple[int, int]]:
    return [(slot.id, slot.kind) for slot in header_of(place).slots]


def opens(place: Place, keys: reader.Keys) -> bool:
    """Return whether these keys alone open the vault."""
    try:
        _, entries = reader.read(place.vault.read_bytes(), keys)
    except (reader.LockedVaultError, reader.DamagedVaultError):
        return False
    return [entry.secret for entry in entries] == [b"fabrikam-token"]


def key_file(place: Place) -> reader.Keys:
    return reader.Keys(place.key.read_bytes())


def item(keyring: MemoryKeyring) -> reader.Keys:
    (text,) = keyring.items.values()
    return reader.Keys(keyring=text)


BY_PHRASE, BY_OTHER_PHRASE = (reader.Keys(passphrase=text.encode()) for text in (PHRASE, OTHER_PHRASE))


def refused(place: Place, error: type[PatError], use: Callable[[], object]) -> str:
    """Return why something is refused, after seeing that it changed nothing."""
    files = place.files()
    with at_most(10), pytest.raises(error) as raised:
        use()
    assert type(raised.value) is error
    assert place.files() == files
    return str(raised.value)

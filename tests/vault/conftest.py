"""What tests of the vault begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import memory_keyring
from support.slots import FABRIKAM, keyfile_vault
from support.vaults import Place, store

if TYPE_CHECKING:
    from pathlib import Path

    from support.memory_keyring import MemoryKeyring


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Folders for a vault, where nothing is yet."""
    return Place(tmp_path)


@pytest.fixture
def filled(place: Place) -> Place:
    """A vault with one entry, which opens by the key file."""
    store(place.backend(), FABRIKAM)
    return place


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> MemoryKeyring:
    """A keyring that answers every vault of the test."""
    return memory_keyring.install(monkeypatch)


@pytest.fixture
def beside_keyring(tmp_path: Path, keyring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A vault with one entry, which opens by the key file alone though a keyring answers."""
    return keyfile_vault(tmp_path, keyring, monkeypatch)

"""Backends to begin with: a vault, and a keyring in memory (test_keyring_real.py has a Secret Service)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import memory_keyring
from support.person import cheap
from support.slots import FABRIKAM
from support.vaults import Place, store

from git_credential_pat.backends.keyring import KeyringBackend
from git_credential_pat.git.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from support.memory_keyring import MemoryKeyring


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> MemoryKeyring:
    return memory_keyring.install(monkeypatch)


@pytest.fixture
def settings(keyring: MemoryKeyring, tmp_path: Path) -> Settings:
    assert keyring.is_ready()
    return Settings(str(tmp_path / "data"), str(tmp_path / "config"))


@pytest.fixture
def backend(settings: Settings) -> KeyringBackend:
    return KeyringBackend(settings)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A vault with one entry."""
    cheap(monkeypatch)
    place = Place(tmp_path / "place")
    store(place.backend(), FABRIKAM)
    return place

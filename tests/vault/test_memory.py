"""What a backend keeps of a vault that it read, and that it never answers from an older file."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest
from support.slots import CONTOSO, FABRIKAM
from support.vaults import Place, store, token

from git_credential_pat.backends import Change, ConflictError
from git_credential_pat.backends.vault.slots import rekey
from git_credential_pat.errors import DamagedError, PatError
from git_credential_pat.vault import records

if TYPE_CHECKING:
    from pathlib import Path

    from git_credential_pat.backends.vault import VaultBackend


@pytest.fixture
def backend(filled: Place) -> VaultBackend:
    """A backend that has read its vault."""
    backend = filled.backend()
    assert backend.find(b"https", b"dev.azure.com") == backend.entries() == (FABRIKAM,)
    return backend


def test_what_did_not_change_is_not_opened_again(
    backend: VaultBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "decode", lambda _: pytest.fail("it was opened again"))
    for _ in range(3):
        assert backend.find(b"https", b"dev.azure.com") == backend.entries() == (FABRIKAM,)


def test_what_another_process_stores_between_two_finds_is_found(filled: Place, backend: VaultBackend) -> None:
    for number in range(20):  # in quick succession: faster than some clocks of file systems
        store(filled.backend(), token(f"organization-{number}"))
        assert len(backend.find(b"https", b"dev.azure.com")) == number + 2


def test_a_file_that_was_changed_in_its_place_is_damage_also_after_it_was_read(
    filled: Place, backend: VaultBackend
) -> None:
    whole = filled.vault.read_bytes()
    filled.vault.write_bytes(whole[:-1] + bytes((whole[-1] ^ 1,)))
    for _ in range(2):
        with pytest.raises(DamagedError):
            backend.find(b"https", b"dev.azure.com")
    filled.vault.write_bytes(whole)
    assert backend.find(b"https", b"dev.azure.com") == (FABRIKAM,)


def test_a_file_that_others_can_reach_is_refused_also_after_it_was_read(
    filled: Place, backend: VaultBackend
) -> None:
    filled.vault.chmod(0o644)
    with pytest.raises(PatError, match="other users can reach"):
        backend.find(b"https", b"dev.azure.com")


def test_a_vault_that_was_removed_or_put_back_is_seen(filled: Place, backend: VaultBackend) -> None:
    filled.vault.rename(filled.folder / "aside")
    assert backend.find(b"https", b"dev.azure.com") == backend.entries() == ()
    assert backend.data_key() is None
    (filled.folder / "aside").rename(filled.vault)
    assert backend.entries() == (FABRIKAM,)


def test_an_older_or_another_vault_that_was_put_in_its_place_is_seen(
    filled: Place, backend: VaultBackend, tmp_path: Path
) -> None:
    older = filled.vault.read_bytes()
    store(backend, CONTOSO)
    filled.vault.write_bytes(older)
    assert backend.entries() == (FABRIKAM,)
    other = Place(tmp_path / "other")
    store(other.backend(), CONTOSO)
    filled.vault.write_bytes(other.vault.read_bytes())
    with pytest.raises(DamagedError):
        backend.entries()
    filled.key.write_bytes(other.key.read_bytes())
    assert backend.entries() == (CONTOSO,)


def test_a_commit_that_fails_leaves_what_was_in_memory_as_it_was(
    backend: VaultBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "no room")

    with pytest.raises(ConflictError):
        backend.apply([Change(CONTOSO, None)])
    monkeypatch.setattr(os, "rename", failing)
    with pytest.raises(PatError, match="the disk is full"):
        store(backend, CONTOSO)
    monkeypatch.undo()
    assert backend.entries() == (FABRIKAM,)
    store(backend, CONTOSO)
    assert backend.entries() == (CONTOSO, FABRIKAM)


# The key of an opened vault


def test_the_data_key_is_known_once_the_vault_was_opened_and_as_long_as_it_fits(filled: Place) -> None:
    backend = filled.backend()
    assert backend.data_key() is None, "no slot is opened for it"
    opened = backend.open()
    assert opened is not None
    assert backend.data_key() == opened.data_key
    filled.key.unlink()
    store(backend, CONTOSO)
    assert backend.data_key() == opened.data_key
    assert len(backend.entries()) == 2, "a key that is known needs no slot"


def test_the_data_key_is_forgotten_when_another_process_rekeyed(filled: Place, backend: VaultBackend) -> None:
    rekey(filled.backend())
    assert backend.data_key() is None
    backend.entries()
    assert backend.data_key() is not None


def test_a_vault_just_made_has_a_known_key(place: Place) -> None:
    backend = place.backend()
    assert backend.data_key() is None
    store(backend, FABRIKAM)
    place.key.unlink()
    assert backend.data_key() is not None
    assert backend.entries() == (FABRIKAM,)


def test_the_data_key_of_a_damaged_vault_is_damage(filled: Place, backend: VaultBackend) -> None:
    filled.vault.write_bytes(b"x" * 5000)
    with pytest.raises(DamagedError):
        backend.data_key()

"""The vault backend on the disk: what it makes, and what it refuses; its contract is in backends/."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from support import second_reader as reader
from support.slots import CONTOSO, FABRIKAM
from support.vaults import Place, store, token

from git_credential_pat.backends import Change, ConflictError
from git_credential_pat.backends.vault import VaultBackend
from git_credential_pat.errors import DamagedError, LockedError, PatError

if TYPE_CHECKING:
    from pathlib import Path


def read(place: Place) -> tuple[reader.Header, list[bytes]]:
    """Return the header, and the secrets that the vault holds, as the second reader sees them."""
    header, entries = reader.read(place.vault.read_bytes(), reader.Keys(place.key.read_bytes()))
    return header, [entry.secret for entry in entries]


def state_of(path: Path) -> tuple[int, int, bytes]:
    status = path.stat()
    return status.st_ino, status.st_mtime_ns, path.read_bytes()


def test_the_first_commit_makes_vault_and_key(filled: Place) -> None:
    assert sorted(filled.files()) == [
        "config/git-credential-pat/key",
        "config/git-credential-pat/key.lock",
        "share/git-credential-pat/vault",
    ]
    assert len(filled.key.read_bytes()) == 32
    assert filled.key.read_bytes() not in filled.vault.read_bytes()
    found, _ = read(filled)
    assert found.generation == 1
    assert [(slot.kind, slot.id, slot.params) for slot in found.slots] == [(3, 1, b"")]


def test_two_vaults_share_no_random_value(tmp_path: Path) -> None:
    one, other = Place(tmp_path / "one"), Place(tmp_path / "other")
    for place in (one, other):
        store(place.backend(), FABRIKAM)
    (first, _), (second, _) = read(one), read(other)
    assert first.store_id != second.store_id
    assert first.body_salt != second.body_salt
    assert first.slots[0].nonce != second.slots[0].nonce
    assert one.key.read_bytes() != other.key.read_bytes()


def test_all_randomness_comes_from_the_source_that_is_given(place: Place) -> None:
    made = []
    for _ in range(2):
        taken = iter(range(256))
        randomness = lambda length, taken=taken: bytes((next(taken),)) * length  # noqa: E731  # one for each vault
        store(VaultBackend(place.settings, randomness=randomness), FABRIKAM)
        made.append(place.files())
        place.vault.unlink()
        place.key.unlink()
    assert made[0] == made[1]


def test_a_key_file_without_a_vault_is_used_and_not_replaced(place: Place) -> None:
    place.put(b"", bytes(range(32)))
    place.vault.unlink()
    store(place.backend(), FABRIKAM)
    assert place.key.read_bytes() == bytes(range(32))
    assert read(place)[1] == [FABRIKAM.secret]


def test_each_commit_raises_the_generation_by_one_and_takes_a_fresh_salt(filled: Place) -> None:
    backend, (before, _) = filled.backend(), read(filled)
    salts = {before.body_salt}
    for number in range(2, 12):
        store(backend, token(f"organization-{number}"))
        now, _ = read(filled)
        assert (now.generation, now.store_id, now.slots) == (number, before.store_id, before.slots)
        salts.add(now.body_salt)
    assert len(salts) == 11


def test_equal_contents_are_never_equal_files(filled: Place) -> None:
    first = filled.vault.read_bytes()
    filled.backend().apply([Change(FABRIKAM, None)])
    store(filled.backend(), FABRIKAM)
    assert filled.vault.read_bytes() != first
    assert read(filled)[1] == [FABRIKAM.secret]


def test_an_unchanged_entry_writes_nothing(filled: Place) -> None:
    before = state_of(filled.vault)
    filled.backend().apply([Change(FABRIKAM, FABRIKAM)])
    assert state_of(filled.vault) == before
    assert filled.temporaries() == []


def test_no_changes_touch_neither_vault_nor_lock(filled: Place) -> None:
    filled.lock.unlink()
    before = state_of(filled.vault)
    filled.backend().apply([])
    assert state_of(filled.vault) == before
    assert not filled.lock.exists()


@pytest.mark.parametrize("key", [None, b"", bytes(31), bytes(33), bytes(70_000)])
def test_a_key_file_that_is_missing_or_of_the_wrong_length_is_locked_and_named(
    filled: Place, key: bytes | None
) -> None:
    filled.key.unlink()
    if key is not None:
        filled.put(filled.vault.read_bytes(), key)
    files = filled.files()
    for use in (filled.backend().entries, lambda: store(filled.backend(), CONTOSO)):
        with pytest.raises(LockedError) as refused:
            use()
        assert str(filled.key) in str(refused.value)
    assert filled.files() == files


def test_a_key_file_of_the_wrong_length_is_in_the_way_until_it_is_moved_away(place: Place) -> None:
    place.put(b"", bytes(31))
    place.vault.unlink()
    with pytest.raises(LockedError, match="or move it away"):
        store(place.backend(), FABRIKAM)
    place.key.rename(place.key.with_name("key.old"))
    store(place.backend(), FABRIKAM)
    assert place.backend().entries() == (FABRIKAM,)


def test_a_missing_configuration_folder_is_locked_and_not_made(filled: Place) -> None:
    filled.key.unlink()
    shutil.rmtree(filled.config)
    with pytest.raises(LockedError):
        store(filled.backend(), CONTOSO)
    assert not filled.config.exists()


def test_another_key_of_the_right_length_is_damage(filled: Place) -> None:
    filled.put(filled.vault.read_bytes(), bytes(32))
    files = filled.files()
    for use in (filled.backend().entries, lambda: store(filled.backend(), CONTOSO)):
        with pytest.raises(DamagedError, match="does not open it"):
            use()
    assert filled.files() == files


@pytest.mark.parametrize("data", [b"", b"GITPATS1", bytes(4324)])
def test_a_file_that_is_no_vault_is_damage_and_is_never_replaced(filled: Place, data: bytes) -> None:
    filled.put(data, filled.key.read_bytes())
    before = state_of(filled.vault)
    for use in (filled.backend().entries, lambda: store(filled.backend(), CONTOSO)):
        with pytest.raises(DamagedError, match=r"git credential-pat vault recover FILE") as refused:
            use()
        assert str(filled.vault) in str(refused.value)
    assert state_of(filled.vault) == before


@pytest.mark.parametrize("size", [65_536 + 64 + (64 << 20) + 1, 1 << 40])
def test_a_file_too_large_to_be_a_vault_is_damage(filled: Place, size: int) -> None:
    os.truncate(filled.vault, size)  # sparse: it takes no room, and reading it all would take for ever
    with pytest.raises(PatError) as refused:
        filled.backend().entries()
    assert refused.value.status == 4
    assert filled.vault.stat().st_size == size


def test_neither_files_nor_messages_nor_representations_show_a_token(filled: Place) -> None:
    opened = filled.backend().open()
    assert opened is not None
    shown = repr((opened, FABRIKAM, Change(FABRIKAM, CONTOSO)))
    with pytest.raises(ConflictError) as refused:
        filled.backend().apply([Change(CONTOSO, None)])
    for text in (shown, str(refused.value), repr(refused.value)):
        assert "token" not in text
        assert repr(opened.data_key)[2:-1] not in text
    assert not [name for name, data in filled.files().items() if b"fabrikam" in data]

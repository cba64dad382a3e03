from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from support import second_reader as reader
from support.vaults import Place, store, token

from git_credential_pat.backends import Change, ConflictError
from git_credential_pat.backends.vault import VaultBackend
from git_credential_pat.entry import Entry
from git_credential_pat.errors import DamagedError, LockedError, PatError

if TYPE_CHECKING:
    from pathlib import Path

FABRIKAM = token("fabrikam", b"fabrikam-token")
CONTOSO = token("contoso", b"contoso-token")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def filled(place: Place) -> Place:
    store(place.backend(), FABRIKAM)
    return place


def header(place: Place) -> reader.Header:
    found, _ = reader.read(place.vault.read_bytes(), reader.Keys(place.key.read_bytes()))
    return found


def secrets(place: Place) -> list[bytes]:
    """Return what the vault holds, as the second reader sees it."""
    _, entries = reader.read(place.vault.read_bytes(), reader.Keys(place.key.read_bytes()))
    return [entry.secret for entry in entries]


def state_of(path: Path) -> tuple[int, int, bytes]:
    status = path.stat()
    return status.st_ino, status.st_mtime_ns, path.read_bytes()


def test_reading_where_nothing_is_makes_nothing(place: Place) -> None:
    assert place.backend().entries() == ()
    assert place.backend().find(b"https", b"dev.azure.com") == ()
    assert place.backend().open() is None
    assert list(place.folder.iterdir()) == []


def test_no_changes_make_nothing_and_take_no_lock(place: Place) -> None:
    place.backend().apply([])
    assert list(place.folder.iterdir()) == []


def test_the_first_commit_makes_vault_and_key(place: Place) -> None:
    store(place.backend(), FABRIKAM)
    assert sorted(place.files()) == [
        "config/git-credential-pat/key",
        "config/git-credential-pat/key.lock",
        "share/git-credential-pat/vault",
    ]
    assert len(place.key.read_bytes()) == 32
    assert place.key.read_bytes() not in place.vault.read_bytes()
    found = header(place)
    assert (found.generation, [(slot.kind, slot.id, slot.params) for slot in found.slots]) == (
        1,
        [(3, 1, b"")],
    )
    assert place.backend().entries() == (FABRIKAM,)


def test_two_vaults_share_no_random_value(tmp_path: Path) -> None:
    one, other = Place(tmp_path / "one"), Place(tmp_path / "other")
    for place in (one, other):
        store(place.backend(), FABRIKAM)
    first, second = header(one), header(other)
    assert first.store_id != second.store_id
    assert first.body_salt != second.body_salt
    assert first.slots[0].nonce != second.slots[0].nonce
    assert one.key.read_bytes() != other.key.read_bytes()


def test_a_key_file_without_a_vault_is_used_and_not_replaced(place: Place) -> None:
    place.put(b"", bytes(range(32)))
    place.vault.unlink()
    store(place.backend(), FABRIKAM)
    assert place.key.read_bytes() == bytes(range(32))
    assert secrets(place) == [b"fabrikam-token"]


def test_each_commit_raises_the_generation_by_one_and_takes_a_fresh_salt(filled: Place) -> None:
    backend, salts, before = filled.backend(), set(), header(filled)
    for number in range(2, 22):
        store(backend, token(f"organization-{number}"))
        now = header(filled)
        assert (now.generation, now.store_id, now.slots) == (number, before.store_id, before.slots)
        salts.add(now.body_salt)
    assert len(salts | {before.body_salt}) == 21


def test_equal_contents_are_never_equal_files(filled: Place) -> None:
    first = filled.vault.read_bytes()
    filled.backend().apply([Change(FABRIKAM, None)])
    store(filled.backend(), FABRIKAM)
    assert filled.vault.read_bytes() != first
    assert secrets(filled) == [b"fabrikam-token"]


def test_a_commit_does_all_that_it_is_given(filled: Place) -> None:
    changed = FABRIKAM._replace(secret=b"changed")
    filled.backend().apply([Change(FABRIKAM, changed), Change(None, CONTOSO)])
    assert filled.backend().entries() == (CONTOSO, changed)
    filled.backend().apply([Change(changed, None)])
    assert filled.backend().entries() == (CONTOSO,)
    assert header(filled).generation == 3


def test_find_keeps_to_protocol_and_host(filled: Place) -> None:
    scope = FABRIKAM.scope
    scopes = (
        scope._replace(protocol=b"http"),
        scope._replace(host=b"dev.azure.com:8443"),
        scope._replace(path=(b"z",)),
    )
    others = [FABRIKAM._replace(scope=other) for other in scopes]
    store(filled.backend(), *others)
    assert filled.backend().find(b"https", b"dev.azure.com") == (others[2], FABRIKAM)
    assert filled.backend().find(b"https", b"azure.com") == ()


@pytest.mark.parametrize(
    "change",
    [
        Change(None, FABRIKAM._replace(secret=b"other")),
        Change(FABRIKAM._replace(secret=b"older"), FABRIKAM._replace(secret=b"other")),
        Change(FABRIKAM._replace(secret=b"older"), None),
        Change(CONTOSO, None),
        Change(CONTOSO, CONTOSO._replace(secret=b"other")),
    ],
    ids=[
        "made meanwhile",
        "replaced meanwhile",
        "replaced before removal",
        "removed meanwhile",
        "removed before",
    ],
)
def test_a_change_of_what_is_not_there_any_more_is_a_conflict_and_nothing_is_written(
    filled: Place, change: Change
) -> None:
    before = state_of(filled.vault)
    with pytest.raises(ConflictError):
        filled.backend().apply([Change(None, token("another")), change])
    assert state_of(filled.vault) == before


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


@pytest.mark.parametrize("key", [None, b"", b"short", bytes(31), bytes(33), bytes(70_000)])
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
    place.config.mkdir(mode=0o700, parents=True)
    place.key.write_bytes(bytes(31))
    place.key.chmod(0o600)
    with pytest.raises(LockedError) as refused:
        store(place.backend(), FABRIKAM)
    assert (
        str(refused.value)
        == f"the key file {place.key} is not 32 bytes long; put it back from a backup, or move it away"
    )
    place.key.rename(place.key.with_name("key.old"))
    store(place.backend(), FABRIKAM)
    assert place.backend().entries() == (FABRIKAM,)


def test_a_damaged_vault_is_told_with_the_command_that_puts_a_backup_in_its_place(filled: Place) -> None:
    filled.vault.write_bytes(filled.vault.read_bytes()[:-1])
    with pytest.raises(DamagedError) as refused:
        filled.backend().entries()
    assert str(refused.value).endswith(
        "; put a backup in its place (git credential-pat vault recover FILE), or move it away and seed again"
    )


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


@pytest.mark.parametrize("data", [b"", b"GITPATS1", b"x" * 5000, bytes(4324)])
def test_a_file_that_is_no_vault_is_damage_and_is_never_replaced(filled: Place, data: bytes) -> None:
    filled.put(data, filled.key.read_bytes())
    before = state_of(filled.vault)
    with pytest.raises(DamagedError) as refused:
        store(filled.backend(), CONTOSO)
    assert str(filled.vault) in str(refused.value)
    assert state_of(filled.vault) == before


@pytest.mark.parametrize("size", [65_536 + 64 + (64 << 20) + 1, 1 << 40])
def test_a_file_too_large_to_be_a_vault_is_damage(filled: Place, size: int) -> None:
    os.truncate(filled.vault, size)  # sparse: it takes no room, and reading it all would take for ever
    with pytest.raises(PatError) as refused:
        filled.backend().entries()
    assert refused.value.status == 4
    assert filled.vault.stat().st_size == size


def test_a_vault_copied_without_its_key_opens_nowhere(filled: Place, tmp_path: Path) -> None:
    copy = Place(tmp_path / "copy")
    copy.put(filled.vault.read_bytes(), None)
    with pytest.raises(LockedError):
        copy.backend().entries()
    store(Place(tmp_path / "other").backend(), CONTOSO)
    copy.put(filled.vault.read_bytes(), Place(tmp_path / "other").key.read_bytes())
    with pytest.raises(DamagedError):
        copy.backend().entries()


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


def test_all_randomness_comes_from_the_source_that_is_given(tmp_path: Path) -> None:
    def counting() -> VaultBackend:
        taken = iter(range(256))
        return VaultBackend(
            Place(tmp_path).settings, randomness=lambda length: bytes((next(taken),)) * length
        )

    store(counting(), FABRIKAM)
    first = Place(tmp_path).files()
    for path in (Place(tmp_path).vault, Place(tmp_path).key):
        path.unlink()
    store(counting(), FABRIKAM)
    assert Place(tmp_path).files() == first


def test_an_entry_comes_back_with_all_that_is_known_of_it(filled: Place) -> None:
    entry = Entry(
        FABRIKAM.scope,
        b"\xff user",
        b"\x00secret\n",
        b"Bearer",
        state="doubtful",
        created=2**64 - 1,
        updated=5,
        expires=6,
        put_aside=7,
        label="Büro",
        permissions=("b", "a"),
        pinned=True,
        refresh_token=b"",
        unknown=((77, b"x"),),
    )
    store(filled.backend(), entry)
    assert entry in filled.backend().entries()

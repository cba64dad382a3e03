"""What a backend keeps of a vault that it read, and that it never answers from an older file."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest
from support.vaults import Place, store, token

from git_credential_pat.backends import Change, ConflictError
from git_credential_pat.backends.vault_slots import rekey
from git_credential_pat.errors import DamagedError, PatError
from git_credential_pat.unlocking import Unlocking
from git_credential_pat.vault import records

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


def test_what_did_not_change_is_not_opened_again(filled: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    backend = filled.backend()
    backend.entries()
    monkeypatch.setattr(records, "decode", lambda _: pytest.fail("it was opened again"))
    for _ in range(3):
        assert backend.find(b"https", b"dev.azure.com") == (FABRIKAM,)
        assert backend.entries() == (FABRIKAM,)


def test_what_another_process_stores_between_two_finds_is_found(filled: Place) -> None:
    backend = filled.backend()
    assert backend.find(b"https", b"dev.azure.com") == (FABRIKAM,)
    for number in range(20):  # in quick succession: faster than some clocks of file systems
        store(filled.backend(), token(f"organization-{number}"))
        assert len(backend.find(b"https", b"dev.azure.com")) == number + 2


def test_a_file_that_was_touched_is_read_again(filled: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    backend = filled.backend()
    backend.entries()
    decoded: list[int] = []
    decode = records.decode
    monkeypatch.setattr(records, "decode", lambda body: decoded.append(1) or decode(body))  # type: ignore[func-returns-value]  # to count
    os.utime(filled.vault, ns=(0, 0))
    assert backend.entries() == (FABRIKAM,)
    assert decoded == [1]


def test_a_file_that_was_changed_in_its_place_is_damage_also_after_it_was_read(filled: Place) -> None:
    backend = filled.backend()
    assert backend.entries() == (FABRIKAM,)
    whole = filled.vault.read_bytes()
    filled.vault.write_bytes(whole[:-1] + bytes((whole[-1] ^ 1,)))
    for _ in range(2):
        with pytest.raises(DamagedError):
            backend.find(b"https", b"dev.azure.com")
    filled.vault.write_bytes(whole)
    assert backend.find(b"https", b"dev.azure.com") == (FABRIKAM,)


def test_a_file_that_others_can_reach_is_refused_also_after_it_was_read(filled: Place) -> None:
    backend = filled.backend()
    assert backend.entries() == (FABRIKAM,)
    filled.vault.chmod(0o644)
    with pytest.raises(PatError, match="others can reach"):
        backend.find(b"https", b"dev.azure.com")


def test_a_vault_that_was_removed_or_put_back_is_seen(filled: Place) -> None:
    backend = filled.backend()
    assert backend.entries() == (FABRIKAM,)
    filled.vault.rename(filled.folder / "aside")
    assert backend.entries() == ()
    assert backend.find(b"https", b"dev.azure.com") == ()
    assert backend.data_key() is None
    (filled.folder / "aside").rename(filled.vault)
    assert backend.entries() == (FABRIKAM,)


def test_an_older_vault_that_was_put_back_is_seen(filled: Place) -> None:
    older = filled.vault.read_bytes()
    backend = filled.backend()
    store(backend, CONTOSO)
    assert len(backend.entries()) == 2
    filled.vault.write_bytes(older)
    assert backend.entries() == (FABRIKAM,)


def test_another_vault_that_was_put_in_its_place_opens_by_its_own_key(filled: Place, tmp_path: Path) -> None:
    backend = filled.backend()
    assert backend.entries() == (FABRIKAM,)
    other = Place(tmp_path / "other")
    store(other.backend(), CONTOSO)
    filled.vault.write_bytes(other.vault.read_bytes())
    with pytest.raises(DamagedError):
        backend.entries()
    filled.key.write_bytes(other.key.read_bytes())
    assert backend.entries() == (CONTOSO,)


def test_a_commit_that_fails_leaves_what_was_in_memory_as_it_was(
    filled: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = filled.backend()
    assert backend.entries() == (FABRIKAM,)
    with pytest.raises(ConflictError):
        backend.apply([Change(CONTOSO, None)])
    monkeypatch.setattr(os, "rename", failing)
    with pytest.raises(PatError, match="the disk is full"):
        store(backend, CONTOSO)
    monkeypatch.undo()
    assert backend.entries() == (FABRIKAM,)
    store(backend, CONTOSO)
    assert backend.entries() == (CONTOSO, FABRIKAM)


def failing(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "no room")


def test_an_index_by_host_finds_all_of_a_host_and_nothing_else(filled: Place) -> None:
    hosts = [b"dev.azure.com", b"github.com", b"dev.azure.com:8443", b""]
    kept = [
        FABRIKAM._replace(scope=FABRIKAM.scope._replace(protocol=protocol, host=host, path=(b"p",)))
        for protocol in (b"https", b"http")
        for host in hosts
    ]
    backend = filled.backend()
    store(backend, *kept)
    for entry in kept:
        found = backend.find(entry.scope.protocol, entry.scope.host)
        assert set(found) - {FABRIKAM} == {entry}
    assert backend.find(b"HTTPS", b"dev.azure.com") == ()
    assert backend.find(b"https", b"dev.azure.co") == ()


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


def test_the_data_key_is_forgotten_when_another_process_rekeyed(filled: Place) -> None:
    backend = filled.backend()
    backend.entries()
    rekey(filled.backend())
    assert backend.data_key() is None
    backend.entries()
    assert backend.data_key() is not None


def test_the_data_key_is_lent_and_checked(filled: Place) -> None:
    opened = filled.backend().open()
    assert opened is not None
    for lent, expected in ((opened.data_key, opened.data_key), (bytes(32), None), (None, None)):
        backend = filled.backend(Unlocking(borrow=[lent].pop))
        assert backend.data_key() == expected


def test_a_vault_just_made_has_a_known_key(place: Place) -> None:
    backend = place.backend()
    assert backend.data_key() is None
    store(backend, FABRIKAM)
    place.key.unlink()
    assert backend.data_key() is not None
    assert backend.entries() == (FABRIKAM,)


def test_the_data_key_of_a_damaged_vault_is_damage(filled: Place) -> None:
    backend = filled.backend()
    backend.entries()
    filled.vault.write_bytes(b"x" * 5000)
    with pytest.raises(DamagedError):
        backend.data_key()

"""`recover`: how a copy takes the vault's place, and what becomes of the vault that was there."""

from __future__ import annotations

import fcntl
import os
import re
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.person import Person
from support.slots import CONTOSO, FABRIKAM, OTHER_PHRASE, PHRASE, add, header_of, refused
from support.vaults import Place, store, token

from git_credential_pat.backends.vault import VaultBackend, copies
from git_credential_pat.backends.vault.copies import backup
from git_credential_pat.backends.vault.slots import rekey, remove_slot
from git_credential_pat.errors import DamagedError, LockedError, MissingKeyError, PatError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from git_credential_pat.model.entry import Entry


@pytest.fixture
def copy(place: Place, tmp_path: Path) -> Path:
    """Return a copy of the vault, which holds another entry by now."""
    path = tmp_path / "copy"
    backup(place.backend(), str(path))
    store(place.backend(), CONTOSO)
    return path


def recover(backend: VaultBackend, path: str) -> tuple[tuple[Entry, ...], str]:
    """Recover a copy as the command does; return what it holds and where the replaced vault is."""
    data, copy = copies.read_copy(backend, path)
    return copy.entries, copies.recover(backend, data)


def asides(place: Place) -> list[Path]:
    return sorted(path for path in place.data.iterdir() if path.name.startswith("vault.2"))


def test_a_copy_takes_the_place_of_the_vault_which_is_kept_beside_it(place: Place, copy: Path) -> None:
    replaced = place.vault.read_bytes()
    entries, aside = recover(place.backend(), str(copy))
    assert entries == (FABRIKAM,)
    assert place.vault.read_bytes() == copy.read_bytes()
    assert place.backend().entries() == (FABRIKAM,)
    assert re.fullmatch(rf"{place.vault}\.\d{{8}}T\d{{6}}Z", aside)
    assert [str(path) for path in asides(place)] == [aside]
    (kept,) = asides(place)
    assert kept.read_bytes() == replaced
    assert stat.S_IMODE(kept.stat().st_mode) == stat.S_IMODE(place.vault.stat().st_mode) == 0o600
    assert place.temporaries() == []


@pytest.fixture
def far_east(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have this process live where the clocks are 14 hours before UTC."""
    monkeypatch.setenv("TZ", "XXX-14")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("far_east")
def test_the_time_in_the_name_is_that_of_now_in_utc(place: Place, copy: Path) -> None:
    before = time.strftime("vault.%Y%m%dT%H%M%SZ", time.gmtime())
    _, aside = recover(place.backend(), str(copy))
    after = time.strftime("vault.%Y%m%dT%H%M%SZ", time.gmtime())
    assert before <= os.path.basename(aside) <= after


def test_recovering_twice_in_a_second_keeps_both_replaced_vaults(place: Place, copy: Path) -> None:
    data, second = copy.read_bytes(), "vault.20300101T000000Z"
    before = place.vault.read_bytes()
    asides = [place.backend().replace(data, second) for _ in range(3)]
    assert asides == [f"{place.data}/{second}{number}" for number in ("", "-2", "-3")]
    assert [Path(aside).read_bytes() for aside in asides] == [before, data, data]


def test_a_backend_that_was_open_before_sees_the_copy_and_storing_goes_on_from_it(
    place: Place, copy: Path
) -> None:
    backend = place.backend()
    assert len(backend.entries()) == 2
    recover(place.backend(), str(copy))
    assert backend.entries() == (FABRIKAM,)
    store(place.backend(), token("northwind"))
    assert header_of(place).generation == 2
    assert len(backend.entries()) == 2


def test_a_damaged_vault_is_replaced_and_kept(place: Place, copy: Path) -> None:
    place.vault.write_bytes(b"no vault at all")
    recover(place.backend(), str(copy))
    assert place.backend().entries() == (FABRIKAM,)
    assert [path.read_bytes() for path in asides(place)] == [b"no vault at all"]


def test_where_there_is_no_vault_the_copy_becomes_it(place: Place, copy: Path) -> None:
    place.vault.unlink()
    _, aside = recover(place.backend(), str(copy))
    assert aside == ""
    assert place.backend().entries() == (FABRIKAM,)
    assert asides(place) == []


def test_a_copy_may_be_anybodys_and_lie_behind_a_link(place: Place, copy: Path, tmp_path: Path) -> None:
    copy.chmod(0o644)
    (tmp_path / "link").symlink_to(copy)
    recover(place.backend(), str(tmp_path / "link"))
    assert place.backend().entries() == (FABRIKAM,)
    assert not place.vault.is_symlink()
    assert stat.S_IMODE(place.vault.stat().st_mode) == 0o600


def one_bit(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes((whole[-1] ^ 1,)))


FAULTS: dict[str, Callable[[Path], object]] = {
    "garbage": lambda path: path.write_bytes(os.urandom(5000)),
    "nothing": lambda path: path.write_bytes(b""),
    "cut short": lambda path: os.truncate(path, 4000),
    "huge": lambda path: os.truncate(path, 1 << 40),
    "one bit": one_bit,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_copy_that_is_damaged_replaces_nothing(place: Place, copy: Path, fault: str) -> None:
    FAULTS[fault](copy)
    said = refused(place, DamagedError, lambda: recover(place.backend(), str(copy)))
    assert said.startswith(f"the copy {copy} cannot be used: ")
    assert said.endswith("; give another one")


NO_FILES: dict[str, Callable[[Path], object]] = {
    "is not a regular file; give a copy that backup made": os.mkfifo,
    "No such file or directory": lambda path: path.symlink_to("nowhere"),
}


@pytest.mark.parametrize("why", NO_FILES)
def test_what_is_no_file_replaces_nothing(place: Place, tmp_path: Path, why: str) -> None:
    NO_FILES[why](tmp_path / "no copy")
    said = refused(place, PatError, lambda: recover(place.backend(), str(tmp_path / "no copy")))
    assert said.endswith(why)
    assert f"'{tmp_path / 'no copy'}'" in said


def test_a_copy_of_another_vault_whose_key_is_not_here_replaces_nothing(place: Place, tmp_path: Path) -> None:
    other = Place(tmp_path / "other")
    store(other.backend(), CONTOSO)
    said = refused(place, LockedError, lambda: recover(place.backend(), str(other.vault)))
    command = "git credential-pat vault add-slot passphrase"
    add_passphrase = f"add a passphrase where it opens ({command}) and copy it again"
    assert said == f"the key file {place.key} does not open {other.vault}; {add_passphrase}"
    place.key.unlink()
    said = refused(place, MissingKeyError, lambda: recover(place.backend(), str(other.vault)))
    assert said.startswith(f"the vault's key file {place.key} is missing; ")
    assert said.endswith(add_passphrase), "no vault is to be moved away"
    assert not place.key.exists()


def test_a_copy_opens_by_the_slots_that_it_had_then(place: Place, copy: Path) -> None:
    add(place, "passphrase", PHRASE)
    later = copy.with_name("later")
    backup(place.backend(), str(later))
    add(place, "passphrase", OTHER_PHRASE)
    for number in (1, 2):
        remove_slot(place.backend(Person(OTHER_PHRASE, OTHER_PHRASE).unlocking), number)
    rekey(place.backend(Person(OTHER_PHRASE, OTHER_PHRASE).unlocking))
    place.key.unlink()
    refused(place, LockedError, lambda: recover(place.backend(Person(OTHER_PHRASE).unlocking), str(later)))
    refused(place, MissingKeyError, lambda: recover(place.backend(Person(PHRASE).unlocking), str(copy)))
    recover(place.backend(Person(PHRASE).unlocking), str(later))
    assert len(place.backend(Person(PHRASE).unlocking).entries()) == 2


def test_a_vault_that_another_process_is_writing_is_not_replaced(place: Place, copy: Path) -> None:
    backend = VaultBackend(place.settings, lock_timeout=0)
    with place.lock.open("rb+") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        said = refused(place, PatError, lambda: recover(backend, str(copy)))
    assert said.startswith(f"{place.lock} was locked by other processes")
    assert asides(place) == []


def test_a_vault_of_now_that_others_can_reach_is_not_replaced(place: Place, copy: Path) -> None:
    place.vault.chmod(0o644)
    said = refused(place, PatError, lambda: recover(place.backend(), str(copy)))
    assert said == f"other users can reach {place.vault}; run: chmod 600 {place.vault}"


@pytest.mark.parametrize("failing", [1, 2], ids=["keeping the vault of now", "putting the copy in its place"])
def test_recovering_on_a_full_disk_keeps_the_vault(
    place: Place, copy: Path, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    before, rename = place.vault.read_bytes(), os.rename
    calls: list[object] = []

    def rename_until_full(old: str, new: str, *, src_dir_fd: int, dst_dir_fd: int) -> None:
        calls.append(new)
        if len(calls) == failing:
            raise OSError(28, "no room")
        rename(old, new, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)

    monkeypatch.setattr(os, "rename", rename_until_full)
    with pytest.raises(PatError, match="the disk is full"):
        recover(place.backend(), str(copy))
    monkeypatch.undo()
    assert place.vault.read_bytes() == before
    assert [path.read_bytes() for path in asides(place)] == [before] * (failing - 1)
    assert place.temporaries() == []
    recover(place.backend(), str(copy))
    assert place.backend().entries() == (FABRIKAM,)

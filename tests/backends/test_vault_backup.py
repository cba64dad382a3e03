"""`backup`: how a copy of a vault is made, and what is never touched for it."""

from __future__ import annotations

import os
import resource
import signal
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from support.slots import header_of, refused

from git_credential_pat.backends.vault.copies import backup
from git_credential_pat.errors import DamagedError, PatError
from git_credential_pat.system.files import write_once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support.vaults import Place


def test_a_copy_is_the_very_bytes_and_private(place: Place, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        header = backup(place.backend(), str(tmp_path / "copy"))
    finally:
        os.umask(before)
    assert header == header_of(place)
    assert (tmp_path / "copy").read_bytes() == place.vault.read_bytes()
    assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o600


THERE: dict[str, Callable[[Path], object]] = {
    "a file": lambda path: path.write_bytes(b"precious"),
    "a link": lambda path: path.symlink_to(path.with_name("target")),
    "a fifo": os.mkfifo,
    "a folder": os.mkdir,
}


@pytest.mark.parametrize("what", THERE)
def test_what_is_there_already_is_never_replaced(place: Place, tmp_path: Path, what: str) -> None:
    path = tmp_path / "copy"
    THERE[what](path)
    before = path.lstat()
    said = refused(place, PatError, lambda: backup(place.backend(), str(path)))
    assert said == f"{path} exists already; give another name"
    assert (path.lstat().st_ino, path.lstat().st_size) == (before.st_ino, before.st_size)
    assert not (tmp_path / "target").exists()


@pytest.mark.parametrize(
    ("name", "why"), [("missing/copy", "No such file or directory"), ("x" * 300, "File name too long")]
)
def test_where_no_file_can_be_made_it_says_why(place: Place, tmp_path: Path, name: str, why: str) -> None:
    path = tmp_path / name
    said = refused(place, PatError, lambda: backup(place.backend(), str(path)))
    assert said == f"cannot make {path}: {why}"


@contextmanager
def few_descriptors(left: int) -> Iterator[None]:
    """Let this process open no more than so many files."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.open("/", os.O_RDONLY)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest + left, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_file_that_cannot_be_begun_removes_nothing_of_the_same_name(tmp_path: Path) -> None:
    path = tmp_path / "copy"
    path.write_bytes(b"precious")
    with few_descriptors(1), pytest.raises(PatError):
        write_once(str(path), b"another")
    assert path.read_bytes() == b"precious"


@pytest.mark.parametrize("which", [1, 2], ids=["the file", "its folder"])
@pytest.mark.parametrize("fault", [OSError(28, "no room"), KeyboardInterrupt()], ids=["full disk", "Ctrl-C"])
def test_a_backup_that_cannot_be_flushed_leaves_no_file(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: BaseException, which: int
) -> None:
    flushed: list[int] = []

    def fail(descriptor: int) -> None:
        flushed.append(descriptor)
        if len(flushed) == which:
            raise fault

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises((PatError, KeyboardInterrupt)):
        backup(place.backend(), str(tmp_path / "copy"))
    monkeypatch.undo()
    assert not (tmp_path / "copy").exists()


def test_ctrl_c_as_the_file_is_made_leaves_none(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really_open = os.open

    def open_and_strike(path: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        descriptor = really_open(path, flags, mode, dir_fd=dir_fd)
        if path == "copy":
            signal.raise_signal(signal.SIGINT)
        return descriptor

    monkeypatch.setattr(os, "open", open_and_strike)
    with pytest.raises(KeyboardInterrupt):
        backup(place.backend(), str(tmp_path / "copy"))
    monkeypatch.undo()
    assert not (tmp_path / "copy").exists()
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_a_refusal_to_make_the_file_leaves_ctrl_c_as_it_was(place: Place, tmp_path: Path) -> None:
    (tmp_path / "copy").touch()
    refused(place, PatError, lambda: backup(place.backend(), str(tmp_path / "copy")))
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


@pytest.mark.parametrize("at", [-1, 20], ids=["in the body", "in the header"])
def test_a_damaged_vault_is_not_copied(place: Place, tmp_path: Path, at: int) -> None:
    damage(place, at)
    path = tmp_path / "copy"
    assert str(place.vault) in refused(place, DamagedError, lambda: backup(place.backend(), str(path)))
    assert not path.exists()


def damage(place: Place, at: int) -> None:
    damaged = bytearray(place.vault.read_bytes())
    damaged[at] ^= 1
    place.vault.write_bytes(damaged)


def test_a_locked_vault_is_copied_after_a_look_at_its_header(place: Place, tmp_path: Path) -> None:
    place.key.unlink()
    backup(place.backend(), str(tmp_path / "copy"))
    assert (tmp_path / "copy").read_bytes() == place.vault.read_bytes()
    damage(place, 20)
    refused(place, DamagedError, lambda: backup(place.backend(), str(tmp_path / "other")))
    assert not (tmp_path / "other").exists()

"""A disk that takes nothing more, or only a part, or nothing at all: the old tokens stay in use."""

from __future__ import annotations

import resource
import subprocess
from typing import TYPE_CHECKING

import pytest
from support import small_disks
from support.faults import Home
from support.program import LAUNCHER
from support.small_disks import PAGE, fill, remount

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Return a home with one token, "old"."""
    home = Home(tmp_path / "home")
    assert home.store("old").status == 0
    return home


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Home]:
    """Return a home with one token whose data folder is on a disk of its own of 128 KiB."""
    with small_disks.small_disk(tmp_path / "home") as home:
        assert home.store("old").status == 0
        yield home


@pytest.mark.needs("root")
@pytest.mark.parametrize("free_pages", [0, 1], ids=["full", "a part fits"])
def test_on_a_full_disk_the_old_token_stays_and_is_answered(small_disk: Home, free_pages: int) -> None:
    before = small_disk.place.vault.read_bytes()
    assert len(before) > PAGE
    filler = fill(small_disk, free_pages)
    ended = small_disk.store("new")
    assert ended.status == 1
    vault = small_disk.place.vault
    told = f"the disk is full: {vault} was not changed; make room and try again"
    assert ended.errors == f"git-credential-pat: {told}\n"
    assert small_disk.place.vault.read_bytes() == before
    assert small_disk.place.temporaries() == []
    assert small_disk.get() == "old"
    assert small_disk.store("old").status == 0
    filler.unlink()
    assert small_disk.store("new").status == 0
    assert small_disk.get() == "new"


@pytest.mark.needs("root")
def test_what_killed_processes_left_on_a_full_disk_makes_room(small_disk: Home) -> None:
    filler = fill(small_disk, 0)
    filler.rename(small_disk.place.data / ".vault-0123456789abcdef")
    assert small_disk.store("new").status == 0
    assert small_disk.get() == "new"
    assert small_disk.place.temporaries() == []


@pytest.mark.needs("root")
def test_on_a_disk_that_is_read_only_tokens_are_answered_and_what_is_held_may_be_stored(
    small_disk: Home,
) -> None:
    remount(small_disk, "ro")
    assert small_disk.get() == "old"
    unchanged = small_disk.store("old")
    assert (unchanged.status, unchanged.errors) == (0, "")
    changed = small_disk.store("new")
    assert changed.status == 1
    assert changed.errors.startswith("git-credential-pat: ")
    assert changed.errors.endswith(": Read-only file system\n")
    assert small_disk.get() == "old"
    assert small_disk.holds() == ["old"]


@pytest.mark.parametrize("limit", [0, 1, 1000, 4095])
def test_a_file_that_can_be_written_only_in_part_replaces_nothing(home: Home, limit: int) -> None:
    before = home.place.vault.read_bytes()
    ended = subprocess.run(
        [str(LAUNCHER), "store"],
        input=b"protocol=https\nhost=dev.azure.com\npath=fabrikam\nusername=pat\npassword=new\n\n",
        env=home.environment,
        cwd="/",
        capture_output=True,
        timeout=30,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),  # no threads here
    )
    assert (ended.returncode, ended.stdout) == (1, b"")
    assert ended.stderr.decode() == f"git-credential-pat: cannot use {home.place.vault}: File too large\n"
    assert home.place.vault.read_bytes() == before
    assert home.place.temporaries() == []
    assert home.get() == "old"

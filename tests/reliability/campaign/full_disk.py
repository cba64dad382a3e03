"""Disks that take nothing more: full to the byte, out of files, read-only, limited, or not ours to write.

Each time a store of another token must be refused in one true line and change nothing, while the old token
is answered and storing what is held needs nothing of the disk. With room made, the same store works.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from reliability.campaign.row import Row, Trial, main
from support.small_disks import PAGE, fill, remount, small_disk
from support.vaults import approved_token, store, token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from support.faults import Ended, Home

NO_PRIVILEGES = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all")
"""Root without the right to write where its folder's mode forbids that."""


@dataclass(frozen=True)
class Shortage:
    """A disk that takes no other vault: how it comes, until when, and the one line that reports it."""

    begins: Callable[[Home], AbstractContextManager[None]]
    said: str
    """The message after the program's name; `{vault}` and `{lock}` are paths."""
    run_by: tuple[str, ...] = ()
    """What runs the launcher."""


FULL = "the disk is full; {vault} was not changed; free some space and try again"


def attack(trial: Trial) -> None:
    """Try every shortage with vaults of 2 pages, 3 and so on, as many as the size says."""
    for pages in range(2, 2 + trial.size):
        for name, shortage in shortages(pages).items():
            with disk(pages) as home:
                _try(trial, home, shortage, f"{name}, a vault of {pages} pages")
                trial.count("disks")
        with disk(pages) as home:
            fill(home, 0).rename(home.place.data / ".vault-0123456789abcdef")
            stored = home.store("new")
            is_kept = stored.status == 0 and not home.place.temporaries()
            trial.require(is_kept, "refused", f"what a killed process left must make room: {stored}")
            trial.count("enough")
        with disk(pages) as home, free_pages(pages)(home):
            stored = home.store("new")
            trial.require(stored.status == 0, "refused", f"{pages} free pages must do: {stored}")
            trial.count("enough")


def _try(trial: Trial, home: Home, shortage: Shortage, where: str) -> None:
    before = home.place.vault.read_bytes()
    said = shortage.said.format(vault=home.place.vault, lock=home.place.lock)
    with shortage.begins(home):
        refused = run(home, shortage, "store", "new")
        line = f"git-credential-pat: {said}\n"
        trial.require(
            (refused.status, refused.output, refused.errors) == (1, b"", line),
            "untrue",
            f"{where}: {refused}",
        )
        kept = run(home, shortage, "store", "old")
        trial.require((kept.status, kept.errors) == (0, ""), "refused", f"{where}: the same token: {kept}")
        answered = run(home, shortage, "get")
        is_answered = (answered.status, answered.errors) == (0, "") and b"password=old\n" in answered.output
        trial.require(is_answered, "lost", f"{where}: {answered}")
        trial.require(home.place.vault.read_bytes() == before, "lost", f"{where}: the vault is another")
        trial.require(not home.place.temporaries(), "left", f"{where}: {home.place.temporaries()}")
    stored = home.store("new")
    is_kept = stored.status == 0 and {"new", "old"} & {*home.holds()} == {"new"}
    trial.require(is_kept, "lost", f"{where}: with room made, {stored}")


def run(home: Home, shortage: Shortage, operation: str, token: str | None = None) -> Ended:
    """Run the launcher as the shortage wants it."""
    return home.run(operation, token, by=shortage.run_by)


@contextmanager
def disk(pages: int) -> Iterator[Home]:
    """Give a home with a vault of so many pages, on a small disk of its own."""
    with TemporaryDirectory(prefix="pat-") as folder, small_disk(Path(folder) / "home") as home:
        others = [token(f"other-{number}", bytes(PAGE)) for number in range(pages - 2)]
        store(home.place.backend(), *others, approved_token("fabrikam", b"old"))
        assert PAGE * (pages - 1) < home.place.vault.stat().st_size <= PAGE * pages
        yield home


def free_pages(pages: int) -> Callable[[Home], AbstractContextManager[None]]:
    """Return what fills the disk but for some pages."""

    @contextmanager
    def filled(home: Home) -> Iterator[None]:
        filler = fill(home, pages)
        yield
        filler.unlink()

    return filled


def remounted(during: str, after: str) -> Callable[[Home], AbstractContextManager[None]]:
    """Return what mounts the disk with other options for a while."""

    @contextmanager
    def changed(home: Home) -> Iterator[None]:
        remount(home, during)
        try:
            yield
        finally:
            remount(home, after)

    return changed


@contextmanager
def unwritable(home: Home) -> Iterator[None]:
    """Take away the right to write to the data folder."""
    home.place.data.chmod(0o500)
    try:
        yield
    finally:
        home.place.data.chmod(0o700)


@contextmanager
def nothing(_home: Home) -> Iterator[None]:
    """Leave the disk as it is: the process is what is limited."""
    yield


def limited(size: int) -> Shortage:
    """Return what keeps files shorter than a vault, as a quota of each file."""
    return Shortage(nothing, "cannot use {vault}: File too large", ("prlimit", f"--fsize={size}"))


def shortages(pages: int) -> dict[str, Shortage]:
    """Return the shortages for a vault of so many pages."""
    limits = (0, 1, *(PAGE * page + less for page in range(1, pages) for less in (-1, 0)))
    return {
        **{f"{free} free pages": Shortage(free_pages(free), FULL) for free in range(pages)},
        "no free file": Shortage(remounted("nr_inodes=4", "nr_inodes=100"), FULL),
        "read-only": Shortage(remounted("ro", "rw"), "cannot use {lock}: Read-only file system"),
        "folder 0500": Shortage(unwritable, "cannot use {vault}: Permission denied", NO_PRIVILEGES),
        **{f"files of at most {size} bytes": limited(size) for size in limits},
    }


ROW = Row(
    promise="on a disk that takes nothing more the old token stays and is answered",
    attack=attack,
    ci=1,
    full=6,
    tried=("disks", "enough"),
    breaches=("lost", "refused", "untrue", "left"),
    needs=("root",),
)

if __name__ == "__main__":
    sys.exit(main(ROW))

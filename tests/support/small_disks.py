"""A home whose data folder is on a small disk of its own, which can be filled. Only root can mount one."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from support.faults import Home

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = 4096
PAGES = 32
"""The size of the disk."""


@contextmanager
def small_disk(folder: Path) -> Iterator[Home]:
    """Give a home in a folder, without a vault; the disk goes at the end."""
    home = Home(folder)
    _mounted(home).mkdir()
    _mount("-t", "tmpfs", "-o", f"size={PAGES * PAGE},mode=700", "tmpfs", str(_mounted(home)))
    try:
        yield home
    finally:
        subprocess.run(["umount", str(_mounted(home))], check=True)


def remount(home: Home, options: str) -> None:
    """Have a home's disk be of other options, such as `ro`."""
    _mount("-o", f"remount,{options}", str(_mounted(home)))


def fill(home: Home, free_pages: int) -> Path:
    """Fill a home's disk but for some pages; return what fills it."""
    filler = _mounted(home) / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(PAGE)):
                pass
        except OSError:
            file.truncate(max(0, file.tell() - free_pages * PAGE))
    return filler


def _mounted(home: Home) -> Path:
    return home.place.data.parent


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)

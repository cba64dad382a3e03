"""A `configure` that dies at any system call leaves git's configuration as it was."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from support.faults import Ended, Home, Point, inject

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

THEIRS = b"[user]\n\tname = Jane\n"
LOCK = r"/\.gitconfig\.lock"
POINTS = (
    Point("write the configuration", "write", f"{LOCK}>"),
    Point("flush the configuration", "fsync", f"{LOCK}>"),
    Point("replace the configuration", "rename(at2?)?", LOCK),
)


def configure(home: Home, tracer: Sequence[str] = ()) -> Ended:
    named = ["-y", *tracer] if tracer else []  # of a descriptor strace tells the path
    return home.command(["configure"], tracer=named)


@pytest.mark.needs("strace")
@pytest.mark.parametrize("point", POINTS, ids=[point.name.replace(" ", "-") for point in POINTS])
def test_killed_before_the_configuration_is_replaced_it_is_as_it_was(tmp_path: Path, point: Point) -> None:
    home = Home(tmp_path / "home")
    config = home.folder / ".gitconfig"
    config.write_bytes(THEIRS)
    ended, struck = inject(home, point, "signal=KILL", configure)
    assert (ended.status, struck) == (-signal.SIGKILL, 1)
    assert config.read_bytes() == THEIRS
    (home.folder / ".gitconfig.lock").unlink()  # git's own kind of lock, which the next run names
    assert configure(home).status == 0
    assert config.read_bytes().startswith(THEIRS)

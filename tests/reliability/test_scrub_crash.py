"""A scrub that dies or fails at any system call leaves the source file as it was or without what is kept."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from support.faults import Ended, Home, Point, inject
from support.program import AZURE_TOKEN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

OTHERS = b"https://jane@git.example.com\n"
SOURCE = f"https://fabrikam:{AZURE_TOKEN}@dev.azure.com/fabrikam\n".encode() + OTHERS
LOCK = r"/\.git-credentials\.lock"

POINTS = (
    Point("make the lock", "openat", LOCK),
    Point("write what stays", "write", f"{LOCK}>.*jane"),
    Point("flush what stays", "fsync", f"{LOCK}>"),
    Point("replace the file", "rename(at2?)?", LOCK),
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Return a home with a file of tokens, one of which can be imported."""
    home = Home(tmp_path / "home")
    source = home.folder / ".git-credentials"
    source.touch(0o600)
    source.write_bytes(SOURCE)
    return home


def scrub(home: Home, tracer: Sequence[str] = ()) -> Ended:
    named = ["-y", *tracer] if tracer else []  # of a descriptor strace tells the path
    return home.command(["import", "git-credentials", "--scrub", "--yes"], tracer=named)


def names(home: Home) -> list[str]:
    return sorted(path.name for path in home.folder.glob(".git-credentials*"))


@pytest.mark.needs("strace")
@pytest.mark.parametrize("point", POINTS, ids=[point.name.replace(" ", "-") for point in POINTS])
def test_killed_before_the_file_is_replaced_it_is_as_it_was(home: Home, point: Point) -> None:
    ended, struck = inject(home, point, "signal=KILL", scrub)
    assert (ended.status, struck) == (-signal.SIGKILL, 1)
    assert (home.folder / ".git-credentials").read_bytes() == SOURCE
    assert home.holds() == [AZURE_TOKEN]
    (home.folder / ".git-credentials.lock").unlink(missing_ok=True)  # git's kind of lock, which it names
    assert scrub(home).status == 0
    assert (home.folder / ".git-credentials").read_bytes() == OTHERS


@pytest.mark.needs("strace")
@pytest.mark.parametrize("error", ["ENOSPC", "EIO"])
@pytest.mark.parametrize("point", POINTS, ids=[point.name.replace(" ", "-") for point in POINTS])
def test_a_call_that_fails_is_told_and_leaves_the_file_as_it_was(
    home: Home, point: Point, error: str
) -> None:
    ended, struck = inject(home, point, f"error={error}", scrub)
    assert (ended.status, struck) == (1, 1)
    reason = {"ENOSPC": "No space left on device", "EIO": "Input/output error"}[error]
    assert ended.errors == f"git-credential-pat: cannot change {home.folder}/.git-credentials: {reason}\n"
    assert (home.folder / ".git-credentials").read_bytes() == SOURCE
    assert names(home) == [".git-credentials"]
    assert home.holds() == [AZURE_TOKEN]

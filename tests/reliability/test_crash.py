"""A commit that dies or fails at any system call leaves the old vault or the new one, and nothing else."""

from __future__ import annotations

import random
import re
import shutil
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.faults import Ended, Home, Point, inject
from support.strikes import Struck, own_calls, strike
from support.vaults import Place, killed_count, store, token

if TYPE_CHECKING:
    from collections.abc import Sequence

TEMPORARY = r'"\.vault-[0-9a-f]{16}"'
DATA = "share/git-credential-pat"
STALE = ".vault-00000000000000aa"
RENAME = "rename(at2?)?"

LOCK = Point("open the lock", "openat", r'"vault\.lock"', below="data")
FLOCK = Point("take the lock", "flock", "LOCK_EX")
SWEEP = Point("remove a stale temporary", "unlink(at)?", STALE)
OPEN = Point("open the temporary", "openat", TEMPORARY, below="data")
WRITE = Point("write the vault", "write", "GITPATS1")
FLUSH = Point("flush the file", "fsync", r"\d+\)")
REPLACE = Point("replace the vault", RENAME, f'{TEMPORARY}.*"vault"')
FLUSH_FOLDER = Point("flush the folder", "fsync", r"\d+\)", which=1)
BEFORE = (LOCK, FLOCK, SWEEP, OPEN, WRITE, FLUSH, REPLACE)
POINTS = (*BEFORE, FLUSH_FOLDER)

FIRST_POINTS = (
    Point("make a folder", "mkdir(at)?", r"share/git-credential-pat"),
    Point("open the lock", "openat", r'"vault\.lock"', below="data"),
    FLOCK,
    Point("open the key's temporary", "openat", TEMPORARY, below="config"),
    Point("write the key", "write", ", 32\\)"),
    Point("flush the key", "fsync", r"\d+\)"),
    Point("put the key in place", RENAME, f'{TEMPORARY}.*"key"'),
    Point("flush the key's folder", "fsync", r"\d+\)", which=1),
    OPEN,
    WRITE,
    Point("flush the file", "fsync", r"\d+\)", which=2),
    REPLACE,
)


def named(points: tuple[Point, ...]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("point", points, ids=[point.name.replace(" ", "-") for point in points])


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("template") / "home")
    ended = home.store("old")
    assert (ended.status, ended.errors) == (0, "")
    return home


@pytest.fixture
def home(template: Home, tmp_path: Path) -> Home:
    """Return a home whose vault holds one token, "old", beside what a killed process left."""
    shutil.copytree(template.folder, tmp_path / "home")
    (tmp_path / "home/share/git-credential-pat" / STALE).touch(0o600)
    return Home(tmp_path / "home")


def assert_usable(home: Home, *held: list[str]) -> None:
    """Assert that the vault opens and holds one of `held`, that `get` answers it, and that storing works."""
    tokens = home.holds()
    assert tokens in held
    assert home.get() == (tokens[0] if tokens else None)
    assert home.store("next").status == 0
    assert home.holds() == ["next"]
    assert home.place.temporaries() == []


def assert_one_line(errors: str) -> None:
    assert re.fullmatch(r"git-credential-pat: [^\n]+\n", errors), errors
    assert "internal error" not in errors
    assert "Traceback" not in errors


@pytest.mark.needs("strace")
@named(BEFORE)
def test_killed_before_the_new_vault_is_in_place_the_old_one_stays(home: Home, point: Point) -> None:
    ended, struck = inject(home, point, "signal=KILL")
    assert (ended.status, struck) == (-signal.SIGKILL, 1)
    assert_usable(home, ["old"])


@pytest.mark.needs("strace")
def test_killed_after_the_new_vault_is_in_place_it_stays(home: Home) -> None:
    ended, struck = inject(home, FLUSH_FOLDER, "signal=KILL")
    assert (ended.status, struck) == (-signal.SIGKILL, 1)
    assert_usable(home, ["new"])


@pytest.mark.needs("strace")
@named(FIRST_POINTS)
def test_killed_in_the_first_commit_there_is_no_vault_and_the_next_commit_makes_one(
    tmp_path: Path, point: Point
) -> None:
    home = Home(tmp_path / "home")
    ended, struck = inject(home, point, "signal=KILL")
    assert (ended.status, struck) == (-signal.SIGKILL, 1)
    assert not home.place.vault.exists()
    assert_usable(home, [])


@pytest.mark.needs("strace")
def test_killed_at_the_end_of_the_first_commit_the_vault_is_there(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    _, struck = inject(home, Point("flush the folder", "fsync", r"\d+\)", which=3), "signal=KILL")
    assert struck == 1
    assert_usable(home, ["new"])


@pytest.mark.needs("strace")
@pytest.mark.parametrize("error", ["ENOSPC", "EIO", "EDQUOT", "EROFS"])
@named(POINTS)
def test_a_call_that_fails_is_one_line_and_keeps_the_old_vault(home: Home, point: Point, error: str) -> None:
    ended, struck = inject(home, point, f"error={error}")
    assert (ended.status, ended.output, struck) == (1, b"", 1)
    assert_one_line(ended.errors)
    assert str(home.place.data) in ended.errors
    assert [name for name in home.place.temporaries() if name != STALE] == []
    if point is FLUSH_FOLDER:
        assert "was not changed" not in ended.errors or home.holds() == ["old"], "the message is not true"
        assert_usable(home, ["old"], ["new"])
    else:
        assert_usable(home, ["old"])


@pytest.mark.needs("strace")
@pytest.mark.parametrize("error", ["ENOSPC", "EIO"])
@named(FIRST_POINTS)
def test_a_call_that_fails_in_the_first_commit_is_one_line_and_leaves_no_vault(
    tmp_path: Path, point: Point, error: str
) -> None:
    home = Home(tmp_path / "home")
    ended, struck = inject(home, point, f"error={error}")
    assert (ended.status, ended.output, struck) == (1, b"", 1)
    assert_one_line(ended.errors)
    assert not home.place.vault.exists()
    assert home.place.temporaries() == []
    assert_usable(home, [])


@pytest.mark.needs("strace")
@named(POINTS)
def test_an_interrupted_call_is_tried_again_or_is_one_line(home: Home, point: Point) -> None:
    ended, struck = inject(home, point, "error=EINTR")
    assert struck == 1
    if ended.status:
        assert ended.status == 1
        assert_one_line(ended.errors)
        assert_usable(home, ["old"])
    else:
        assert ended.errors == ""
        assert_usable(home, ["new"])


@pytest.mark.needs("strace")
@named((OPEN, WRITE, FLUSH, REPLACE))
def test_ctrl_c_in_a_commit_leaves_the_old_vault_and_no_temporary(home: Home, point: Point) -> None:
    ended, struck = inject(home, point, "signal=INT")
    assert struck == 1
    tokens = home.holds()
    assert (ended.status, tokens) in [(130, ["old"]), (130, ["new"])]
    assert "nothing was changed" not in ended.errors or tokens == ["old"], "the message is not true"
    assert home.place.temporaries() in ([], [STALE])
    assert_usable(home, tokens)


def failing(home: Home, folder: Path, name: str, place: str) -> Struck:
    """Store while the last call of this name on this file fails (EIO)."""

    def run(home: Home, tracer: Sequence[str]) -> Ended:
        return home.store("new", tracer)

    calls = [
        call
        for call in own_calls(home, folder / "trial", run)
        if re.fullmatch(name, call.name) and call.place == place
    ]
    return strike(home, folder / "struck", run, calls[-1], "error=EIO")


@pytest.mark.needs("strace")
@pytest.mark.parametrize("name", ["vault", "vault.lock", ""], ids=["what was read", "the lock", "the folder"])
def test_what_does_not_close_well_is_no_matter(home: Home, tmp_path: Path, name: str) -> None:
    struck = failing(home, tmp_path, "close", f"<{'/'.join(filter(None, (DATA, name)))}>")
    assert (struck.hit, struck.ended.status, struck.ended.errors) == (True, 0, "")
    assert_usable(struck.home, ["new"])


@pytest.mark.needs("strace")
def test_a_lock_of_which_nothing_can_be_told_is_named(home: Home, tmp_path: Path) -> None:
    struck = failing(home, tmp_path, "newfstatat|fstat", f"<{DATA}/vault.lock>")
    path = struck.home.place.lock
    assert (struck.hit, struck.ended.status) == (True, 1)
    assert struck.ended.errors == f"git-credential-pat: cannot use {path}: Input/output error\n"
    assert_usable(struck.home, ["old"])


def changes_of_files(log: str) -> list[str]:
    """Return the calls that lock, change or make a file; opening /dev/null for writing is none."""
    call = re.compile(r"^\d+ +(flock|fsync|rename\w*|unlink\w*|mkdir\w*|creat)\(")
    flag = re.compile(r"\bO_(WRONLY|RDWR|CREAT|TRUNC|APPEND)\b|\bF_(OFD_)?SETLK")
    lines = [line for line in log.splitlines() if "/dev/" not in line]
    return [line for line in lines if call.search(line) or flag.search(line)]


@pytest.mark.needs("strace")
def test_storing_what_is_held_takes_no_lock_and_writes_and_replaces_nothing(home: Home) -> None:
    options = ["-e", "trace=%file,flock,fcntl,fsync,fdatasync"]
    vault = home.place.vault.stat()
    unchanged = home.store("old", options)
    assert (unchanged.status, unchanged.errors) == (0, "")
    assert '"vault", O_RDONLY' in unchanged.log
    assert changes_of_files(unchanged.log) == []
    assert (home.place.vault.stat().st_ino, home.place.vault.stat().st_mtime_ns) == (
        vault.st_ino,
        vault.st_mtime_ns,
    )
    changed = home.store("new", options)
    names = {line.split("(")[0].split()[-1] for line in changes_of_files(changed.log)}
    assert {"openat", "flock", "fsync"} <= names, "this test would not see a change"
    assert names & {"rename", "renameat", "renameat2"}


def is_open(path: Path) -> bool:
    """Tell whether any process of ours has this file open."""
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):
            if link.readlink() == path:
                return True
    return False


@pytest.mark.needs("strace")
def test_a_reader_that_a_commit_overtakes_answers_from_the_vault_that_it_opened(home: Home) -> None:
    look = ["-P", str(home.place.vault), "-e", "trace=fstat,newfstatat"]
    delay = ["-e", "inject=fstat,newfstatat:delay_enter=1500000:when=2"]  # first it only glances at it
    with ThreadPoolExecutor() as threads:
        reading = threads.submit(home.run, "get", tracer=[*look, *delay])
        deadline = time.monotonic() + 10
        while not is_open(home.place.vault):
            assert time.monotonic() < deadline, "the reader did not open the vault"
            time.sleep(0.01)
        inode = home.place.vault.stat().st_ino
        assert home.store("new").status == 0
        assert not reading.done()
        assert home.place.vault.stat().st_ino != inode
        ended = reading.result()
    assert (ended.status, ended.errors) == (0, "")
    assert b"password=old\n" in ended.output
    assert home.get() == "new"


def test_killed_at_any_moment_what_was_stored_is_there(tmp_path: Path) -> None:
    place = Place(tmp_path)
    store(place.backend(), token("fabrikam", b"0"), token("contoso", b"other"))
    chance = random.Random(20_240_101)
    last = 0
    for _ in range(40):
        said, _ = killed_count(place, "fabrikam", chance.uniform(0, 0.05))
        contoso, fabrikam = place.backend().entries()
        held = int(fabrikam.secret)
        assert contoso.secret == b"other"
        assert (said[-1] if said else last) <= held <= (said[-1] if said else last) + 1
        last = held
    assert last > 10, "the processes were killed before they did anything"
    store(place.backend(), token("last"))
    assert place.temporaries() == []

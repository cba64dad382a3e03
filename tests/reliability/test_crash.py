"""What dies or fails while it puts a file in another's place leaves the old file or the new one.

The rows `killed_at_calls` and `faults_at_calls` of the campaign try every call of commits of the vault. Here
is what they do not see: in which order things are flushed, Ctrl-C, readers, and files that are not the vault.
"""

from __future__ import annotations

import os
import re
import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from reliability.campaign.commits import COMMITS, STALE, Site, site
from support.faults import Ended, Home, stopped
from support.program import AZURE_TOKEN
from support.strikes import Call, Struck, own_calls, strike

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

DATA, CONFIG = "share/git-credential-pat", "config/git-credential-pat"
REPLACING = ("write", "fsync", "rename", "renameat", "renameat2")
CALLS = (("write", "/.vault-*>"), ("fsync", "/.vault-*>"), ("rename", ">/.vault-*"), ("fsync", ">"))
"""By which a file is put in place."""
KEY, VAULT = ([f"{call} <{folder}{place}" for call, place in CALLS] for folder in (CONFIG, DATA))

pytestmark = pytest.mark.needs("strace")


@pytest.fixture(scope="module")
def here() -> Iterator[Site]:
    with site() as here:
        yield here


def replacing(calls: Sequence[Call]) -> list[str]:
    """Return the calls by which files are replaced, all kinds of renaming by one name."""
    said = [f"{call.name[:6]} {call.place}" for call in calls if call.name in REPLACING]
    return [re.sub("^rename\\w*", "rename", line) for line in said]


def of_commit(here: Site, name: str) -> list[Call]:
    return [call for _, call in here.calls([name])]


@pytest.mark.parametrize("name", COMMITS)
def test_what_a_commit_writes_is_flushed_before_it_is_in_place_and_its_folder_after(
    here: Site, name: str
) -> None:
    expected = {"first store": [*KEY, *VAULT], "recover": [*VAULT, *VAULT]}.get(name, VAULT)
    assert replacing(of_commit(here, name)) == expected


def test_a_folder_that_is_not_flushed_is_reported_truly(here: Site) -> None:
    (flush,) = [call for call in of_commit(here, "store") if str(call) == f"fsync <{DATA}>"]
    struck = here.strike("store", flush, "error=EIO")
    vault = struck.home.place.vault
    said = f"{vault} is changed, but the disk does not confirm it: Input/output error"
    assert (struck.hit, struck.ended.errors) == (True, f"git-credential-pat: {said}\n")
    assert not here.is_old("store", struck.home)


def test_ctrl_c_in_a_commit_leaves_the_old_vault_or_the_new_one_and_no_temporary(here: Site) -> None:
    for call in (call for call in of_commit(here, "store") if call.name in ("openat", *REPLACING)):
        if ".vault-*" not in call.place:
            continue
        struck = here.strike("store", call, "signal=INT")
        assert (struck.hit, struck.ended.status) == (True, 130), call
        assert "nothing was changed" not in struck.ended.errors or here.is_old("store", struck.home), call
        assert {*struck.home.place.temporaries()} <= {STALE}, call
        assert here.flaw("store", struck.home) == "", call


@pytest.mark.parametrize("name", ["vault", "vault.lock", ""], ids=["what was read", "the lock", "the folder"])
def test_what_does_not_close_well_is_no_matter(here: Site, name: str) -> None:
    place = f"<{DATA}/{name}>".replace("/>", ">")
    closes = [call for call in of_commit(here, "store") if str(call) == f"close {place}"]
    struck = here.strike("store", closes[-1], "error=EIO")
    assert (struck.hit, struck.ended.status, struck.ended.errors) == (True, 0, "")
    assert here.flaw("store", struck.home) == ""


def after_the_change(here: Site, name: str) -> list[Call]:
    """Return the calls on own files that a commit makes when the vault is in place."""
    calls = of_commit(here, name)
    return calls[max(at for at, call in enumerate(calls) if call.name.startswith("rename")) + 1 :]


def test_a_vault_that_cannot_be_read_for_the_agent_has_another_data_key_all_the_same(here: Site) -> None:
    reading = [call for call in after_the_change(here, "rekey") if call.name == "openat"]
    assert reading, "nothing is read for the agent"
    for call in reading:
        struck = here.strike("rekey", call, "error=EIO")
        assert (struck.hit, struck.ended.status, struck.ended.errors) == (True, 0, "")
        assert not here.is_old("rekey", struck.home)


def test_the_vault_is_not_read_again_to_report_a_slot(here: Site) -> None:
    assert [call.name for call in after_the_change(here, "add-slot")] == ["fsync", "close", "close"]


# Readers


def changes_of_files(log: str) -> list[str]:
    """Return the calls that lock, change or make a file; opening /dev/null for writing is none."""
    call = re.compile(r"^\d+ +(flock|fsync|rename\w*|unlink\w*|mkdir\w*|creat)\(")
    flag = re.compile(r"\bO_(WRONLY|RDWR|CREAT|TRUNC|APPEND)\b|\bF_(OFD_)?SETLK")
    lines = [line for line in log.splitlines() if "/dev/" not in line]
    return [line for line in lines if call.search(line) or flag.search(line)]


def test_storing_what_is_held_takes_no_lock_and_writes_and_replaces_nothing(here: Site) -> None:
    home = here.home("store")
    options = ["-e", "trace=%file,flock,fcntl,fsync,fdatasync"]
    vault = home.place.vault.stat()
    unchanged = home.store("old", options)
    assert (unchanged.status, unchanged.errors) == (0, "")
    assert '"vault", O_RDONLY' in unchanged.log
    assert changes_of_files(unchanged.log) == []
    after = home.place.vault.stat()
    assert (after.st_ino, after.st_mtime_ns) == (vault.st_ino, vault.st_mtime_ns)
    changed = changes_of_files(home.store("new", options).log)
    names = {line.split("(")[0].split()[-1] for line in changed}
    assert {"openat", "flock", "fsync", "renameat"} <= names, "this test would not see a change"


def test_a_reader_that_a_commit_overtakes_answers_from_the_vault_that_it_opened(here: Site) -> None:
    home = here.home("store")
    vault = home.place.vault
    look = ["-P", str(vault), "-e", "trace=fstat,newfstatat"]
    stop = ["-e", "inject=fstat,newfstatat:signal=STOP:when=2"]  # first it only glances at it
    inode = vault.stat().st_ino
    with ThreadPoolExecutor() as threads:
        reading = threads.submit(home.run, "get", tracer=[*look, *stop])
        process = stopped(reading, home)
        assert home.store("new").status == 0
        assert not reading.done()
        assert vault.stat().st_ino != inode
        os.kill(process, signal.SIGCONT)
        ended = reading.result()
    assert (ended.status, ended.errors) == (0, "")
    assert b"password=old\n" in ended.output
    assert home.holds() == ["new"]


# Files of others that are replaced


@dataclass(frozen=True)
class Other:
    """A file that is not the program's own, and the command that replaces it."""

    name: str
    arguments: tuple[str, ...]
    before: bytes
    after: bytes
    """How it begins then."""

    @property
    def lock(self) -> str:
        return f"{self.name}.lock"

    def run(self, home: Home, tracer: Sequence[str]) -> Ended:
        return home.command(self.arguments, tracer=tracer)


THEIRS = b"[user]\n\tname = Jane\n"
LOGIN = b"https://jane@git.example.com\n"
OTHERS = (
    Other(".gitconfig", ("configure",), THEIRS, THEIRS + b"# git-credential-pat: begin"),
    Other(
        ".git-credentials",
        ("import", "git-credentials", "--scrub", "--yes"),
        f"https://fabrikam:{AZURE_TOKEN}@dev.azure.com/fabrikam\n".encode() + LOGIN,
        LOGIN,
    ),
)
of_others = pytest.mark.parametrize("other", OTHERS, ids=lambda other: other.arguments[0])


@pytest.fixture
def template(other: Other, tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    (home.folder / other.name).touch(0o600)
    (home.folder / other.name).write_bytes(other.before)
    return home


def on_lock(other: Other, template: Home) -> list[Call]:
    """Return the calls on the file that is to take the other's place, which lies beside it as its lock."""
    calls = own_calls(template, template.folder.with_name("trial"), other.run, other.lock)
    assert replacing(calls) == [f"write <{other.lock}>", f"fsync <{other.lock}>", f"rename {other.lock}"]
    return [call for call in calls if call.name in ("openat", *REPLACING)]


def struck_at_each(other: Other, template: Home, fault: str) -> Iterator[tuple[Struck, Path]]:
    """Strike at each of these calls; give the file, too, which must be as it was."""
    for number, call in enumerate(on_lock(other, template)):
        folder = template.folder.with_name(str(number))
        struck = strike(template, folder, other.run, call, fault, other.lock)
        assert struck.hit, call
        assert (folder / other.name).read_bytes() == other.before, call
        yield struck, folder / other.name


@of_others
def test_killed_before_another_s_file_is_replaced_it_is_as_it_was(other: Other, template: Home) -> None:
    for struck, file in struck_at_each(other, template, "signal=KILL"):
        assert struck.ended.status == -signal.SIGKILL
        (struck.home.folder / other.lock).unlink(missing_ok=True)  # git's kind of lock, which it names
        assert other.run(struck.home, ()).status == 0
        assert file.read_bytes().startswith(other.after)


@of_others
@pytest.mark.parametrize("error", ["ENOSPC", "EIO"])
def test_a_call_that_fails_is_reported_and_leaves_another_s_file_as_it_was(
    other: Other, template: Home, error: str
) -> None:
    reason = {"ENOSPC": "No space left on device", "EIO": "Input/output error"}[error]
    for struck, file in struck_at_each(other, template, f"error={error}"):
        said = rf"git-credential-pat: cannot \w+ {file}: {reason}\n"
        assert struck.ended.status == 1
        assert re.fullmatch(said, struck.ended.errors), struck
        assert [path.name for path in struck.home.folder.glob(f"{other.name}*")] == [other.name]

"""A change of the slots that dies or fails at any system call: an old key or a new one opens the vault."""

from __future__ import annotations

import re
import shutil
import signal
from typing import TYPE_CHECKING

import pytest
from support.faults import Ended, Home, Point, inject
from support.person import Person, cheap
from support.slots import OTHER_PHRASE, PHRASE
from support.strikes import own_calls, strike

from git_credential_pat.backends.vault_copies import backup
from git_credential_pat.backends.vault_slots import add_slot
from git_credential_pat.vault.keyslots import kind_named

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from support.strikes import Call
    from support.vaults import Place

TEMPORARY = r'"\.vault-[0-9a-f]{16}"'
RENAME = "rename(at2?)?"
FLOCK = Point("take the lock", "flock", "LOCK_EX", which=-1)
OPEN = Point("open the temporary", "openat", TEMPORARY, which=-1, below="data")
WRITE = Point("write the vault", "write", "GITPATS1", which=-1)
FLUSH = Point("flush the file", "fsync", r"\d+\)", which=-2)
REPLACE = Point("replace the vault", RENAME, f'{TEMPORARY}.*"vault"')
FLUSH_FOLDER = Point("flush the folder", "fsync", r"\d+\)", which=-1)
POINTS = (FLOCK, OPEN, WRITE, FLUSH, REPLACE, FLUSH_FOLDER)

KEEP_WRITE = Point("write the vault of before", "write", "GITPATS1")
KEEP = Point("keep the vault of before", RENAME, TEMPORARY + r'.*"vault\.2\d+T\d+Z"')

COMMANDS: dict[str, tuple[list[str], str]] = {
    "add-slot": (["vault", "add-slot", "passphrase"], f"{OTHER_PHRASE}\n"),
    "remove-slot": (["vault", "remove-slot", "1"], f"{PHRASE}\n"),
    "rekey": (["vault", "rekey"], f"{PHRASE}\n"),
    "recover": (["vault", "recover", "copy"], ""),
}
CASES = [
    *(("rekey", point) for point in POINTS),
    *(("add-slot", point) for point in (WRITE, REPLACE, FLUSH_FOLDER)),
    *(("remove-slot", point) for point in (OPEN, REPLACE, FLUSH_FOLDER)),
    *(("recover", point) for point in (KEEP_WRITE, KEEP, WRITE, REPLACE, FLUSH_FOLDER)),
]

pytestmark = pytest.mark.needs("strace")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Return a home with a vault that opens by key file (1) and passphrase (2), and a copy of it."""
    home = Home(tmp_path_factory.mktemp("template") / "home")
    assert home.store("old").status == 0
    with pytest.MonkeyPatch.context() as patch:
        cheap(patch)
        add_slot(home.place.backend(Person(chooses=PHRASE).unlocking), kind_named("passphrase"))
    backup(home.place.backend(), str(home.folder / "copy"))
    assert home.store("stored since").status == 0
    return home


@pytest.fixture
def home(template: Home, tmp_path: Path) -> Home:
    shutil.copytree(template.folder, tmp_path / "home")
    return Home(tmp_path / "home")


def command(name: str) -> Callable[[Home, Sequence[str]], Ended]:
    arguments, given = COMMANDS[name]

    def run(home: Home, tracer: Sequence[str]) -> Ended:
        paths = [str(home.folder / "copy") if argument == "copy" else argument for argument in arguments]
        return home.command(paths, given, tracer)

    return run


def by_key_file(place: Place) -> list[bytes]:
    """Return the tokens that the key file opens; fail if it opens nothing."""
    return [entry.secret for entry in place.backend().entries()]


def by_phrase(place: Place, phrase: str) -> list[bytes]:
    """Return the tokens that a passphrase alone opens; fail if it opens nothing."""
    aside = place.key.with_name("aside")
    place.key.rename(aside)
    try:
        return [entry.secret for entry in place.backend(Person(phrase).unlocking).entries()]
    finally:
        aside.rename(place.key)


def assert_nothing_is_lost(place: Place, name: str) -> None:
    """Assert that every slot that the vault has opens it, and that it holds what it held or shall hold."""
    tokens = by_phrase(place, PHRASE)  # which no command here takes away
    if tokens == [b"old"]:
        assert name == "recover"
        (kept,) = place.data.glob("vault.2*")
        kept.rename(place.vault)
        tokens = by_phrase(place, PHRASE)
    assert tokens == [b"stored since"]
    header = place.backend().header()
    assert header is not None
    numbers = [slot.id for slot in header.slots]
    assert numbers in {"add-slot": ([1, 2], [1, 2, 3]), "remove-slot": ([1, 2], [2])}.get(name, ([1, 2],))
    if 1 in numbers:
        assert by_key_file(place) == tokens
    if 3 in numbers:
        assert by_phrase(place, OTHER_PHRASE) == tokens


def assert_usable(home: Home) -> None:
    """Assert that the vault takes changes, and that nothing is left behind by then."""
    ended = home.command(["vault", "add-slot", "passphrase"], "another one\n")
    if ended.status:  # there is no key file's slot any more, and nobody to ask
        assert ended.status == 3
        home.place.backend(Person(PHRASE).unlocking).rewrite(lambda old: old._replace(entries=()))
    assert home.place.temporaries() == []


@pytest.mark.parametrize(("name", "point"), CASES, ids=lambda value: getattr(value, "name", value))
def test_killed_at_any_moment_an_old_or_a_new_slot_opens_the_vault(
    home: Home, name: str, point: Point
) -> None:
    ended, struck = inject(home, point, "signal=KILL", command(name))
    assert (ended.status, struck) == (-signal.SIGKILL, 1)
    assert_nothing_is_lost(home.place, name)
    assert_usable(home)


@pytest.mark.parametrize(
    ("name", "point"),
    [
        ("add-slot", WRITE),
        ("remove-slot", REPLACE),
        ("rekey", FLUSH),
        ("rekey", FLUSH_FOLDER),
        ("recover", KEEP),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_a_call_that_fails_is_one_line_and_leaves_no_temporary(home: Home, name: str, point: Point) -> None:
    ended, struck = inject(home, point, "error=ENOSPC", command(name))
    assert (ended.status, ended.output, struck) == (1, b"", 1)
    assert re.fullmatch(r"git-credential-pat: [^\n]+\n", ended.errors), ended.errors
    assert home.place.temporaries() == []
    assert_nothing_is_lost(home.place, name)


def after_the_change(home: Home, folder: Path, name: str) -> list[Call]:
    """Return the calls on own files that a command makes when the vault is in place."""
    calls = own_calls(home, folder, command(name))
    return calls[max(at for at, call in enumerate(calls) if call.name.startswith("rename")) + 1 :]


def test_a_vault_that_cannot_be_read_for_the_agent_has_another_data_key_all_the_same(
    home: Home, tmp_path: Path
) -> None:
    reading = [call for call in after_the_change(home, tmp_path / "trial", "rekey") if call.name == "openat"]
    assert reading, "nothing is read for the agent"
    for number, call in enumerate(reading):
        struck = strike(home, tmp_path / str(number), command("rekey"), call, "error=EIO")
        assert (struck.hit, struck.ended.status, struck.ended.errors) == (True, 0, "")
        assert struck.home.place.vault.read_bytes() != home.place.vault.read_bytes()


def test_the_vault_is_not_read_again_to_tell_of_a_slot(home: Home, tmp_path: Path) -> None:
    names = [call.name for call in after_the_change(home, tmp_path / "trial", "add-slot")]
    assert names == ["fsync", "close", "close"]


@pytest.mark.parametrize("name", COMMANDS)
def test_without_a_fault_each_command_does_its_work(home: Home, name: str) -> None:
    before = home.place.vault.read_bytes()
    ended = command(name)(home, ())
    assert (ended.status, ended.errors) == (0, "")
    assert home.place.vault.read_bytes() != before
    assert_nothing_is_lost(home.place, name)

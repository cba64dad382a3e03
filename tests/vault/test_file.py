"""The files of a vault and their folders: who may reach them, what they may be, and how they are replaced."""

from __future__ import annotations

import os
import re
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest
from support.users import NOBODY
from support.vaults import Place, at_most, store, token

from git_credential_pat.errors import PatError
from git_credential_pat.system.files import Folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NAMES = ("vault", "key", "lock")
"""The files of a vault; all must be private."""
FOLDERS = ("data", "config")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Return a vault with one entry, below a folder whose name a shell would not take as it is."""
    place = Place(tmp_path / "it's a home")
    store(place.backend(), token("fabrikam"))
    return place


def use(place: Place) -> None:
    """Do what touches every file: read vault and key, and take the lock."""
    with at_most(10):
        store(place.backend(), token("contoso"))


def refusal(place: Place) -> str:
    """Return why the vault is refused, after seeing that it was not changed."""
    files = place.files()
    with pytest.raises(PatError) as refused:
        use(place)
    assert refused.value.status == 1
    assert place.files() == files
    return str(refused.value)


def run_the_command(message: str, begins: str) -> None:
    """Run the command that a message suggests, without the rights that the test has anyway."""
    found = re.search(r"; run: (?:sudo )?(.*)$", message)
    assert found, message
    assert found[1].startswith(begins)
    subprocess.run(["sh", "-c", found[1]], check=True)


def path_of(place: Place, name: str) -> Path:
    path: Path = getattr(place, name)
    return path


def assert_refused_until_closed(place: Place, path: Path, mode: int, closed: str) -> None:
    path.chmod(mode)
    message = refusal(place)
    assert message.startswith("other users can reach ")
    assert stat.S_IMODE(path.stat().st_mode) == mode
    run_the_command(message, f"chmod {closed} ")
    use(place)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o602, 0o611])
def test_a_file_that_others_can_reach_is_refused_until_the_command_was_run(
    place: Place, name: str, mode: int
) -> None:
    assert_refused_until_closed(place, path_of(place, name), mode, "600")


@pytest.mark.parametrize("name", FOLDERS)
@pytest.mark.parametrize("mode", [0o755, 0o750, 0o701, 0o770, 0o1777])
def test_a_folder_that_others_can_reach_is_refused_until_the_command_was_run(
    place: Place, name: str, mode: int
) -> None:
    assert_refused_until_closed(place, path_of(place, name), mode, "700")


@pytest.mark.needs("root")
@pytest.mark.parametrize("name", [*NAMES, *FOLDERS])
def test_what_belongs_to_another_user_is_refused_until_the_command_was_run(place: Place, name: str) -> None:
    path = path_of(place, name)
    os.chown(path, NOBODY, NOBODY)
    message = refusal(place)
    assert " belongs to another user; " in message
    assert path.stat().st_uid == NOBODY
    run_the_command(message, "chown ")
    use(place)


def link_to(path: Path) -> None:
    path.with_name("elsewhere").touch()
    path.symlink_to("elsewhere")


IN_ITS_PLACE: dict[str, tuple[Callable[[Path], object], str]] = {
    "a link": (link_to, "is a symbolic link"),
    "a dangling link": (lambda path: path.symlink_to("nowhere"), "is a symbolic link"),
    "a folder": (lambda path: path.mkdir(0o700), "is not a regular file"),
}


@pytest.mark.parametrize("what", IN_ITS_PLACE)
@pytest.mark.parametrize("name", NAMES)
def test_what_stands_in_the_place_of_a_file_is_refused_and_not_followed(
    place: Place, name: str, what: str
) -> None:
    path = path_of(place, name)
    put, said = IN_ITS_PLACE[what]
    path.unlink()
    put(path)
    assert refusal(place).endswith(f" {said}; move it away")
    assert not path.with_name("nowhere").exists()


@pytest.mark.parametrize("name", NAMES)
def test_a_fifo_is_refused_without_waiting_for_its_writer(place: Place, name: str) -> None:
    path = path_of(place, name)
    path.unlink()
    os.mkfifo(path, 0o600)
    assert refusal(place).endswith(" is not a regular file; move it away")


@pytest.mark.parametrize("name", NAMES)
def test_a_socket_in_the_place_of_a_file_is_refused(place: Place, name: str) -> None:
    path = path_of(place, name)
    path.unlink()
    os.mknod(path, stat.S_IFSOCK | 0o600)
    assert refusal(place).endswith(" is not a regular file; move it away")


@pytest.mark.parametrize("what", ["a link", "a file"])
@pytest.mark.parametrize("name", FOLDERS)
def test_what_stands_in_the_place_of_a_folder_is_refused(place: Place, name: str, what: str) -> None:
    path, elsewhere = path_of(place, name), place.folder / "elsewhere"
    path.rename(elsewhere)
    path.symlink_to(elsewhere) if what == "a link" else path.touch(0o600)
    assert refusal(place).endswith(" must be a folder, not a link; move it away")


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_above_may_be_a_symbolic_link(place: Place, name: str) -> None:
    above = path_of(place, name).parent
    above.rename(place.folder / "dotfiles")
    above.symlink_to(place.folder / "dotfiles")
    use(place)
    assert len(place.backend().entries()) == 2
    assert above.is_symlink()


@pytest.mark.parametrize("name", NAMES)
def test_a_file_with_a_second_name_is_refused(place: Place, name: str) -> None:
    os.link(path_of(place, name), place.folder / "second")
    assert " has a second name (a hard link); to find it, run: find / -samefile " in refusal(place)
    (place.folder / "second").unlink()
    use(place)


@pytest.fixture
def no_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("no_umask")
def test_folders_are_made_0700_and_files_0600_whatever_the_umask_allows(tmp_path: Path) -> None:
    place = Place(tmp_path)
    store(place.backend(), token("fabrikam"))
    store(place.backend(), token("contoso"))
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*") if path.is_file()}
    assert modes == {"vault": 0o600, "vault.lock": 0o600, "key": 0o600, "key.lock": 0o600}
    assert [stat.S_IMODE(path.stat().st_mode) for path in (place.data, place.config)] == [0o700, 0o700]


def test_replacing_leaves_no_temporary_and_sweeps_those_of_killed_processes(place: Place) -> None:
    (place.data / ".vault-0123456789abcdef").touch(0o600)
    (place.data / ".vault-fedcba9876543210").mkdir(0o700)  # which stops nothing
    use(place)
    assert place.temporaries() == [".vault-fedcba9876543210"]
    assert len(place.backend().entries()) == 2


@pytest.mark.parametrize(
    "name",
    [
        ".vault-backup",
        ".vault-0123456789ABCDEF",
        ".vault-0123456789abcde",
        ".vault-0123456789abcdef0",
        "vault.old",
    ],
)
def test_a_file_that_is_no_temporary_of_ours_is_not_swept(place: Place, name: str) -> None:
    (place.data / name).write_bytes(b"the user's own")
    use(place)
    assert (place.data / name).read_bytes() == b"the user's own"


@pytest.mark.parametrize("fault", [KeyboardInterrupt, PatError, ValueError])
def test_the_lock_is_free_after_whatever_fails_under_it(place: Place, fault: type[BaseException]) -> None:
    folder = Folder(str(place.data))
    with pytest.raises(fault), folder.locked("vault.lock"):
        raise fault
    use(place)


@pytest.fixture
def swapped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """Return the folder `own`, where `theirs` takes its place as soon as it was looked at."""
    for name in ("own", "theirs"):
        (tmp_path / name).mkdir(0o700)
        (tmp_path / name / "file").touch(0o600)
        (tmp_path / name / "file").write_text(name)
    look = os.fstat

    def look_and_swap(descriptor: int) -> os.stat_result:
        status = look(descriptor)
        if stat.S_ISDIR(status.st_mode) and not (tmp_path / "aside").exists():
            (tmp_path / "own").rename(tmp_path / "aside")
            (tmp_path / "theirs").rename(tmp_path / "own")
        return status

    monkeypatch.setattr(os, "fstat", look_and_swap)
    return Folder(str(tmp_path / "own"))


def test_what_is_read_lies_in_the_folder_that_was_looked_at(swapped: Folder) -> None:
    assert swapped.read("file", limit=10) == b"own"


def test_what_is_written_lies_in_the_folder_that_was_looked_at(swapped: Folder, tmp_path: Path) -> None:
    swapped.replace("file", b"written")
    assert (tmp_path / "aside" / "file").read_text() == "written"
    assert [path.read_text() for path in (tmp_path / "own").iterdir()] == ["theirs"]


def test_the_lock_lies_in_the_folder_that_was_looked_at(swapped: Folder, tmp_path: Path) -> None:
    with swapped.locked("lock"):
        pass
    assert (tmp_path / "aside" / "lock").exists()
    assert not (tmp_path / "own" / "lock").exists()

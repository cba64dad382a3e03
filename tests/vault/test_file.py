from __future__ import annotations

import os
import re
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest
from support.vaults import Place, at_most, store, token

from git_credential_pat.errors import PatError
from git_credential_pat.system.files import Folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOBODY = 65534
NAMES = ("vault", "key", "lock")
"""The files of a vault; all must be private."""


@pytest.fixture(params=["plain", "it's a home"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Return a vault with one entry, also below a folder whose name a shell would not take as it is."""
    place = Place(tmp_path / request.param)
    store(place.backend(), token("fabrikam"))
    return place


@pytest.fixture
def no_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


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


def advice(message: str) -> str:
    """Return the command that a message tells to run, without the rights that the test has anyway."""
    found = re.search(r"; run: (?:sudo )?(.*)$", message)
    assert found, message
    return found[1]


def path_of(place: Place, name: str) -> Path:
    path: Path = getattr(place, name)
    return path


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o602, 0o611])
def test_a_file_that_others_can_reach_is_refused_until_the_command_was_run(
    place: Place, name: str, mode: int
) -> None:
    path = path_of(place, name)
    path.chmod(mode)
    message = refusal(place)
    assert message.startswith("others can reach ")
    assert stat.S_IMODE(path.stat().st_mode) == mode
    command = advice(message)
    assert command.startswith("chmod 600 ")
    subprocess.run(["sh", "-c", command], check=True)
    use(place)


@pytest.mark.parametrize("name", ["data", "config"])
@pytest.mark.parametrize("mode", [0o755, 0o750, 0o701, 0o770, 0o1777])
def test_a_folder_that_others_can_reach_is_refused_until_the_command_was_run(
    place: Place, name: str, mode: int
) -> None:
    path = path_of(place, name)
    path.chmod(mode)
    message = refusal(place)
    assert message.startswith("others can reach ")
    assert stat.S_IMODE(path.stat().st_mode) == mode
    command = advice(message)
    assert command.startswith("chmod 700 ")
    subprocess.run(["sh", "-c", command], check=True)
    use(place)


def test_the_command_is_exact(tmp_path: Path) -> None:
    place = Place(tmp_path)
    store(place.backend(), token("fabrikam"))
    place.vault.chmod(0o644)
    assert refusal(place) == f"others can reach {place.vault}; run: chmod 600 {place.vault}"
    place.vault.chmod(0o600)
    place.data.chmod(0o755)
    assert refusal(place) == f"others can reach {place.data}; run: chmod 700 {place.data}"


@pytest.mark.needs("root")
@pytest.mark.parametrize("name", [*NAMES, "data", "config"])
def test_what_belongs_to_another_user_is_refused_until_the_command_was_run(place: Place, name: str) -> None:
    path = path_of(place, name)
    os.chown(path, NOBODY, NOBODY)
    message = refusal(place)
    assert " belongs to another user; run: sudo chown " in message
    assert path.stat().st_uid == NOBODY
    subprocess.run(["sh", "-c", advice(message)], check=True)
    use(place)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_behind_a_symbolic_link_is_refused(place: Place, name: str) -> None:
    path = path_of(place, name)
    path.rename(place.folder / "elsewhere")
    path.symlink_to(place.folder / "elsewhere")
    assert refusal(place).endswith(" is a symbolic link; move it away")
    assert path.is_symlink()


@pytest.mark.parametrize("name", NAMES)
def test_a_dangling_link_is_refused_and_its_target_not_made(place: Place, name: str) -> None:
    path = path_of(place, name)
    path.unlink()
    path.symlink_to(place.folder / "elsewhere")
    assert refusal(place).endswith(" is a symbolic link; move it away")
    assert not (place.folder / "elsewhere").exists()


@pytest.mark.parametrize("name", ["data", "config"])
def test_an_own_folder_behind_a_symbolic_link_is_refused(place: Place, name: str) -> None:
    path = path_of(place, name)
    path.rename(place.folder / "elsewhere")
    path.symlink_to(place.folder / "elsewhere")
    assert refusal(place).endswith(" must be a folder and no link; move it away")


@pytest.mark.parametrize("name", ["data", "config"])
def test_a_folder_above_may_be_a_symbolic_link(place: Place, name: str) -> None:
    above = path_of(place, name).parent
    above.rename(place.folder / "dotfiles")
    above.symlink_to(place.folder / "dotfiles")
    use(place)
    assert len(place.backend().entries()) == 2
    assert above.is_symlink()


@pytest.mark.parametrize("name", NAMES)
def test_a_fifo_is_refused_without_waiting_for_its_writer(place: Place, name: str) -> None:
    path = path_of(place, name)
    path.unlink()
    os.mkfifo(path, 0o600)
    assert refusal(place).endswith(" is not a regular file; move it away")


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_in_the_place_of_a_file_is_refused(place: Place, name: str) -> None:
    path = path_of(place, name)
    path.unlink()
    path.mkdir(0o700)
    assert refusal(place).endswith(" is not a regular file; move it away")


@pytest.mark.parametrize("name", NAMES)
def test_a_socket_in_the_place_of_a_file_is_refused(place: Place, name: str) -> None:
    path = path_of(place, name)
    path.unlink()
    os.mknod(path, stat.S_IFSOCK | 0o600)
    assert refusal(place).endswith(" is not a regular file; move it away")


@pytest.mark.parametrize("name", ["data", "config"])
def test_a_file_in_the_place_of_a_folder_is_refused(place: Place, name: str) -> None:
    path = path_of(place, name)
    path.rename(place.folder / "elsewhere")
    path.touch(0o600)
    assert refusal(place).endswith(" must be a folder and no link; move it away")


@pytest.mark.parametrize("name", NAMES)
def test_a_file_with_a_second_name_is_refused(place: Place, name: str) -> None:
    path = path_of(place, name)
    os.link(path, place.folder / "second")
    assert " has another name (a hard link); find it by: find / -samefile " in refusal(place)
    (place.folder / "second").unlink()
    use(place)


@pytest.mark.usefixtures("no_umask")
def test_folders_are_made_0700_and_files_0600_whatever_the_umask_allows(tmp_path: Path) -> None:
    place = Place(tmp_path)
    store(place.backend(), token("fabrikam"))
    store(place.backend(), token("contoso"))
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*") if path.is_file()}
    assert modes == {"vault": 0o600, "vault.lock": 0o600, "key": 0o600, "key.lock": 0o600}
    assert [stat.S_IMODE(path.stat().st_mode) for path in (place.data, place.config)] == [0o700, 0o700]


def test_a_file_or_folder_that_is_not_there_reads_as_nothing(tmp_path: Path) -> None:
    assert Folder(str(tmp_path / "nowhere")).read("vault", limit=10) is None
    folder = tmp_path / "folder"
    folder.mkdir(0o700)
    assert Folder(str(folder)).read("vault", limit=10) is None
    assert list(tmp_path.rglob("*")) == [folder]


def test_replacing_leaves_no_temporary_and_sweeps_those_of_killed_processes(place: Place) -> None:
    stale = place.data / ".vault-0123456789abcdef"
    stale.touch(0o600)
    use(place)
    assert place.temporaries() == []


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


def test_a_folder_named_like_a_temporary_stops_nothing(place: Place) -> None:
    (place.data / ".vault-0123456789abcdef").mkdir(0o700)
    use(place)
    assert len(place.backend().entries()) == 2


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


@pytest.mark.parametrize(("size", "expected"), [(9, 9), (10, 10), (11, 11), (12, 11), (1 << 40, 11)])
def test_of_a_file_larger_than_its_limit_one_byte_more_is_read(
    tmp_path: Path, size: int, expected: int
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir(0o700)
    (folder / "file").touch(0o600)
    os.truncate(folder / "file", size)
    assert Folder(str(folder)).read("file", limit=10) == bytes(expected)

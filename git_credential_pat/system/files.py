"""The program's own folders and files: which users may read them, and how one is replaced.

A file is replaced under a lock by writing a temporary beside it, flushing it to the disk and renaming
it, so that a reader sees the old contents or the new ones at every moment and after every crash.
Folders and files that anyone else could read or swap are refused with the command that fixes them;
they are never fixed silently. Root changes nothing in another user's home, and reads there what is that
user's.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from git_credential_pat.errors import PatError, UnconfirmedError
from git_credential_pat.model import NamedTuple
from git_credential_pat.system.users import give_to_owner_of, is_own
from git_credential_pat.text import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOCK_TIMEOUT = 15.0
"""Seconds to wait for another process."""

_TEMPORARY = ".vault-"
_ROOM = ".vault-room"
_RANDOM_BYTES = 8
_CHUNK = 1 << 20
_OTHERS = 0o077
_OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_OPEN_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_MAKE_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Glance(NamedTuple):
    """A file as it was at one moment."""

    state: tuple[int, ...]
    start: bytes

    def __repr__(self) -> str:
        """Leave out what the file holds, which may be the key."""
        return f"Glance({self.state!r})"


class Folder:
    """One of the program's own folders, 0700. Folders above it may be links; it may not."""

    def __init__(self, path: str, lock_timeout: float = LOCK_TIMEOUT) -> None:
        """Take an absolute path, and the seconds to wait for a lock; nothing is opened or made yet."""
        self.path = path
        self._lock_timeout = lock_timeout
        self._room = 0

    def file_path(self, name: str) -> str:
        """Return the full path of a file in this folder, for messages."""
        return os.path.join(self.path, name)

    def read(self, name: str, limit: int) -> bytes | None:
        """Return a file's bytes, or None if the file or the folder is not there.

        At most `limit` + 1 bytes are read, so that the caller notices a larger file. Raises PatError if
        others could read or swap it.
        """
        glance = self.glance(name, limit + 1)
        return None if glance is None else glance.start

    def glance(self, name: str, size: int) -> Glance | None:
        """Return what identifies a file's state, and its first `size` bytes; as `read` does."""
        try:
            with self._open() as folder:
                descriptor = os.open(name, _OPEN_FILE, dir_fd=folder)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._refusal(name, error) from None
        try:
            status = self._checked(name, descriptor)
            state = status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
            return Glance(state, _read(descriptor, size))
        except OSError as error:
            raise self._refusal(name, error) from None
        finally:
            _close(descriptor)

    @contextmanager
    def locked(self, lock: str) -> Iterator[None]:
        """Hold the folder's lock file, making folder and file if they are not there.

        Raises PatError if other processes hold the lock for longer than is to be waited.
        """
        from git_credential_pat.system.locks import lock_exclusively, open_lock  # a reader needs none

        self._make()
        try:
            with self._open() as folder:
                descriptor = open_lock(lock, folder)
        except OSError as error:
            raise self._refusal(lock, error) from None
        try:
            self._checked(lock, descriptor)
            lock_exclusively(descriptor, self.file_path(lock), self._lock_timeout)
            yield
        finally:
            _close(descriptor)

    def replace(self, name: str, data: bytes) -> None:
        """Put `data` in place of a file, durably; the caller holds the lock.

        Raises PatError, and leaves the old file and no temporary, if the disk does not take it.
        """
        self._make()
        temporary = _TEMPORARY + os.urandom(_RANDOM_BYTES).hex()
        try:
            with self._open() as folder:
                self._sweep(folder)
                if len(data) <= self._room:
                    _write_over(folder, _ROOM, data)
                    os.rename(_ROOM, name, src_dir_fd=folder, dst_dir_fd=folder)
                    self._room = 0
                else:
                    with _none_left(folder, temporary):
                        _write_durably(folder, temporary, data)
                        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
                self._flush(folder, name)
        except OSError as error:
            raise self._refusal(name, error) from None

    @contextmanager
    def room(self, size: int) -> Iterator[None]:
        """Hold `size` bytes of the disk, which the next `replace` writes over if that many are enough.

        Raises PatError if the disk does not have them. The caller sees to it that no other process does this
        at the same time: the file has one name, so that the next caller removes what a crash has left.
        """
        self._make()
        try:
            with self._open() as folder:
                _unlink_if_there(_ROOM, folder)
                _write_durably(folder, _ROOM, os.urandom(size))  # zeros might take no room
        except OSError as error:
            raise self._refusal(_ROOM, error) from None
        self._room = size
        try:
            yield
        finally:
            self._room = 0
            with suppress(OSError), self._open() as folder:
                _unlink_if_there(_ROOM, folder)

    def _flush(self, folder: int, name: str) -> None:
        try:
            os.fsync(folder)
        except OSError as error:
            path, reason = quoted(self.file_path(name)), _reason(error)
            raise UnconfirmedError(f"{path} is changed, but the disk does not confirm it: {reason}") from None

    def _make(self) -> None:
        from git_credential_pat.system.homes import denied, require_own_home  # few calls make anything

        require_own_home(self.path)
        try:
            os.makedirs(self.path, mode=0o700, exist_ok=True)
        except FileExistsError:
            return  # whatever it is, opening it reports it
        except OSError as error:
            refusal = denied(self.path) if isinstance(error, PermissionError) else None
            raise refusal or PatError(
                f"cannot make the folder {quoted(self.path)}: {_reason(error)}"
            ) from None

    @contextmanager
    def _open(self) -> Iterator[int]:
        try:
            descriptor = os.open(self.path, _OPEN_FOLDER)
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.ENOTDIR):
                raise PatError(f"{quoted(self.path)} must be a folder, not a link; move it away") from None
            raise
        try:
            status = os.fstat(descriptor)
            _check_owner(self.path, status)
            if status.st_mode & _OTHERS:
                raise PatError(
                    f"other users can reach {quoted(self.path)}; run: chmod 700 {quoted(self.path)}"
                )
            yield descriptor
        finally:
            _close(descriptor)

    def _checked(self, name: str, descriptor: int) -> os.stat_result:
        path = self.file_path(name)
        try:
            status = os.fstat(descriptor)
        except OSError as error:
            raise self._refusal(name, error) from None
        if not stat.S_ISREG(status.st_mode):
            raise PatError(f"{quoted(path)} is not a regular file; move it away")
        _check_owner(path, status)
        if status.st_mode & _OTHERS:
            raise PatError(f"other users can reach {quoted(path)}; run: chmod 600 {quoted(path)}")
        if status.st_nlink > 1:  # 0 is a file that was replaced after it was opened
            raise PatError(
                f"{quoted(path)} has a second name (a hard link); "
                f"to find it, run: find / -samefile {quoted(path)}"
            )
        return status

    def _refusal(self, name: str, error: OSError) -> PatError:
        path = quoted(self.file_path(name))
        if error.errno == errno.ELOOP:
            return PatError(f"{path} is a symbolic link; move it away")
        if error.errno in (errno.ENXIO, errno.EISDIR):  # a socket, and for the lock a folder
            return PatError(f"{path} is not a regular file; move it away")
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return PatError(f"the disk is full; {path} was not changed; free some space and try again")
        if isinstance(error, PermissionError):
            from git_credential_pat.system.homes import denied  # as above

            return denied(self.file_path(name)) or PatError(f"cannot use {path}: {_reason(error)}")
        return PatError(f"cannot use {path}: {_reason(error)}")

    @staticmethod
    def _sweep(folder: int) -> None:
        for name in os.listdir(folder):
            if _is_temporary(name):
                _unlink_if_there(name, folder)


def write_once(path: str, data: bytes) -> None:
    """Make a file that is not there yet, 0600, durably; raise PatError, and leave none, if that fails."""
    from git_credential_pat.system.homes import require_own_home  # as above

    require_own_home(path)
    parent, name = os.path.split(path)
    try:
        folder = os.open(parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise PatError(f"cannot make {quoted(path)}: {_reason(error)}") from None
    try:
        _write_durably(folder, name, data)
        with _none_left(folder, name):
            os.fsync(folder)
    except FileExistsError:
        raise PatError(f"{quoted(path)} exists already; give another name") from None
    except OSError as error:
        raise PatError(f"cannot make {quoted(path)}: {_reason(error)}") from None
    finally:
        _close(folder)


def read_foreign(path: str, limit: int) -> bytes:
    """Return the bytes of a file that need not be ours, at most `limit` + 1; raise PatError if it is none."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise PatError(f"cannot read {quoted(path)}: {_reason(error)}") from None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise PatError(f"{quoted(path)} is not a regular file; give a copy that backup made")
        return _read(descriptor, limit + 1)
    except OSError as error:
        raise PatError(f"cannot read {quoted(path)}: {_reason(error)}") from None
    finally:
        _close(descriptor)


def change_foreign(
    path: str, change: Callable[[bytes | None], bytes | None], usual_mode: int = 0o644
) -> None:
    """Change a file that need not be ours under git's own kind of lock, `FILE.lock`; mode and owner stay.

    A file that was not there gets the usual mode.
    `change` is called while the lock is held, with the contents, None if there is no file. It returns what is
    to stand there: the same, other contents, or None for no file. Raises PatError if another has the lock,
    and OSError; then the file is as it was.
    """
    lock = f"{path}.lock"
    try:
        descriptor = os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise PatError(
            f"{quoted(path)} is being changed by another git; if none runs, remove {quoted(lock)}"
        ) from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            before = _contents(path)
            after = change(before)
            if after is not None and after != before:
                file.write(after)
                file.flush()
                _take_mode_and_owner(path, descriptor, usual_mode)
                os.fsync(descriptor)
        if after is None and before is not None:
            os.unlink(path)
        if after is None or after == before:
            os.unlink(lock)
        else:
            os.rename(lock, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(lock)
        raise


def _contents(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def _take_mode_and_owner(path: str, descriptor: int, usual_mode: int) -> None:
    """Give an open file those of the one that it is to replace; where there is none, a usual mode."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        os.fchmod(descriptor, usual_mode)
        return
    os.fchmod(descriptor, status.st_mode & 0o7777)
    give_to_owner_of(status, descriptor)


def _check_owner(path: str, status: os.stat_result) -> None:
    if is_own(status):
        return
    from git_credential_pat.system.homes import belonging_to_another, is_readable_here  # as above

    if not is_readable_here(status, path):
        raise belonging_to_another(path)


def _reason(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else "it failed"


def _read(descriptor: int, limit: int) -> bytes:
    chunks: list[bytes] = []
    while limit > 0 and (chunk := os.read(descriptor, min(limit, _CHUNK))):
        chunks.append(chunk)
        limit -= len(chunk)
    return b"".join(chunks)


def _write_durably(folder: int, name: str, data: bytes) -> None:
    """Make a file that is not there yet; leave none if that fails, or is broken off."""
    import signal  # a reader need not load it

    # A Ctrl-C waits until it is certain whether the file of this name is ours to remove.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT,))
    try:
        descriptor = os.open(name, _MAKE_FILE, 0o600, dir_fd=folder)
    except OSError:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        raise
    try:
        with _none_left(folder, name):
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
            os.fsync(descriptor)
    finally:
        _close(descriptor)


def _write_over(folder: int, name: str, data: bytes) -> None:
    """Write over a file that is longer, without a need for more of the disk, and cut it off."""
    descriptor = os.open(name, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
        os.ftruncate(descriptor, len(data))
        os.fsync(descriptor)
    finally:
        _close(descriptor)


@contextmanager
def _none_left(folder: int, name: str) -> Iterator[None]:
    """Leave no file of this name if what is done fails."""
    try:
        yield
    except BaseException:
        _unlink_if_there(name, folder)
        raise


def _close(descriptor: int) -> None:
    """Close what was read, locked or flushed to the disk: of all that an error would change nothing."""
    with suppress(OSError):
        os.close(descriptor)


def _is_temporary(name: str) -> bool:
    digits = name.removeprefix(_TEMPORARY)
    return digits != name and len(digits) == 2 * _RANDOM_BYTES and not digits.strip("0123456789abcdef")


def _unlink_if_there(name: str, folder: int) -> None:
    try:
        os.unlink(name, dir_fd=folder)
    except (FileNotFoundError, IsADirectoryError, PermissionError):  # the last two: a folder, by system
        return

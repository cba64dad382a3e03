"""Locks between processes, on open files: one that ends lets go of its own, whatever ends it."""

from __future__ import annotations

import os

from git_credential_pat.errors import PatError
from git_credential_pat.text import quoted

_MAKE_LOCK = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


def open_lock(path: str | bytes, folder: int | None = None) -> int:
    """Return a descriptor of a lock's file, made 0600 if it is not there; below an open folder if given."""
    return os.open(path, _MAKE_LOCK, 0o600, dir_fd=folder)


def try_lock(descriptor: int) -> None:
    """Take the lock of an open file; raises BlockingIOError if another process has it."""
    import fcntl  # a shared library, which a reader need not load

    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_locked(path: bytes) -> bool:
    """Return whether a process holds the lock of a file, which is not made."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)  # as NFS wants it for a lock
    except OSError:
        return False
    try:
        try_lock(descriptor)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False


class _TimedOutError(Exception):
    """The timer rang while the lock was awaited."""


def lock_exclusively(descriptor: int, path: str, timeout: float) -> None:
    """Take the lock of an open file; raises PatError if it is not free within `timeout` seconds.

    The lock blocks: polling starves where many want it.
    """
    try:
        try_lock(descriptor)
    except BlockingIOError:
        _wait_for_lock(descriptor, path, timeout)
    except OSError as error:
        raise _failed(path, error) from None


def _wait_for_lock(descriptor: int, path: str, timeout: float) -> None:
    import fcntl
    import signal

    held = PatError(
        f"{quoted(path)} was locked by other processes for {timeout:.0f} s; "
        f"to find them, run: fuser {quoted(path)}"
    )
    if not timeout:
        raise held

    def ring(_number: int, _frame: object) -> None:
        raise _TimedOutError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, timeout, 1)  # again, for the first may ring before the wait begins
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except _TimedOutError:
        raise held from None
    except OSError as error:
        raise _failed(path, error) from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _failed(path: str, error: OSError) -> PatError:
    reason = os.strerror(error.errno) if error.errno else "it failed"
    return PatError(f"cannot lock {quoted(path)}: {reason}")

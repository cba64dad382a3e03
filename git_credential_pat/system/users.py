"""Whose process, file and folder it is."""

from __future__ import annotations

import os
import stat


def is_root() -> bool:
    """Return whether the user may write everywhere."""
    return os.geteuid() == 0


def is_own(status: os.stat_result) -> bool:
    """Return whether a file or folder is the user's own."""
    return status.st_uid == os.geteuid()


def is_under_own_control(path: str) -> bool:
    """Return whether a socket is the user's, or a folder, to which nobody else may write then."""
    try:
        status = os.stat(path)
    except OSError:
        return False
    return is_own(status) and not (stat.S_ISDIR(status.st_mode) and status.st_mode & 0o022)


def give_to_owner_of(status: os.stat_result, descriptor: int) -> None:
    """Give an open file of ours to the user and the group that another one has; raises OSError."""
    if not is_own(status) or status.st_gid != os.getegid():
        os.fchown(descriptor, status.st_uid, status.st_gid)


def session_folder() -> str:
    """Return where the user's session has its sockets, if it has any: `su` and `sudo` lose the variable."""
    return f"/run/user/{os.geteuid()}"

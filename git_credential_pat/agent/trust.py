"""What agent and client trust: a folder that is the user's own, and the user at the other end."""

import _socket
import sys
from posix import geteuid, getuid, lstat, mkdir

_KIND_AND_OTHERS = 0o170077
_PRIVATE_FOLDER = 0o040000
_CREDENTIALS_SIZE = 76
_CREDENTIALS_UID = slice(4, 8)  # Linux: struct ucred is pid, uid, gid; XNU: xucred is version, uid, ...


def runs_as_itself() -> bool:
    """Return whether this process has the rights of the user who started it, and no other's (set-uid)."""
    return geteuid() == getuid()


def is_private(folder: bytes) -> bool:
    """Return whether a folder is the user's own, no link, and closed to others."""
    try:
        status = lstat(folder)
    except OSError:
        return False
    return status.st_mode & _KIND_AND_OTHERS == _PRIVATE_FOLDER and status.st_uid == geteuid()


def make_private(folder: bytes) -> bool:
    """Make a folder, and the one above it, if they are not there; return whether it may be used.

    Nothing is made in a folder of somebody else: root, with the home of a user, would shut that user out.
    """
    _make_in_own(folder.rpartition(b"/")[0])
    _make_in_own(folder)
    return is_private(folder)


def make_first_private(folders: "list[bytes]") -> "bytes | None":
    """Return the first of these folders that may be used, and make it if need be; None if none may."""
    return next((folder for folder in folders if make_private(folder)), None)


def _make_in_own(path: bytes) -> None:
    try:
        if lstat(path.rpartition(b"/")[0]).st_uid == geteuid():
            mkdir(path, 0o700)
    except OSError:  # it is there, or cannot be made
        return


def is_with_own_user(connection: "_socket.socket") -> bool:
    """Return whether the user holds the other end of a Unix socket; raises OSError."""
    if hasattr(_socket, "SO_PEERCRED"):
        level, option = _socket.SOL_SOCKET, _socket.SO_PEERCRED
    else:
        level, option = 0, 1  # SOL_LOCAL and LOCAL_PEERCRED of macOS's sys/un.h
    credentials = connection.getsockopt(level, option, _CREDENTIALS_SIZE)
    return int.from_bytes(credentials[_CREDENTIALS_UID], sys.byteorder) == geteuid()

"""The client, which every call of Git runs first: asks the agent and prints its answer.

Where there is no good agent, which is never an error, the call goes the full way with the same bytes. A
socket is trusted only in a folder that is the user's own, 0700, and only if the user listens on it.
"""

import _socket
import sys
from posix import geteuid, getuid, lstat
from time import monotonic

from git_credential_pat.agent import frames, standing
from git_credential_pat.message import (
    CAPABILITIES,
    OPERATIONS,
    read_input,
    read_message,
    write_answer,
    write_whole,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DONE = b"done"
"""The first field of a reply: the agent did it; what follows depends on what was asked."""
DECLINED = b"declined"
"""The agent leaves it to the client."""
LOCKED = b"locked"
"""As `DECLINED`, because the agent does not have the key that it takes."""
ABSENT = b"absent"
"""There is no agent to ask (no agent says so itself)."""
SILENT = b"silent"
"""Whoever is asked does not answer as an agent of this version does."""

_CONNECT_TIMEOUT = 0.2
_ANSWER_TIMEOUT = 2.0
_CHUNK = 65_536
_KIND_AND_OTHERS = 0o170077
_PRIVATE_FOLDER = 0o040000
_CREDENTIALS_SIZE = 76
_CREDENTIALS_UID = slice(4, 8)  # Linux: struct ucred is pid, uid, gid; XNU: xucred is version, uid, ...


def call(
    arguments: "Sequence[str]", environment: "Mapping[bytes, bytes]"
) -> "tuple[int | None, bytes | None, bytes]":
    """Carry out one operation of Git without loading the program; return exit status, request and outcome.

    The status is None if the full way must be gone: with the request, if it was read, and the outcome of
    asking the agent, one of the words above.
    """
    operation, options = (arguments[-1], arguments[:-1]) if arguments else ("", ())
    if operation not in OPERATIONS or geteuid() != getuid():
        return None, None, ABSENT
    if operation == OPERATIONS[-1]:
        return _tell_capabilities(options)
    stand = standing.standing(environment, options)
    if stand is None:
        return None, None, ABSENT
    request = read_message(read_input)
    outcome, *fields = ask(environment, operation.encode(), stand, request)
    if outcome != DONE or len(fields) != 2:  # noqa: PLR2004  # what goes to standard output, and to error
        return None, request, outcome
    output, notices = fields
    _tell(notices)
    return _print(output), request, DONE


def ask(environment: "Mapping[bytes, bytes]", *fields: bytes) -> "list[bytes]":
    """Send fields to the user's agent and return those of its reply; or `ABSENT`, or `SILENT`, alone."""
    folder = standing.folder(environment)
    if folder is None or not is_private(folder):
        return [ABSENT]
    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        connection.settimeout(_CONNECT_TIMEOUT)
        connection.connect(folder + b"/" + standing.SOCKET)
    except OSError:
        connection.close()
        return [ABSENT]
    try:
        if peer_of(connection) != geteuid():
            return [SILENT]
        return _exchange(connection, frames.pack(*fields))
    except (OSError, ValueError):
        return [SILENT]
    finally:
        connection.close()


def peer_of(connection: "_socket.socket") -> "int | None":
    """Return the user id of whoever holds the other end of a Unix socket; raises OSError."""
    if hasattr(_socket, "SO_PEERCRED"):
        level, option = _socket.SOL_SOCKET, _socket.SO_PEERCRED
    else:
        level, option = 0, 1  # SOL_LOCAL and LOCAL_PEERCRED of macOS's sys/un.h
    credentials = connection.getsockopt(level, option, _CREDENTIALS_SIZE)
    return int.from_bytes(credentials[_CREDENTIALS_UID], sys.byteorder)


def _exchange(connection: "_socket.socket", frame: bytes) -> "list[bytes]":
    """Send a frame and return the fields of the one that comes back, all within the time for an answer."""
    end = monotonic() + _ANSWER_TIMEOUT
    connection.settimeout(_ANSWER_TIMEOUT)
    connection.sendall(frame)
    data = b""
    length = None
    while length is None or len(data) < frames.HEAD + length:
        left = end - monotonic()
        connection.settimeout(left if left > 0 else 1e-6)
        chunk = connection.recv(_CHUNK)
        if not chunk:
            break
        data += chunk
        length = frames.body_length(data)
    return frames.unpack(data) or [SILENT]


def made_private(folder: bytes) -> bool:
    """Make the agent's folder if it is not there; return whether it may be used."""
    from os import makedirs  # a call that an agent answers does without it

    try:
        makedirs(folder, mode=0o700, exist_ok=True)
    except OSError:
        return False
    return is_private(folder)


def is_private(folder: bytes) -> bool:
    """Tell whether a folder is the user's own, no link, and closed to others."""
    try:
        status = lstat(folder)
    except OSError:
        return False
    return status.st_mode & _KIND_AND_OTHERS == _PRIVATE_FOLDER and status.st_uid == geteuid()


def _tell(notices: bytes) -> None:
    try:
        write_whole(2, notices)
    except OSError:  # a closed standard error is no reason to fail
        return


def _tell_capabilities(options: "Sequence[str]") -> "tuple[int | None, bytes | None, bytes]":
    if options:  # they may be wrong, which the full way tells
        return None, None, ABSENT
    return _print(CAPABILITIES), None, DONE


def _print(output: bytes) -> int:
    try:
        write_answer(output)
    except OSError as error:
        from git_credential_pat.terminal import report, unwritable  # the call is a failed one anyway

        failure = unwritable(error)
        return report(failure, str(failure))
    return 0

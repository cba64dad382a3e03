"""The client, which every call of Git runs first: asks the agent and prints its answer.

Where there is no good agent, which is never an error, the call goes the full way with the same bytes. A
socket is trusted only in a folder that is the user's own, 0700, and only if the user listens on it.
"""

import _socket
from time import monotonic

from git_credential_pat.agent import (
    ABSENT,
    DECLINED,
    DONE,
    HEAD,
    SILENT,
    Outcome,
    body_length,
    identity,
    pack,
    unpack,
)
from git_credential_pat.frontends import (
    CAPABILITIES,
    CAPABILITY,
    GIT,
    OPERATIONS,
    program_of,
    read_message,
    split_options,
)
from git_credential_pat.stdio import read_input, terminal_opens, write_answer, write_whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    Reply: TypeAlias = tuple[Outcome, list[bytes]]

_CONNECT_TIMEOUT = 0.2
_ANSWER_TIMEOUT = 2.0
_CHUNK = 65_536


def call(
    arguments: "list[str]", environment: "Mapping[bytes, bytes]"
) -> "tuple[int | None, bytes | None, Outcome]":
    """Carry out one operation of Git without loading the program; return exit status, request and outcome.

    The status is None if the full way must be gone: with the request, if it was read, and what came of asking
    the agent.
    """
    operation, options = (arguments[-1], arguments[:-1]) if arguments else ("", [])
    is_gits = operation in OPERATIONS and _are_options(options) and program_of(environment) == GIT
    if not is_gits or not identity.runs_as_itself():
        return None, None, ABSENT
    if operation == CAPABILITY:
        return _print_capabilities(options)
    stand = identity.standing(environment, options)
    if stand is None:
        return None, None, ABSENT
    request = read_message(read_input)
    outcome, fields = ask(environment, operation.encode(), stand, request)
    if outcome.is_lacking:
        outcome = DECLINED if _may_ask(environment) else DONE
    if not outcome.is_done or len(fields) != 2:  # noqa: PLR2004  # what goes to standard output, and to error
        return None, request, outcome
    output, notices = fields
    _notify(notices)
    return _print(output), request, DONE


def ask(environment: "Mapping[bytes, bytes]", *fields: bytes) -> "Reply":
    """Send fields to the user's agent; return what came of it, and the fields of its reply."""
    for folder in identity.folders(environment):
        reply = ask_in(folder, *fields)
        if not reply[0].is_absent:
            return reply
    return ABSENT, []


def ask_in(folder: bytes, *fields: bytes) -> "Reply":
    """Do as `ask` does, with the agent whose socket is in one folder."""
    connection = _connected(folder) if identity.is_private(folder) else None
    if connection is None:
        return ABSENT, []
    try:
        if not identity.is_with_own_user(connection):
            return SILENT, []
        outcome, *reply = _exchange(connection, pack(*fields))
        return Outcome(outcome), reply
    except (OSError, ValueError):
        return SILENT, []
    finally:
        connection.close()


def _may_ask(environment: "Mapping[bytes, bytes]") -> bool:
    """Return whether a question on the terminal is possible at all, which the full way then looks into."""
    from git_credential_pat.git import boolean  # a call that the agent answers need not load it

    if environment.get(b"GIT_ASKPASS") or not boolean(environment.get(b"GIT_TERMINAL_PROMPT", b"true")):
        return False
    return terminal_opens()


def _are_options(words: "list[str]") -> bool:
    """Return whether words are but `--backend NAME`; a command may well end in the name of an operation."""
    try:
        return not split_options(words)[1]
    except ValueError:  # which the full way reports
        return False


def _connected(folder: bytes) -> "_socket.socket | None":
    try:
        connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    except OSError:  # a sandbox without such sockets, or no descriptor left
        return None
    try:
        connection.settimeout(_CONNECT_TIMEOUT)
        connection.connect(folder + b"/" + identity.SOCKET)
    except OSError:
        connection.close()
        return None
    return connection


def _exchange(connection: "_socket.socket", frame: bytes) -> "list[bytes]":
    """Send a frame and return the fields of the one that comes back, all within the time for an answer."""
    end = monotonic() + _ANSWER_TIMEOUT
    connection.settimeout(_ANSWER_TIMEOUT)
    connection.sendall(frame)
    data = b""
    length = None
    while length is None or len(data) < HEAD + length:
        left = end - monotonic()
        connection.settimeout(left if left > 0 else 1e-6)
        chunk = connection.recv(_CHUNK)
        if not chunk:
            break
        data += chunk
        length = body_length(data)
    return unpack(data)


def _notify(notices: bytes) -> None:
    try:
        write_whole(2, notices)
    except OSError:  # a closed standard error is no reason to fail
        return


def _print_capabilities(options: "list[str]") -> "tuple[int | None, bytes | None, Outcome]":
    if options:  # they may be wrong, which the full way reports
        return None, None, ABSENT
    return _print(CAPABILITIES), None, DONE


def _print(output: bytes) -> int:
    try:
        write_answer(output)
    except OSError as error:
        from git_credential_pat.stdio import report, unwritable  # the call is a failed one anyway

        failure = unwritable(error)
        return report(failure, str(failure))
    return 0

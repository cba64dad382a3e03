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
    ANSWER,
    CAPABILITIES,
    CAPABILITY,
    GIT,
    OPENINGS,
    asked,
    messages,
)
from git_credential_pat.stdio import (
    read_input,
    stderr_is_terminal,
    terminal_opens,
    write_answer,
    write_whole,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import TypeAlias

    Reply: TypeAlias = tuple[Outcome, list[bytes]]
    Called: TypeAlias = tuple[int | None, Iterator[bytes] | None, Outcome]

_CONNECT_TIMEOUT = 0.2
_ANSWER_TIMEOUT = 2.0
_CHUNK = 65_536


def call(arguments: "list[str]", environment: "Mapping[bytes, bytes]") -> "Called":
    """Answer a tool without loading the program; return the exit status, what is left to do, and an outcome.

    The status is None if the full way must be gone: with the messages that are to be answered, if some were
    read, and what came of asking the agent.
    """
    try:
        tool, words, options = asked(arguments, environment)
    except ValueError:  # which the full way reports
        return None, None, ABSENT
    is_bad = tool == GIT and len(words) > 1
    if not tool or is_bad or not identity.runs_as_itself():
        return None, None, ABSENT
    if tool == GIT and words == [CAPABILITY]:
        # Options may be wrong, which the full way reports.
        return (None, None, ABSENT) if options else (_print(CAPABILITIES), None, DONE)
    stand = identity.standing(environment, options)
    return (None, None, ABSENT) if stand is None else _converse(tool, words, stand, environment)


def _converse(tool: str, words: "list[str]", stand: bytes, environment: "Mapping[bytes, bytes]") -> "Called":
    """Have the agent answer one message of a tool, or each of its lines."""
    failure = _print(OPENINGS.get((tool, words[0] if words else ""), b""))
    received = messages(tool, words, read_input)
    ways = identity.of_ways(environment)
    for message in received:
        if tool == GIT:
            outcome, fields = ask(environment, words[0].encode(), stand, ways, message)
            if outcome.is_lacking:
                outcome = DECLINED if _may_ask(environment) else DONE
        else:
            outcome, fields = ask(environment, ANSWER.encode(), stand, ways, message, *_said(tool, words))
        if not outcome.is_done or len(fields) != 3:  # noqa: PLR2004  # standard output, error, exit status
            return None, _with_first(message, received), outcome
        output, notices, status = fields
        _notify(notices)
        failure = failure or _print(output)
        if failure or status:
            return failure or int(status), None, DONE
    return failure, None, DONE


def _said(tool: str, words: "list[str]") -> "list[bytes]":
    """Return what the agent must know of a tool's call: whether a person sees it, and its words."""
    is_seen = b"seen" if stderr_is_terminal() else b""
    return [is_seen, *(word.encode("utf-8", "surrogateescape") for word in (tool, *words))]


def _with_first(message: bytes, others: "Iterator[bytes]") -> "Iterator[bytes]":
    """Give a message that was read already, then those that follow."""
    yield message
    yield from others


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


def _print(output: bytes) -> int:
    """Write output; return the exit status."""
    try:
        write_answer(output)
    except OSError as error:
        from git_credential_pat.stdio import report, unwritable  # the call is a failed one anyway

        failure = unwritable(error)
        return report(failure, str(failure))
    return 0

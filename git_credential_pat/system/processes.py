"""Starting other programs: found on PATH without its relative parts, and without a shell.

While Git waits, `start` does it by `os.posix_spawn`, because `subprocess` would double the time of a `get`.
"""

from __future__ import annotations

import os
import posix
from contextlib import suppress
from typing import TYPE_CHECKING

from git_credential_pat.errors import PatError
from git_credential_pat.model import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from io import BufferedReader

DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"
"""Where programs are looked up if there is no PATH."""
_SIGKILL = 9  # signal(7); the module `signal` would cost every call a millisecond


class Ended(NamedTuple):
    """How a program ended: its exit status (negative: a signal), and what it printed."""

    status: int
    output: bytes
    complaint: bytes = b""


class Started:
    """A running program; `finish` must be called once."""

    def __init__(self, child: int, reader: int) -> None:
        """Take the process id and the descriptor of its standard output."""
        self._child = child
        self._reader = reader

    def finish(self, limit: float | None = None) -> tuple[int, bytes]:
        """Wait for the program's end; return its exit status (negative: a signal) and what it printed.

        One that prints nothing for `limit` seconds is killed.
        """
        with os.fdopen(self._reader, "rb") as pipe:
            if limit is not None and not _prints(pipe, limit):
                os.kill(self._child, _SIGKILL)
            output = pipe.read()
        return os.waitstatus_to_exitcode(os.waitpid(self._child, 0)[1]), output


def _prints(pipe: BufferedReader, limit: float) -> bool:
    """Return whether a pipe has something to read, or is at its end, within `limit` seconds."""
    import select  # a shared library, which most calls need not load

    return bool(select.select([pipe], [], [], limit)[0])


def bare_environment() -> dict[bytes, bytes]:
    """Return the environment as bytes, as it is now; later changes do not reach it."""
    return dict(posix.environ)


def find_program(name: str, search_path: str, but: str = "") -> str | None:
    """Return the absolute path of an executable; empty and relative folders of the path are passed over.

    So is whatever is the same file as `but`.
    """
    for folder in search_path.split(os.pathsep):
        path = os.path.join(folder, name)
        if folder.startswith("/") and os.path.isfile(path) and os.access(path, os.X_OK):
            if but and os.path.samefile(path, but):
                continue
            return path
    return None


def start(path: str, arguments: Sequence[str], environment: Mapping[str, str]) -> Started:
    """Start a program with nothing on its standard input and its standard error dropped."""
    reader, writer = os.pipe()
    try:
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, writer, 1),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        ]
        child = os.posix_spawn(path, [path, *arguments], environment, file_actions=actions)
    except OSError:
        os.close(reader)
        raise PatError(f"cannot start {path}; check its installation") from None
    finally:
        os.close(writer)
    return Started(child, reader)


def run(
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    given: bytes = b"",
    limit: float | None = None,
    leaves_another: bool = False,
) -> Ended:
    """Run a program, by its path, with `given` as its input; one that runs for `limit` seconds is killed.

    If it leaves another behind, that would hold a pipe of its output open, so output is dropped; and it has a
    session of its own, so that a Ctrl-C does not end that one.
    """
    import subprocess  # never while Git waits

    output = subprocess.DEVNULL if leaves_another else subprocess.PIPE
    try:
        ended = subprocess.run(
            command,
            input=given,
            stdout=output,
            stderr=output,
            env=environment,
            check=False,
            timeout=limit,
            start_new_session=leaves_another,
        )
    except subprocess.TimeoutExpired:
        return Ended(-_SIGKILL, b"")
    except OSError:
        raise PatError(f"cannot start {command[0]}; check its installation") from None
    return Ended(ended.returncode, ended.stdout or b"", ended.stderr or b"")


def run_without_terminal(
    line: str, environment: Mapping[str, str], given: bytes, limit: float
) -> bytes | None:
    """Run a line of sh that can reach no terminal; return what it prints, without its standard error.

    If it takes `limit` seconds, it is killed with what it has started, and None is returned.
    """
    ended = _run_in_own_session(["/bin/sh", "-c", line], environment, given, limit, complains=False)
    return None if ended is None else ended.output


def run_alone(command: Sequence[str], environment: Mapping[bytes, bytes], limit: float) -> Ended | None:
    """Run a program, by its path, that has no input and can reach no terminal.

    If it takes `limit` seconds, it is killed with what it has started, and None is returned.
    """
    try:
        return _run_in_own_session(command, environment, b"", limit, complains=True)
    except OSError:
        raise PatError(f"cannot start {command[0]}; check its installation") from None


def _run_in_own_session(
    command: Sequence[str],
    environment: Mapping[str, str] | Mapping[bytes, bytes],
    given: bytes,
    limit: float,
    *,
    complains: bool,
) -> Ended | None:
    """Run a program in a session of its own, and kill all of it after `limit` seconds: then return None."""
    import subprocess  # only a question waits for it

    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if complains else subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    ) as process:
        try:
            output, complaint = process.communicate(given, limit)
        except BaseException as error:  # Ctrl-C too
            with suppress(ProcessLookupError):
                os.killpg(process.pid, _SIGKILL)
            if isinstance(error, subprocess.TimeoutExpired):
                return None
            raise
    return Ended(process.returncode, output, complaint or b"")

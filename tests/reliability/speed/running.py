"""A command as it runs under git: input and output are pipes, and there is a terminal.

Nothing stands between this process and the command, so that only the command's own time is taken.
"""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from reliability.speed.contender import Contender
from support.vaults import at_most

PATIENCE = 60
"""Seconds after which a command has failed."""
_STDIN, _STDOUT, _STDERR = range(3)
_CHUNK = 65_536


class Finished(NamedTuple):
    """How one run ended."""

    seconds: float
    status: int
    output: bytes
    shown: str
    """On its terminal."""


class Started(NamedTuple):
    """A command that runs."""

    process: int
    output: int
    """The pipe to read from."""
    at: float


class Terminal(NamedTuple):
    """A terminal for one command: its name for the command, and this end of it."""

    name: str
    end: int

    def answer_prompt(self, passphrase: bytes) -> None:
        """Wait for a prompt, and type."""
        shown = b""
        while not shown.endswith(b": "):
            shown += os.read(self.end, _CHUNK)
        os.write(self.end, passphrase + b"\r")

    def shown(self) -> str:
        """Return what it shows and nobody has read."""
        os.set_blocking(self.end, False)
        try:
            return os.read(self.end, _CHUNK).decode("utf-8", "backslashreplace")
        except BlockingIOError:
            return ""


@contextmanager
def open_terminal() -> Iterator[Terminal]:
    """Open a terminal; it is closed at the end."""
    end, other = os.openpty()
    try:
        yield Terminal(os.ttyname(other), end)
    finally:
        os.close(end)
        os.close(other)


def run(contender: Contender, number: int = 0, before: Sequence[str] = ()) -> Finished:
    """Run the command with its request of this number; `before` are words to put before the command.

    Standard error is its terminal, and there a passphrase is typed.
    """
    with at_most(PATIENCE), open_terminal() as terminal:
        started = start(contender, terminal.name, number, before)
        if contender.passphrase:
            terminal.answer_prompt(contender.passphrase)
        with os.fdopen(started.output, "rb", buffering=0) as stream:
            output = stream.read()
        _, status = os.waitpid(started.process, 0)
        seconds = time.perf_counter() - started.at
        return Finished(seconds, os.waitstatus_to_exitcode(status), output, terminal.shown())


def start(contender: Contender, errors: str, number: int = 0, before: Sequence[str] = ()) -> Started:
    """Start the command with the terminal or file `errors` as standard error.

    Its request waits in a pipe before it starts, so that no thread need fill that.
    """
    command = [*before, *contender.command]
    request = contender.requests[number % len(contender.requests)]
    at = time.perf_counter()
    stdin = _filled_pipe(request)
    output, writing = os.pipe()
    process = os.posix_spawn(
        command[0],
        command,
        contender.environment,
        file_actions=[
            (os.POSIX_SPAWN_DUP2, stdin, _STDIN),
            (os.POSIX_SPAWN_DUP2, writing, _STDOUT),
            (os.POSIX_SPAWN_OPEN, _STDERR, errors, os.O_RDWR, 0),
        ],
        setsid=True,  # and so a terminal that it opens first controls it
    )
    os.close(stdin)
    os.close(writing)
    return Started(process, output, at)


def _filled_pipe(data: bytes) -> int:
    """Return the reading end of a pipe that holds `data`, which must be less than a pipe can hold."""
    reading, writing = os.pipe()
    os.write(writing, data)
    os.close(writing)
    return reading

"""Runs of the program that cost a fork in place of a start; `nursery.py` is the other end."""

from __future__ import annotations

import atexit
import json
import os
import selectors
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import git_credential_pat
from support.nursery import NUMBER as _NUMBER
from support.nursery import READY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_READ_AT_START = ("GLIBC_", "LC_", "LD_", "MALLOC_", "OPENSSL_", "PYTHON", "TZ", "REAL_START")
"""How variables begin that a process, or its launcher, reads when it starts."""

_CHUNK = 1 << 16
_LIMIT = 60.0


class Nursery:
    """The process that forks; several threads may run the program by it at the same time."""

    def __init__(self) -> None:
        self._requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        tree = Path(git_credential_pat.__file__).parents[1]
        command = [sys.executable, "-I", "-S", str(Path(__file__).with_name("nursery.py")), str(tree)]
        with theirs:
            self._process = subprocess.Popen(
                command,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                env={"PATH": os.defpath, "LANG": "C.UTF-8"},
            )

    def run(
        self,
        arguments: Sequence[str],
        stdin: bytes,
        environment: Mapping[str, str],
        folder: Path,
    ) -> tuple[int, bytes, str]:
        """Run the program to its end; return status, standard output, and standard error as text.

        Raises subprocess.TimeoutExpired after a minute, when the run has been killed.
        """
        ours, theirs = zip(_pipe_in(), _pipe_out(), _pipe_out(), strict=True)
        answer, said = socket.socketpair()
        message = {"arguments": list(arguments), "environment": dict(environment), "folder": str(folder)}
        try:
            socket.send_fds(self._requests, [json.dumps(message).encode()], [*theirs, said.fileno()])
        finally:
            said.close()
            for descriptor in theirs:
                os.close(descriptor)
        deadline = time.monotonic() + _LIMIT
        with answer:
            if _number(answer, deadline) != READY:
                raise RuntimeError(f"the run could not begin in {folder}")
            try:
                out, err = _communicate(ours, stdin, deadline)
                status = _number(answer, deadline)
            except TimeoutError:
                answer.sendall(b"!")  # the supervisor kills it, who alone knows that it has not ended yet
                raise subprocess.TimeoutExpired(["git-credential-pat", *arguments], _LIMIT) from None
            return status, out, err.decode("utf-8", "backslashreplace")

    def close(self) -> None:
        """Have the process end, and wait for it."""
        self._requests.close()
        self._process.wait()


_making = Lock()
_shared: list[Nursery] = []


def shared_nursery() -> Nursery:
    """Return the one of this process, which lasts as long."""
    with _making:
        if not _shared:
            _shared.append(Nursery())
            atexit.register(_shared[0].close)
        return _shared[0]


def needs_start(variables: Iterable[str]) -> bool:
    """Return whether a run with these variables needs a real start."""
    return any(name.startswith(_READ_AT_START) for name in variables)


def _pipe_in() -> tuple[int, int]:
    reader, writer = os.pipe()
    return writer, reader


def _pipe_out() -> tuple[int, int]:
    return os.pipe()


def _number(answer: socket.socket, deadline: float) -> int:
    answer.settimeout(max(deadline - time.monotonic(), 0.001))
    data = answer.recv(_NUMBER.size, socket.MSG_WAITALL)
    if len(data) != _NUMBER.size:
        raise RuntimeError("the nursery has died")
    number: int
    (number,) = _NUMBER.unpack(data)
    return number


def _communicate(ours: tuple[int, int, int], stdin: bytes, deadline: float) -> tuple[bytes, bytes]:
    """Write all of standard input, read both outputs to their end, and close all three."""
    writer, *readers = ours
    found: dict[int, list[bytes]] = {reader: [] for reader in readers}
    waiting = memoryview(stdin)
    os.set_blocking(writer, False)
    with selectors.DefaultSelector() as selector:
        selector.register(writer, selectors.EVENT_WRITE)
        for reader in readers:
            selector.register(reader, selectors.EVENT_READ)

        def close(descriptor: int) -> None:
            selector.unregister(descriptor)
            os.close(descriptor)

        try:
            while selector.get_map():
                ready = selector.select(deadline - time.monotonic())
                if not ready and time.monotonic() > deadline:
                    raise TimeoutError
                for key, _ in ready:
                    if key.fd == writer:
                        with suppress(BrokenPipeError):
                            waiting = waiting[os.write(writer, waiting[:_CHUNK]) if waiting else 0 :]
                            if waiting:
                                continue
                        close(writer)
                    elif chunk := os.read(key.fd, _CHUNK):
                        found[key.fd].append(chunk)
                    else:
                        close(key.fd)
        finally:
            for descriptor in [key.fd for key in selector.get_map().values()]:
                close(descriptor)
    out, err = (b"".join(found[reader]) for reader in readers)
    return out, err

"""Asking many programs for their versions at once, within a time limit that a hung one cannot break."""

import os
import selectors
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from signal import SIGKILL
from time import monotonic

_CHUNK = 4096
"""More bytes than a version has."""


def outputs(commands: Sequence[tuple[Sequence[str], Mapping[str, str]]], limit: float) -> list[str]:
    """Run commands, each with its environment, all at once; return what each has printed within the limit.

    What has not ended by then is killed with what it has started.
    """
    end = monotonic() + limit
    started = [_started(command, environment) for command, environment in commands]
    printed = dict.fromkeys(range(len(started)), b"")
    with selectors.DefaultSelector() as waiting:
        for number, process in enumerate(started):
            if process is not None and process.stdout is not None:
                waiting.register(process.stdout, selectors.EVENT_READ, number)
        while waiting.get_map() and (left := end - monotonic()) > 0:
            for key, _ in waiting.select(left):
                data = os.read(key.fd, _CHUNK)
                if len(printed[key.data]) < _CHUNK:
                    printed[key.data] += data
                if not data:
                    waiting.unregister(key.fileobj)
    for process in filter(None, started):
        _end(process)
    return [data.decode("utf-8", "replace") for data in printed.values()]


def _started(command: Sequence[str], environment: Mapping[str, str]) -> "subprocess.Popen[bytes] | None":
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
    except OSError:
        return None


def _end(process: "subprocess.Popen[bytes]") -> None:
    with process, suppress(ProcessLookupError):
        os.killpg(process.pid, SIGKILL)

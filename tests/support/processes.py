"""The processes of this machine, some of which end while they are looked at."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class Process(NamedTuple):
    """A process as proc(5) reports it; only root sees what another user's has."""

    pid: int
    words: list[bytes]
    """Its command line."""
    variables: list[bytes]


def processes() -> Iterator[Process]:
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/cmdline", "rb") as file:
                words = file.read()
            with open(f"/proc/{name}/environ", "rb") as file:
                variables = file.read()
        except OSError:
            continue
        yield Process(int(name), words.split(b"\0")[:-1], variables.split(b"\0")[:-1])

"""The installed program in a home of its own, under strace where that is asked for."""

from __future__ import annotations

import os
import re
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from support.program import LAUNCHER, NO_AGENT
from support.vaults import Place

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future
    from pathlib import Path

LINE = re.compile(r"^(\d+) +(\w+)\((.*)$", re.MULTILINE)
"""A system call as strace prints it: the process, the call's name, and the rest."""
PATIENCE = 20.0


@dataclass(frozen=True)
class Point:
    """A system call: its name as a regular expression, and a part of what strace prints of it."""

    name: str
    call: str
    part: str
    which: int = 0
    """Which of the calls that fit: 0 is the first, -1 the last."""


@dataclass(frozen=True)
class Ended:
    """How a program ended, and what strace saw."""

    status: int
    output: bytes
    errors: str
    log: str


class Home:
    """A home folder in which the installed program is run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.place = Place(folder)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "XDG_DATA_HOME": str(folder / "share"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "LC_ALL": "C",
        }
        folder.mkdir(exist_ok=True)

    def run(
        self, operation: str, token: str | None = None, tracer: Sequence[str] = (), by: Sequence[str] = ()
    ) -> Ended:
        """Run `git-credential-pat OPERATION` for one organization, as `command` does."""
        password = "" if token is None else f"username=pat\npassword={token}\n"
        request = f"protocol=https\nhost=dev.azure.com\npath=fabrikam/_git/web\n{password}\n"
        return self.command([operation], request, tracer, by)

    def command(
        self, arguments: Sequence[str], given: str = "", tracer: Sequence[str] = (), by: Sequence[str] = ()
    ) -> Ended:
        """Run the program with these arguments and this standard input.

        It runs under strace if there are options of it (`tracer`), and by another program if one is named.
        Only a `get` would start an agent. Elsewhere its setting is left out, for it has git write something,
        and calls of one name are counted in each process.
        """
        log = self.folder / "strace.log"
        traced = ["strace", "-f", "-q", "-s", "200", "-o", str(log), *tracer] if tracer else []
        ended = subprocess.run(
            [*traced, *by, str(LAUNCHER), *arguments],
            input=given.encode(),
            env={**self.environment, **(NO_AGENT if arguments[0] == "get" else {})},
            cwd="/",
            capture_output=True,
            timeout=60,
            check=False,
        )
        return Ended(
            ended.returncode,
            ended.stdout,
            ended.stderr.decode(),
            log.read_text(errors="replace") if tracer else "",
        )

    def store(self, token: str, tracer: Sequence[str] = ()) -> Ended:
        return self.run("store", token, tracer)

    def holds(self) -> list[str]:
        """Return the tokens that are in the vault, read by this process; it must open."""
        return [entry.secret.decode() for entry in self.place.backend().entries()]


def find(log: str, point: Point) -> tuple[str, int]:
    """Return the name of the point's call, and its number among the calls of that name in its process."""
    seen: dict[tuple[str, str], int] = {}
    hits = []
    for line in log.splitlines():
        match = LINE.match(line)
        if match is None:
            continue
        process, name, rest = match.groups()
        number = seen[process, name] = seen.get((process, name), 0) + 1
        if re.fullmatch(point.call, name) and re.search(point.part, rest):
            hits.append((name, number))
    assert hits, f"a run without faults has no call for {point.name}"
    return hits[point.which]


def copied(home: Home, folder: Path) -> Home:
    """Return a copy of a home in a folder that is not there yet; calls and their numbers are the same."""
    subprocess.run(["cp", "-a", str(home.folder), str(folder)], check=True)
    return Home(folder)


def stopped(running: Future[Ended], home: Home, number: int = 1) -> int:
    """Wait until strace says that its process was stopped for so many times; return the process."""
    end = time.monotonic() + PATIENCE
    log = home.folder / "strace.log"
    while time.monotonic() < end and not running.done():
        said = log.read_text() if log.exists() else ""
        stops = re.findall(r"^(\d+) +--- stopped by SIGSTOP", said, re.MULTILINE)
        if len(stops) >= number:
            return int(stops[-1])
        time.sleep(0.01)
    raise AssertionError(f"it was not stopped {number} times")

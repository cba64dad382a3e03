"""Faults in system calls: strace kills a real program at a call, or makes the call fail.

The call is named by what strace prints of it. A first run without faults finds which one of its name
it is; after the second run the log must show that this call was hit, so that no test passes for want of
its fault.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from support.program import LAUNCHER, NO_AGENT
from support.vaults import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

CALLS = "openat,write,fsync,rename,renameat,renameat2,unlink,unlinkat,flock,mkdir,mkdirat"
LINE = re.compile(r"^(\d+) +(\w+)\((.*)$", re.MULTILINE)
"""A system call as strace tells it: the process, the call's name, and the rest."""


@dataclass(frozen=True)
class Point:
    """A system call: its name as a regular expression, and a part of what strace prints of it."""

    name: str
    call: str
    part: str
    which: int = 0
    """Which of the calls that fit: 0 is the first, -1 the last."""
    below: str = ""
    """`data` or `config`: count only calls on this folder; Python opens other files in any order."""


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

    def get(self) -> str | None:
        """Return the token that `get` answers, or None."""
        ended = self.run("get")
        assert (ended.status, ended.errors) == (0, ""), "a get must work after every fault"
        found = re.search(rb"^password=(.*)$", ended.output, re.MULTILINE)
        return found[1].decode() if found else None

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


def inject(
    home: Home, point: Point, fault: str, command: Callable[[Home, Sequence[str]], Ended] | None = None
) -> tuple[Ended, int]:
    """Run a command, by default a store of "new", with a fault at a point.

    Return its end and how often the fault struck there.
    """
    run = command or (lambda home, tracer: home.store("new", tracer))
    trial = copied(home, home.folder.with_name(f"{home.folder.name}.copy"))
    name, number = find(run(trial, [*_only(trial, point), "-e", f"trace={CALLS}"]).log, point)
    options = [*_only(home, point), "-e", f"trace={name}", "-e", f"inject={name}:{fault}:when={number}"]
    ended = run(home, options)
    return ended, _struck(ended.log, point)


def _only(home: Home, point: Point) -> list[str]:
    return ["-P", str(getattr(home.place, point.below))] if point.below else []


def _struck(log: str, point: Point) -> int:
    """Count the calls at the point that failed by injection, or were the last one before a signal."""
    struck = 0
    call = ""
    for line in log.splitlines():
        if LINE.match(line):
            call = line
            struck += "(INJECTED)" in line and re.search(point.part, line) is not None
        elif "killed by SIGKILL" in line or "--- SIGINT" in line:
            struck += re.search(point.part, call) is not None
    return struck


def copied(home: Home, folder: Path) -> Home:
    """Return a copy of a home in a folder that is not there yet; calls and their numbers are the same."""
    subprocess.run(["cp", "-a", str(home.folder), str(folder)], check=True)
    return Home(folder)

"""Every system call that a command makes on the program's own files, and a fault at any one of them.

A run without faults lists them; in a second run on an equal home strace strikes at one. Its log must show
that the call which was struck is the one that was meant.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from support.faults import LINE, copied

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from support.faults import Ended, Home

    Command = Callable[[Home, Sequence[str]], Ended]
    """Runs the program in a home under strace with these options."""

_PATHS = "-y"
"""Has strace print the path of each descriptor."""
_PLACE = re.compile(r'(?:AT_FDCWD|\d+)?(?:<([^>]*)>)?(?:, )?(?:"([-+\w./*]*)")?')
_OWN = re.compile(r"<?(share|config)\b")
"""How the place of a call on own files begins."""
_RANDOM = re.compile(r"(?<=\.vault-)[0-9a-f]{16}|(?<=vault\.)\d{8}T\d{6}Z")


@dataclass(frozen=True)
class Call:
    """A system call of the program's main process."""

    name: str
    number: int
    """The how manyeth of its name it is."""
    place: str
    """Its file below the home, with `*` for what is another name each time; `<...>` is a descriptor's."""

    def __str__(self) -> str:
        return f"{self.name} {self.place}"


@dataclass(frozen=True)
class Struck:
    """A command that a fault struck."""

    home: Home
    ended: Ended
    call: Call
    fault: str
    hit: bool
    """Whether the fault struck at that very call, and nowhere else."""


def own_calls(template: Home, folder: Path, command: Command, file: str = "") -> list[Call]:
    """Return the calls that a command makes on own files, in their order; it runs in a copy, in `folder`.

    With a `file`, a path below the home, those on this one alone: Python opens others in any order.
    """
    home = copied(template, folder)
    calls = _calls(command(home, [*_only(home, file), "-e", "trace=all"]).log, home, file)
    assert calls, "the command touched none of the program's own files"
    return calls


def strike(  # noqa: PLR0913, PLR0917  # what is struck, where, and by what
    template: Home, folder: Path, command: Command, call: Call, fault: str, file: str = ""
) -> Struck:
    """Run a command in a copy of a home, in `folder`, with a fault (strace's `inject`) at a call."""
    home = copied(template, folder)
    at = ["-e", f"trace={call.name}", "-e", f"inject={call.name}:{fault}:when={call.number}"]
    ended = command(home, [*_only(home, file), *at])
    return Struck(home, ended, call, fault, _is_hit(ended.log, home, call))


def _only(home: Home, file: str) -> list[str]:
    return [_PATHS, *(("-P", str(home.folder / file)) if file else ())]


def _calls(log: str, home: Home, file: str) -> list[Call]:
    """Return the calls on own files, all of one process: what git is asked for is not counted with them."""
    numbers: Counter[tuple[str, str]] = Counter()
    found: dict[str, list[Call]] = {}
    for match in filter(None, map(LINE.match, log.splitlines())):
        process, name, rest = match.groups()
        numbers[process, name] += 1
        place = _place(rest, home)
        if file or _OWN.match(place):
            found.setdefault(process, []).append(Call(name, numbers[process, name], place))
    return max(found.values(), key=len, default=[])


def _place(rest: str, home: Home) -> str:
    """Return the file of a call, also of one that strace could not print to its end."""
    match = _PLACE.match(_RANDOM.sub("*", rest.replace(f"{home.folder}/", "")))
    assert match
    descriptor, name = match.groups()
    return "/".join(filter(None, ("" if descriptor in (None, "/") else f"<{descriptor}>", name)))


def _is_hit(log: str, home: Home, call: Call) -> bool:
    """Return whether the one call of a log that was struck is the planned one."""
    struck = []
    last = None
    for line in log.splitlines():
        if match := LINE.match(line):
            last = match
            if "(INJECTED)" in line:
                struck.append(match)
        elif ("killed by SIGKILL" in line or "--- SIGINT" in line) and last and line.split()[0] == last[1]:
            struck.append(last)
    return [(hit[2], _place(hit[3], home)) for hit in struck] == [(call.name, call.place)]

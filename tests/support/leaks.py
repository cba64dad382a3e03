"""Looking for secrets in all that leaves a program: every encoding, in every buffer, argument, name and file.

A sighting is written `token@stdout`: which secret, and where. `Watched` runs a program under strace, with its
standard output and error in files, so that strace names them.
"""

from __future__ import annotations

import base64
import os
import re
import subprocess
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from support.faults import LINE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

WRITING = ("write", "writev", "pwrite64", "pwritev", "pwritev2", "sendto", "sendmsg", "sendmmsg", "vmsplice")
NAMING = (
    *("open", "openat", "creat", "mkdir", "mkdirat", "mknod", "mknodat", "rename", "renameat", "renameat2"),
    *("link", "linkat", "symlink", "symlinkat", "memfd_create", "setxattr", "fsetxattr", "bind", "prctl"),
)
CALLS = ",".join(f"?{name}" for name in (*WRITING, *NAMING, "execve", "execveat"))
STRACE = ("strace", "-f", "-qq", "-v", "-yy", "-xx", "-s", "200000", "--seccomp-bpf", "-e", f"trace={CALLS}")
LAUNCHES = 2
"""The first programs that a call starts are the launcher and Python, with what the user gave them."""

_PIECE = 12
"""Bytes of the pieces that are looked for: a part of a secret is a leak, too."""
_STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_FILE = re.compile(r"^(\d+)<((?:\\x[0-9a-f]{2})+|[^>]*)")


def forms(secret: bytes) -> dict[str, bytes]:
    """Return a secret in every encoding in which it could leak, by the encoding's name."""
    found = {
        "raw": secret,
        "hex": secret.hex().encode(),
        "HEX": secret.hex().upper().encode(),
        "UTF-16-LE": secret.decode("latin-1").encode("utf-16-le"),
        "UTF-16-BE": secret.decode("latin-1").encode("utf-16-be"),
        "percent": "".join(f"%{byte:02x}" for byte in secret).encode(),
        "PERCENT": "".join(f"%{byte:02X}" for byte in secret).encode(),
        "escaped": "".join(f"\\x{byte:02x}" for byte in secret).encode(),
        "repr": repr(secret)[2:-1].encode(),
    }
    for before in range(3):
        start, end = (before * 4 + 2) // 3, (before + len(secret)) * 4 // 3
        text = base64.b64encode(bytes(before) + secret)[start:end]
        found[f"base64 +{before}"] = text
        found[f"base64url +{before}"] = text.translate(bytes.maketrans(b"+/", b"-_"))
    return found


class Secrets:
    """The secrets of a run by their names; each is looked for by its beginning and its end."""

    def __init__(self, **secrets: bytes) -> None:
        """Take the secrets."""
        self._patterns: dict[str, re.Pattern[bytes]] = {}
        for name, secret in secrets.items():
            self.add(name, secret)

    def add(self, name: str, *secrets: bytes) -> None:
        """Look for these, too."""
        pieces = {piece for secret in secrets for piece in (secret[:_PIECE], secret[-_PIECE:])}
        wanted = {form for piece in pieces for form in forms(piece).values()}
        self._patterns[name] = re.compile(b"|".join(map(re.escape, sorted(wanted))))

    def within(self, data: bytes) -> set[str]:
        """Return the names of the secrets that a text has in any encoding."""
        return {name for name, pattern in self._patterns.items() if pattern.search(data)}


@dataclass
class Seen:
    """What was looked at, and the sightings in it."""

    sightings: set[str] = field(default_factory=set)
    buffers: int = 0
    size: int = 0

    def look(self, data: bytes, place: str, secrets: Secrets) -> None:
        """Look at one text."""
        self.buffers += 1
        self.size += len(data)
        self.sightings |= {f"{name}@{place}" for name in secrets.within(data)}


class Watched:
    """One run of a program under strace, which may go on; its files lie in a folder of its own."""

    def __init__(
        self,
        folder: Path,
        command: Sequence[str],
        environment: Mapping[str, str],
        cwd: Path,
        given: bytes | None = b"",
    ) -> None:
        """Start it; with `given` None its standard input stays open."""
        folder.mkdir()
        self._log, self.out, self.err = folder / "strace", folder / "out", folder / "err"
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.process = subprocess.Popen(
                [*STRACE, "-o", str(self._log), *command],
                env=dict(environment),
                cwd=cwd,
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=err,
            )
        if given is not None and self.process.stdin:
            with suppress(BrokenPipeError):
                self.process.stdin.write(given)
            with suppress(BrokenPipeError):
                self.process.stdin.close()

    def finish(self) -> int:
        """Wait for the end of all that was started; return the exit status."""
        return self.process.wait(60)

    def seen(self, secrets: Secrets) -> Seen:
        """Return what its system calls show. What is written to one place is also looked at as a whole."""
        places = {str(self.out): "stdout", str(self.err): "stderr"}
        return looked_at(self._log.read_text("ascii"), places, secrets)


def looked_at(log: str, places: Mapping[str, str], secrets: Secrets) -> Seen:
    """Look at all that strace has written; `places` names files."""
    seen, launches = Seen(), 0
    streams: dict[tuple[str, str], bytes] = {}
    for process, call, rest in LINE.findall(log):
        if call in WRITING:
            file = _FILE.match(rest)
            assert file, f"strace shows no file: {rest[:100]}"
            place = _place(file[1], file[2], places)
            data = b"".join(_strings(rest))
            seen.look(data, place, secrets)
            streams[process, place] = streams.get((process, place), b"") + data
        elif call.startswith("exec"):
            launches += "ENOENT" not in rest.rpartition("=")[2]
            arguments, _, variables = rest.partition("], [")
            given = "given " if launches <= LAUNCHES else ""
            seen.look(b"\0".join(_strings(arguments)), f"{given}arguments", secrets)
            seen.look(b"\0".join(_strings(variables)), f"{given}environment", secrets)
        else:
            seen.look(b"\0".join(_strings(rest)), "names", secrets)
    for (_, place), data in streams.items():
        seen.look(data, place, secrets)
    return seen


def files_below(*folders: Path) -> Iterator[tuple[Path, bytes]]:
    """Give the path and bytes of every file below some folders."""
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink():
                yield path, path.read_bytes()


def _strings(text: str) -> Iterator[bytes]:
    for digits in _STRING.findall(text):
        yield bytes.fromhex(digits.replace("\\x", ""))


def _place(number: str, name: str, places: Mapping[str, str]) -> str:
    if name.startswith("\\x"):
        name = os.fsdecode(bytes.fromhex(name.replace("\\x", "")))
    if name in places:
        return places[name]
    if name.startswith(("UNIX", "TCP", "UDP", "NETLINK")):
        return f"{name[:4].strip('-:')} socket"
    if name.startswith("pipe:"):
        return "pipe"
    return "terminal" if name.startswith(("/dev/pts/", "/dev/tty")) else f"file {number} {name}"

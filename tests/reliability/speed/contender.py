"""A contender: a command in a throw-away home that holds a credential, ready to be run again and again."""

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

FLOOR = "python -I -S -c pass"
"""The row that all others are compared with."""


class NotHereError(Exception):
    """This machine lacks what a contender needs; its row is left out."""


@dataclass(frozen=True)
class Contender:
    """A command, what it reads, and what it must print."""

    command: Sequence[str]
    environment: Mapping[str, str]
    requests: Sequence[bytes] = (b"",)
    """What it reads, one each time, in turn."""
    answer: frozenset[bytes] = frozenset()
    """Lines that it must print, maybe among others; with none it must print nothing."""
    passphrase: bytes = b""
    """What is typed when it asks on its terminal; without one it has no terminal."""

    def is_answered_by(self, output: bytes) -> bool:
        """Return whether the output is what it must be."""
        return self.answer <= set(output.splitlines()) if self.answer else not output


class Home:
    """A home folder for one contender, with nothing of the machine's own configuration."""

    def __init__(self, folder: Path, path: str, ends: ExitStack) -> None:
        """Make the folder. Programs are looked for in `path`; `ends` is closed when all is measured."""
        folder.mkdir(mode=0o700)
        self.folder = folder
        self.ends = ends
        self.environment = {
            "HOME": str(folder),
            "PATH": path,
            "LANG": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
        }

    def find(self, program: str) -> str:
        """Return the absolute path of a program; raise NotHereError if there is none."""
        found = shutil.which(program, path=self.environment["PATH"])
        if found is None:
            raise NotHereError(f"there is no {program}")
        return os.path.abspath(found)

    def run(self, *command: str, stdin: bytes = b"") -> bytes:
        """Run a command of the set-up and return what it prints; raise CalledProcessError if it fails."""
        return subprocess.run(
            command,
            input=stdin,
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            check=True,
            timeout=60,
        ).stdout

    def at_end(self, *command: str) -> None:
        """Run a command when all is measured, whatever comes of it."""
        self.ends.callback(
            subprocess.run, command, env=self.environment, capture_output=True, check=False, timeout=60
        )

    def contender(self, *command: str, request: bytes = b"", answer: bytes = b"") -> Contender:
        """Return a contender of this home that reads `request` and must print the lines of `answer`."""
        return Contender(command, dict(self.environment), (request,), frozenset(answer.splitlines()))


SetUp = Callable[[Home], Contender]
"""What prepares a home and returns its contender; raises NotHereError if that cannot be."""

"""Where the program is broken: a copy of the environment that this runs in, with its own launcher.

An environment may be copied: Python finds it from where its executable lies, as does the launcher. Tests
import the package from there, never from the working folder.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from reliability.campaign.row import BROKEN
from reliability.mutations.mutation import CAMPAIGN, Mutation, source_of
from support.requirements import TRY_ALL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PROJECT = Path(__file__).parents[3]
LIMIT = 180.0
"""Seconds in which the tests of one mutation must end."""

_FAILED = re.compile(r"^(?:FAILED|ERROR) (.+)$", re.MULTILINE)


class Workshop:
    """A copy of the environment."""

    def __init__(self, folder: Path) -> None:
        """Copy the environment into a folder that is not there yet; the copies share what is not ours."""
        shutil.copytree(sys.prefix, folder, symlinks=True, copy_function=_linked)
        self._bin = folder / "bin"
        self._package = (
            folder / Path(sysconfig.get_path("purelib")).relative_to(sys.prefix) / "git_credential_pat"
        )
        self._launcher = self._bin / "git-credential-pat"
        for file in [*self._package.rglob("*.py"), self._launcher]:
            _replace(file, file.read_bytes(), file.stat().st_mtime)
        self._age = 0

    @contextmanager
    def broken(self, mutation: Mutation) -> Iterator[None]:
        """Break the copy as long as it lasts.

        Raises:
            ValueError: if the mutation is out of date.
        """
        file = source_of(mutation, self._package, self._launcher)
        source, time = file.read_bytes(), file.stat().st_mtime
        self._age += 1
        # Python knows compiled files by the second of the source's last change.
        _replace(file, mutation.applied(source.decode()).encode(), time - 10 * self._age)
        try:
            yield
        finally:
            _replace(file, source, time)

    def failing(self, tests: Iterable[str]) -> set[str]:
        """Return those of the tests that fail.

        Raises:
            subprocess.TimeoutExpired: if they do not end.
            ValueError: if they cannot be run, so that nothing is known.
        """
        wanted = list(dict.fromkeys(tests))
        rows = [test for test in wanted if test.startswith(CAMPAIGN)]
        failing = {row for row in rows if self._row_fails(row.removeprefix(CAMPAIGN))}
        cases = [test for test in wanted if test not in rows]
        return failing | (self._failing_cases(cases) if cases else set())

    def _row_fails(self, row: str) -> bool:
        name, _, size = row.partition("=")
        options = ["--size", size] if size else []
        command = ["-m", f"reliability.campaign.{name}", *options]
        return self._run(command, PROJECT / "tests").returncode == BROKEN

    def _failing_cases(self, cases: list[str]) -> set[str]:
        # What is tried by chance must be the same each time, for a break is noticed or not.
        options = ["-q", "--tb=no", "-rfE", "-p", "no:cacheprovider", "--hypothesis-seed=1"]
        pytest = [str(self._bin / "pytest"), *options]
        ended = self._run([*pytest, *cases], PROJECT)
        if ended.returncode not in (0, 1):
            message = f"pytest could not run {' '.join(cases)}: {ended.stdout[-1000:]}{ended.stderr[-1000:]}"
            raise ValueError(message)
        failed = _FAILED.findall(ended.stdout)
        return {case for case in cases if any(_is_of(case, line) for line in failed)}

    def _run(self, command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        environment.pop("VIRTUAL_ENV", None)
        try:
            return subprocess.run(
                [str(self._bin / Path(sys.executable).name), *command],
                cwd=folder,
                env={**environment, TRY_ALL: "1"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=LIMIT,
                check=False,
            )
        finally:
            end_all(self._bin)


def end_all(programs: Path) -> None:
    """End what still runs a program of this folder, as an agent that nobody finds any more."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile
            if (process / "cmdline").read_bytes().startswith(os.fsencode(programs) + b"/"):
                os.kill(int(process.name), signal.SIGKILL)


def _is_of(case: str, line: str) -> bool:
    """Whether a line of pytest's summary is of a case, or of one of its parameters if it names none."""
    return line == case or line.startswith((f"{case} - ", f"{case}["))


def _linked(source: str, target: str) -> None:
    """Link a file instead of copying it where that works."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _replace(file: Path, content: bytes, time: float) -> None:
    """Write a file anew, because its old one may be linked elsewhere; with the mode that it had."""
    mode = file.stat().st_mode
    file.unlink()
    file.write_bytes(content)
    file.chmod(mode)
    os.utime(file, (time, time))

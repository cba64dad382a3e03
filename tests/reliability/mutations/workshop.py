"""Where the program is broken: a copy of the project, and an environment that runs this copy.

The copy shares no file with the project. The environment shares those of other packages with the one that
this runs in; its `.pth` file and its launcher are its own.
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
from reliability.mutations import CAMPAIGN, LAUNCHER
from support.requirements import TRY_ALL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reliability.mutations import Mutation

PROJECT = Path(__file__).parents[3]
LIMIT = 180.0
"""Seconds in which the tests of one mutation must end."""

_LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "build", "dist", "mutants")
_FAILED = re.compile(r"^(?:FAILED|ERROR) tests/(.+)$", re.MULTILINE)


class Workshop:
    """A copy of the project with its own environment."""

    def __init__(self, folder: Path) -> None:
        """Make both in a folder that is not there yet."""
        self._tree, environment = folder / "tree", folder / "environment"
        shutil.copytree(PROJECT, self._tree, symlinks=True, ignore=_LEFT_OUT)
        shutil.copytree(sys.prefix, environment, symlinks=True, copy_function=_linked)
        packages = environment / Path(sysconfig.get_path("purelib")).relative_to(sys.prefix)
        shutil.rmtree(packages / "git_credential_pat", ignore_errors=True)
        for link in packages.glob("*git_credential_pat.pth"):
            link.unlink()
        (packages / "_editable_impl_git_credential_pat.pth").write_text(f"{self._tree}\n")
        self._bin = environment / "bin"
        self._age = 0
        self._write(LAUNCHER, (self._tree / LAUNCHER).read_text("utf-8"))

    @contextmanager
    def broken(self, mutation: Mutation) -> Iterator[None]:
        """Break the copy as long as it lasts.

        Raises:
            ValueError: if the mutation is out of date.
        """
        source = (self._tree / mutation.path).read_text("utf-8")
        self._write(mutation.path, mutation.applied(source))
        try:
            yield
        finally:
            self._write(mutation.path, source)

    def failing(self, tests: Iterable[str]) -> set[str]:
        """Return those of the tests that fail.

        Raises:
            subprocess.TimeoutExpired: if they do not end.
            ValueError: if they cannot be run, so that nothing is known.
        """
        rows = {test for test in tests if test.startswith(CAMPAIGN)}
        cases = [test for test in tests if test not in rows]
        failing = {row for row in rows if self._row_fails(row.removeprefix(CAMPAIGN))}
        return failing | (self._failing_cases(cases) if cases else set())

    def _row_fails(self, row: str) -> bool:
        name, _, size = row.partition("=")
        options = ["--size", size] if size else []
        ended = self._run(["-m", f"reliability.campaign.{name}", *options], self._tree / "tests")
        if ended.returncode not in (0, BROKEN):
            raise ValueError(f"the row {name} did not run: {ended.stderr[-1000:]}")
        return ended.returncode == BROKEN

    def _failing_cases(self, cases: list[str]) -> set[str]:
        # The seed makes random cases alike, but hypothesis also draws from the constants of the source: a
        # property that a mutation names has an @example that fails, whatever is drawn.
        options = ["-q", "--tb=no", "-rfE", "-p", "no:cacheprovider", "--hypothesis-seed=1"]
        ended = self._run(["-m", "pytest", *options, *(f"tests/{case}" for case in cases)], self._tree)
        if ended.returncode not in (0, 1):
            raise ValueError(f"pytest could not run: {ended.stdout[-1000:]}{ended.stderr[-1000:]}")
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
            self._end_all()

    def _end_all(self) -> None:
        """End what still runs a program of this environment, as an agent that nobody finds any more."""
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # it has ended meanwhile
                if (process / "cmdline").read_bytes().startswith(os.fsencode(self._bin) + b"/"):
                    os.kill(int(process.name), signal.SIGKILL)

    def _write(self, path: Path, text: str) -> None:
        """Write a file of the copy with a time of its own: by that Python knows what it has compiled."""
        file = self._tree / path
        file.write_text(text, "utf-8")
        self._age += 10
        os.utime(file, (self._age, self._age))
        if path == LAUNCHER:
            launcher = self._bin / path.name
            launcher.unlink(missing_ok=True)  # it may be a link to the one of the project's environment
            shutil.copy2(file, launcher)


def _is_of(case: str, line: str) -> bool:
    """Whether a line of pytest's summary is of a case, or of one of its parameters if it names none."""
    return line == case or line.startswith((f"{case} - ", f"{case}[", f"{case}::"))


def _linked(source: str, target: str) -> None:
    """Link a file instead of copying it where that works."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)

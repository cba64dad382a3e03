"""What tests of `import` share: a source's text in, and what became of each login out."""

from __future__ import annotations

import json
import os
import resource
import shutil
from typing import TYPE_CHECKING, NamedTuple

from support.checks import entries

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from support.program import Program, Run


class Row(NamedTuple):
    """One login in the JSON of `import`."""

    scope: str | None
    username: str | None
    outcome: str
    reason: str


def import_(
    program: Program, *arguments: str, environment: Mapping[str, str] | None = None, cwd: Path | None = None
) -> list[Row]:
    """Import, and return what became of each login; fail here if that is refused."""
    run = program.run("import", *arguments, "--json", environment=environment, cwd=cwd)
    assert run.status == 0, run
    return rows(run)


def rows(run: Run) -> list[Row]:
    """Return the logins in the JSON of a run."""
    found = json.loads(run.stdout)["tokens"]
    return [Row(row["scope"], row["username"], row["outcome"], row["reason"]) for row in found]


def write(path: Path, text: str | bytes) -> Path:
    """Write a file that only its user can read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    os.chmod(path, 0o600)
    return path


def scopes(program: Program) -> list[tuple[str, str]]:
    """Return scope and username of all that is kept."""
    return [(entry["scope"], entry["username"]) for entry in entries(program)]


def token(program: Program, url: str) -> str:
    """Return the token that answers for a URL."""
    run = program.run("token", url)
    assert (run.status, run.stderr) == (0, ""), run
    return run.stdout.decode().removesuffix("\n")


def remote(program: Program, folder: Path, *arguments: str) -> str:
    """Run `git remote` in a repository."""
    done = program.git("-C", str(folder), "remote", *arguments)
    assert done.status == 0, done
    return done.stdout.decode().removesuffix("\n")


def repository(program: Program, name: str = "api", **urls: str) -> Path:
    """Make a repository with these remotes."""
    folder = program.home / name
    assert program.git("init", "-q", str(folder)).status == 0
    for place, url in urls.items():
        remote(program, folder, "add", place, url)
    return folder


def scrub(program: Program, *places: str) -> Run:
    """Import and scrub; fail here if that is refused."""
    run = program.run("import", "remotes", *(places or ("api",)), "--scrub", "--yes")
    assert run.status == 0, run
    return run


def scrubbed(program: Program, *places: str) -> list[Row]:
    """Import and scrub; return what became of each token."""
    return import_(program, "remotes", *(places or ("api",)), "--scrub", "--yes")


SPEED_LIMIT = 5.0
"""Seconds for an import of 20,000 logins, the start of Python and the writing of git config included."""
_ATTEMPTS = 3


def fastest(program: Program, *arguments: str) -> float:
    """Return the seconds that an import of everything takes, the best of a few.

    They are the processor's, for an import waits for little else: so nothing that runs beside it counts.
    """
    took: list[float] = []
    while not took or (min(took) >= SPEED_LIMIT and len(took) < _ATTEMPTS):
        shutil.rmtree(program.data, ignore_errors=True)
        program.gitconfig.unlink(missing_ok=True)
        before = _seconds_of_children()
        run = program.run("import", *arguments)
        took.append(_seconds_of_children() - before)
        assert run.status == 0, run
    return min(took)


def _seconds_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime

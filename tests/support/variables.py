"""Projects with files of tools, and what `exec` has a command find there."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from support.program import Program

FEEDS = "https://pkgs.dev.azure.com/{}/_packaging/feed"
"""The URL of a feed of an organization."""


def project(program: Program, files: Mapping[str, str]) -> Path:
    """Make a project with these files, and return a folder two below it."""
    below = program.home / "project" / "src" / "web"
    below.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        path = program.home / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return below


def given(
    program: Program, *words: str, cwd: Path | None = None, says: str = "", **environment: str
) -> dict[str, str]:
    """Return the variables that a command finds and that are not the program's own, as they were."""
    run = program.run("exec", *words, "--", "env", "-0", environment=environment, cwd=cwd)
    assert run.status == 0, run
    assert says in run.stderr if says else not run.stderr, run.stderr
    rows = [row.partition(b"=") for row in run.stdout.split(b"\0") if row]
    found = {name.decode(): value.decode() for name, _, value in rows if name != b"PWD"}
    before = {**program.environment, **environment}
    return {name: value for name, value in found.items() if before.get(name) != value}

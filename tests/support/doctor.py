"""`doctor` in a test: what it finds, and whether the command that it prints fixes that."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from support.program import AZURE_TOKEN

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from support.program import Program, Run


class Found(NamedTuple):
    """One finding, as `--json` has it; there the fix is "mend"."""

    check: str
    state: str
    text: str
    fix: str | None


def findings(run: Run) -> list[Found]:
    """Return what a run of `doctor --json` found, after checking its status and that it says nothing else."""
    found = _found(run.stdout)
    assert run.stderr == "", run
    assert run.status == int(any(finding.state == "problem" for finding in found)), run
    return found


def doctor(program: Program, *options: str, cwd: Path | None = None) -> list[Found]:
    """Run `doctor` and return what it finds; no host is asked unless options say so."""
    return findings(program.run("doctor", "--json", *(options or ("--offline",)), cwd=cwd))


def problems(program: Program, *options: str, cwd: Path | None = None) -> list[Found]:
    """Return only what is not well."""
    return [finding for finding in doctor(program, *options, cwd=cwd) if finding.state == "problem"]


def only_problem(program: Program, *options: str, cwd: Path | None = None) -> Found:
    """Return the one thing that is not well."""
    (finding,) = problems(program, *options, cwd=cwd)
    return finding


def after(
    program: Program,
    finding: Found,
    *options: str,
    cwd: Path | None = None,
    stdin: str = AZURE_TOKEN,
    environment: Mapping[str, str] | None = None,
) -> list[Found]:
    """Paste a finding's command into a shell and return what `doctor` finds next there."""
    assert finding.fix is not None, finding
    again = " ".join(["git-credential-pat doctor --json", *(options or ("--offline",))])
    finished = subprocess.run(
        ["/bin/sh", "-c", f"{{ {finding.fix}\n}} >/dev/null || exit 99\n{again}"],
        input=f"{stdin}\n".encode(),
        env={**program.environment, **(environment or {})},
        cwd=cwd or program.home,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert finished.returncode in (0, 1), finished
    return _found(finished.stdout)


def fixes(program: Program, finding: Found, *options: str, cwd: Path | None = None, **how: str) -> bool:
    """Whether nothing is wrong any more once a finding's command was pasted into a shell."""
    left = after(program, finding, *options, cwd=cwd, **how)  # type: ignore[arg-type]  # only `stdin` is given
    return [other for other in left if other.state == "problem"] == []


def pretend_version(program: Program, version: str) -> None:
    """Put a git in front of the real one that says to be of another version, and is the real one else."""
    folder = program.home / "pretending"
    folder.mkdir()
    git = folder / "git"
    git.write_text(
        f"#!/bin/sh\ncase $* in *--version) echo git version {version} ;;\n"
        f'*) exec {shutil.which("git")} "$@" ;;\nesac\n'
    )
    git.chmod(0o755)
    program.environment["PATH"] = f"{folder}:{program.environment['PATH']}"


def _found(output: bytes) -> list[Found]:
    rows = json.loads(output)["findings"]
    assert all([*row] == ["check", "state", "text", "mend"] for row in rows), rows
    return [Found(*row.values()) for row in rows]

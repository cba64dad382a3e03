"""A home with the launcher and its other names on PATH, and stand-ins for tools that only print versions."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest
from support.program import LAUNCHER, Program

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("git-credential-pat", "docker-credential-pat", "cargo-credential-pat", "bazel-credential-pat")


class Tools(Program):
    """The program beside tools."""

    @property
    def bin(self) -> Path:
        return self.home / "bin"

    def install(self, name: str, says: str = "9.9.9", line: str = "") -> Path:
        """Put a program on PATH that prints its version, or does what a line of sh says."""
        program = self.bin / name
        program.write_text(f"#!/bin/sh\n{line or f'echo {shlex.quote(says)}'}\n")
        program.chmod(0o755)
        return program

    def tree(self) -> dict[str, bytes | str]:
        """Return all files and folders of the home but our own, with contents and modes."""
        above = {path for path in self.data.parents if self.home in path.parents}
        found: dict[str, bytes | str] = {}
        for path in sorted(self.home.rglob("*")):
            if path in above or {self.data, self.key.parent, self.bin} & {path, *path.parents}:
                continue
            name = f"{path.relative_to(self.home)} {path.lstat().st_mode:o}"
            found[name] = (
                str(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else b""
            )
        return found | {str(path): "" for path in sorted(self.bin.iterdir())}

    def file(self, name: str) -> str:
        """Return what a file in the home holds."""
        return (self.home / name).read_text()

    def write(self, name: str, text: str) -> Path:
        """Write a file of the user's own."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path


@pytest.fixture
def program(tmp_path: Path) -> Tools:
    home = tmp_path / "home"
    (home / "bin").mkdir(parents=True)
    for name in NAMES:
        (home / "bin" / name).symlink_to(LAUNCHER)
    made = Tools(home, home / "bin" / "git-credential-pat")
    made.environment["PATH"] = f"{home}/bin:/usr/bin:/bin"
    return made

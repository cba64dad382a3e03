"""Where programs are looked up, never in the working folder, whose files may be anybody's; what they get."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from git_credential_pat.system.processes import find_program

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("first", ["", ".", "bin", "./bin", "../home", "~"])
def test_a_program_is_found_in_absolute_folders_of_the_path_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    home, right = tmp_path / "home", tmp_path / "right"
    for folder in (home, home / "bin", home / "~", right):
        folder.mkdir()
        (folder / "tool").touch(mode=0o755)
    monkeypatch.chdir(home)
    assert find_program("tool", f"{first}:{right}") == f"{right}/tool"
    assert find_program("tool", first) is None


def test_what_is_started_gets_no_input_of_ours_and_says_nothing_to_the_user() -> None:
    code = (
        "from git_credential_pat.system.processes import start;"
        "print(start('/bin/sh', ['-c', 'cat; echo said; echo complained >&2'], {}).finish())"
    )
    ended = subprocess.run(
        [sys.executable, "-I", "-c", code], input=b"a token", capture_output=True, check=False, timeout=20
    )
    assert (ended.stdout, ended.stderr) == (b"(0, b'said\\n')\n", b"")

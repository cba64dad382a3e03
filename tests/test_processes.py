"""Where programs are looked up: the working folder, whose files may be anybody's, is never looked into."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from git_credential_pat.processes import find_program

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

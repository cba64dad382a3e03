"""The last release, installed beside the tree: `tests/releases` holds its wheel."""

from __future__ import annotations

import shutil
import sysconfig
import zipfile
from pathlib import Path

from support.program import LAUNCHER

NAME = "git_credential_pat"
FOLDER = Path(__file__).parents[1] / "releases"
"""Has one wheel."""


def last_release(folder: Path) -> Path:
    """Install the last release into a folder that is not there yet; return its launcher.

    Libraries and Python are those of the environment that this runs in.
    """
    ours = Path(sysconfig.get_path("purelib"))
    theirs = folder / ours.relative_to(LAUNCHER.parents[1])
    theirs.mkdir(parents=True)
    for path in ours.iterdir():
        if NAME not in path.name:
            (theirs / path.name).symlink_to(path)
    (wheel,) = FOLDER.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder / "wheel")
    shutil.move(folder / "wheel" / NAME, theirs)
    (folder / "bin").mkdir()
    (launcher,) = (folder / "wheel").glob("*.data/scripts/*")
    shutil.copy2(launcher, folder / "bin")
    launcher = folder / "bin" / launcher.name
    launcher.chmod(0o755)
    for python in LAUNCHER.parent.glob("python3*"):
        (folder / "bin" / python.name).symlink_to(python)
    shutil.copy2(LAUNCHER.parents[1] / "pyvenv.cfg", folder)
    return launcher

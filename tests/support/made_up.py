"""A copy of the installed program with a made-up file and its row: "one file and one row" is tried by it."""

import shutil
import sys
import sysconfig
from pathlib import Path
from typing import NamedTuple

import git_credential_pat
from support.program import LAUNCHER


class Row(NamedTuple):
    """A row for a table of the package, and what it goes before."""

    table: str
    before: str
    text: str


def installed_with(folder: Path, row: Row, file: str, text: str) -> Path:
    """Make the copy, with the row in its table and the file beside that.

    Return the folder of its programs, which has the launcher.
    """
    python = f"python{sys.version_info.major}.{sys.version_info.minor}"
    site, programs = folder / "lib" / python / "site-packages", folder / "bin"
    package = Path(git_credential_pat.__file__).parent
    shutil.copytree(package, site / package.name, ignore=shutil.ignore_patterns("__pycache__"))
    for installed in Path(sysconfig.get_path("purelib")).iterdir():
        if not installed.name.startswith((package.name, "_editable", "__editable")):
            (site / installed.name).symlink_to(installed)
    programs.mkdir()
    shutil.copy(LAUNCHER, programs)
    (programs / python).symlink_to(sys.executable)
    table = site / package.name / row.table
    (table.parent / file).write_text(text)
    assert table.read_text().count(row.before) == 1
    table.write_text(table.read_text().replace(row.before, row.text + row.before))
    return programs

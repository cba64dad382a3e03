"""What `install.sh` makes, once for all tests of this folder, in a throw-away home."""

import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest
from support.program import NO_NETWORK, Program

import git_credential_pat

PROJECT = Path(__file__).resolve().parents[2]
VERSION = f"git-credential-pat {git_credential_pat.__version__}"
"""What the program says of itself; the number stands in `git_credential_pat/__init__.py`."""
ORIGINAL_GITCONFIG = b"[user]\n\tname = Jo\n# no line end here"


class Installed(NamedTuple):
    """A home with the program in it, and what the installer said."""

    program: Program
    output: str


def run_script(
    name: str, home: Path, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run one of the scripts in install/ as a user would, from another folder."""
    cache = {"PIP_CACHE_DIR": str(home.parent / "pip-cache"), "UV_CACHE_DIR": str(home.parent / "uv-cache")}
    quiet = {name: value for name, value in Program(home).environment.items() if name not in NO_NETWORK}
    variables = {**quiet, **cache, **environment}  # pip goes to its index
    return subprocess.run(
        ["sh", str(PROJECT / "install" / name), *arguments],
        env=variables,
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Install into a home whose name holds a blank and a quote."""
    home = tmp_path_factory.mktemp("install") / "Jo's home"
    program = Program(home, home / ".local" / "bin" / "git-credential-pat")
    program.gitconfig.write_bytes(ORIGINAL_GITCONFIG)
    finished = run_script("install.sh", home)
    assert finished.returncode == 0, finished
    return Installed(program, finished.stdout)

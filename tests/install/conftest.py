"""What `install.sh` makes, once for all tests of this folder, in a throw-away home; and what shells offer."""

from __future__ import annotations

import subprocess
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from install.shells import Zsh, offered_by_bash, offered_by_fish
from support.program import NO_NETWORK, Program

import git_credential_pat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
    """Install into a home whose name holds a blank and a quote; only slow tests have this."""
    home = tmp_path_factory.mktemp("install") / "Jo's home"
    program = Program(home, home / ".local" / "bin" / "git-credential-pat")
    program.gitconfig.write_bytes(ORIGINAL_GITCONFIG)
    finished = run_script("install.sh", home)
    assert finished.returncode == 0, finished
    return Installed(program, finished.stdout)


@pytest.fixture(
    params=[
        "bash",
        pytest.param("fish", marks=pytest.mark.needs("fish")),
        pytest.param("zsh", marks=pytest.mark.needs("zsh")),
    ]
)
def offered(request: pytest.FixtureRequest, program: Program) -> Iterator[Callable[[str], set[str]]]:
    """What a shell offers at the end of a line, for each of the shells."""
    if request.param == "zsh":
        shell = Zsh(program)
        yield shell.offered
        shell.close()
    else:
        yield partial(offered_by_bash if request.param == "bash" else offered_by_fish, program)

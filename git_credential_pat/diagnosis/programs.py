"""Git and this program: whether they are found, and whether Git is new enough."""

import os
import re
from collections.abc import Iterable, Iterator

from git_credential_pat.diagnosis.support.surroundings import Surroundings
from git_credential_pat.git.settings import NAME, launcher_path
from git_credential_pat.model.finding import Finding, ok, problem
from git_credential_pat.system.processes import find_program
from git_credential_pat.text import quoted, shown

_OLDEST = (2, 30)
"""The first Git whose `git config` knows all options that are used and named here."""
AUTHTYPE_GIT = (2, 46)
"""The first Git that takes ready headers of helpers."""
_USUAL_FOLDERS = "/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin"
_INSTALLERS = {
    "apt-get": "sudo apt-get install git",
    "dnf": "sudo dnf install git",
    "pacman": "sudo pacman -S git",
    "zypper": "sudo zypper install git",
    "apk": "sudo apk add git",
    "brew": "brew install git",
}


def check_git(around: Surroundings) -> Iterator[Finding]:
    """Report whether Git is on PATH, and its version."""
    path = around.variables.get("PATH", "")
    found = find_program("git", path)
    if found is None:
        elsewhere = find_program("git", _USUAL_FOLDERS)
        fix = f'export PATH="$PATH:{os.path.dirname(elsewhere)}"' if elsewhere else install_git(path)
        yield problem("git is not on PATH; install Git, or add its folder to PATH", fix)
        return
    version = around.config.version()
    if git_version(around) < _OLDEST:
        yield problem(f"git {shown(version)} is older than 2.30", install_git(path))
    else:
        yield ok(f"git {shown(version)} is found ({found})")


def git_version(around: Surroundings) -> tuple[int, ...]:
    """Return the first two numbers of Git's version."""
    return tuple(int(number) for number in re.findall(r"\d+", around.config.version())[:2])


def install_git(path: str) -> str | None:
    """Return the command that installs Git on this machine, by the installer that it has."""
    folders = f"{path}:{_USUAL_FOLDERS}"
    return next((command for name, command in _INSTALLERS.items() if find_program(name, folders)), None)


def check_program(around: Surroundings) -> Iterable[Finding]:
    """Report whether this program is on PATH, without which `git credential-pat` is no command."""
    launcher = launcher_path(around.variables)
    found = find_program(NAME, around.variables.get("PATH", ""))
    if found is None:
        folder = quoted(os.path.dirname(launcher))
        return [
            problem(
                f'{NAME} is not on PATH, so "git credential-pat" is no command',
                f'export PATH={folder}:"$PATH"',
            )
        ]
    return [ok(f"git credential-pat is found ({found})")]


def check_repository(around: Surroundings) -> Iterable[Finding]:
    """Report whether git reads the configuration that holds in the current folder."""
    if around.config.rows and around.config.is_whole:
        return []
    folder = quoted(around.folder)
    return [
        problem(
            f"git cannot read the configuration of the repository in {folder}",
            around.config.editing(),
        )
    ]

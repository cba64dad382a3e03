"""The program that Git runs takes no code from the environment, the home or the working folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from install.conftest import VERSION, Installed
from support.checks import keep
from support.program import AZURE_TOKEN, FABRIKAM, LAUNCHER, Program, attributes

import git_credential_pat

if TYPE_CHECKING:
    from collections.abc import Sequence

MODULES = (
    *("hmac", "typing", "os", "json", "base64", "struct", "fcntl", "click", "cryptography"),
    *("git_credential_pat", "startup", "sitecustomize"),
)
REQUEST = attributes("protocol=https", "host=dev.azure.com", "path=fabrikam/web")


class Traps:
    """Code at every place that an unprotected Python would run it from; each leaves a mark."""

    def __init__(self, home: Path) -> None:
        self.marks, self.folder = home / "marks", home / "hostile"
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        user_site = home / ".local" / "lib" / version / "site-packages"
        for folder in (self.marks, self.folder, user_site):
            folder.mkdir(parents=True)
        for name in MODULES:
            (self.folder / f"{name}.py").write_text(self._code(name))
        (user_site / "usercustomize.py").write_text(self._code("usercustomize"))
        (user_site / "hostile.pth").write_text(f"import os; {self._code('pth')}")
        self.environment = {
            "PYTHONPATH": str(self.folder),
            "PYTHONSTARTUP": str(self.folder / "startup.py"),
            "PYTHONUSERBASE": str(home / ".local"),
            "PYTHONINSPECT": "1",
            "PYTHON_KEYRING_BACKEND": "hostile.Backend",
            "OPENSSL_CONF": str(self.folder / "openssl.cnf"),
        }

    def _code(self, name: str) -> str:
        return f"open({str(self.marks / name)!r}, 'w').close()\n"

    def sprung(self) -> list[str]:
        return sorted(path.name for path in self.marks.iterdir())


BY_INSTALLER = [pytest.mark.slow, pytest.mark.timeout(600)]

SHELLS = [
    ("sh",),
    ("bash", "--posix"),
    pytest.param(("dash",), marks=pytest.mark.needs("dash")),
    pytest.param(("busybox", "sh"), marks=pytest.mark.needs("busybox")),
]
"""What /bin/sh may be."""


@pytest.fixture
def by_pip(program: Program) -> Program:
    return program


@pytest.fixture
def by_installer(tmp_path: Path, installed: Installed) -> Program:
    return Program(tmp_path / "home", installed.program.launcher)


@pytest.mark.parametrize("way", ["by_pip", pytest.param("by_installer", marks=BY_INSTALLER)])
def test_no_code_from_outside_runs_in_any_command(way: str, request: pytest.FixtureRequest) -> None:
    program: Program = request.getfixturevalue(way)
    traps = Traps(program.home)

    def run(*arguments: str, stdin: bytes = b"") -> bytes:
        result = program.run(*arguments, stdin=stdin, environment=traps.environment, cwd=traps.folder)
        assert result.status == 0, result
        return result.stdout

    run("seed", FABRIKAM, "--no-verify", stdin=AZURE_TOKEN.encode())
    run("store", stdin=REQUEST[:-1] + f"username=pat\npassword={AZURE_TOKEN}\n".encode())
    answer = run("get", stdin=REQUEST)
    run("erase", stdin=REQUEST[:-1] + b"password=another\n")
    for command in (["list", "--json"], ["token", "fabrikam"], ["vault", "info"], ["capability"], ["--help"]):
        run(*command)
    assert answer == b"username=pat\npassword=" + AZURE_TOKEN.encode() + b"\n"
    assert traps.sprung() == []


def test_an_unprotected_python_does_spring_the_traps(program: Program) -> None:
    traps = Traps(program.home)
    subprocess.run(
        [os.path.realpath(sys.executable), "-c", "import hmac, fcntl"],
        env={**program.environment, **traps.environment, "PYTHONINSPECT": ""},
        cwd=traps.folder,
        capture_output=True,
        check=False,
    )
    assert {"sitecustomize", "os"} & set(traps.sprung())


def lay(*programs: Path, mark: Path) -> None:
    """Write programs that leave a mark."""
    for path in programs:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n: >'{mark}'\n")
        path.chmod(0o755)


def started(command: Sequence[str | Path], cwd: Path, **environment: str) -> tuple[int, str, str]:
    """Start something in a folder and return its status and what it said."""
    finished = subprocess.run(
        command,
        env={"PATH": os.environ["PATH"], "HOME": str(cwd), **environment},
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return finished.returncode, finished.stdout, finished.stderr


@pytest.mark.parametrize("search_path", [".:{}", ":{}", "bin:{}"])
def test_the_launcher_runs_nothing_of_the_working_folder(tmp_path: Path, search_path: str) -> None:
    names = ("readlink", "git", "sh", "env", "python3")
    lay(*(tmp_path / folder / name for folder in (".", "bin") for name in names), mark=tmp_path / "mark")
    link = tmp_path / "git-credential-pat"
    link.symlink_to(LAUNCHER)
    path = search_path.format(os.environ["PATH"])
    assert started([link, "list"], tmp_path, PATH=path)[:2] == (0, "")
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
@pytest.mark.parametrize("search_path", [".:/usr/bin:/bin", ":/usr/bin:/bin", "bin:/usr/bin:/bin"])
def test_a_python_of_the_working_folder_is_not_the_launcher_s(
    tmp_path: Path, search_path: str, shell: tuple[str, ...]
) -> None:
    version = f"python{sys.version_info.major}.{sys.version_info.minor}-of-nobody"
    launcher = tmp_path / "prefix" / "bin" / "git-credential-pat"  # an environment with no Python of its own
    main = tmp_path / "prefix" / "lib" / version / "site-packages" / "git_credential_pat" / "__main__.py"
    for file in (launcher, main):
        file.parent.mkdir(parents=True)
    shutil.copy(LAUNCHER, launcher)
    main.touch()
    lay(tmp_path / version, tmp_path / "bin" / version, mark=tmp_path / "mark")
    status, _, said = started([*shell, launcher, "list"], tmp_path, PATH=search_path)
    assert status == 1
    assert "its Python is missing" in said
    assert not (tmp_path / "mark").exists()


def test_no_variable_makes_it_a_script_for_shells(tmp_path: Path) -> None:
    lay(tmp_path / "bash", mark=tmp_path / "mark")
    main = Path(git_credential_pat.__file__).with_name("__main__.py")  # dash passes on no such variable
    variables = {"PATH": f".:{os.environ['PATH']}", "_GIT CREDENTIAL_PAT_COMPLETE": "bash_source"}
    command: list[str | Path] = [sys.executable, "-I", "-S", main, "--version"]
    assert started(command, tmp_path, **variables) == (0, f"{VERSION}\n", "")
    assert not (tmp_path / "mark").exists()


def test_the_launcher_works_through_links_from_other_folders(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "second").symlink_to(LAUNCHER)
    (tmp_path / "bin" / "git-credential-pat").symlink_to("../far/second")
    assert started(["./git-credential-pat", "--version"], tmp_path / "bin") == (0, f"{VERSION}\n", "")


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
def test_the_launcher_works_whatever_shell_sh_is(program: Program, shell: tuple[str, ...]) -> None:
    """It starts the program, and hands on to what `exec` becomes what it keeps from its own Python."""
    keep(program, FABRIKAM)
    link = program.home / "link"
    link.symlink_to(LAUNCHER)
    own = {"OPENSSL_CONF": "/of the/user's", "LC_CTYPE": "C"}
    show = 'printf "%s|" "$SYSTEM_ACCESSTOKEN" "$OPENSSL_CONF" "${OPENSSL_MODULES-unset}" "$LC_CTYPE" "$1"'
    command = [*shell, "link", "exec", FABRIKAM, "--", "sh", "-c", show, "sh", "two  words"]
    said = f"{AZURE_TOKEN}|/of the/user's|unset|C|two  words|"
    assert started(command, program.home, **{**program.environment, **own}) == (0, said, "")


def test_a_launcher_without_its_python_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    copy = shutil.copy(LAUNCHER, tmp_path / "bin")
    said = f"git-credential-pat: its Python is missing beside {tmp_path}/bin; install it again\n"
    assert started([copy, "get"], tmp_path) == (1, "", said)

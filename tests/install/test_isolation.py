"""The program that Git runs takes no code from the environment, the home or the working folder."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from install.conftest import VERSION, Installed
from support.program import AZURE_TOKEN, LAUNCHER, Program, attributes

import git_credential_pat

SHADOWED = (
    "hmac",
    "typing",
    "os",
    "json",
    "base64",
    "struct",
    "fcntl",
    "click",
    "cryptography",
    "git_credential_pat",
)
REQUEST = attributes("protocol=https", "host=dev.azure.com", "path=fabrikam/web")


class Traps:
    """Code at every place that an unprotected Python would run it from; each leaves a mark."""

    def __init__(self, home: Path) -> None:
        self.marks = home / "marks"
        self.marks.mkdir()
        self.folder = home / "hostile"
        self.folder.mkdir()
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        user_site = home / ".local" / "lib" / version / "site-packages"
        user_site.mkdir(parents=True)
        for name in SHADOWED:
            self._set(self.folder / f"{name}.py", f"module {name}")
        self._set(self.folder / "startup.py", "PYTHONSTARTUP")
        self._set(user_site / "usercustomize.py", "usercustomize")
        self._set(self.folder / "sitecustomize.py", "sitecustomize")
        (user_site / "hostile.pth").write_text(f"import os; open({str(self.marks / 'pth')!r}, 'w').close()\n")
        self.environment = {
            "PYTHONPATH": str(self.folder),
            "PYTHONSTARTUP": str(self.folder / "startup.py"),
            "PYTHONUSERBASE": str(home / ".local"),
            "PYTHONINSPECT": "1",
            "PYTHON_KEYRING_BACKEND": "hostile.Backend",
            "OPENSSL_CONF": str(self.folder / "openssl.cnf"),
        }

    def _set(self, path: Path, name: str) -> None:
        path.write_text(f"open({str(self.marks / name)!r}, 'w').close()\n")

    def sprung(self) -> list[str]:
        return sorted(path.name for path in self.marks.iterdir())


@pytest.fixture
def by_pip(tmp_path: Path) -> Program:
    return Program(tmp_path / "home")


@pytest.fixture
def by_installer(tmp_path: Path, installed: Installed) -> Program:
    return Program(tmp_path / "home", installed.program.launcher)


@pytest.mark.parametrize("way", ["by_pip", "by_installer"])
def test_no_code_from_outside_runs_in_any_command(way: str, request: pytest.FixtureRequest) -> None:
    program: Program = request.getfixturevalue(way)
    traps = Traps(program.home)

    def run(*arguments: str, stdin: bytes = b"") -> bytes:
        result = program.run(*arguments, stdin=stdin, environment=traps.environment, cwd=traps.folder)
        assert result.status == 0, result
        return result.stdout

    run("seed", "https://dev.azure.com/fabrikam", "--no-verify", stdin=AZURE_TOKEN.encode())
    run("store", stdin=REQUEST[:-1] + f"username=pat\npassword={AZURE_TOKEN}\n".encode())
    answer = run("get", stdin=REQUEST)
    run("erase", stdin=REQUEST[:-1] + b"password=another\n")
    for command in (["list", "--json"], ["token", "fabrikam"], ["vault", "info"], ["capability"], ["--help"]):
        run(*command)

    assert answer == b"username=pat\npassword=" + AZURE_TOKEN.encode() + b"\n"
    assert traps.sprung() == []


def test_an_unprotected_python_does_spring_the_traps(tmp_path: Path) -> None:
    program = Program(tmp_path / "home")
    traps = Traps(program.home)

    subprocess.run(
        [os.path.realpath(sys.executable), "-c", "import hmac, fcntl"],
        env={**program.environment, **traps.environment, "PYTHONINSPECT": ""},
        cwd=traps.folder,
        capture_output=True,
        check=False,
    )

    assert {"sitecustomize", "module os"} & set(traps.sprung())


@pytest.mark.parametrize("search_path", [".:{}", ":{}", "./:{}", "bin:{}"])
def test_the_launcher_runs_nothing_of_the_working_folder(tmp_path: Path, search_path: str) -> None:
    (tmp_path / "bin").mkdir()
    for folder in (tmp_path, tmp_path / "bin"):
        for name in ("readlink", "git", "sh", "env", "python3"):
            (folder / name).write_text(f"#!/bin/sh\n: >'{tmp_path}/mark'\n")
            (folder / name).chmod(0o755)
    link = tmp_path / "git-credential-pat"
    link.symlink_to(LAUNCHER)

    finished = subprocess.run(
        [link, "list"],
        env={"PATH": search_path.format(os.environ["PATH"]), "HOME": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (finished.returncode, finished.stdout) == (0, "")
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize("search_path", [".:/usr/bin:/bin", ":/usr/bin:/bin", "bin:/usr/bin:/bin"])
def test_a_python_of_the_working_folder_is_not_the_launcher_s(tmp_path: Path, search_path: str) -> None:
    version = f"python{sys.version_info.major}.{sys.version_info.minor}-of-nobody"
    launcher = tmp_path / "prefix" / "bin" / "git-credential-pat"  # an environment with no Python of its own
    main = tmp_path / "prefix" / "lib" / version / "site-packages" / "git_credential_pat" / "__main__.py"
    for file in (launcher, main):
        file.parent.mkdir(parents=True)
    shutil.copy(LAUNCHER, launcher)
    main.touch()
    for folder in (tmp_path, tmp_path / "bin"):
        folder.mkdir(exist_ok=True)
        (folder / version).write_text(f"#!/bin/sh\n: >'{tmp_path}/mark'\n")
        (folder / version).chmod(0o755)

    finished = subprocess.run(
        [launcher, "list"], env={"PATH": search_path}, cwd=tmp_path, capture_output=True, check=False
    )

    assert finished.returncode == 1
    assert b"its Python is missing" in finished.stderr
    assert not (tmp_path / "mark").exists()


def test_no_variable_makes_it_a_script_for_shells(tmp_path: Path) -> None:
    program = Program(tmp_path / "home")
    bash = tmp_path / "bash"
    bash.write_text(f"#!/bin/sh\n: >'{tmp_path}/mark'\n")
    bash.chmod(0o755)
    main = Path(git_credential_pat.__file__).with_name("__main__.py")  # dash passes on no such variable

    finished = subprocess.run(
        [sys.executable, "-I", "-S", main, "--version"],
        env={
            **program.environment,
            "PATH": f".:{os.environ['PATH']}",
            "_GIT CREDENTIAL_PAT_COMPLETE": "bash_source",
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (finished.returncode, finished.stdout) == (0, f"{VERSION}\n")
    assert not (tmp_path / "mark").exists()


def test_the_launcher_works_through_links_from_other_folders(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "second").symlink_to(LAUNCHER)
    (tmp_path / "bin" / "git-credential-pat").symlink_to("../far/second")

    finished = subprocess.run(
        ["./git-credential-pat", "--version"],
        cwd=tmp_path / "bin",
        capture_output=True,
        text=True,
        check=False,
    )

    assert (finished.returncode, finished.stdout) == (0, f"{VERSION}\n")


def test_a_launcher_without_its_python_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    copy = tmp_path / "bin" / "git-credential-pat"
    copy.write_bytes(LAUNCHER.read_bytes())
    copy.chmod(0o755)

    finished = subprocess.run(
        [copy, "get"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )

    assert finished.returncode == 1
    assert finished.stdout == ""
    assert finished.stderr == (
        f"git-credential-pat: its Python is missing beside {tmp_path}/bin; install it again\n"
    )

"""Every usual installer brings a program that works, with the launcher that isolates it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from install.conftest import PROJECT, VERSION
from support.program import AZURE_TOKEN, FABRIKAM, Program, attributes

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # pip, its index and a busy machine
PYTHON = os.path.realpath(sys.executable)


def install(command: list[str], home: Path, **environment: str) -> None:
    variables = {**os.environ, "HOME": str(home), "PIP_CACHE_DIR": str(home / "cache"), **environment}
    variables.pop("PYTHONPATH", None)
    home.mkdir(exist_ok=True)
    finished = subprocess.run(
        command, env=variables, capture_output=True, text=True, check=False, timeout=300
    )
    assert finished.returncode == 0, finished


def assert_it_works(launcher: Path, home: Path) -> None:
    program = Program(home, launcher)
    assert launcher.read_bytes().startswith(b"#!/bin/sh\n")
    assert program.run("--version").stdout.decode() == f"{VERSION}\n"
    program.seed(FABRIKAM, AZURE_TOKEN)
    filled = program.git(
        "credential", "fill", stdin=attributes("protocol=https", "host=fabrikam.visualstudio.com")
    )
    assert b"password=" + AZURE_TOKEN.encode() in filled.stdout.splitlines()


@pytest.mark.needs("pipx")
def test_pipx_installs_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    folders = {"PIPX_HOME": str(home / "pipx"), "PIPX_BIN_DIR": str(home / "bin")}
    command = ["pipx", "install", "--quiet", str(PROJECT)]
    install(command, home, **folders, PIPX_DEFAULT_PYTHON=PYTHON)
    assert_it_works(home / "bin" / "git-credential-pat", home)


@pytest.mark.needs("uv")
def test_uv_installs_it_as_a_tool(tmp_path: Path) -> None:
    home = tmp_path / "home"
    folders = {"UV_TOOL_DIR": "uv", "UV_TOOL_BIN_DIR": "bin", "UV_CACHE_DIR": "cache"}
    command = ["uv", "--quiet", "tool", "install", "--python", PYTHON, str(PROJECT)]
    install(command, home, **{name: str(home / folder) for name, folder in folders.items()})
    assert_it_works(home / "bin" / "git-credential-pat", home)


def test_pip_installs_it_for_a_user_beside_no_interpreter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    command = [PYTHON, "-m", "pip", "install", "-qq", "--user", "--break-system-packages", str(PROJECT)]
    install(command, home, PYTHONUSERBASE=str(home / ".local"))
    monkeypatch.setenv("PATH", os.path.dirname(PYTHON), prepend=os.pathsep)
    assert_it_works(home / ".local" / "bin" / "git-credential-pat", home)


def test_an_editable_installation_works_and_is_what_its_folder_is_at_the_next_start(tmp_path: Path) -> None:
    home, copy = tmp_path / "home", tmp_path / "a copy"
    for name in ("git_credential_pat", "install"):
        shutil.copytree(PROJECT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(PROJECT / name, copy)
    install([PYTHON, "-m", "venv", str(home / "venv")], home)
    install([str(home / "venv" / "bin" / "pip"), "install", "-qq", "-e", str(copy)], home)
    launcher = home / "venv" / "bin" / "git-credential-pat"
    assert_it_works(launcher, home)
    face = copy / "git_credential_pat" / "__init__.py"
    face.write_text(face.read_text().replace(VERSION.split()[1], "9.8.7-edited"))
    assert Program(home, launcher).run("--version").stdout == b"git-credential-pat 9.8.7-edited\n"

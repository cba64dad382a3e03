"""Every usual installer brings a program that works, with the launcher that isolates it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from install.conftest import PROJECT, VERSION
from support.program import AZURE_TOKEN, Program, attributes


def install(command: list[str], home: Path, **environment: str) -> None:
    variables = {**os.environ, "HOME": str(home), "PIP_CACHE_DIR": str(home / "cache"), **environment}
    variables.pop("PYTHONPATH", None)
    home.mkdir()
    finished = subprocess.run(
        command, env=variables, capture_output=True, text=True, check=False, timeout=300
    )
    assert finished.returncode == 0, finished


def assert_it_works(launcher: Path, home: Path) -> None:
    program = Program(home, launcher)
    assert launcher.read_bytes().startswith(b"#!/bin/sh\n")
    assert program.run("--version").stdout.decode() == f"{VERSION}\n"
    program.seed("https://dev.azure.com/fabrikam", AZURE_TOKEN)
    filled = program.git(
        "credential", "fill", stdin=attributes("protocol=https", "host=fabrikam.visualstudio.com")
    )
    assert b"password=" + AZURE_TOKEN.encode() in filled.stdout.splitlines()


@pytest.mark.needs("pipx")
def test_pipx_installs_it(tmp_path: Path) -> None:
    home = tmp_path / "home"

    install(
        ["pipx", "install", "--quiet", str(PROJECT)],
        home,
        PIPX_HOME=str(home / "pipx"),
        PIPX_BIN_DIR=str(home / "bin"),
        PIPX_DEFAULT_PYTHON=os.path.realpath(sys.executable),
    )

    assert_it_works(home / "bin" / "git-credential-pat", home)


@pytest.mark.needs("uv")
def test_uv_installs_it_as_a_tool(tmp_path: Path) -> None:
    home = tmp_path / "home"

    install(
        ["uv", "--quiet", "tool", "install", "--python", os.path.realpath(sys.executable), str(PROJECT)],
        home,
        UV_TOOL_DIR=str(home / "uv"),
        UV_TOOL_BIN_DIR=str(home / "bin"),
        UV_CACHE_DIR=str(home / "cache"),
    )

    assert_it_works(home / "bin" / "git-credential-pat", home)


def test_pip_installs_it_for_a_user_beside_no_interpreter(tmp_path: Path) -> None:
    home = tmp_path / "home"
    python = os.path.realpath(sys.executable)

    install(
        [python, "-m", "pip", "install", "-qq", "--user", "--break-system-packages", str(PROJECT)],
        home,
        PYTHONUSERBASE=str(home / ".local"),
    )
    path = f"{Path(python).parent}{os.pathsep}{os.environ['PATH']}"

    finished = subprocess.run(
        [home / ".local" / "bin" / "git-credential-pat", "--version"],
        env={"HOME": str(home), "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (finished.returncode, finished.stdout) == (0, f"{VERSION}\n")

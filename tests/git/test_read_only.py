"""Git's configuration is read-only: the lines to paste are printed, and commands that work are named."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.checks import line_of
from support.git_credential import GitCredential, Login
from support.program import AZURE_TOKEN, FABRIKAM, LAUNCHER, Program, Run
from support.users import give_to_nobody

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.needs("root"), pytest.mark.slow]

TOKEN = f"{AZURE_TOKEN}\n".encode()
SEED = ("seed", "--no-verify")
GITHUB = "https://github.com/acme"
AZURE = ("protocol=https", "host=dev.azure.com", "path=fabrikam/web/_git/api")
JANE = "[user]\n\tname = Jane\n"
SYSTEM = f"sudo {LAUNCHER} configure --system"


@pytest.fixture
def program() -> Iterator[Program]:
    """A program in a home that other users than root reach."""
    with tempfile.TemporaryDirectory(prefix="pat-") as base:
        Path(base).chmod(0o755)
        yield Program(Path(base) / "home")


@pytest.fixture
def store(program: Program) -> Path:
    """The user's configuration, in a folder of root's to which the user has a link, as home-manager makes it.

    The user is not root, who may write everywhere.
    """
    file = program.home.parent / "store" / "config"
    file.parent.mkdir()
    file.write_text(JANE)
    link = program.home / ".config" / "git" / "config"
    link.parent.mkdir(parents=True)
    link.symlink_to(file)
    give_to_nobody(program.home, program.home / ".config", link.parent)
    del program.environment["GIT_CONFIG_NOSYSTEM"]
    program.environment["GIT_CONFIG_SYSTEM"] = str(program.home.parent / "system-gitconfig")
    return file


def pasted(program: Program, done: Run, file: Path) -> None:
    """Put what a command printed to paste into a file, as whoever makes that file would."""
    before, bracket, lines = done.stdout.decode().partition("[credential]\n")
    assert bracket, before
    file.write_text(f"{JANE}{bracket}{lines}")
    assert program.git("config", "--file", str(file), "--list").status == 0


def test_seed_prints_the_lines_and_is_content_once_they_are_pasted(program: Program, store: Path) -> None:
    done = program.run_as_nobody(*SEED, FABRIKAM, stdin=TOKEN)
    assert done.status == 1
    assert line_of(done) == (
        f"the token is stored, but Git does not use this helper yet: cannot change {store}: "
        "Permission denied; "
        f"put the lines above where that file is made (seed and import: --no-configure), or run: {SYSTEM}"
    )
    pasted(program, done, store)
    done = program.run_as_nobody(*SEED, FABRIKAM, stdin=TOKEN)
    assert (done.status, done.stderr) == (0, "")
    done = program.run_as_nobody("configure")
    assert (done.status, done.stderr) == (0, "")
    program.environment["XDG_DATA_HOME"] = str(program.home / ".local" / "share")
    assert GitCredential(program).fill(*AZURE) == Login("pat", AZURE_TOKEN)


def test_no_configure_leaves_it_alone(program: Program, store: Path) -> None:
    done = program.run_as_nobody(*SEED, "--no-configure", FABRIKAM, stdin=TOKEN)
    assert (done.status, done.stderr) == (0, "")
    assert store.read_text() == JANE


def test_the_command_for_all_users_is_enough(program: Program, store: Path) -> None:
    """Root runs it with its own home."""
    assert program.run_as_nobody("configure").stderr.endswith(f", or run: {SYSTEM}\n")
    own = store.parent.parent / "root"
    own.mkdir()
    assert program.run("configure", "--system", environment={"HOME": str(own)}).status == 0
    for command in (("configure",), (*SEED, FABRIKAM)):
        done = program.run_as_nobody(*command, stdin=TOKEN)
        assert (done.status, done.stderr) == (0, ""), done
    assert store.read_text() == JANE


def test_what_the_command_for_all_users_does_not_set_is_printed_again(program: Program, store: Path) -> None:
    done = program.run_as_nobody(*SEED, GITHUB, stdin=TOKEN)
    assert done.stderr.endswith(f", or run: {SYSTEM}, then this again\n")
    own = store.parent.parent / "root"
    own.mkdir()
    assert program.run("configure", "--system", environment={"HOME": str(own)}).status == 0
    done = program.run_as_nobody("configure")
    assert done.stdout.decode().startswith('[credential "https://github.com"]\n\tuseHttpPath = true\n')
    assert "--system" not in done.stderr


def test_a_command_that_a_reset_would_undo_is_not_named(program: Program, store: Path) -> None:
    store.write_text("[credential]\n\thelper =\n\thelper = cache\n")
    done = program.run_as_nobody("configure")
    assert "put the lines above " in done.stderr
    assert "--system" not in done.stderr


def test_nor_is_it_where_git_does_not_read_the_system_s(program: Program, store: Path) -> None:
    program.environment["GIT_CONFIG_NOSYSTEM"] = "1"
    done = program.run_as_nobody("configure")
    assert str(store) in done.stderr
    assert "--system" not in done.stderr


def test_configuration_that_is_null_is_read_only(program: Program, store: Path) -> None:
    program.environment["GIT_CONFIG_GLOBAL"] = "/dev/null"
    for run in (program.run, program.run_as_nobody):
        done = run("configure")
        assert (done.status, done.stdout[:13]) == (1, b"[credential]\n")
        assert (
            "cannot change /dev/null: it keeps nothing; put the lines above into another file " in done.stderr
        )
        assert run("unconfigure").status == 0
    assert store.read_text() == JANE


def test_a_folder_that_is_read_only(program: Program, store: Path) -> None:
    folder = program.home / ".config" / "git"
    (folder / "config").unlink()
    (folder / "config").write_text(JANE)
    give_to_nobody(folder / "config")
    folder.chmod(0o555)
    done = program.run_as_nobody("configure")
    assert (done.status, done.stdout[:13]) == (1, b"[credential]\n"), store
    assert f"cannot change {folder / 'config'}: Permission denied; put the lines above " in done.stderr


def test_a_file_that_is_mounted_by_itself(program: Program, store: Path) -> None:
    """As into a container, where no other file can take its place. Only this process sees the mount."""
    link = program.home / ".config" / "git" / "config"
    link.unlink()
    link.touch()
    line = f"mount --bind {store} {link} && {LAUNCHER} doctor --offline; {LAUNCHER} configure"
    command = ["unshare", "--mount", "sh", "-c", f"chown -R root: {program.home} && {line}"]
    done = subprocess.run(command, env=program.environment, capture_output=True, check=False, text=True)
    fix = f"{LAUNCHER} configure --system\n"
    assert done.returncode == 1
    assert f"note     {link} cannot be changed (Device or resource busy)" in done.stdout
    assert f"         {fix}" in done.stdout
    assert done.stderr.endswith(f", or run: {fix}")


def test_import_prints_them_too_but_not_into_its_object(program: Program, store: Path) -> None:
    kept = program.home / ".git-credentials"
    kept.write_text(f"https://jane:{AZURE_TOKEN}@dev.azure.com/fabrikam\n")
    kept.chmod(0o600)
    give_to_nobody(kept)
    done = program.run_as_nobody("import", "git-credentials", "--json")
    assert (done.status, "import" in json.loads(done.stdout)) == (1, False)
    assert done.stderr.endswith("; run: git credential-pat configure\n")
    done = program.run_as_nobody("import", "git-credentials")
    assert (done.status, b"\n[credential]\n" in done.stdout) == (1, True)
    assert store.read_text() == JANE


def test_unconfigure_prints_what_to_take_out(program: Program, store: Path) -> None:
    assert program.run_as_nobody("unconfigure").status == 0
    own = {"HOME": str(store.parent), "GIT_CONFIG_GLOBAL": str(store)}
    assert program.run("configure", environment=own).status == 0
    before = store.read_text()
    done = program.run_as_nobody("unconfigure")
    assert (done.status, done.stdout[:13]) == (1, b"[credential]\n")
    assert done.stderr.endswith("; take the lines above out where that file is made\n")
    assert store.read_text() == before


@pytest.mark.parametrize("command", ["configure", "unconfigure"])
def test_the_file_of_the_system_is_roots_to_change(program: Program, store: Path, command: str) -> None:
    system = store.parent.parent / "system-gitconfig"
    own = {"HOME": str(store.parent)}
    if command == "unconfigure":
        assert program.run("configure", "--system", environment=own).status == 0
    done = program.run_as_nobody(command, "--system")
    assert (done.status, done.stdout) == (1, b"")
    fix = f"sudo {LAUNCHER} {command} --system"
    assert line_of(done) == f"cannot change {system}: Permission denied; run: {fix}"


def test_doctor_notes_it_and_its_commands_work(program: Program, store: Path) -> None:
    """What root is to run runs as root here, with its own home."""
    own = store.parent.parent / "root"
    own.mkdir()
    sudo = store.parent.parent / "bin" / "sudo"
    sudo.parent.mkdir()
    sudo.write_text(f'#!/bin/sh\nHOME={own} exec "$@"\n')
    sudo.chmod(0o755)
    program.run_as_nobody(*SEED, GITHUB, "--no-configure", stdin=TOKEN)
    for check in ("helper", "paths", "paths", ""):
        done = program.run_as_nobody("doctor", "--offline", "--json")
        found = {row["check"]: row for row in json.loads(done.stdout)["findings"] if row["state"] != "ok"}
        note = found.pop("read-only")
        assert (note["state"], note["mend"]) == ("note", None)
        assert "(Permission denied)" in note["text"]
        assert next(iter(found), "") == check
        if check:
            path = f"{sudo.parent}:{program.environment['PATH']}"
            environment = {**program.environment, "PATH": path}
            subprocess.run(["/bin/sh", "-c", found[check]["mend"]], env=environment, check=True)

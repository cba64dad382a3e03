"""`configure` and `seed` write Git's configuration: what they write, and what real Git then does."""

from __future__ import annotations

import os
import shlex
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest
from support.checks import refusal
from support.git_credential import GitCredential, Login
from support.program import AZURE_TOKEN, LAUNCHER, Program, Run

if TYPE_CHECKING:
    from pathlib import Path

HELPER = "pat" if str(LAUNCHER.parent) in ("/usr/local/bin", "/usr/bin", "/bin") else str(LAUNCHER)
"""The short name where Git finds the program by itself, else the launcher's whole path."""

CONFIGURED = [
    f"credential.helper={HELPER}",
    "credential.https://dev.azure.com.helper=",
    f"credential.https://dev.azure.com.helper={HELPER}",
    "credential.https://dev.azure.com.usehttppath=true",
    "credential.https://pkgs.dev.azure.com.helper=",
    f"credential.https://pkgs.dev.azure.com.helper={HELPER}",
    "credential.https://pkgs.dev.azure.com.usehttppath=true",
    "credential.https://*.visualstudio.com.helper=",
    f"credential.https://*.visualstudio.com.helper={HELPER}",
]
AZURE = ("protocol=https", "host=dev.azure.com", "path=fabrikam/web/_git/api")
STUDIO = ("protocol=https", "host=fabrikam.visualstudio.com", "path=web/_git/api")
PACKAGES = ("protocol=https", "host=pkgs.dev.azure.com", "path=fabrikam/_packaging/feed/nuget/v3")
ELSEWHERE = ("protocol=https", "host=git.example.com")


def configured(program: Program) -> list[str]:
    """Return all settings of the user's own configuration, as git reads them."""
    listed = program.git("config", "--global", "--list")
    assert listed.status == 0, listed
    return listed.stdout.decode().splitlines()


def configure(program: Program) -> None:
    done = program.run("configure")
    assert (done.status, done.stderr) == (0, ""), done


def neighbour(program: Program) -> Path:
    """Give the user another helper, one that notes each operation that Git asks of it."""
    log = program.home / "neighbour.log"
    log.touch()
    script = program.home / "neighbour"
    script.write_text(f'#!/bin/sh\necho "$1" >>{shlex.quote(str(log))}\ncat >>{shlex.quote(str(log))}\n')
    script.chmod(0o755)
    assert program.git("config", "--global", "credential.helper", str(script)).status == 0
    return log


# What is written


def test_configure_writes_the_helper_and_for_azure_devops_this_helper_alone(program: Program) -> None:
    configure(program)
    assert configured(program) == CONFIGURED


def test_a_second_configure_changes_no_byte(program: Program) -> None:
    configure(program)
    first = program.gitconfig.read_bytes()
    configure(program)
    assert program.gitconfig.read_bytes() == first


def test_the_users_other_helpers_stay_in_front_and_in_their_order(program: Program) -> None:
    for helper in ("cache", "store --file /dev/null"):
        program.git("config", "--global", "--add", "credential.helper", helper)
    configure(program)
    helpers = program.git("config", "--get-all", "credential.helper").stdout.decode().splitlines()
    assert helpers == ["cache", "store --file /dev/null", HELPER]


# What Git then does


@pytest.mark.parametrize("request_lines", [AZURE, STUDIO, PACKAGES], ids=["azure", "studio", "packages"])
def test_neighbours_never_see_a_token_of_azure_devops(
    program: Program, request_lines: tuple[str, ...]
) -> None:
    log = neighbour(program)
    configure(program)
    git = GitCredential(program)
    git.approve(*request_lines, "username=pat", f"password={AZURE_TOKEN}")
    assert git.fill(*request_lines) == Login("pat", AZURE_TOKEN)
    git.reject(*request_lines, "username=pat", f"password={AZURE_TOKEN}")
    assert log.read_text() == ""


def test_neighbours_are_still_asked_for_other_hosts(program: Program) -> None:
    log = neighbour(program)
    configure(program)
    assert GitCredential(program).asks(*ELSEWHERE) == "Username for 'https://git.example.com'"
    assert log.read_text() == "get\nprotocol=https\nhost=git.example.com\n"


# The launcher, wherever it lies


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["a folder", "it's quo\"te\\", "$HOME;a&b|c#(x)*~!ünï"])
def test_git_runs_the_launcher_from_a_folder_of_any_name_until_it_moves(
    program: Program, folder: str
) -> None:
    program.seed("https://dev.azure.com/fabrikam", AZURE_TOKEN, "--no-configure")
    launcher = program.home / folder / "git-credential-pat"
    launcher.parent.mkdir()
    launcher.symlink_to(LAUNCHER)
    for uses in ("uses", "already uses"):
        done = _at(program, launcher).run("configure")
        assert done == Run(0, f"Git {uses} this helper ({program.gitconfig}).\n".encode(), "")
    assert GitCredential(program).fill(*AZURE) == Login("pat", AZURE_TOKEN)
    configure(program)
    assert configured(program) == CONFIGURED
    assert program.run("unconfigure").status == 0
    assert not program.gitconfig.exists()


def _at(program: Program, launcher: Path) -> Program:
    """Return a program with its launcher elsewhere."""
    moved = Program(program.home, launcher)
    moved.environment = program.environment
    return moved


# Which file


JANE = "[user]\n\tname = Jane\n"


@pytest.mark.parametrize(
    ("variable", "value", "place"),
    [
        ("", "", ".config/git/config"),
        ("XDG_CONFIG_HOME", "xdg", "xdg/git/config"),
        ("GIT_CONFIG_GLOBAL", "elsewhere", "elsewhere"),
    ],
    ids=["config folder", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL"],
)
def test_the_file_that_git_takes_for_the_users_is_used(
    program: Program, variable: str, value: str, place: str
) -> None:
    file = program.home / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(JANE)
    if variable:
        program.environment[variable] = str(program.home / value)
    configure(program)
    assert not program.gitconfig.exists()
    assert configured(program) == ["user.name=Jane", *CONFIGURED]
    assert program.run("unconfigure").status == 0
    assert file.read_text() == JANE


def test_a_file_that_git_config_global_names_is_made_and_goes_again(program: Program) -> None:
    file = program.home / "elsewhere"
    program.environment["GIT_CONFIG_GLOBAL"] = str(file)
    configure(program)
    assert configured(program) == CONFIGURED
    assert program.run("unconfigure").status == 0
    assert not file.exists()


def test_gitconfig_wins_where_both_files_are_there(program: Program) -> None:
    file = program.home / ".config" / "git" / "config"
    file.parent.mkdir(parents=True)
    file.write_text(JANE)
    program.gitconfig.write_text("[user]\n\temail = jane@example.com\n")
    configure(program)
    assert file.read_text() == JANE
    written = program.git("config", "--file", str(program.gitconfig), "--list").stdout.decode()
    assert written.splitlines() == ["user.email=jane@example.com", *CONFIGURED]


@pytest.mark.parametrize("before", [None, "", JANE.removesuffix("\n")], ids=["no file", "empty", "unended"])
def test_system_configures_every_user_of_the_machine_and_undoes_it(
    program: Program, before: str | None
) -> None:
    file = program.home / "system-gitconfig"
    if before is not None:
        file.write_text(before)
    del program.environment["GIT_CONFIG_NOSYSTEM"]
    program.environment["GIT_CONFIG_SYSTEM"] = str(file)
    done = program.run("configure", "--system")
    assert done == Run(0, f"Git uses this helper ({file}).\n".encode(), "")
    listed = program.git("config", "--system", "--list").stdout.decode().splitlines()
    assert listed == [*(["user.name=Jane"] if before else []), *CONFIGURED]
    assert not program.gitconfig.exists()
    assert program.run("unconfigure", "--system").status == 0
    assert (file.read_text() if file.exists() else None) == before


def test_an_editor_of_the_users_is_never_started(program: Program) -> None:
    del program.environment["GIT_CONFIG_NOSYSTEM"]
    program.environment["GIT_CONFIG_SYSTEM"] = str(program.home / "system-gitconfig")
    program.environment["GIT_EDITOR"] = program.environment["EDITOR"] = f"touch {program.home}/started; :"
    assert program.run("configure", "--system").status == 0
    assert not (program.home / "started").exists()


# What can be in the way


def test_a_lock_that_git_holds_is_named_and_nothing_is_written(program: Program) -> None:
    lock = program.home / ".gitconfig.lock"
    lock.touch()
    for command in ("configure", "unconfigure"):
        assert refusal(program.run(command), 1).endswith(f"if none runs, remove {lock}")
    assert lock.exists()
    assert not program.gitconfig.exists()


def configure_at(program: Program, path: Path) -> Run:
    """Configure with `path` as the user's file; fail here if that takes long."""
    environment = {**program.environment, "GIT_CONFIG_GLOBAL": str(path)}
    done = subprocess.run(
        [program.launcher, "configure"], env=environment, capture_output=True, check=False, timeout=5
    )
    return Run(done.returncode, done.stdout, done.stderr.decode())


def test_a_pipe_in_the_files_place_is_refused_without_waiting_for_a_writer(program: Program) -> None:
    pipe = program.home / "pipe"
    os.mkfifo(pipe)
    assert str(pipe) in refusal(configure_at(program, pipe), 1)
    assert pipe.is_fifo()


@pytest.mark.needs("root")
def test_a_device_in_the_files_place_is_never_replaced(program: Program) -> None:
    """GIT_CONFIG_GLOBAL=/dev/null is the usual way to have no configuration."""
    device = program.home / "null"
    os.mknod(device, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    assert str(device) in refusal(configure_at(program, device), 1)
    assert device.is_char_device()

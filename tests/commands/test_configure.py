"""`configure` and `seed` tell Git of this helper: what they write, and what real Git then does."""

from __future__ import annotations

import os
import shlex
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest
from support.checks import refusal
from support.git_credential import GitCredential, Login
from support.program import AZURE_TOKEN, LAUNCHER, OTHER_AZURE_TOKEN, Program, Run

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
    done = program.run("configure")
    assert done == Run(0, f"Git asks this helper now ({program.gitconfig}).\n".encode(), "")
    assert configured(program) == CONFIGURED


def test_a_second_configure_changes_no_byte(program: Program) -> None:
    configure(program)
    first = program.gitconfig.read_bytes()
    done = program.run("configure")
    assert done == Run(0, f"Git asks this helper already ({program.gitconfig}).\n".encode(), "")
    assert program.gitconfig.read_bytes() == first


def test_what_the_user_wrote_already_is_not_written_again(program: Program) -> None:
    program.git("config", "--global", "credential.helper", HELPER)
    configure(program)
    assert configured(program) == CONFIGURED


def test_the_users_other_helpers_stay_in_front_and_in_their_order(program: Program) -> None:
    for helper in ("cache", "store --file /dev/null"):
        program.git("config", "--global", "--add", "credential.helper", helper)
    configure(program)
    helpers = program.git("config", "--get-all", "credential.helper").stdout.decode().splitlines()
    assert helpers == ["cache", "store --file /dev/null", HELPER]


def test_azure_devops_requests_carry_their_organization(program: Program) -> None:
    configure(program)
    for url, value in [
        ("https://dev.azure.com/fabrikam", b"true\n"),
        ("https://pkgs.dev.azure.com/fabrikam", b"true\n"),
        ("https://fabrikam.visualstudio.com", b""),
        ("https://github.com", b""),
    ]:
        assert program.git("config", "--get-urlmatch", "credential.useHttpPath", url).stdout == value, url


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


def test_a_seeded_token_reaches_git_at_every_address_of_the_organization(program: Program) -> None:
    program.seed("https://dev.azure.com/fabrikam", AZURE_TOKEN)
    program.seed("https://dev.azure.com/contoso", OTHER_AZURE_TOKEN)
    git = GitCredential(program)
    for lines in (AZURE, STUDIO, PACKAGES):
        assert git.fill(*lines) == Login("pat", AZURE_TOKEN), lines
    contoso = ("protocol=https", "host=dev.azure.com", "path=contoso/web/_git/api")
    assert git.fill(*contoso) == Login("pat", OTHER_AZURE_TOKEN)


# The launcher, wherever it lies


@pytest.mark.parametrize(
    "folder",
    ["a folder", "it's", 'quo"te\\', "$HOME;a&b|c#(x)*~!", "ünï"],
)
def test_git_runs_the_launcher_from_a_folder_of_any_name(program: Program, folder: str) -> None:
    program.seed("https://dev.azure.com/fabrikam", AZURE_TOKEN, "--no-configure")
    launcher = program.home / folder / "git-credential-pat"
    launcher.parent.mkdir()
    launcher.symlink_to(LAUNCHER)
    for command, ending in [("configure", "now"), ("configure", "already")]:
        done = subprocess.run(
            [str(launcher), command], env=program.environment, capture_output=True, check=False
        )
        expected = f"Git asks this helper {ending} ({program.gitconfig}).\n".encode()
        assert (done.returncode, done.stdout, done.stderr) == (0, expected, b"")
    assert GitCredential(program).fill(*AZURE) == Login("pat", AZURE_TOKEN)
    assert program.run("unconfigure").status == 0
    assert not program.gitconfig.exists()


def test_a_program_that_moved_is_configured_at_its_new_place(program: Program) -> None:
    old = program.home / "old" / "git-credential-pat"
    old.parent.mkdir()
    old.symlink_to(LAUNCHER)
    subprocess.run([str(old), "configure"], env=program.environment, capture_output=True, check=True)
    configure(program)
    assert configured(program) == CONFIGURED


# Which file


def test_the_file_in_the_config_folder_is_used_where_it_is_the_users(program: Program) -> None:
    file = program.home / ".config" / "git" / "config"
    file.parent.mkdir(parents=True)
    file.write_text("[user]\n\tname = Jane\n")
    configure(program)
    assert not program.gitconfig.exists()
    assert configured(program) == ["user.name=Jane", *CONFIGURED]
    assert program.run("unconfigure").status == 0
    assert file.read_text() == "[user]\n\tname = Jane\n"


def test_the_file_in_xdg_config_home_is_used_where_it_is_the_users(program: Program) -> None:
    file = program.home / "xdg" / "git" / "config"
    file.parent.mkdir(parents=True)
    file.write_text("")
    program.environment["XDG_CONFIG_HOME"] = str(program.home / "xdg")
    configure(program)
    assert not program.gitconfig.exists()
    assert configured(program) == CONFIGURED


def test_gitconfig_wins_where_both_files_are_there(program: Program) -> None:
    file = program.home / ".config" / "git" / "config"
    file.parent.mkdir(parents=True)
    file.write_text("[user]\n\tname = Jane\n")
    program.gitconfig.write_text("[user]\n\temail = jane@example.com\n")
    configure(program)
    assert file.read_text() == "[user]\n\tname = Jane\n"
    written = program.git("config", "--file", str(program.gitconfig), "--list").stdout.decode()
    assert written.splitlines() == ["user.email=jane@example.com", *CONFIGURED]


def test_git_config_global_names_the_file(program: Program) -> None:
    file = program.home / "elsewhere"
    program.environment["GIT_CONFIG_GLOBAL"] = str(file)
    configure(program)
    assert not program.gitconfig.exists()
    assert configured(program) == CONFIGURED
    assert program.run("unconfigure").status == 0
    assert not file.exists()


@pytest.mark.parametrize("before", [None, "", "[user]\n\tname = Jane"], ids=["no file", "empty", "unended"])
def test_system_configures_every_user_of_the_machine_and_undoes_it(
    program: Program, before: str | None
) -> None:
    file = program.home / "system-gitconfig"
    if before is not None:
        file.write_text(before)
    del program.environment["GIT_CONFIG_NOSYSTEM"]
    program.environment["GIT_CONFIG_SYSTEM"] = str(file)
    done = program.run("configure", "--system")
    assert done == Run(0, f"Git asks this helper now ({file}).\n".encode(), "")
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
        assert refusal(program.run(command), 1) == (
            f"{program.gitconfig} is being changed by another git; if none runs, remove {lock}"
        )
    assert lock.exists()
    assert not program.gitconfig.exists()


def test_a_configuration_that_git_cannot_read_stays_as_it_is(program: Program) -> None:
    program.gitconfig.write_text("[user\n\tname = Jane\n")
    line = refusal(program.run("configure"), 1)
    assert line.startswith("git cannot read its own configuration; ")
    assert program.gitconfig.read_text() == "[user\n\tname = Jane\n"
    assert not (program.home / ".gitconfig.lock").exists()


def test_a_folder_in_the_files_place_is_refused(program: Program) -> None:
    program.gitconfig.mkdir()
    assert refusal(program.run("configure"), 1) == (
        f"{program.gitconfig} is not a regular file; git's settings cannot be kept there"
    )
    assert not (program.home / ".gitconfig.lock").exists()


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


def test_configure_takes_no_argument(program: Program) -> None:
    refusal(program.run("configure", "https://dev.azure.com/fabrikam"), 2)
    assert not program.gitconfig.exists()

"""The command line as a whole: help, wrong usage, and surroundings where something is missing or broken."""

from __future__ import annotations

import os
import subprocess

import pytest
from support.checks import entries, files, keep, refusal, told
from support.program import AZURE_TOKEN, FABRIKAM, Program, Run, attributes

from git_credential_pat import __version__

REQUEST = attributes("protocol=https", "host=dev.azure.com", "path=fabrikam/web/_git/api")
ANSWER = f"username=pat\npassword={AZURE_TOKEN}\n".encode()
COMMANDS = (
    *("seed", "list", "token", "header", "remove", "restore"),
    *("configure", "unconfigure", "vault", "help"),
)


@pytest.fixture
def seeded(program: Program) -> Program:
    keep(program, FABRIKAM)
    return program


def shell(program: Program, command: str, stdin: bytes = b"") -> Run:
    """Run a command line of sh, for what only a shell can do with standard streams."""
    finished = subprocess.run(
        ["/bin/sh", "-c", command.replace("PROGRAM", str(program.launcher))],
        input=stdin,
        env=program.environment,
        cwd=program.home,
        capture_output=True,
        check=False,
        timeout=30,
    )
    return Run(finished.returncode, finished.stdout, finished.stderr.decode("utf-8", "backslashreplace"))


# Help


def test_version_is_one_line(program: Program) -> None:
    assert program.run("--version") == Run(0, f"git-credential-pat {__version__}\n".encode(), "")


@pytest.mark.parametrize("arguments", [("--help",), ("-h",), ("help",)])
def test_help_lists_every_command_in_80_columns(program: Program, arguments: tuple[str, ...]) -> None:
    done = program.run(*arguments)
    assert (done.status, done.stderr) == (0, "")
    lines = done.stdout.decode().splitlines()
    assert lines[0] == "Usage: git credential-pat [OPTIONS] COMMAND [ARGS]..."
    assert max(map(len, lines)) <= 80
    listed = [line.split()[0] for line in lines[lines.index("Commands:") + 1 :] if line.startswith("  ")]
    assert set(COMMANDS) <= set(listed)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_is_its_help_option(program: Program, command: str) -> None:
    asked = program.run("help", command)
    assert (asked.status, asked.stderr) == (0, "")
    first, *lines = asked.stdout.decode().splitlines()
    assert first.startswith(f"Usage: git credential-pat {command} ")
    assert max(map(len, lines)) <= 80
    assert program.run(command, "--help") == asked


def test_help_of_what_is_no_command_is_a_usage_error(program: Program) -> None:
    line = refusal(program.run("help", "frobnicate"), 2)
    assert line == 'there is no command "frobnicate"; see "git credential-pat help"'


def test_git_finds_the_program_as_a_command_of_its_own(program: Program) -> None:
    assert program.git("credential-pat", "--version") == program.run("--version")


def test_help_makes_nothing(program: Program) -> None:
    for arguments in (["--help"], ["--version"], ["help", "seed"], ["seed", "--help"], []):
        program.run(*arguments)
    assert files(program) == {}


# Wrong usage


def test_no_arguments_show_the_usage(program: Program) -> None:
    done = program.run()
    assert (done.status, done.stderr) == (2, "")
    assert done.stdout == program.run("--help").stdout


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--frobnicate",), "--frobnicate"),
        (("--frobnicate", "get"), "--frobnicate"),
        (("list", "--frobnicate"), "--frobnicate"),
        (("list", "surplus"), "extra argument"),
        (("token",), "URL"),
        (("seed", FABRIKAM, "--days"), "--days"),
        (("vault", "frobnicate"), "frobnicate"),
        (("--backend",), "--backend"),
        (("--version=1",), "--version"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else None,
)
def test_wrong_usage_is_status_2_and_one_line_that_names_the_fault(
    program: Program, arguments: tuple[str, ...], named: str
) -> None:
    assert named in refusal(program.run(*arguments), 2)
    assert files(program) == {}


def test_an_operation_that_is_not_known_is_ignored_for_git(program: Program) -> None:
    assert program.run("frobnicate", stdin=REQUEST) == Run(0, b"", "")
    assert program.run("--backend", "vault", "frobnicate", stdin=REQUEST) == Run(0, b"", "")
    assert files(program) == {}


def test_a_mistyped_command_with_arguments_is_a_usage_error_for_git_never_calls_so(program: Program) -> None:
    assert "tokn" in refusal(program.run("tokn", "https://dev.azure.com/fabrikam", stdin=REQUEST), 2)


@pytest.mark.parametrize("operation", ["get", "store", "erase", "capability"])
def test_an_operation_takes_no_arguments(seeded: Program, operation: str) -> None:
    before = files(seeded)
    line = refusal(seeded.run(operation, "surplus", stdin=REQUEST), 2)
    assert line == f'"{operation}" takes no arguments; it reads a request from standard input'
    assert files(seeded) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("--backend", "nope", "list"),
        ("--backend=nope", "list"),
        ("--backend", "nope", "get"),
        ("--backend", "nope", "--backend", "nope", "get"),
    ],
    ids=" ".join,
)
def test_a_backend_that_is_not_known_is_refused_by_name(program: Program, arguments: tuple[str, ...]) -> None:
    run = program.run(*arguments, stdin=REQUEST)
    assert refusal(run, 2).startswith('unknown backend "')


def test_a_backend_of_the_settings_is_refused_likewise(program: Program) -> None:
    program.git("config", "--global", "pat.backend", "nope")
    line = 'unknown backend "nope"; set pat.backend to one of: vault, keyring'
    assert refusal(program.run("list"), 2) == line
    assert program.run("--backend", "vault", "list").status == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [("pat.prompt", "sometimes"), ("pat.keepRejected", "soon"), ("pat.nourl.provider", "gitlab")],
)
def test_a_setting_without_sense_is_named(program: Program, name: str, value: str) -> None:
    program.git("config", "--global", name, value)
    assert name.lower() in refusal(program.run("list"), 1).lower()


# Standard streams


def test_a_closed_stdin_is_an_empty_one(seeded: Program) -> None:
    before = files(seeded)
    refusal(shell(seeded, "PROGRAM get <&-"), 1)
    assert refusal(shell(seeded, f"PROGRAM seed {FABRIKAM} --no-verify <&-"), 1) == (
        "no token was given; nothing was changed"
    )
    assert shell(seeded, "PROGRAM frobnicate <&-") == Run(0, b"", "")
    assert shell(seeded, f"PROGRAM token {FABRIKAM} <&-") == Run(0, f"{AZURE_TOKEN}\n".encode(), "")
    assert files(seeded) == before


FAILING = [f"token {FABRIKAM}", "list", "--version", "--help"]


@pytest.mark.parametrize("command", FAILING)
@pytest.mark.parametrize("stdout", [">&-", ">/dev/full"])
def test_a_result_that_cannot_be_written_is_one_plain_line(
    seeded: Program, command: str, stdout: str
) -> None:
    before = files(seeded)
    line = refusal(shell(seeded, f"PROGRAM {command} {stdout}"), 1)
    assert line.startswith("cannot write the answer: ")
    assert files(seeded) == before


@pytest.mark.parametrize("stdout", [">&-", ">/dev/full"])
def test_an_answer_to_git_that_cannot_be_written_is_one_plain_line(seeded: Program, stdout: str) -> None:
    line = refusal(shell(seeded, f"PROGRAM get {stdout}", REQUEST), 1)
    assert line.startswith("cannot write the answer: ")


@pytest.mark.parametrize("command", [*FAILING, "get"])
def test_a_reader_that_has_gone_is_quiet(seeded: Program, command: str) -> None:
    done = shell(seeded, f"{{ sleep 0.2; PROGRAM {command}; }} | :", REQUEST)
    assert done == Run(0, b"", "")


def test_a_closed_stderr_changes_no_status(seeded: Program) -> None:
    assert shell(seeded, "PROGRAM token https://dev.azure.com/contoso 2>&-") == Run(1, b"", "")
    assert shell(seeded, "PROGRAM get 2>&-", REQUEST) == Run(0, ANSWER, "")


def test_all_streams_closed_harm_no_file(seeded: Program) -> None:
    before = files(seeded)
    for command in (f"token {FABRIKAM}", "list", "get", "frobnicate", f"seed {FABRIKAM} --no-verify"):
        shell(seeded, f"PROGRAM {command} <&- >&- 2>&-")
    assert files(seeded) == before


# Surroundings


def test_without_home_the_users_own_is_taken(seeded: Program) -> None:
    environment = {name: value for name, value in seeded.environment.items() if name != "HOME"}
    environment |= {
        "XDG_DATA_HOME": str(seeded.home / ".local/share"),
        "XDG_CONFIG_HOME": str(seeded.home / ".config"),
        "GIT_CONFIG_GLOBAL": "/dev/null",
    }
    finished = subprocess.run(
        [seeded.launcher, "token", FABRIKAM], env=environment, capture_output=True, check=False
    )
    assert (finished.returncode, finished.stdout) == (0, f"{AZURE_TOKEN}\n".encode())


@pytest.mark.parametrize("home", ["relative", "."])
def test_a_relative_home_is_refused(program: Program, home: str) -> None:
    environment = {"HOME": home}
    assert refusal(program.run("list", environment=environment), 1) == ("there is no home folder; set HOME")
    refusal(program.run("get", stdin=REQUEST, environment=environment), 1)
    assert files(program) == {}


@pytest.mark.parametrize("home", ["/proc/nowhere", "/dev/null/home"])
def test_a_home_that_cannot_be_written_is_one_plain_line(program: Program, home: str) -> None:
    """Folders that nobody can make, for the superuser can write everywhere else."""
    environment = {"HOME": home}
    assert program.run("get", stdin=REQUEST, environment=environment).stdout == b""
    done = program.run(
        "seed", FABRIKAM, "--no-verify", stdin=f"{AZURE_TOKEN}\n".encode(), environment=environment
    )
    assert home in refusal(done, 1)
    assert home in refusal(program.run("configure", environment=environment), 1)


def test_a_home_that_is_not_there_has_no_token(program: Program) -> None:
    environment = {"HOME": str(program.home / "nowhere")}
    assert program.run("get", stdin=REQUEST, environment=environment) == Run(0, b"", "")
    assert told(program.run("list", environment=environment)).startswith("no tokens are kept yet; ")
    assert not (program.home / "nowhere").exists()


def test_without_git_on_path_it_says_so(seeded: Program) -> None:
    expected = "git is not on PATH; install Git, or add its folder to PATH"
    for path in ("/nonexistent", ""):
        environment = {"PATH": path}
        for arguments in (["list"], ["get"], ["configure"]):
            assert refusal(seeded.run(*arguments, stdin=REQUEST, environment=environment), 1) == expected


@pytest.mark.parametrize("entry", ["", ".", "bin"])
def test_relative_folders_of_path_are_never_searched(seeded: Program, entry: str) -> None:
    folder = seeded.home / "bin"
    folder.mkdir()
    for place in (folder, seeded.home):
        for name in ("git", "git-credential-pat", "python3", "python3.10", "python3.11", "readlink"):
            (place / name).write_text(f"#!/bin/sh\ntouch {seeded.home}/executed\n")
            (place / name).chmod(0o755)
    environment = {"PATH": f"{entry}{os.pathsep}{seeded.environment['PATH']}{os.pathsep}{entry}"}
    for arguments in (["get"], ["list"], ["configure"], ["seed", FABRIKAM, "--no-verify"]):
        done = seeded.run(*arguments, stdin=REQUEST, environment=environment, cwd=seeded.home)
        assert done.status == 0, done
    assert not (seeded.home / "executed").exists()
    assert str(folder) not in seeded.gitconfig.read_text()


def test_a_git_config_that_git_cannot_read_is_one_plain_line(seeded: Program) -> None:
    seeded.gitconfig.write_text("[broken\n")
    before = files(seeded)
    for arguments in (["list"], ["get"], ["store"], ["token", FABRIKAM], ["remove", "-y", FABRIKAM]):
        line = refusal(seeded.run(*arguments, stdin=REQUEST), 1)
        assert line == 'git cannot read its own configuration; see "git config --global --list"'
    assert files(seeded) == before


def test_help_needs_neither_git_nor_home(program: Program) -> None:
    program.gitconfig.write_text("[broken\n")
    environment = {"PATH": "/nonexistent", "HOME": "relative"}
    for arguments in (["--help"], ["--version"], ["help", "seed"], ["vault", "--help"]):
        assert program.run(*arguments, environment=environment).status == 0


def test_a_folder_that_was_removed_under_our_feet_does_not_matter(seeded: Program) -> None:
    (seeded.home / "gone").mkdir()
    done = shell(seeded, f"cd gone && rmdir ../gone && PROGRAM token {FABRIKAM}")
    assert (done.status, done.stdout) == (0, f"{AZURE_TOKEN}\n".encode())
    assert "git-credential-pat" not in done.stderr, "only the shell may complain"


@pytest.mark.parametrize("locale", ["C", "POSIX", "xx_XX.ISO-8859-1", ""])
def test_names_beyond_ascii_work_in_every_locale(program: Program, locale: str) -> None:
    environment = {"LANG": locale, "LC_ALL": locale}
    done = program.run(
        *("seed", FABRIKAM, "--no-verify", "--label", "büro €"),
        stdin=f"{AZURE_TOKEN}\n".encode(),
        environment=environment,
    )
    assert done.status == 0, done
    assert "büro €" in program.run("list", environment=environment).stdout.decode()
    assert [entry["label"] for entry in entries(program)] == ["büro €"]

"""The command line as a whole: help, wrong usage, and surroundings where something is missing or broken."""

from __future__ import annotations

import json
import subprocess

import pytest
from support.checks import files, keep, line_of, refusal
from support.program import AZURE_TOKEN, FABRIKAM, Program, Run, attributes

from git_credential_pat import __version__
from git_credential_pat.commands import GROUPS

REQUEST = attributes("protocol=https", "host=dev.azure.com", "path=fabrikam/web/_git/api")
ANSWER = f"username=pat\npassword={AZURE_TOKEN}\n".encode()
COMMANDS = (
    *("seed", "list", "token", "header", "remove", "restore", "revoke"),
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
        timeout=60,
    )
    return Run(finished.returncode, finished.stdout, finished.stderr.decode("utf-8", "backslashreplace"))


# Help


def test_version_is_one_line_also_by_git(program: Program) -> None:
    version = Run(0, f"git-credential-pat {__version__}\n".encode(), "")
    assert program.run("--version") == version
    assert program.git("credential-pat", "--version") == version


@pytest.mark.parametrize(("arguments", "status"), [(["--help"], 0), (["-h"], 0), (["help"], 0), ([], 2)])
def test_help_lists_every_command_in_80_columns(program: Program, arguments: list[str], status: int) -> None:
    done = program.run(*arguments)
    assert (done.status, done.stderr) == (status, "")
    lines = done.stdout.decode().splitlines()
    assert lines[0] == "Usage: git credential-pat [OPTIONS] COMMAND [ARGS]..."
    assert max(map(len, lines)) <= 80
    titles = [lines.index(f"{title}:") for title in GROUPS]
    listed = [line.split()[0] for line in lines[titles[0] :] if line.startswith("  ")]
    assert titles == sorted(titles)
    assert set(COMMANDS) <= set(listed)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_is_its_help_option(program: Program, command: str) -> None:
    asked = program.run("help", command)
    assert (asked.status, asked.stderr) == (0, "")
    first, *lines = asked.stdout.decode().splitlines()
    assert first.startswith(f"Usage: git credential-pat {command} ")
    assert max(map(len, lines)) <= 80
    assert program.run(command, "--help") == asked


def test_help_needs_neither_git_nor_home_and_makes_nothing(program: Program) -> None:
    program.gitconfig.write_text("[broken\n")
    before = files(program)
    environment = {"PATH": "/nonexistent", "HOME": "relative"}
    for arguments in (["--help"], ["--version"], ["help", "seed"], ["vault", "--help"]):
        assert program.run(*arguments, environment=environment).status == 0
    assert files(program) == before


# Wrong usage


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ("--frobnicate", "--frobnicate"),
        ("--frobnicate get", "--frobnicate"),
        ("list --frobnicate", "--frobnicate"),
        ("list surplus", "extra argument"),
        ("token", "URL"),
        (f"seed {FABRIKAM} --days", "--days"),
        ("vault frobnicate", "frobnicate"),
        ("--version=1", "--version"),
        (f"tokn {FABRIKAM}", "tokn"),  # Git never calls a helper with arguments, so this is a user
        ("list --within", 'see "git credential-pat list --help"'),
        ("vault info --json=1", 'see "git credential-pat vault --help"'),
    ],
)
def test_wrong_usage_is_status_2_and_one_line_that_names_the_fault(
    program: Program, arguments: str, named: str
) -> None:
    assert named in refusal(program.run(*arguments.split(), stdin=REQUEST), 2)
    assert files(program) == {}


def test_an_operation_that_is_not_known_is_ignored_for_git(program: Program) -> None:
    assert program.run("frobnicate", stdin=REQUEST) == Run(0, b"", "")
    assert program.run("--backend", "vault", "frobnicate", stdin=REQUEST) == Run(0, b"", "")
    assert files(program) == {}


# Standard streams


def test_a_closed_stdin_is_an_empty_one(seeded: Program) -> None:
    before = files(seeded)
    refusal(shell(seeded, "PROGRAM get <&-"), 1)
    refusal(shell(seeded, f"PROGRAM seed {FABRIKAM} --no-verify <&-"), 1)
    assert shell(seeded, "PROGRAM frobnicate <&-") == Run(0, b"", "")
    assert shell(seeded, f"PROGRAM token {FABRIKAM} <&-") == Run(0, f"{AZURE_TOKEN}\n".encode(), "")
    assert files(seeded) == before


SPEAKING = [f"token {FABRIKAM}", "list", "--version", "--help", "get"]


@pytest.mark.parametrize("command", SPEAKING)
@pytest.mark.parametrize("stdout", [">&-", ">/dev/full"])
def test_a_result_that_cannot_be_written_is_one_plain_line(
    seeded: Program, command: str, stdout: str
) -> None:
    before = files(seeded)
    line = refusal(shell(seeded, f"PROGRAM {command} {stdout}", REQUEST), 1)
    assert line.startswith("cannot write the answer: ")
    assert files(seeded) == before


def test_nothing_is_written_where_there_is_nothing_to_write(program: Program) -> None:
    """Even that would be refused there."""
    assert shell(program, "PROGRAM get >/dev/full", REQUEST) == Run(0, b"", "")


@pytest.mark.parametrize("command", SPEAKING)
def test_a_reader_that_has_gone_is_quiet(seeded: Program, command: str) -> None:
    done = shell(seeded, f"{{ sleep 0.2; PROGRAM {command}; }} | :", REQUEST)
    assert done == Run(0, b"", "")


def test_a_closed_stderr_changes_no_status_and_all_streams_closed_harm_no_file(seeded: Program) -> None:
    before = files(seeded)
    assert shell(seeded, "PROGRAM token https://dev.azure.com/contoso 2>&-") == Run(1, b"", "")
    assert shell(seeded, "PROGRAM get 2>&-", REQUEST) == Run(0, ANSWER, "")
    for command in ("list", "get", "frobnicate", f"seed {FABRIKAM} --no-verify"):
        shell(seeded, f"PROGRAM {command} <&- >&- 2>&-")
    assert files(seeded) == before


# Surroundings


def test_without_home_the_users_own_is_taken(seeded: Program) -> None:
    del seeded.environment["HOME"]
    seeded.environment |= {
        "XDG_DATA_HOME": str(seeded.home / ".local/share"),
        "XDG_CONFIG_HOME": str(seeded.home / ".config"),
        "GIT_CONFIG_GLOBAL": "/dev/null",
    }
    assert seeded.run("token", FABRIKAM).stdout == f"{AZURE_TOKEN}\n".encode()


@pytest.mark.parametrize("home", ["relative", "."])
def test_a_relative_home_is_refused(program: Program, home: str) -> None:
    for command in ("list", "get"):
        line = refusal(program.run(command, stdin=REQUEST, environment={"HOME": home}), 1)
        assert line == "there is no home folder; set HOME"
    assert files(program) == {}


@pytest.mark.parametrize("home", ["/proc/nowhere", "/dev/null/home"])
def test_a_home_that_cannot_be_written_is_one_plain_line(program: Program, home: str) -> None:
    """Folders that nobody can make, for the superuser can write everywhere else."""
    program.environment["HOME"] = home
    assert program.run("get", stdin=REQUEST).stdout == b""
    done = program.run("seed", FABRIKAM, "--no-verify", stdin=f"{AZURE_TOKEN}\n".encode())
    assert home in refusal(done, 1)
    assert home in refusal(program.run("configure"), 1)


def test_a_home_that_is_not_there_has_no_token_and_is_not_made(program: Program) -> None:
    program.environment["HOME"] = str(program.home / "nowhere")
    assert program.run("get", stdin=REQUEST) == Run(0, b"", "")
    assert line_of(program.run("list")).startswith("no tokens are stored yet; ")
    assert not (program.home / "nowhere").exists()


@pytest.mark.parametrize("path", ["/nonexistent", ""])
def test_without_git_on_path_it_says_so(seeded: Program, path: str) -> None:
    for command in ("list", "get", "configure"):
        line = refusal(seeded.run(command, stdin=REQUEST, environment={"PATH": path}), 1)
        assert line == "git is not on PATH; install Git, or add its folder to PATH"


def test_a_git_config_that_git_cannot_read_changes_no_file(seeded: Program) -> None:
    seeded.gitconfig.write_text("[broken\n")
    before = files(seeded)
    for arguments in (["store"], ["erase"], ["remove", "-y", FABRIKAM]):
        refusal(seeded.run(*arguments, stdin=REQUEST), 1)
    assert files(seeded) == before


def test_a_folder_that_was_removed_under_our_feet_does_not_matter(seeded: Program) -> None:
    (seeded.home / "gone").mkdir()
    done = shell(seeded, f"cd gone && rmdir ../gone && PROGRAM token {FABRIKAM}")
    assert (done.status, done.stdout) == (0, f"{AZURE_TOKEN}\n".encode())
    assert "git-credential-pat" not in done.stderr, "only the shell may complain"


@pytest.mark.slow
@pytest.mark.parametrize("locale", ["C", "POSIX", "xx_XX.ISO-8859-1", ""])
def test_names_beyond_ascii_work_in_every_locale(program: Program, locale: str) -> None:
    program.environment |= {"LANG": locale, "LC_ALL": locale}
    program.seed(FABRIKAM, AZURE_TOKEN, "--label", "büro €")
    assert "büro €" in program.run("list").stdout.decode()
    listed = json.loads(program.run("list", "--json").stdout)  # a shell may complain of the locale
    assert [entry["label"] for entry in listed["entries"]] == ["büro €"]

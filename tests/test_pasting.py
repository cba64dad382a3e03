"""Commands that the program prints are pasted into shells: they work, and run nothing that is named there."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.checks import keep, line_of
from support.program import AZURE_TOKEN, Program, Run, attributes
from support.transcripts import ALL, PROMPT, Scenario, ended

from git_credential_pat.text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HOSTILE = "https://git.example.com/$(touch$IFS'pwned');touch$IFS'pwned'&/x"
PATH = HOSTILE.removeprefix("https://git.example.com/")


def expect_harmless(program: Program, line: str) -> None:
    """Paste the command at the end of a line into a shell; fail here if anything else runs."""
    command = line[line.rindex("git credential-pat ") :]
    ended = subprocess.run(
        ["/bin/sh", "-c", command],
        input=f"{AZURE_TOKEN}\n".encode(),
        env=program.environment,
        cwd=program.home,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode < 126, (command, ended)
    assert not (program.home / "pwned").exists(), command


def get(program: Program) -> Run:
    lines = ("protocol=https", "host=git.example.com", f"path={PATH}", "username=jane")
    return program.run("get", stdin=attributes(*lines))


@pytest.mark.slow
@pytest.mark.parametrize(
    "fields", [{"state": "rejected", "put_aside": 1}, {"expires": 1}], ids=["rejected", "expired"]
)
def test_the_commands_of_a_notice_run_nothing_that_a_path_names(
    program: Program, fields: dict[str, object]
) -> None:
    keep(program, HOSTILE, username="jane", **fields)  # type: ignore[arg-type]  # the entry's own
    for line in (line_of(get(program)), line_of(program.run("token", HOSTILE, "--username", "jane"))):
        expect_harmless(program, line.partition("; to replace it")[0])
        expect_harmless(program, line)


def test_the_commands_of_a_refusal_run_nothing_that_a_path_names(program: Program) -> None:
    program.seed("https://dev.azure.com/fabrikam", AZURE_TOKEN)
    expect_harmless(program, line_of(program.run("token", HOSTILE)))


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/home/jane/vault", "/home/jane/vault"),
        ("/home/jane doe/vault", "'/home/jane doe/vault'"),
        ("/home/\x1b[2J\r\n\u202e/x", "'/home/?[2J???/x'"),
    ],
)
def test_a_path_steers_no_terminal(path: str, word: str) -> None:
    assert quoted(path) == word


SUGGESTED = re.compile(
    r"""(git\ credential-pat\ [^";()\n]*)  # in a message
    | (?:run:\ |see\ ")(git\ config\ [^";\n]*)
    | ^\ {9}(\S.*)$  # below a problem that `doctor` found
    """,
    re.VERBOSE | re.MULTILINE,
)
MAY_FAIL = re.compile(
    r"agent --foreground$|doctor$|config .*--list\b|\bFILE$|-- (?:npm|bun) install$|-pat rotate "
)
"""Commands that show what is wrong, one whose placeholder no test can fill, those for a project or a host."""
PLACEHOLDERS = {"ORGANIZATION": "fabrikam", "NAME": "jane", "KIND": "passphrase"}


def suggested(run: Run) -> list[str]:
    found = SUGGESTED.finditer(run.stdout.decode() + run.stderr)
    return list(dict.fromkeys(next(filter(None, match.groups())).strip() for match in found))


def pasted(program: Program, command: str) -> Run:
    """Run a command as a user would, who fills in placeholders, confirms, and types what is asked for."""
    for placeholder, word in PLACEHOLDERS.items():
        command = re.sub(rf"\b{placeholder}\b", word, command)
    if "--scrub" in command and "--yes" not in command:
        command += " --yes"
    asks_passphrase = re.search("unlock|rekey|passphrase", command)
    answer = "correct horse" if asks_passphrase else AZURE_TOKEN
    return program.shell(command, environment={"EDITOR": "true"}, stdin=f"{answer}\n".encode())


def expect_working(program: Program, commands: Iterable[str]) -> None:
    """Paste commands; one may need another first, if `doctor` found several problems."""
    failed = [command for command in commands if not works(pasted(program, command), command)]
    for command in failed:
        again = pasted(program, command)
        assert works(again, command), (command, again)


def works(run: Run, command: str) -> bool:
    if MAY_FAIL.search(command):
        return run.status not in (2, 126, 127) and "internal error" not in run.stderr
    return run.status == 0


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """Give a folder whose path leaves room for an agent's socket."""
    with tempfile.TemporaryDirectory(prefix="pat-") as folder:
        yield Path(folder)


@pytest.mark.slow
@pytest.mark.parametrize("scenario", ALL, ids=lambda scenario: f"{scenario.file}: {scenario.name}")
def test_every_command_that_a_message_suggests_works_when_it_is_pasted(
    scenario: Scenario, short_folder: Path
) -> None:
    program = Program(short_folder / "home")
    copy = Program(short_folder / "copy")
    for line in scenario.lines:
        if line.startswith(PROMPT) and (commands := suggested(ended(program, line))):
            shutil.rmtree(copy.home)
            shutil.copytree(program.home, copy.home, symlinks=True)
            expect_working(copy, [command.replace(str(program.home), str(copy.home)) for command in commands])
            copy.run("agent", "stop")

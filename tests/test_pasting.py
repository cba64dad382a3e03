"""Commands that the program prints are pasted into shells: what a repository named runs nothing there."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from support.checks import keep, told
from support.program import AZURE_TOKEN, Program, attributes

from git_credential_pat.text import quoted

if TYPE_CHECKING:
    from support.program import Run

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


@pytest.mark.parametrize(
    "fields", [{"state": "rejected", "put_aside": 1}, {"expires": 1}], ids=["rejected", "expired"]
)
def test_the_commands_of_a_notice_run_nothing_that_a_path_names(
    program: Program, fields: dict[str, object]
) -> None:
    keep(program, HOSTILE, username="jane", **fields)  # type: ignore[arg-type]  # the entry's own
    for line in (told(get(program)), told(program.run("token", HOSTILE, "--username", "jane"))):
        expect_harmless(program, line.partition("; to replace it")[0])
        expect_harmless(program, line)


def test_the_commands_of_a_refusal_run_nothing_that_a_path_names(program: Program) -> None:
    program.seed("https://dev.azure.com/fabrikam", AZURE_TOKEN)
    expect_harmless(program, told(program.run("token", HOSTILE)))


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

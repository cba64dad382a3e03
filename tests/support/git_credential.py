"""`git credential`, spoken to as Git's own commands do: attribute lines in, an answer or a question out."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

from support.program import Program, Run, attributes

if TYPE_CHECKING:
    from pathlib import Path


class Login(NamedTuple):
    """The username and password that Git has for a request."""

    username: str
    password: str


class GitCredential:
    """Real `git credential` in a program's home, with settings as of `git -c`.

    The lines are those of git-credential(1); a first line `url=…` stands for protocol, host, path and
    username.
    """

    def __init__(self, program: Program, *settings: str) -> None:
        self._program = program
        self._options = [part for setting in settings for part in ("-c", setting)]

    def run(self, action: str, *lines: str) -> Run:
        """Run one action to whatever end."""
        return self._program.git(*self._options, "credential", action, stdin=attributes(*lines))

    def fill(self, *lines: str) -> Login:
        """Return what a helper answered; fail here if Git had to ask, or if anybody said a word."""
        run = self.run("fill", *lines)
        assert (run.status, run.stderr) == (0, ""), run
        answer = dict(line.split("=", 1) for line in run.stdout.decode().splitlines())
        return Login(answer["username"], answer["password"])

    def asks(self, *lines: str, said: str = "") -> str:
        """Return what Git would ask the user; fail here if a helper answered, or said another line."""
        run = self.run("fill", *lines)
        *notices, question = run.stderr.splitlines()
        assert notices == [f"git-credential-pat: {line}" for line in (said,) if line], run
        asked = re.fullmatch("fatal: could not read (.*): terminal prompts disabled", question)
        assert asked, run
        assert (run.status, run.stdout) == (128, b""), run
        return asked[1]

    def approve(self, *lines: str) -> None:
        """Report that the server took the credential; fail here if anybody said a word."""
        assert self.run("approve", *lines) == Run(0, b"", "")

    def reject(self, *lines: str) -> None:
        """Report that the server refused the credential; fail here if anybody said a word."""
        assert self.run("reject", *lines) == Run(0, b"", "")


def asked_by_git(home: Path) -> Program:
    """Return a program that Git asks for credentials, with no other setting."""
    program = Program(home)
    assert program.git("config", "--global", "credential.helper", "pat").status == 0
    return program


def rejected(scope: str) -> str:
    """Return what is reported about a rejected token."""
    return (
        f"the token for {scope} was rejected by its host; to use it again, run: "
        f"git credential-pat restore {scope}; to replace it, run: git credential-pat seed {scope}"
    )


def states(program: Program) -> dict[str, str]:
    """Return what the program lists: the state of the first entry of each "scope username"."""
    listed = program.run("list", "--json")
    assert (listed.status, listed.stderr) == (0, ""), listed
    entries = json.loads(listed.stdout)["entries"]
    found: dict[str, str] = {}
    for entry in entries:
        found.setdefault(f"{entry['scope']} {entry['username']}", entry["state"])
    return found

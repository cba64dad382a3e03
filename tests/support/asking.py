"""A user who is asked for tokens: real Git on a terminal, in a home that reaches the local server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support import cloning
from support.agents import eventually
from support.cloning import APP, WEB
from support.git_server import Account, GitServer
from support.processes import processes
from support.program import AZURE_TOKEN, OTHER_AZURE_TOKEN, Program
from support.pty_program import Script

if TYPE_CHECKING:
    from pathlib import Path

GITLAB = "https://gitlab.com/group/tool.git"
DEPLOY_TOKEN = "gldt-" + "d" * 20
QUESTION = "Password for 'https://dev.azure.com/fabrikam': "
OTHER_QUESTION = QUESTION.replace("fabrikam", "contoso")


def serve(root: Path) -> GitServer:
    """Return a server of two organizations of Azure DevOps and one group of GitLab, not yet running."""
    organizations = {"fabrikam": AZURE_TOKEN, "contoso": OTHER_AZURE_TOKEN}
    server = GitServer(root, organizations, {"gitlab.com/group": Account(DEPLOY_TOKEN, "deployer")})
    for url in (WEB, APP, GITLAB):
        server.create_repository(url)
    return server


def meet(server: GitServer, program: Program) -> Program:
    """Let a program's user reach the server, and have Git ask this helper; nothing is seeded."""
    cloning.meet(server, program)
    assert program.run("configure").status == 0
    return program


def answered(program: Program, command: str, question: str, answer: str) -> Script:
    """Return a command that ended well after it asked one question, hidden, and got this answer."""
    terminal = Script(program, command)
    terminal.wait_for(question)
    assert not terminal.echoes
    terminal.enter(answer)
    assert terminal.finish() == 0, terminal.seen
    assert terminal.echoes
    assert terminal.seen.count("Git needs a token for") == 1, terminal.seen
    assert not answer or answer.strip() not in terminal.seen
    return terminal


def unasked(program: Program, command: str) -> Script:
    """Return a command that ended well and asked nothing."""
    terminal = Script(program, command)
    assert terminal.finish() == 0, terminal.seen
    assert "Password for" not in terminal.seen
    assert "Username" not in terminal.seen
    return terminal


def helper_of(program: Program) -> int:
    """Return the process id of the `get` that runs in a program's home."""
    home = f"HOME={program.home}".encode()
    found: list[int] = []

    def is_there() -> bool:
        found[:] = [
            process.pid
            for process in processes()
            if process.words[-1:] == [b"get"] and b"-S" in process.words and home in process.variables
        ]
        return bool(found)

    eventually(is_there, "a helper runs")
    return found[0]

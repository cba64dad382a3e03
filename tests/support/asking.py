"""A user who is asked for tokens: real Git on a terminal, in a home that reaches the local server."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from support.agents import PATIENCE
from support.git_server import Account, GitServer
from support.program import AZURE_TOKEN, CONTOSO, FABRIKAM, OTHER_AZURE_TOKEN, Program
from support.pty_program import Script

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WEB = f"{FABRIKAM}/web/_git/web"
APP = f"{CONTOSO}/app/_git/app"
WRONG_TOKEN = "C" * 76 + "AZDO" + "f5g6"
GITLAB = "https://gitlab.com/group/tool.git"
DEPLOY_TOKEN = "gldt-" + "d" * 20
QUESTION = (
    "Paste a token for dev.azure.com/fabrikam (make one at "
    "https://dev.azure.com/fabrikam/_usersSettings/tokens; needs Code: Read & write): "
)
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
    server.configure_client(program.home)
    for key, value in [("user.name", "A Tester"), ("user.email", "tester@example.com")]:
        assert program.git("config", "--global", key, value).status == 0
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
    assert terminal.seen.count("Paste a token") == 1, terminal.seen
    assert not answer or answer.strip() not in terminal.seen
    return terminal


def unasked(program: Program, command: str) -> Script:
    """Return a command that ended well and asked nothing."""
    terminal = Script(program, command)
    assert terminal.finish() == 0, terminal.seen
    assert "Paste a token" not in terminal.seen
    assert "Username" not in terminal.seen
    return terminal


def helper_of(program: Program) -> int:
    """Return the process id of the `get` that runs in a program's home."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for pid in _calls(f"HOME={program.home}".encode()):
            return pid
        time.sleep(0.01)
    raise AssertionError("no helper runs")


def _calls(home: bytes) -> Iterator[int]:
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/cmdline", "rb") as file:
                words = file.read().split(b"\0")
            with open(f"/proc/{name}/environ", "rb") as file:
                variables = file.read().split(b"\0")
        except OSError:
            continue
        if words[-2:] == [b"get", b""] and b"-S" in words and home in variables:
            yield int(name)

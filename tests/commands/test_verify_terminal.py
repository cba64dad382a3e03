"""`verify` on a terminal: its progress, which goes when it is done, and the signals that end it."""

from __future__ import annotations

import json
import re
import signal
import time
from typing import TYPE_CHECKING

import pytest
from support.api_replies import Silent
from support.checks import files, keep
from support.program import AZURE_TOKEN, CONTOSO, FABRIKAM, OTHER_AZURE_TOKEN
from support.pty_program import Script, Terminal
from support.verdicts import serve_organization

if TYPE_CHECKING:
    from support.api_server import ApiServer
    from support.program import Program


@pytest.fixture
def program(server: ApiServer, visitor: Program) -> Program:
    """A user who reaches Azure DevOps, which knows a token of each of two organizations."""
    serve_organization(server, "fabrikam", AZURE_TOKEN)
    serve_organization(server, "contoso", OTHER_AZURE_TOKEN)
    return visitor


def plain(text: str) -> str:
    """Return what a terminal showed, without colours and other codes."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def test_progress_is_shown_on_a_terminal_and_goes_when_it_is_done(program: Program) -> None:
    keep(program, FABRIKAM)
    keep(program, CONTOSO, OTHER_AZURE_TOKEN)
    terminal = Terminal(program, "verify")
    assert terminal.finish() == 0
    assert "Asking" in plain(terminal.seen)
    assert "2/2" in plain(terminal.seen)
    assert terminal.seen.rfind("\x1b[?25h") > terminal.seen.rfind("\x1b[?25l") >= 0, "the cursor is back"
    assert "Jane Doe" in plain(terminal.seen)


def test_json_on_a_terminal_stays_json_on_standard_output(program: Program) -> None:
    keep(program, FABRIKAM)
    keep(program, CONTOSO, OTHER_AZURE_TOKEN)
    terminal = Script(program, f"{program.launcher} verify --json >out")
    assert terminal.finish() == 0
    assert "2/2" in plain(terminal.seen)
    assert len(json.loads((program.home / "out").read_text())["results"]) == 2


def test_no_progress_is_shown_where_nobody_watches(program: Program) -> None:
    keep(program, FABRIKAM)
    keep(program, CONTOSO, OTHER_AZURE_TOKEN)
    run = program.run("verify", environment={"TERM": "xterm-256color", "FORCE_COLOR": "1"})
    assert (run.status, run.stderr) == (0, "")
    assert b"\x1b" not in run.stdout
    assert b"Asking" not in run.stdout


@pytest.mark.parametrize("count", [1, 3])
def test_ctrl_c_ends_it_at_once_and_leaves_the_terminal_as_it_was(
    server: ApiServer, program: Program, count: int
) -> None:
    for number in range(count):
        serve_organization(server, f"silent-{number}", AZURE_TOKEN, Silent())
        keep(program, f"https://dev.azure.com/silent-{number}")
    before = files(program)
    terminal = Terminal(program, "verify")
    while len(server.log) < count:
        time.sleep(0.02)
    began = time.monotonic()
    terminal.press("c")
    assert terminal.finish() == 130
    assert time.monotonic() - began < 5
    shown = terminal.seen
    assert shown.rfind("\x1b[?25h") >= shown.rfind("\x1b[?25l"), "the cursor is back"
    assert terminal.lines()[-1] == "git-credential-pat: interrupted"
    assert "Traceback" not in shown
    assert files(program) == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_the_cursor_visible(server: ApiServer, program: Program, number: int) -> None:
    for name in ("silent-1", "silent-2"):
        serve_organization(server, name, AZURE_TOKEN, Silent())
        keep(program, f"https://dev.azure.com/{name}")
    terminal = Terminal(program, "verify")
    while len(server.log) < 2:
        time.sleep(0.02)
    terminal.wait_for("0/2")
    terminal.signal(number)
    assert terminal.finish() == -number
    assert terminal.seen.rfind("\x1b[?25h") >= terminal.seen.rfind("\x1b[?25l")

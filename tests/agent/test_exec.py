"""`exec` and the agent: the passphrase is asked for once, and the agent is no child of the command's."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from support.agents import FOUND, PHRASE
from support.checks import refusal
from support.program import AZURE_TOKEN, FABRIKAM
from support.pty_program import Terminal

if TYPE_CHECKING:
    from support.agents import AgentProgram


def test_a_passphrase_is_asked_for_once_and_the_agent_is_nothing_of_the_command_s(
    locked: AgentProgram,
) -> None:
    children = 'read -r found </proc/$$/task/$$/children; echo "children: $found"; echo "$SYSTEM_ACCESSTOKEN"'
    terminal = Terminal(locked, "exec", FABRIKAM, "--", "sh", "-c", children)
    terminal.wait_for("Passphrase of the vault")
    terminal.enter(PHRASE)
    assert terminal.finish() == 0
    assert AZURE_TOKEN in terminal.lines()
    assert "children: " in terminal.lines()
    assert locked.by_agent("get") == FOUND


def test_a_locked_vault_that_nobody_may_be_asked_about_runs_no_command(locked: AgentProgram) -> None:
    begun = time.monotonic()
    run = locked.run("exec", FABRIKAM, "--", "touch", "mark", environment={"GIT_TERMINAL_PROMPT": "0"})
    refusal(run, 3)
    assert not (locked.home / "mark").exists()
    assert time.monotonic() - begun < 3

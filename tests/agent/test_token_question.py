"""A vault that a passphrase locks, and a token that is not in it: two questions, in this order, and once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from support.agents import PHRASE
from support.checks import entries
from support.program import NO_AGENT, OTHER_AZURE_TOKEN, attributes
from support.pty_program import Script

if TYPE_CHECKING:
    from support.agents import AgentProgram

REQUEST = attributes("protocol=https", "host=dev.azure.com", "path=contoso/app/_git/app")
QUESTION = "Paste a token for dev.azure.com/contoso ("
CALL = "git credential fill <request >answer && git credential approve <answer"


@pytest.fixture(autouse=True)
def helper(locked: AgentProgram) -> None:
    assert locked.git("config", "--global", "credential.helper", "pat").status == 0
    assert locked.git("config", "--global", "credential.useHttpPath", "true").status == 0
    (locked.home / "request").write_bytes(REQUEST)


def test_the_passphrase_is_asked_for_then_the_token_and_both_never_again(locked: AgentProgram) -> None:
    terminal = Script(locked, CALL)
    terminal.wait_for(f"Passphrase of the vault {locked.vault}: ")
    terminal.enter(PHRASE)
    begun = time.monotonic()
    terminal.wait_for(QUESTION)
    took = time.monotonic() - begun
    assert not terminal.echoes
    assert "waits" not in terminal.seen, "it waits for nobody but itself"
    assert took < 10
    terminal.enter(OTHER_AZURE_TOKEN)
    assert terminal.finish() == 0
    assert terminal.echoes
    assert PHRASE not in terminal.seen
    assert OTHER_AZURE_TOKEN not in terminal.seen
    assert "git-credential-pat: " not in terminal.seen
    assert {entry["scope"] for entry in entries(locked)} == {
        "https://dev.azure.com/contoso",
        "https://dev.azure.com/fabrikam",
    }
    second = Script(locked, CALL)
    assert second.finish() == 0
    assert second.seen == ""


def test_an_agent_that_has_the_key_leaves_only_the_token_to_be_asked_for(locked: AgentProgram) -> None:
    assert locked.run("unlock", stdin=f"{PHRASE}\n".encode()).status == 0
    terminal = Script(locked, CALL)
    terminal.wait_for(QUESTION)
    assert "Passphrase" not in terminal.seen
    terminal.enter(OTHER_AZURE_TOKEN)
    assert terminal.finish() == 0
    assert len(entries(locked)) == 2


def test_ctrl_c_at_the_second_question_restores_the_echo(locked: AgentProgram) -> None:
    terminal = Script(locked, "trap : INT; git-credential-pat get <request >answer; echo ended $?")
    terminal.wait_for("Passphrase of the vault ")
    terminal.enter(PHRASE)
    terminal.wait_for(QUESTION)
    terminal.press("c")
    terminal.wait_for("ended 130")
    terminal.finish()
    assert terminal.echoes
    assert (locked.home / "answer").read_bytes() == b"quit=1\n"


def test_without_an_agent_the_user_is_told_why_the_token_was_not_kept(locked: AgentProgram) -> None:
    locked.environment.update(NO_AGENT)
    terminal = Script(locked, CALL)
    terminal.wait_for("Passphrase of the vault ")
    terminal.enter(PHRASE)
    terminal.wait_for(QUESTION)
    terminal.enter(OTHER_AZURE_TOKEN)
    terminal.finish()
    assert terminal.lines()[-1] == (
        f"git-credential-pat: the vault {locked.vault} is locked by a passphrase; "
        "run: git credential-pat unlock"
    )


def test_a_passphrase_is_asked_for_once_even_if_the_token_is_not_given(locked: AgentProgram) -> None:
    terminal = Script(locked, CALL)
    terminal.wait_for(f"Passphrase of the vault {locked.vault}: ")
    terminal.enter(PHRASE)
    terminal.wait_for(QUESTION)
    terminal.press("c")
    terminal.finish()
    again = Script(locked, CALL)
    assert "Passphrase" not in again.wait_for(QUESTION)
    again.press("c")
    again.finish()

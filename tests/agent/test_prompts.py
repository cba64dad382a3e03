"""A vault that a passphrase locks: who is asked, where, how often, and who is not.

How often a wrong answer may be given is tested in vault/test_passphrase.py, and what signals do to the
terminal in tests/test_terminal_signals.py.
"""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from support.agents import FOUND, PHRASE, REQUEST
from support.checks import entries, files, refusal
from support.program import AZURE_TOKEN, CONTOSO, FABRIKAM, NO_AGENT, OTHER_AZURE_TOKEN, attributes
from support.pty_program import Script, Terminal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.agents import AgentProgram

GET = "git-credential-pat get <request"
TOKEN_QUESTION = "Password for 'https://dev.azure.com/contoso': "
LINE = f"{PHRASE}\n".encode()


@pytest.fixture(autouse=True)
def request_file(locked: AgentProgram) -> None:
    (locked.home / "request").write_bytes(REQUEST)


def question(program: AgentProgram) -> str:
    return f"Passphrase of the vault {program.vault}: "


def closed(program: AgentProgram) -> str:
    return f"the vault {program.vault} is locked by a passphrase; run: git credential-pat unlock"


def refused(program: AgentProgram) -> str:
    return f"no passphrase opened the vault {program.vault}; try again"


def answer(terminal: Terminal, program: AgentProgram, phrase: str = PHRASE) -> None:
    """Answer the question for the passphrase, at which the terminal must not echo."""
    terminal.wait_for(question(program))
    assert not terminal.echoes
    terminal.enter(phrase)


def test_a_get_asks_at_once_hands_the_key_over_and_the_next_asks_nothing(locked: AgentProgram) -> None:
    terminal = Script(locked, GET)
    answer(terminal, locked)
    assert terminal.finish() == 0
    assert terminal.echoes
    assert AZURE_TOKEN in terminal.seen
    assert PHRASE not in terminal.seen
    assert locked.by_agent("get") == FOUND
    second = Script(locked, GET)
    assert second.finish() == 0
    assert "Passphrase" not in second.seen


def test_without_an_agent_every_call_asks(locked: AgentProgram) -> None:
    locked.environment.update(NO_AGENT)
    for _ in range(2):
        terminal = Script(locked, GET)
        answer(terminal, locked)
        assert terminal.finish() == 0
    assert not locked.socket.exists()


def test_an_agent_that_runs_locked_is_given_the_key(locked: AgentProgram) -> None:
    locked.run("agent", stdin=b"")
    terminal = Script(locked, GET)
    answer(terminal, locked)
    assert terminal.finish() == 0
    assert locked.by_agent("get") == FOUND


@pytest.mark.parametrize(
    ("environment", "gitconfig"),
    [
        ({"GIT_TERMINAL_PROMPT": "0"}, ""),
        ({}, "[credential]\n\tinteractive = never\n"),
        ({}, "[pat]\n\tprompt = never\n"),
    ],
)
def test_where_questions_are_forbidden_nobody_is_asked(
    locked: AgentProgram, environment: Mapping[str, str], gitconfig: str
) -> None:
    locked.gitconfig.write_text(gitconfig)
    locked.environment.update(environment)
    terminal = Script(locked, f"{GET} >answer 2>error")
    assert terminal.finish() == 3
    assert terminal.seen == ""
    assert (locked.home / "answer").read_bytes() == b""
    assert (locked.home / "error").read_text() == f"git-credential-pat: {closed(locked)}\n"


def test_where_there_is_no_terminal_nobody_is_asked(locked: AgentProgram) -> None:
    done = subprocess.run(
        ["setsid", "--wait", str(locked.launcher), "get"],
        env=locked.environment,
        input=REQUEST,
        capture_output=True,
        check=False,
        timeout=20,
    )
    assert (done.returncode, done.stdout) == (3, b"")
    assert done.stderr.decode() == f"git-credential-pat: {closed(locked)}\n"


@pytest.mark.parametrize("operation", ["store", "erase"])
def test_store_and_erase_ask_nobody(locked: AgentProgram, operation: str) -> None:
    (locked.home / "request").write_bytes(REQUEST[:-1] + b"username=pat\npassword=x\n\n")
    terminal = Script(locked, f"git-credential-pat {operation} <request")
    assert terminal.finish() == 3
    assert terminal.lines() == [f"git-credential-pat: {closed(locked)}"]


@pytest.mark.parametrize("command", [f"{GET} >answer", "git-credential-pat unlock"], ids=["get", "unlock"])
def test_after_three_wrong_tries_it_gives_up(locked: AgentProgram, command: str) -> None:
    before = files(locked)
    terminal = Script(locked, command)
    for _ in range(3):
        answer(terminal, locked, "something else")
    assert terminal.finish() == 3
    assert terminal.echoes
    assert terminal.lines()[-1] == f"git-credential-pat: {refused(locked)}"
    assert "something else" not in terminal.seen
    after = files(locked)
    assert after.pop("answer", b"") == b""
    after.pop(".cache/git-credential-pat/unlock.lock", None)
    assert after == before


@pytest.mark.parametrize(
    "command", [f"{GET} >answer", "git-credential-pat unlock", "git-credential-pat agent"]
)
def test_ctrl_c_at_the_question_restores_the_echo_changes_nothing_and_starts_no_agent(
    locked: AgentProgram, command: str
) -> None:
    before = files(locked)
    terminal = Script(locked, f"trap : INT; {command}; echo ended $?")
    terminal.wait_for(question(locked))
    assert not terminal.echoes
    terminal.type(PHRASE[:5])
    terminal.press("c")
    terminal.wait_for("ended 130")
    assert terminal.finish() == 0
    assert terminal.echoes
    assert "git-credential-pat: interrupted; nothing was changed" in terminal.lines()
    after = files(locked)
    assert after.pop("answer", b"") == b""
    after.pop(".cache/git-credential-pat/unlock.lock", None)
    assert after == before


def test_two_gets_at_once_ask_once(locked: AgentProgram) -> None:
    asking = Script(locked, f"{GET}; echo ended $?")
    asking.wait_for(question(locked))
    waiting = Script(locked, f"echo begun; {GET}; echo ended $?")
    waiting.wait_for("begun")
    time.sleep(0.5)
    asking.enter(PHRASE)
    for terminal in (asking, waiting):
        terminal.wait_for("ended 0")
        assert AZURE_TOKEN in terminal.seen
    assert [terminal.seen.count("Passphrase") for terminal in (asking, waiting)] == [1, 0]


def test_who_waits_is_asked_when_the_other_gives_up(locked: AgentProgram) -> None:
    first = Script(locked, GET)
    first.wait_for(question(locked))
    second = Script(locked, f"echo begun; {GET}")
    second.wait_for("begun")
    time.sleep(0.5)
    assert "Passphrase" not in second.seen
    first.press("c")
    answer(second, locked)
    assert second.finish() == 0


# Commands


def test_unlock_asks_on_the_terminal_hidden(locked: AgentProgram) -> None:
    terminal = Terminal(locked, "unlock")
    answer(terminal, locked)
    assert terminal.finish() == 0
    assert terminal.lines()[-1] == "The vault is unlocked until it has been idle for 900 seconds."
    assert PHRASE not in terminal.seen
    assert locked.by_agent("get") == FOUND


def test_unlock_obeys_a_ban_on_questions_and_takes_a_pipe_all_the_same(locked: AgentProgram) -> None:
    locked.gitconfig.write_text("[pat]\n\tprompt = never\n")
    terminal = Terminal(locked, "unlock")
    assert terminal.finish() == 3
    assert terminal.lines() == [
        "git-credential-pat: questions are switched off by pat.prompt; pipe the passphrase in"
    ]
    assert refusal(locked.run("get", stdin=REQUEST), 3) == closed(locked)
    assert locked.run("unlock", stdin=LINE).status == 0
    assert locked.by_agent("get") == FOUND


def test_before_exec_s_command_it_is_asked_for_once_and_the_agent_is_nothing_of_the_command_s(
    locked: AgentProgram,
) -> None:
    children = 'read -r found </proc/$$/task/$$/children; echo "children: $found"; echo "$SYSTEM_ACCESSTOKEN"'
    terminal = Terminal(locked, "exec", FABRIKAM, "--", "sh", "-c", children)
    answer(terminal, locked)
    assert terminal.finish() == 0
    assert AZURE_TOKEN in terminal.lines()
    assert "children: " in terminal.lines()
    assert locked.by_agent("get") == FOUND


def test_exec_runs_no_command_where_nobody_may_be_asked(locked: AgentProgram) -> None:
    run = locked.run("exec", FABRIKAM, "--", "touch", "mark", environment={"GIT_TERMINAL_PROMPT": "0"})
    refusal(run, 3)
    assert not (locked.home / "mark").exists()


# A token that is not in the vault: two questions, in this order, and once


@pytest.fixture
def fill(locked: AgentProgram) -> str:
    """Return the commands by which Git asks for a token of another organization and has it kept."""
    locked.gitconfig.write_text("[credential]\n\thelper = pat\n\tuseHttpPath = true\n")
    request = attributes("protocol=https", "host=dev.azure.com", "path=contoso/app/_git/app")
    (locked.home / "request").write_bytes(request)
    return "git credential fill <request >answer && git credential approve <answer"


def test_the_passphrase_is_asked_for_then_the_token_and_both_never_again(
    locked: AgentProgram, fill: str
) -> None:
    terminal = Script(locked, fill)
    answer(terminal, locked)
    terminal.wait_for(TOKEN_QUESTION)
    assert not terminal.echoes
    assert "waits" not in terminal.seen, "it waits for nobody but itself"
    terminal.enter(OTHER_AZURE_TOKEN)
    assert terminal.finish() == 0
    assert terminal.echoes
    for text in (PHRASE, OTHER_AZURE_TOKEN, "git-credential-pat: "):
        assert text not in terminal.seen
    assert {entry["scope"] for entry in entries(locked)} == {CONTOSO, FABRIKAM}
    second = Script(locked, fill)
    assert second.finish() == 0
    assert second.seen == ""


def test_an_agent_that_has_the_key_leaves_only_the_token_to_be_asked_for(
    locked: AgentProgram, fill: str
) -> None:
    assert locked.run("unlock", stdin=LINE).status == 0
    terminal = Script(locked, fill)
    terminal.wait_for(TOKEN_QUESTION)
    assert "Passphrase" not in terminal.seen
    terminal.enter(OTHER_AZURE_TOKEN)
    assert terminal.finish() == 0
    assert len(entries(locked)) == 2


def test_ctrl_c_at_the_second_question_restores_the_echo_and_the_passphrase_is_known(
    locked: AgentProgram, fill: str
) -> None:
    assert fill
    terminal = Script(locked, f"trap : INT; {GET} >answer; echo ended $?")
    answer(terminal, locked)
    terminal.wait_for(TOKEN_QUESTION)
    terminal.press("c")
    terminal.wait_for("ended 130")
    terminal.finish()
    assert terminal.echoes
    assert (locked.home / "answer").read_bytes() == b"quit=1\n"
    again = Script(locked, GET)
    assert "Passphrase" not in again.wait_for(TOKEN_QUESTION)
    again.press("c")
    again.finish()


def test_without_an_agent_the_user_hears_why_the_token_was_not_kept(locked: AgentProgram, fill: str) -> None:
    locked.environment.update(NO_AGENT)
    terminal = Script(locked, fill)
    answer(terminal, locked)
    terminal.wait_for(TOKEN_QUESTION)
    terminal.enter(OTHER_AZURE_TOKEN)
    terminal.finish()
    assert terminal.lines()[-1] == f"git-credential-pat: {closed(locked)}"

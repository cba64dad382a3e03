"""A vault that a passphrase locks: who is asked, where, how often, and who is not."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from support.agents import FOUND, PHRASE, REQUEST
from support.checks import files, refusal
from support.program import AZURE_TOKEN, NO_AGENT
from support.pty_program import Script, Terminal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.agents import AgentProgram

GET = "git-credential-pat get <request"


@pytest.fixture(autouse=True)
def request_file(locked: AgentProgram) -> None:
    (locked.home / "request").write_bytes(REQUEST)


def question(program: AgentProgram) -> str:
    return f"Passphrase of the vault {program.vault}: "


def closed(program: AgentProgram) -> str:
    return f"the vault {program.vault} is locked by a passphrase; run: git credential-pat unlock"


def refused(program: AgentProgram) -> str:
    return f"no passphrase opened the vault {program.vault}; try again"


def test_a_get_asks_at_once_hands_the_key_over_and_the_next_asks_nothing(locked: AgentProgram) -> None:
    terminal = Script(locked, GET)
    terminal.wait_for(question(locked))
    assert not terminal.echoes
    terminal.enter(PHRASE)
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
        terminal.wait_for(question(locked))
        terminal.enter(PHRASE)
        assert terminal.finish() == 0
    assert not locked.socket.exists()


def test_an_agent_that_runs_locked_is_given_the_key(locked: AgentProgram) -> None:
    locked.run("agent", stdin=b"")
    terminal = Script(locked, GET)
    terminal.wait_for(question(locked))
    terminal.enter(PHRASE)
    assert terminal.finish() == 0
    assert locked.by_agent("get") == FOUND


@pytest.mark.parametrize(
    ("environment", "gitconfig"),
    [
        ({"GIT_TERMINAL_PROMPT": "0"}, ""),
        ({"GIT_TERMINAL_PROMPT": "false"}, ""),
        ({}, "[credential]\n\tinteractive = false\n"),
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


def test_after_three_wrong_tries_it_gives_up(locked: AgentProgram) -> None:
    before = files(locked)
    terminal = Script(locked, f"{GET} >answer")
    terminal.wait_for(question(locked))
    for _ in range(2):
        terminal.enter("something else")
        terminal.wait_for(f"That does not open it. {question(locked)}")
    terminal.enter("something else")
    assert terminal.finish() == 3
    assert terminal.echoes
    assert terminal.lines()[-1] == f"git-credential-pat: {refused(locked)}"
    assert "something else" not in terminal.seen
    after = files(locked)
    assert after.pop("answer") == b""
    after.pop(".cache/git-credential-pat/unlock.lock")
    assert after == before


def test_an_empty_answer_gives_up_at_once(locked: AgentProgram) -> None:
    terminal = Script(locked, GET)
    terminal.wait_for(question(locked))
    terminal.enter("")
    assert terminal.finish() == 3
    assert terminal.lines()[-1] == f"git-credential-pat: {refused(locked)}"


def test_the_third_try_may_be_right(locked: AgentProgram) -> None:
    terminal = Script(locked, GET)
    terminal.wait_for(question(locked))
    for _ in range(2):
        terminal.enter("something else")
        terminal.wait_for("That does not open it. ")
    terminal.enter(PHRASE)
    assert terminal.finish() == 0
    assert AZURE_TOKEN in terminal.seen


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
    second.wait_for(question(locked))
    second.enter(PHRASE)
    assert second.finish() == 0


def test_ctrl_c_at_the_question_restores_the_echo_and_changes_nothing(locked: AgentProgram) -> None:
    before = files(locked)
    terminal = Script(locked, f"trap : INT; {GET} >answer; echo ended $?")
    terminal.wait_for(question(locked))
    assert not terminal.echoes
    terminal.type(PHRASE[:5])
    terminal.press("c")
    terminal.wait_for("ended 130")
    assert terminal.finish() == 0
    assert terminal.echoes
    assert "git-credential-pat: interrupted; nothing was changed" in terminal.lines()
    after = files(locked)
    assert after.pop("answer") == b""
    after.pop(".cache/git-credential-pat/unlock.lock")
    assert after == before


# unlock


def test_unlock_asks_on_the_terminal_hidden(locked: AgentProgram) -> None:
    terminal = Terminal(locked, "unlock")
    terminal.wait_for(question(locked))
    assert not terminal.echoes
    terminal.enter(PHRASE)
    assert terminal.finish() == 0
    assert terminal.lines()[-1] == "The vault is unlocked, until it was not used for 900 seconds."
    assert PHRASE not in terminal.seen
    assert locked.by_agent("get") == FOUND


def test_unlock_gives_up_after_three_tries_and_says_the_same_each_time(locked: AgentProgram) -> None:
    for _ in range(2):
        terminal = Terminal(locked, "unlock")
        terminal.wait_for(question(locked))
        for _ in range(2):
            terminal.enter("something else")
            terminal.wait_for("That does not open it. ")
        terminal.enter("something else")
        assert terminal.finish() == 3
        assert terminal.echoes
        assert terminal.lines()[-1] == f"git-credential-pat: {refused(locked)}"
    assert not locked.socket.exists()


def test_ctrl_c_at_unlock_restores_the_echo(locked: AgentProgram) -> None:
    terminal = Terminal(locked, "unlock")
    terminal.wait_for(question(locked))
    terminal.press("c")
    assert terminal.finish() == 130
    assert terminal.echoes
    assert not locked.socket.exists()


def test_ctrl_c_at_agent_restores_the_echo_and_starts_none(locked: AgentProgram) -> None:
    terminal = Terminal(locked, "agent")
    terminal.wait_for(question(locked))
    terminal.press("c")
    assert terminal.finish() == 130
    assert terminal.echoes
    assert not locked.socket.exists()


def test_unlock_obeys_a_ban_on_questions_and_takes_a_pipe_all_the_same(locked: AgentProgram) -> None:
    locked.gitconfig.write_text("[pat]\n\tprompt = never\n")
    terminal = Terminal(locked, "unlock")
    assert terminal.finish() == 3
    assert terminal.lines() == [
        "git-credential-pat: questions are switched off by pat.prompt; pipe the passphrase in"
    ]
    assert refusal(locked.run("get", stdin=REQUEST), 3) == closed(locked)
    assert locked.run("unlock", stdin=f"{PHRASE}\n".encode()).status == 0
    assert locked.by_agent("get") == FOUND

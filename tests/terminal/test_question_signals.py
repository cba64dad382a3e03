"""The question for a token interrupted: the echo comes back, and Git does as the user said."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from support.asking import QUESTION, helper_of
from support.cloning import WEB
from support.git_credential import states
from support.program import AZURE_TOKEN, FABRIKAM
from support.pty_program import Script, Shell

if TYPE_CHECKING:
    from support.program import Program

CLONE = f"git clone {WEB} copy"
INTERRUPTED = "git-credential-pat: interrupted; nothing was changed"


def asked(user: Program) -> Script:
    """Return a clone at its question, with a part of an answer typed; its shell ends by Enter alone."""
    shell = f"trap : INT; {CLONE}; echo ended $?; read go"
    terminal = Script(user, f"({shell})")  # a subshell, for bash with jobs ends as a job ended by Ctrl-C
    terminal.ask_hidden(QUESTION)
    terminal.type(AZURE_TOKEN[:40])
    return terminal


def assert_ended(terminal: Script, status: int) -> None:
    """See that Git ended, and the echo comes back; Ctrl-C can end Git before the helper has put it back."""
    terminal.wait_for(f"ended {status}\r\n")
    terminal.wait_for_echo(on=True)
    terminal.enter("")
    terminal.finish()
    assert AZURE_TOKEN[:10] not in terminal.seen
    assert "Traceback" not in terminal.seen


def test_ctrl_c_ends_git_too_with_the_echo_on(anyone: Program) -> None:
    terminal = asked(anyone)
    terminal.press("c")
    assert_ended(terminal, 130)
    assert "Username" not in terminal.seen
    assert states(anyone) == {}


def test_where_only_the_helper_is_interrupted_git_receives_quit_and_asks_nobody(lone: Program) -> None:
    terminal = asked(lone)
    os.kill(helper_of(lone), signal.SIGINT)
    assert_ended(terminal, 128)
    assert INTERRUPTED in terminal.lines()
    assert "told us to quit" in terminal.seen
    assert "Username" not in terminal.seen


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_helper_that_is_ended_turns_the_echo_on_and_git_asks_as_usual(
    lone: Program, number: signal.Signals
) -> None:
    terminal = asked(lone)
    os.kill(helper_of(lone), number)
    terminal.wait_for(f"Username for '{WEB}': ")
    terminal.wait_for_echo(on=True)
    terminal.press("c")
    assert_ended(terminal, 130)


def test_ctrl_z_turns_the_echo_on_and_fg_asks_again_with_it_off(lone: Program) -> None:
    shell = Shell(lone)
    shell.enter(CLONE)
    shell.ask_hidden(QUESTION)
    shell.press("z")
    shell.wait_for("Stopped")
    shell.wait_for("shell> ")
    assert shell.is_echoing()
    shell.enter("fg")
    shell.ask_hidden(QUESTION)
    shell.enter(AZURE_TOKEN)
    shell.wait_for("shell> ")
    assert "status 0\r\n" in shell.says("echo status $?")
    assert AZURE_TOKEN[:10] not in shell.seen


def test_the_echo_is_put_back_by_the_helper_and_not_by_the_shell(lone: Program) -> None:
    script = Script(lone, f"{CLONE}; read line; fg")
    script.ask_hidden(QUESTION)
    script.press("z")
    script.wait_for_echo(on=True)
    script.enter("")
    script.ask_hidden(QUESTION)
    script.enter(AZURE_TOKEN)
    assert script.finish() == 0
    assert script.echoes
    assert states(lone) == {f"{FABRIKAM} pat": "active"}


def test_what_was_typed_before_the_question_is_no_answer_to_it(lone: Program) -> None:
    """The rest of a paste must neither be sent as a token nor be seen."""
    (lone.home / "request").write_bytes(b"protocol=https\nhost=dev.azure.com\npath=fabrikam\n\n")
    terminal = Script(lone, "read line; git-credential-pat get <request")
    terminal.type("first\rsecond\r")
    terminal.wait_for(QUESTION)
    terminal.enter(AZURE_TOKEN)
    terminal.finish()
    assert f"password={AZURE_TOKEN}" in terminal.seen
    assert "password=second" not in terminal.seen

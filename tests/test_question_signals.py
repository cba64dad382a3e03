"""The question for a token interrupted: the echo comes back, and Git does as the user said."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import pytest
from support.agents import agent_program
from support.asking import QUESTION, WEB, helper_of, meet, serve, unasked
from support.git_credential import states
from support.program import AZURE_TOKEN, NO_AGENT, Program
from support.pty_program import TIMEOUT, Script, Shell, Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.git_server import GitServer

CLONE = f"git clone {WEB} copy"
INTERRUPTED = "git-credential-pat: interrupted; nothing was changed"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    with serve(tmp_path_factory.mktemp("signals") / "server") as server:
        yield server


@pytest.fixture
def user(server: GitServer) -> Iterator[Program]:
    """A user with nothing kept, and no agent."""
    with agent_program() as program:
        program.environment.update(NO_AGENT)
        yield meet(server, program)


def wait_for_echo(terminal: Terminal, *, on: bool) -> None:
    end = time.monotonic() + TIMEOUT
    while terminal.echoes is not on:
        assert time.monotonic() < end, "the terminal's echo did not change"
        time.sleep(0.01)


def asked(user: Program) -> Script:
    """Return a clone at its question, with a part of an answer typed; its shell outlives Ctrl-C."""
    terminal = Script(user, f"trap : INT; {CLONE}; echo ended $?; stty -a | grep -ow -e '-echo' -e echo")
    terminal.wait_for(QUESTION)
    assert not terminal.echoes
    terminal.type(AZURE_TOKEN[:40])
    return terminal


def assert_ended(terminal: Script, status: int) -> None:
    terminal.wait_for(f"ended {status}\r\n")
    terminal.finish()
    assert terminal.lines()[-1] == "echo"
    assert AZURE_TOKEN[:10] not in terminal.seen


def test_ctrl_c_ends_git_too_with_the_echo_on(user: Program) -> None:
    terminal = asked(user)
    terminal.press("c")
    assert_ended(terminal, 130)
    assert "Username" not in terminal.seen
    assert "Traceback" not in terminal.seen
    assert states(user) == {}


def test_where_only_the_helper_is_interrupted_git_is_told_to_quit_and_asks_nobody(user: Program) -> None:
    terminal = asked(user)
    os.kill(helper_of(user), signal.SIGINT)
    assert_ended(terminal, 128)
    assert INTERRUPTED in terminal.lines()
    assert "told us to quit" in terminal.seen
    assert "Username" not in terminal.seen


def test_an_interrupted_helper_says_quit_and_nothing_else(user: Program) -> None:
    (user.home / "request").write_bytes(b"protocol=https\nhost=dev.azure.com\npath=fabrikam\n\n")
    terminal = Script(user, "trap : INT; git-credential-pat get <request >answer; echo ended $?")
    terminal.wait_for(QUESTION)
    terminal.press("c")
    terminal.wait_for("ended 130\r\n")
    terminal.finish()
    assert (user.home / "answer").read_bytes() == b"quit=1\n"
    assert INTERRUPTED in terminal.lines()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_helper_that_is_ended_turns_the_echo_on_and_git_asks_as_usual(
    user: Program, number: signal.Signals
) -> None:
    terminal = asked(user)
    os.kill(helper_of(user), number)
    terminal.wait_for(f"Username for '{WEB}': ")
    wait_for_echo(terminal, on=True)
    terminal.press("c")
    assert_ended(terminal, 130)
    assert "Traceback" not in terminal.seen


def test_ctrl_z_turns_the_echo_on_and_fg_asks_again_with_it_off(user: Program) -> None:
    shell = Shell(user)
    shell.enter(CLONE)
    shell.wait_for(QUESTION)
    wait_for_echo(shell, on=False)
    shell.press("z")
    shell.wait_for("Stopped")
    shell.wait_for("shell> ")
    shell.enter("stty -a | grep -ow -e '-echo' -e echo")
    assert "\r\necho\r\n" in shell.wait_for("shell> ")
    shell.enter("fg")
    shell.wait_for(QUESTION)
    wait_for_echo(shell, on=False)
    shell.enter(AZURE_TOKEN)
    shell.wait_for("shell> ")
    shell.enter("echo status $?")
    assert "status 0\r\n" in shell.wait_for("shell> ")
    assert AZURE_TOKEN[:10] not in shell.seen
    unasked(user, f"git clone {WEB} second")


def test_the_echo_is_put_back_by_the_helper_and_not_by_the_shell(user: Program) -> None:
    script = Script(user, f"{CLONE}; read line; fg")
    script.wait_for(QUESTION)
    assert not script.echoes
    script.press("z")
    wait_for_echo(script, on=True)
    script.enter("")
    script.wait_for(QUESTION)
    wait_for_echo(script, on=False)
    script.enter(AZURE_TOKEN)
    assert script.finish() == 0
    assert script.echoes
    assert states(user) == {"https://dev.azure.com/fabrikam pat": "active"}


def test_what_was_typed_before_the_question_is_no_answer_to_it(user: Program) -> None:
    """The rest of a paste must neither be sent as a token nor be seen."""
    (user.home / "request").write_bytes(b"protocol=https\nhost=dev.azure.com\npath=fabrikam\n\n")
    terminal = Script(user, "read line; git-credential-pat get <request")
    terminal.type("first\rsecond\r")
    terminal.wait_for(QUESTION)
    terminal.enter(AZURE_TOKEN)
    terminal.finish()
    assert f"password={AZURE_TOKEN}" in terminal.seen
    assert "password=second" not in terminal.seen

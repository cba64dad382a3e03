"""Interrupted questions: the terminal echoes again on every way out, and nothing was changed."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

import pytest
from support.checks import files, keep
from support.faults import Point, find
from support.program import AZURE_TOKEN, FABRIKAM, Program
from support.pty_program import TIMEOUT, Script, Shell, Terminal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PASTE = "Paste it here (it stays hidden): "
LAST_DAY = "Its last day (YYYY-MM-DD, or a number of days; Enter if unknown): "


@pytest.fixture
def program(tmp_path: Path) -> Program:
    program = Program(tmp_path / "home")
    program.gitconfig.write_text("[user]\n\tname = Jane\n")
    return program


def assert_interrupted(terminal: Terminal) -> None:
    assert terminal.finish() == 130
    assert terminal.echoes
    assert terminal.lines()[-1] == "git-credential-pat: interrupted; nothing was changed"


def wait_for_echo(terminal: Terminal, *, on: bool) -> None:
    end = time.monotonic() + TIMEOUT
    while terminal.echoes is not on:
        assert time.monotonic() < end, "the terminal's echo did not change"
        time.sleep(0.01)


# Ctrl-C


def test_ctrl_c_at_the_hidden_question_changes_nothing(program: Program) -> None:
    before = files(program)
    terminal = Terminal(program, "seed", "--no-verify", FABRIKAM)
    terminal.wait_for(PASTE)
    terminal.type(AZURE_TOKEN[:40])
    terminal.press("c")
    assert_interrupted(terminal)
    assert AZURE_TOKEN[:10] not in terminal.seen
    assert files(program) == before


def test_ctrl_c_at_the_last_day_changes_nothing(program: Program) -> None:
    before = files(program)
    terminal = Terminal(program, "seed", "--no-verify", FABRIKAM)
    terminal.wait_for(PASTE)
    terminal.enter(AZURE_TOKEN)
    terminal.wait_for(LAST_DAY)
    terminal.press("c")
    assert_interrupted(terminal)
    assert files(program) == before


def test_ctrl_c_at_the_username_changes_nothing(program: Program) -> None:
    before = files(program)
    terminal = Terminal(program, "seed", "--no-verify", "https://git.example.com")
    terminal.wait_for("Username at https://git.example.com: ")
    terminal.press("c")
    assert_interrupted(terminal)
    assert files(program) == before


def test_ctrl_c_keeps_what_remove_asks_about(program: Program) -> None:
    keep(program, FABRIKAM)
    before = files(program)
    terminal = Terminal(program, "remove", FABRIKAM)
    terminal.wait_for("[y/N] ")
    terminal.press("c")
    assert_interrupted(terminal)
    assert files(program) == before


# Signals that end the process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_at_the_hidden_question_ends_it_with_the_echo_on(
    program: Program, number: signal.Signals
) -> None:
    before = files(program)
    terminal = Terminal(program, "seed", "--no-verify", FABRIKAM)
    terminal.wait_for(PASTE)
    terminal.type(AZURE_TOKEN[:40])
    assert not terminal.echoes
    terminal.signal(number)
    assert terminal.finish() == -number
    assert terminal.echoes
    assert AZURE_TOKEN[:10] not in terminal.seen
    assert "Traceback" not in terminal.seen
    assert files(program) == before


def test_ctrl_backslash_ends_it_with_the_echo_on(program: Program) -> None:
    terminal = Terminal(program, "seed", "--no-verify", FABRIKAM)
    terminal.wait_for(PASTE)
    terminal.type("\x1c")
    assert terminal.finish() == -signal.SIGQUIT
    assert terminal.echoes


# Ctrl-Z and job control


def test_ctrl_z_turns_the_echo_on_and_fg_asks_again_with_it_off(program: Program) -> None:
    shell = Shell(program)
    shell.enter(f"git-credential-pat seed --no-verify --days 9 {FABRIKAM}")
    shell.wait_for(PASTE)
    wait_for_echo(shell, on=False)
    shell.press("z")
    shell.wait_for("Stopped")
    shell.wait_for("shell> ")
    shell.enter("stty -a | grep -ow -e '-echo' -e echo")
    assert "\r\necho\r\n" in shell.wait_for("shell> ")
    shell.enter("fg")
    shell.wait_for(PASTE)
    wait_for_echo(shell, on=False)
    shell.enter(AZURE_TOKEN)
    shell.wait_for(f"The token for {FABRIKAM} is kept.")
    shell.wait_for("shell> ")
    assert AZURE_TOKEN[:10] not in shell.seen
    assert program.run("token", FABRIKAM).stdout == f"{AZURE_TOKEN}\n".encode()


def test_the_echo_is_put_back_by_the_program_and_not_by_the_shell(program: Program) -> None:
    script = Script(program, f"git-credential-pat seed --no-verify --days 9 {FABRIKAM}; read line; fg")
    script.wait_for(PASTE)
    assert not script.echoes
    script.press("z")
    wait_for_echo(script, on=True)
    script.enter("")
    script.wait_for(PASTE)
    wait_for_echo(script, on=False)
    script.enter(AZURE_TOKEN)
    assert script.finish() == 0
    assert script.echoes
    assert AZURE_TOKEN[:10] not in script.seen


def test_it_can_be_stopped_twice_and_then_interrupted(program: Program) -> None:
    before = files(program)
    shell = Shell(program)
    shell.enter(f"git-credential-pat seed --no-verify {FABRIKAM}")
    for _ in range(2):
        shell.wait_for(PASTE)
        wait_for_echo(shell, on=False)
        shell.press("z")
        shell.wait_for("shell> ")
        shell.enter("fg")
    shell.wait_for(PASTE)
    wait_for_echo(shell, on=False)
    shell.press("c")
    shell.wait_for("interrupted; nothing was changed")
    shell.wait_for("shell> ")
    shell.enter("echo status $?; stty -a | grep -ow -e '-echo' -e echo")
    said = shell.wait_for("shell> ")
    assert "status 130\r\n" in said
    assert "\r\necho\r\n" in said
    assert files(program) == before


def test_a_stopped_question_that_is_killed_leaves_the_echo_on(program: Program) -> None:
    shell = Shell(program)
    shell.enter(f"git-credential-pat seed --no-verify {FABRIKAM}")
    shell.wait_for(PASTE)
    wait_for_echo(shell, on=False)
    shell.press("z")
    shell.wait_for("shell> ")
    shell.enter("kill %1; fg; stty -a | grep -ow -e '-echo' -e echo")
    assert "\r\necho\r\n" in shell.wait_for("shell> ")


# No terminal


def test_without_a_terminal_nothing_is_asked(program: Program) -> None:
    """A session of its own has no controlling terminal, though its standard input is one."""
    shell = Shell(program)
    shell.enter(f"setsid --wait git-credential-pat seed --no-verify {FABRIKAM} < $(tty); echo status $?")
    said = shell.wait_for("shell> ").partition("\r\n")[2]
    assert said == (
        "git-credential-pat: there is no terminal to ask on; pipe the answer in\r\nstatus 1\r\nshell> "
    )


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGHUP])
def test_a_second_signal_does_not_disturb_the_end(program: Program, first: signal.Signals) -> None:
    before = files(program)
    terminal = Terminal(program, "seed", "--no-verify", FABRIKAM)
    terminal.wait_for(PASTE)
    for number in (first, signal.SIGHUP, signal.SIGTERM):
        terminal.signal(number)
    assert terminal.finish() in (130, -signal.SIGHUP, -signal.SIGTERM)
    assert "internal error" not in terminal.seen
    assert files(program) == before


def test_two_signals_at_the_same_moment_end_it_with_the_echo_on_and_nothing_said(program: Program) -> None:
    terminal = Terminal(program, "seed", "--no-verify", FABRIKAM)
    terminal.wait_for(PASTE)
    for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGHUP, signal.SIGCONT):
        terminal.signal(number)
    assert terminal.finish() in (-signal.SIGHUP, -signal.SIGTERM)
    assert terminal.echoes
    assert terminal.lines()[-1] == PASTE


class Traced(Terminal):
    """A command under strace, which may send it a signal at one of its system calls."""

    def __init__(self, program: Program, options: Sequence[str], *arguments: str) -> None:
        self._log = program.home.with_name("strace.log")
        tracer = ["-q", "-o", str(self._log), "-e", "trace=ioctl,rt_sigaction", *options]
        self._spawn(program, "strace", [*tracer, str(program.launcher), *arguments], None)

    def log(self) -> str:
        """Return the calls with their process before each; it is one, for children are not traced."""
        return "".join(f"1 {line}" for line in self._log.read_text().splitlines(keepends=True))


@pytest.mark.needs("strace")
@pytest.mark.parametrize(
    "moment",
    [
        Point("the handlers are set", "rt_sigaction", r"^SIGTSTP, \{sa_handler=0x"),
        Point("the echo goes off", "ioctl", "TCSETSW"),
        Point("the echo comes back", "ioctl", "TCSETSW", which=-1),
        Point("the handlers are taken back", "rt_sigaction", r"^SIGTSTP, \{sa_handler=SIG_DFL", which=-1),
    ],
    ids=lambda moment: moment.name,
)
def test_a_signal_at_any_moment_of_the_question_ends_it_with_the_echo_on(
    program: Program, moment: Point
) -> None:
    command = ["seed", "--no-verify", "--no-configure", "--days", "9", FABRIKAM]
    trial = Traced(Program(program.home.with_name("trial")), [], *command)
    trial.wait_for(PASTE)
    trial.enter(AZURE_TOKEN)
    assert trial.finish() == 0
    call, number = find(trial.log(), moment)
    terminal = Traced(program, ["-e", f"inject={call}:signal=TERM:when={number}"], *command)
    if moment.which:
        terminal.wait_for(PASTE)
        terminal.enter(AZURE_TOKEN)
    assert terminal.finish() == -signal.SIGTERM
    assert terminal.echoes
    assert "internal error" not in terminal.seen
    assert not program.vault.exists()

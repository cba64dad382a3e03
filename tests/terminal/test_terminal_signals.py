"""Interrupted questions: the terminal echoes again on every way out, and nothing was changed."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support.checks import files, keep
from support.faults import Point, find
from support.program import AZURE_TOKEN, FABRIKAM, Program
from support.pty_program import Shell, Terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

PASTE = " (hidden): "
LAST_DAY = "When does it expire? (YYYY-MM-DD or a number of days; Enter if unknown) "
COMMAND = ("seed", "--no-verify", FABRIKAM)
SEED = f"git-credential-pat seed --no-verify --days 9 {FABRIKAM}"


def at_question(program: Program) -> Terminal:
    """Return a command at its hidden question, with a part of the answer typed."""
    program.gitconfig.write_text("[user]\n\tname = Jane\n")
    terminal = Terminal(program, *COMMAND)
    terminal.ask_hidden(PASTE)
    terminal.type(AZURE_TOKEN[:40])
    return terminal


def assert_nothing_happened(program: Program, terminal: Terminal) -> None:
    """Fail if the echo is off, something was shown that must not be, or a file was made."""
    assert terminal.echoes
    assert AZURE_TOKEN[:10] not in terminal.seen
    assert "Traceback" not in terminal.seen
    assert "internal error" not in terminal.seen
    assert program.gitconfig.read_text() == "[user]\n\tname = Jane\n"
    assert list(files(program)) == [".gitconfig"]


# Ctrl-C


def test_ctrl_c_at_the_hidden_question_changes_nothing(program: Program) -> None:
    terminal = at_question(program)
    terminal.press("c")
    assert terminal.finish() == 130
    assert terminal.lines()[-1] == "git-credential-pat: interrupted; nothing was changed"
    assert_nothing_happened(program, terminal)


@pytest.mark.parametrize("question", ["last day", "username"])
def test_ctrl_c_at_a_question_that_shows_its_answer_changes_nothing(program: Program, question: str) -> None:
    if question == "last day":
        terminal = at_question(program)
        terminal.enter(AZURE_TOKEN[40:])
        terminal.wait_for(LAST_DAY)
    else:
        program.gitconfig.write_text("[user]\n\tname = Jane\n")
        terminal = Terminal(program, "seed", "--no-verify", "https://git.example.com")
        terminal.wait_for("Username at https://git.example.com: ")
    terminal.press("c")
    assert terminal.finish() == 130
    assert_nothing_happened(program, terminal)


def test_ctrl_c_keeps_what_remove_asks_about(program: Program) -> None:
    keep(program, FABRIKAM)
    before = files(program)
    terminal = Terminal(program, "remove", FABRIKAM)
    terminal.wait_for("[y/N] ")
    terminal.press("c")
    assert terminal.finish() == 130
    assert files(program) == before


# Signals that end the process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_at_the_hidden_question_ends_it_with_the_echo_on(
    program: Program, number: signal.Signals
) -> None:
    terminal = at_question(program)
    if number == signal.SIGQUIT:
        terminal.type("\x1c")  # Ctrl-\
    else:
        terminal.signal(number)
    assert terminal.finish() == -number
    assert_nothing_happened(program, terminal)


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGHUP])
def test_a_second_signal_does_not_disturb_the_end(program: Program, first: signal.Signals) -> None:
    terminal = at_question(program)
    for number in (first, signal.SIGHUP, signal.SIGTERM):
        terminal.signal(number)
    assert terminal.finish() in (130, -signal.SIGHUP, -signal.SIGTERM)
    assert_nothing_happened(program, terminal)


def test_two_signals_at_the_same_moment_end_it_with_the_echo_on_and_nothing_said(program: Program) -> None:
    terminal = at_question(program)
    for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGHUP, signal.SIGCONT):
        terminal.signal(number)
    assert terminal.finish() in (-signal.SIGHUP, -signal.SIGTERM)
    assert terminal.lines()[-1].endswith(PASTE)
    assert_nothing_happened(program, terminal)


INTERRUPT_OFTEN = """
import contextlib, os, pty, select, signal, time
from git_credential_pat.system import terminal

for pause in range(400):  # in steps of 0.75 microseconds
    child, device = pty.fork()
    if not child:
        with contextlib.suppress(BaseException):
            terminal.ask("Token: ", hidden=True)
        os._exit(0)
    while b": " not in os.read(device, 100):
        pass
    end = time.perf_counter_ns() + pause % 40 * 750
    while time.perf_counter_ns() < end:
        pass
    os.kill(child, signal.SIGINT)
    if not select.select([device], [], [], 5)[0]:
        os.kill(child, signal.SIGKILL)
        raise SystemExit("a signal was lost")
    os.waitpid(child, 0)
    os.close(device)
"""


def test_a_signal_that_comes_just_before_the_wait_for_the_answer_is_not_lost() -> None:
    """Without care one of a hundred is, from a process as small as the program's."""
    subprocess.run([sys.executable, "-c", INTERRUPT_OFTEN], check=True, timeout=60)


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


# Ctrl-Z and job control


def test_ctrl_z_turns_the_echo_on_and_fg_asks_again_with_it_off_also_twice(program: Program) -> None:
    shell = Shell(program)
    shell.enter(SEED)
    for _ in range(2):
        shell.ask_hidden(PASTE)
        shell.press("z")
        shell.wait_for("Stopped")
        shell.wait_for("shell> ")
        assert shell.is_echoing()
        shell.enter("fg")
    shell.ask_hidden(PASTE)
    shell.enter(AZURE_TOKEN)
    shell.wait_for(f"Stored the token for {FABRIKAM}.")
    shell.wait_for("shell> ")
    assert shell.is_echoing()
    assert AZURE_TOKEN[:10] not in shell.seen
    assert program.run("token", FABRIKAM).stdout == f"{AZURE_TOKEN}\n".encode()


def test_a_stopped_question_that_is_killed_leaves_the_echo_on(program: Program) -> None:
    shell = Shell(program)
    shell.enter(SEED)
    shell.ask_hidden(PASTE)
    shell.press("z")
    shell.wait_for("shell> ")
    shell.says("kill %1; fg")
    assert shell.is_echoing()


# No terminal


def test_without_a_terminal_nothing_is_asked(program: Program) -> None:
    """A session of its own has no controlling terminal, though its standard input is one."""
    said = Shell(program).says(f"setsid --wait {SEED} < $(tty); echo status $?").partition("\r\n")[2]
    assert said == (
        "git-credential-pat: there is no terminal to ask on; give the answer on standard input\r\n"
        "status 1\r\nshell> "
    )

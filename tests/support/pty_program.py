"""The installed program on a real terminal of its own: what a user sees, types and interrupts."""

import io
import os
import re
import time
from collections.abc import Mapping

import pexpect

from support.program import Program

TIMEOUT = 20
"""Seconds to wait for what should come at once."""


class Terminal:
    """One command on an 80-column terminal. `seen` is every byte that the terminal showed."""

    def __init__(
        self, program: Program, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> None:
        # By way of env, for pexpect takes a command without arguments apart at its blanks.
        self._spawn(program, "/usr/bin/env", [str(program.launcher), *arguments], environment)

    def _spawn(
        self, program: Program, command: str, arguments: list[str], environment: Mapping[str, str] | None
    ) -> None:
        self._shown = io.BytesIO()
        variables = {**program.environment, "TERM": "xterm-256color", **(environment or {})}
        self.child = pexpect.spawn(
            command, arguments, env=variables, cwd=str(program.home), dimensions=(24, 80), timeout=TIMEOUT
        )
        self.child.delaybeforesend = None
        self.child.logfile_read = self._shown

    @property
    def seen(self) -> str:
        return self._shown.getvalue().decode("utf-8", "backslashreplace")

    @property
    def echoes(self) -> bool:
        """Whether the terminal shows what is typed."""
        return bool(self.child.getecho())

    def wait_for(self, text: str) -> str:
        """Wait until the terminal shows `text`; return what it showed since the last such wait."""
        self.child.expect_exact(text)
        before, after = self.child.before, self.child.after
        assert isinstance(before, bytes)
        assert isinstance(after, bytes)
        return (before + after).decode("utf-8", "backslashreplace")

    def wait_for_echo(self, *, on: bool) -> None:
        """Wait until the terminal shows what is typed, or hides it."""
        end = time.monotonic() + TIMEOUT
        while self.echoes is not on:
            assert time.monotonic() < end, "the terminal's echo did not change"
            time.sleep(0.01)

    def ask_hidden(self, question: str) -> None:
        """Wait for a question whose answer is not shown."""
        self.wait_for(question)
        self.wait_for_echo(on=False)

    def type(self, text: str) -> None:
        self.child.send(text.encode("utf-8", "surrogateescape"))

    def enter(self, text: str) -> None:
        self.type(f"{text}\r")

    def press(self, key: str) -> None:
        """Press Ctrl and a key."""
        self.child.sendcontrol(key)

    def signal(self, number: int) -> None:
        """Send a signal to the command's process."""
        assert self.child.pid is not None
        os.kill(self.child.pid, number)

    def finish(self) -> int:
        """Wait for the command's end; return its exit status, or minus the signal that ended it."""
        self.child.expect(pexpect.EOF)
        self.child.wait()
        status = self.child.exitstatus
        return -(self.child.signalstatus or 0) if status is None else status

    def lines(self) -> list[str]:
        """Return the lines that were shown, without colour codes."""
        plain = re.sub(r"\x1b\[[0-9;]*m", "", self.seen)
        return plain.replace("\r\n", "\n").splitlines()


class Shell(Terminal):
    """An interactive bash on a terminal, for job control."""

    def __init__(self, program: Program) -> None:
        variables = {"PS1": "shell> ", "HISTFILE": "", "TERM": "dumb"}
        self._spawn(program, "/bin/bash", ["--norc", "--noprofile", "-i"], variables)
        self.wait_for("shell> ")

    def says(self, command: str) -> str:
        """Return what the terminal shows from a command on to the next prompt."""
        self.enter(command)
        return self.wait_for("shell> ")

    def is_echoing(self) -> bool:
        """Whether the terminal shows what is typed, as a command of the shell sees it."""
        return "\r\necho\r\n" in self.says("stty -a | grep -ow -e '-echo' -e echo")


class Script(Terminal):
    """Commands of sh with job control: unlike bash at its prompt, it leaves the terminal's modes alone.

    The shell stays until the end: busybox's would become its last command, and a terminal that nobody
    has open any more, for all streams of that command are files, has ended for pexpect.
    """

    def __init__(self, program: Program, commands: str) -> None:
        self._spawn(program, "/bin/sh", ["-mc", f"{commands}; exit $?"], None)

"""`token --copy`: the token is on the clipboard, nowhere else, and not for long."""

from __future__ import annotations

import errno
import os
import re
import signal
import sys
import time
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.checks import keep, refusal
from support.desktops import Desktop, wayland_desktop, x_desktop
from support.processes import processes
from support.program import AZURE_TOKEN, FABRIKAM, Program
from support.pty_program import Shell, Terminal

from git_credential_pat.errors import PatError
from git_credential_pat.system import clipboard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COPIED = f"Copied the token for {FABRIKAM}; it is cleared in 45 seconds.\n".encode()
BARE = ("DISPLAY", "WAYLAND_DISPLAY")
NO_CLIPBOARD = "no clipboard can be reached; install wl-clipboard (Wayland) or xclip (X), or leave out --copy"


@pytest.fixture
def program(program: Program, monkeypatch: pytest.MonkeyPatch) -> Program:
    for name in BARE:
        monkeypatch.delenv(name, raising=False)
    keep(program, FABRIKAM)
    return program


@pytest.fixture(
    params=[
        pytest.param(x_desktop, id="x", marks=pytest.mark.needs("Xvfb", "xclip")),
        pytest.param(wayland_desktop, id="wayland", marks=pytest.mark.needs("sway", "wl-clipboard")),
    ]
)
def desktop(request: pytest.FixtureRequest, program: Program) -> Iterator[Desktop]:
    with request.param() as desktop:
        program.environment.update(desktop.variables)
        yield desktop


def clearers(program: Program) -> list[int]:
    """Return the processes that are to clear the clipboard."""
    home = os.fsencode(f"HOME={program.home}")
    return [found.pid for found in processes() if b"--spawned" in found.words and home in found.variables]


def eventually(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 15
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


def handles(process: int, number: signal.Signals) -> bool:
    """Return whether a process catches a signal; see proc(5)."""
    caught = re.search(r"SigCgt:\s+(\w+)", Path(f"/proc/{process}/status").read_text())
    assert caught
    return bool(int(caught[1], 16) >> (number - 1) & 1)


def end_waiting(program: Program) -> None:
    """Have the clipboard cleared now: the process does so when its session ends."""
    (clearer,) = clearers(program)
    end(program, clearer)


def end(program: Program, clearer: int) -> None:
    eventually(lambda: handles(clearer, signal.SIGTERM))
    os.kill(clearer, signal.SIGTERM)
    eventually(lambda: clearer not in clearers(program))


def copy_token(program: Program) -> None:
    assert program.run("token", "--copy", FABRIKAM) == (0, COPIED, "")
    eventually(lambda: bool(clearers(program)))


def test_the_desktops_clipboard_has_the_token_and_then_nothing(program: Program, desktop: Desktop) -> None:
    copy_token(program)
    assert desktop.clipboard == AZURE_TOKEN.encode()
    end_waiting(program)
    assert desktop.clipboard == b""


def test_an_earlier_copy_leaves_the_clipboard_to_a_later_one(program: Program, desktop: Desktop) -> None:
    copy_token(program)
    (earlier,) = clearers(program)
    copy_token(program)
    end(program, earlier)
    assert desktop.clipboard == AZURE_TOKEN.encode()
    end_waiting(program)
    assert desktop.clipboard == b""
    assert not list(program.data.glob("copied-*"))


def test_what_was_copied_since_stays(program: Program, desktop: Desktop) -> None:
    copy_token(program)
    desktop.copy(b"something else")
    end_waiting(program)
    assert desktop.clipboard == b"something else"


@pytest.mark.slow
@pytest.mark.needs("Xvfb", "xclip")
def test_it_is_cleared_after_45_seconds(program: Program) -> None:
    with x_desktop() as desktop:
        program.environment.update(desktop.variables)
        copy_token(program)
        began = time.monotonic()
        time.sleep(clipboard.SECONDS - 5)
        assert desktop.clipboard == AZURE_TOKEN.encode()
        eventually(lambda: desktop.clipboard == b"")
        assert time.monotonic() - began >= clipboard.SECONDS - 1


def test_without_a_desktop_the_terminal_is_asked_and_shows_nothing(program: Program) -> None:
    """OSC 52 of xterm's control sequences: `ESC ] 52 ; c ; base64 BEL`, which shows nothing."""
    shell = Shell(program)
    shell.says("export TERM=xterm")
    shown = shell.says(f"git-credential-pat token --copy {FABRIKAM}")
    sequence = f"\x1b]52;c;{b64encode(AZURE_TOKEN.encode()).decode()}\x07"
    assert sequence in shown
    assert AZURE_TOKEN not in shown
    assert (
        "which is emptied in 45 seconds. If there is nothing to paste, the terminal does not support this."
        in (re.sub(r"\s+", " ", shown))
    )
    end_waiting(program)
    shell.wait_for("\x1b]52;c;IA==\x07\x1b]52;c;\x07")
    assert shell.says("echo $?").count("\n") == 2, "the terminal goes on"


def test_the_terminal_is_cleared_too_if_standard_input_is_closed(program: Program) -> None:
    shell = Shell(program)
    shell.says("export TERM=xterm")
    shell.says(f"git-credential-pat token --copy {FABRIKAM} <&-")
    end_waiting(program)
    shell.wait_for("\x1b]52;c;IA==\x07\x1b]52;c;\x07")


def test_each_terminal_is_cleared_whatever_was_copied_in_another(program: Program) -> None:
    shells = [Shell(program), Shell(program)]
    for shell in shells:
        shell.says("export TERM=xterm")
        shell.says(f"git-credential-pat token --copy {FABRIKAM}")
    waiting = clearers(program)
    assert len(waiting) == len(shells)
    for clearer in waiting:
        end(program, clearer)
    for shell in shells:
        shell.wait_for("\x1b]52;c;IA==\x07\x1b]52;c;\x07")


def test_a_terminal_that_only_shows_text_is_not_asked(program: Program) -> None:
    terminal = Terminal(program, "token", "--copy", FABRIKAM, environment={"TERM": "dumb"})
    assert terminal.finish() == 1
    assert " ".join(terminal.lines()) == f"git-credential-pat: {NO_CLIPBOARD}"


def test_where_there_is_neither_it_says_so(program: Program) -> None:
    assert refusal(program.run("token", "--copy", FABRIKAM), 1) == NO_CLIPBOARD
    assert not clearers(program)


@pytest.mark.needs("Xvfb", "xclip")
def test_a_desktop_that_cannot_be_reached_is_passed_over(program: Program) -> None:
    """Also one whose program cannot be run."""
    broken = program.home / "bin"
    broken.mkdir()
    (broken / "wl-copy").touch(0o755)
    program.environment.update(WAYLAND_DISPLAY="wayland-9", PATH=f"{broken}:{program.environment['PATH']}")
    with x_desktop() as desktop:
        program.environment.update(desktop.variables)
        copy_token(program)
        assert desktop.clipboard == AZURE_TOKEN.encode()
        end_waiting(program)
    assert refusal(program.run("token", "--copy", FABRIKAM), 1) == NO_CLIPBOARD


@pytest.fixture
def held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the file that is the clipboard of stand-ins for pbcopy and pbpaste, which only macOS has."""
    held = tmp_path / "held"
    for name, command in (("pbcopy", f"cat >{held}"), ("pbpaste", f"cat {held}")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{command}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    return held


@pytest.mark.parametrize("by_ssh", [False, True])
def test_macos_has_a_clipboard_of_its_own_where_its_user_sits(
    held: Path, monkeypatch: pytest.MonkeyPatch, *, by_ssh: bool
) -> None:
    if by_ssh:
        monkeypatch.setenv("SSH_CONNECTION", "192.0.2.1 50000 192.0.2.2 22")
    macos = clipboard.DESKTOPS["macos"]
    assert macos.is_here is not by_ssh
    assert macos.copy(b"token")
    macos.clear_if(b"the digest of something else")
    assert held.read_bytes() == b"token"
    macos.clear_if(sha256(b"token").digest())
    assert held.read_bytes() == b""


def test_nothing_is_copied_that_nothing_would_clear(
    held: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise BlockingIOError(errno.EAGAIN, "no process left")

    monkeypatch.setattr(os, "posix_spawn", refuse)
    with pytest.raises(PatError, match="nothing would clear the clipboard, so nothing was copied"):
        clipboard.copy(b"token", str(tmp_path / "data"))
    assert held.read_bytes() == b""

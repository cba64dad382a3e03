"""The clipboard: the desktop's, by a program of it; where there is no desktop, the terminal's own.

A token is cleared from it after 45 seconds. A process in the background does that, which holds a hash of
the token. It leaves a desktop's clipboard alone if something else has been copied since. What a terminal
has on its clipboard nobody can ask, so that is cleared in any case.
"""

from __future__ import annotations

import os
import sys
from base64 import b64encode
from hashlib import sha256

from git_credential_pat.errors import PatError
from git_credential_pat.model import NamedTuple
from git_credential_pat.system.background import end_of_process, harden, start_detached, take_over
from git_credential_pat.system.processes import DEFAULT_PATH, bare_environment, find_program, run

SECONDS = 45
"""How long a token stays on the clipboard."""
SPAWNED = "--spawned"
"""The option by which the process in the background knows what it is."""

_TERMINAL = "terminal"
_TERMINAL_DESCRIPTOR = 3
_ANSWER_TIMEOUT = 5.0
"""Seconds for a desktop's program, which may wait for a desktop that does not answer."""

Command = tuple[str, ...]


class Desktop(NamedTuple):
    """The programs that reach the clipboard of one kind of desktop."""

    variable: str
    """The environment variable that says that it is there; empty: the system itself does."""
    copies: tuple[Command, ...]
    """Put standard input on the clipboard; the first that succeeds counts."""
    paste: Command
    clear: Command

    @property
    def is_here(self) -> bool:
        """Whether the user sits at such a desktop: by SSH the clipboard of macOS is another computer's."""
        if not self.variable:
            return sys.platform == "darwin" and "SSH_CONNECTION" not in os.environ
        return bool(os.environ.get(self.variable))

    def copy(self, data: bytes) -> bool:
        """Put data on the clipboard; return whether that succeeded."""
        return any(_puts(command, data) for command in self.copies)

    def clear_if(self, digest: bytes) -> None:
        """Clear the clipboard if what it holds has this SHA-256."""
        held = _run(self.paste)
        if held is not None and sha256(held).digest() == digest:
            _puts(self.clear, b"")


_WL_COPY = ("wl-copy", "--type", "text/plain")
_XCLIP = ("xclip", "-selection", "clipboard")
DESKTOPS = {
    "macos": Desktop("", (("pbcopy",),), ("pbpaste",), ("pbcopy",)),
    "wayland": Desktop(
        "WAYLAND_DISPLAY",
        # Clipboard managers do not store what is sensitive; wl-clipboard has the option since 2.3.
        ((*_WL_COPY, "--sensitive"), _WL_COPY),
        ("wl-paste", "--no-newline"),
        ("wl-copy", "--clear"),
    ),
    "x": Desktop("DISPLAY", (_XCLIP,), (*_XCLIP, "-out"), _XCLIP),
}


def copy(data: bytes) -> str | None:
    """Put data on the clipboard for 45 seconds.

    Returns the name of the desktop whose clipboard has it, or None if the terminal was sent it: whether a
    terminal obeys cannot be known. Raises PatError if there is neither.
    """
    digest = sha256(data).digest()
    for name, desktop in DESKTOPS.items():
        if desktop.is_here and desktop.copy(data):
            _start_clearing(name, {}, digest)
            return name
    terminal = _open_terminal()
    if terminal is None:
        raise PatError(
            "there is no clipboard to copy to; install wl-clipboard (Wayland) or xclip (X), "
            "or use a terminal that has one"
        )
    try:
        os.write(terminal, _sequence(data))
        _start_clearing(_TERMINAL, {_TERMINAL_DESCRIPTOR: terminal}, digest)
    except OSError as error:
        raise PatError(f"the terminal takes nothing: {os.strerror(error.errno or 0)}") from None
    finally:
        os.close(terminal)
    return None


def run_spawned(name: str) -> None:
    """Clear the clipboard of this name when its time is over, or as soon as the process is asked to end."""
    import select

    digest = take_over((_TERMINAL_DESCRIPTOR,) if name == _TERMINAL else (), sha256().digest_size)
    harden()
    select.select([end_of_process()], [], [], SECONDS)
    if name == _TERMINAL:
        # Some terminals take a text for an empty one, others nothing: first a blank, then the real thing.
        os.write(_TERMINAL_DESCRIPTOR, _sequence(b" ") + _sequence(b""))
    else:
        DESKTOPS[name].clear_if(digest)


def _start_clearing(name: str, given: dict[int, int], digest: bytes) -> None:
    start_detached(["token", SPAWNED, name], bare_environment(), given, digest)


def _open_terminal() -> int | None:
    """Return a descriptor of the terminal, or None: a mere text terminal would show the token, encoded."""
    if os.environ.get("TERM", "dumb") in ("dumb", "linux"):
        return None
    try:
        return os.open("/dev/tty", os.O_WRONLY | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return None


def _sequence(data: bytes) -> bytes:
    """Return what sets a terminal's clipboard: OSC 52 of xterm's control sequences."""
    return b"\x1b]52;c;" + b64encode(data) + b"\x07"


def _puts(command: Command, data: bytes) -> bool:
    """Return whether a desktop's program took data; it leaves another behind that holds the clipboard."""
    return _run(command, given=data, drops_output=True) is not None


def _run(command: Command, *, given: bytes = b"", drops_output: bool = False) -> bytes | None:
    """Run one of a desktop's programs; return what it prints, or None if it fails or is not installed."""
    path = find_program(command[0], os.environ.get("PATH", DEFAULT_PATH))
    if path is None:
        return None
    ended = run(
        [path, *command[1:]], os.environ, given=given, limit=_ANSWER_TIMEOUT, drops_output=drops_output
    )
    return ended.output if ended.status == 0 else None

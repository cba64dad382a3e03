"""The clipboard: the desktop's, by a program of it; where there is no desktop, the terminal's own.

A token is cleared from it after 45 seconds. A process in the background does that, which holds a hash of
the token. It leaves a desktop's clipboard alone if something else has been copied since. Nobody can ask what
a terminal has on its clipboard, so that is cleared in any case.
"""

from __future__ import annotations

import os
import sys
import time
from base64 import b64encode
from contextlib import suppress
from hashlib import sha256

from git_credential_pat.errors import PatError
from git_credential_pat.model import NamedTuple
from git_credential_pat.system.background import (
    SPAWNED,
    end_of_process,
    harden,
    out_of_the_way,
    start_detached,
    take_over,
)
from git_credential_pat.system.homes import require_own_home
from git_credential_pat.system.processes import DEFAULT_PATH, bare_environment, find_program, run

SECONDS = 45
"""How long a token stays on the clipboard."""
TERMINAL = "terminal"

_TERMINAL_DESCRIPTOR = 3
_ANSWER_TIMEOUT = 5.0
"""Seconds for a desktop's program, which may wait for a desktop that does not answer."""
_ATTEMPTS = 3
_DIGEST = sha256().digest_size
_MARK = 8
"""Bytes by which a copy is known, so that an earlier one's process leaves the clipboard to a later one's."""
_LIMIT = 4096

Command = tuple[str, ...]


class Desktop(NamedTuple):
    """The programs that reach the clipboard of one kind of desktop."""

    variable: str
    """The environment variable that names it; empty: the system itself has it."""
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
        for _ in range(_ATTEMPTS):
            held = _output(self.paste)
            if held is not None:
                break
            time.sleep(1)  # it is empty, or the desktop is busy
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


def copy(data: bytes, folder: str) -> str | None:
    """Put data on the clipboard for 45 seconds; `folder`, of the user alone, has notes of what was copied.

    Returns the name of the desktop whose clipboard has it, or None if the terminal was sent it: whether a
    terminal obeys cannot be known. Raises PatError if there is neither.
    """
    for name, desktop in DESKTOPS.items():
        if desktop.is_here and desktop.copy(data):
            try:
                _start_clearing(name, os.environ.get(desktop.variable, ""), {}, data, folder)
            except BaseException:
                desktop.clear_if(sha256(data).digest())
                raise
            return name
    terminal = _open_terminal()
    if terminal is None:
        raise PatError(
            "no clipboard can be reached; install wl-clipboard (Wayland) or xclip (X), or leave out --copy"
        )
    try:
        # First, for the terminal cannot be asked whether it has the token.
        _start_clearing(TERMINAL, str(os.getsid(0)), {_TERMINAL_DESCRIPTOR: terminal}, data, folder)
        os.write(terminal, _sequence(data))
    except OSError as error:
        raise PatError(f"the terminal takes nothing: {os.strerror(error.errno or 0)}") from None
    finally:
        os.close(terminal)
    return None


def run_spawned(name: str) -> None:
    """Clear the clipboard of this name when its time is over, or as soon as the process is asked to end."""
    import select

    given = take_over((_TERMINAL_DESCRIPTOR,) if name == TERMINAL else (), _LIMIT)
    digest, mark, note = given[:_DIGEST], given[_DIGEST : _DIGEST + _MARK], given[_DIGEST + _MARK :]
    harden()
    select.select([end_of_process()], [], [], SECONDS)
    with suppress(OSError), open(note, "rb") as file:
        if file.read() != mark:  # of a later copy, which has a process of its own
            return
    if name == TERMINAL:
        # Some terminals take a text for an empty one, others nothing: first a blank, then the real thing.
        with suppress(OSError):  # it is gone
            os.write(_TERMINAL_DESCRIPTOR, _sequence(b" ") + _sequence(b""))
    else:
        DESKTOPS[name].clear_if(digest)
    with suppress(OSError):
        os.unlink(note)


def _start_clearing(name: str, place: str, given: dict[int, int], data: bytes, folder: str) -> None:
    """Start the process that clears the clipboard at a place, a display or a terminal's session.

    Raises PatError.
    """
    mark = os.urandom(_MARK)
    place_mark = sha256(os.fsencode(name + place)).hexdigest()
    note = os.fsencode(os.path.join(folder, f"copied-{place_mark}"))
    with suppress(OSError, PatError):  # without it, a later copy may be cleared too early
        require_own_home(folder)
        os.makedirs(folder, mode=0o700, exist_ok=True)
        with open(note, "wb") as file:
            file.write(mark)
    try:
        start_detached(
            ["token", SPAWNED, name, "-"], bare_environment(), given, sha256(data).digest() + mark + note
        )
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise PatError(f"nothing would clear the clipboard, so nothing was copied: {reason}") from None


def _open_terminal() -> int | None:
    """Return a descriptor of the terminal, or None: a mere text terminal would show the token, encoded."""
    if os.environ.get("TERM", "dumb") in ("dumb", "linux"):
        return None
    try:
        return out_of_the_way(os.open("/dev/tty", os.O_WRONLY | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError:
        return None


def _sequence(data: bytes) -> bytes:
    """Return what sets a terminal's clipboard: OSC 52 of xterm's control sequences."""
    return b"\x1b]52;c;" + b64encode(data) + b"\x07"


def _puts(command: Command, data: bytes) -> bool:
    """Return whether a desktop's program took data; it leaves another behind that holds the clipboard."""
    return _output(command, given=data, leaves_another=True) is not None


def _output(command: Command, *, given: bytes = b"", leaves_another: bool = False) -> bytes | None:
    """Run one of a desktop's programs; return what it prints, or None if it fails or is not installed."""
    path = find_program(command[0], os.environ.get("PATH", DEFAULT_PATH))
    if path is None:
        return None
    try:
        ended = run(
            (path, *command[1:]),
            os.environ,
            given=given,
            limit=_ANSWER_TIMEOUT,
            leaves_another=leaves_another,
        )
    except PatError:
        return None
    return ended.output if ended.status == 0 else None

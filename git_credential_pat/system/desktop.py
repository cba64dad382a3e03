"""A notice on the desktop, where there is one, of a program that runs without a terminal."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from html import escape

from git_credential_pat.errors import PatError
from git_credential_pat.system.processes import DEFAULT_PATH, find_program, run
from git_credential_pat.text import printable

_LIMIT = 5.0
"""Seconds for a desktop that may not answer."""
_MOST_LINES = 5


def notify(title: str, lines: Sequence[str], environment: Mapping[str, str], session_bus: str) -> None:
    """Show a notice by `notify-send`; nothing happens where that is not there, or there is no desktop.

    Other users may see the command line, so nothing secret may stand in it.
    """
    program = find_program("notify-send", environment.get("PATH", DEFAULT_PATH))
    if program is None or not session_bus:
        return
    more = [f"and {len(lines) - _MOST_LINES} more"] if len(lines) > _MOST_LINES else []
    body = "\n".join(escape(printable(line), quote=False) for line in [*lines[:_MOST_LINES], *more])
    words = ("--app-name=git-credential-pat", "--icon=dialog-password", "--", title, body)
    with suppress(PatError):
        run([program, *words], {**environment, "DBUS_SESSION_BUS_ADDRESS": session_bus}, limit=_LIMIT)

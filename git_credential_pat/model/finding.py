"""What a diagnosis finds: that something is well, a problem with the command that fixes it, or a note."""

import re
from collections.abc import Sized
from typing import Literal

from git_credential_pat.errors import PatError
from git_credential_pat.model import NamedTuple

State = Literal["ok", "problem", "note"]

_COMMAND = re.compile(r"[;,] (?:or )?run: (?P<command>.+)", re.DOTALL)


class Finding(NamedTuple):
    """One line of the diagnosis; `fix` is one command for a shell, ready to be pasted."""

    check: str
    state: State
    text: str
    fix: str | None = None


def ok(text: str) -> Finding:
    """Say that something is well."""
    return Finding("", "ok", text)


def note(text: str, fix: str | None = None) -> Finding:
    """Say what the user may want to know, and the command for those who want it otherwise."""
    return Finding("", "note", text, fix)


def problem(text: str, fix: str | None) -> Finding:
    """Say what is wrong, and the command that fixes it."""
    return Finding("", "problem", text, fix)


def counted(tokens: Sized) -> str:
    """Return how many tokens these are, as a finding says it."""
    return f"{len(tokens)} token{'' if len(tokens) == 1 else 's'}"


def refused(error: PatError, fix: str | None = None) -> Finding:
    """Return an error as a problem; the command in its message stands apart, unless another one fixes it."""
    message = str(error)
    command = _COMMAND.search(message)
    if command is None:
        return problem(message, fix)
    return problem(message[: command.start()], fix or command["command"])

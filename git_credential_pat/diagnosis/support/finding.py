"""What a check finds: that something is well, a problem with the command that mends it, or a note."""

import re
from dataclasses import dataclass, replace
from typing import Literal

from git_credential_pat.errors import PatError
from git_credential_pat.hosts import without_tokens
from git_credential_pat.text import printable

State = Literal["ok", "problem", "note"]

_COMMAND = re.compile(r"[;,] (?:or )?run: (?P<command>.+)", re.DOTALL)
_USERINFO = re.compile(r"(?<=://)[^/\s]*@")


@dataclass(frozen=True)
class Finding:
    """One line of the diagnosis; `mend` is one command for a shell, ready to be pasted."""

    check: str
    state: State
    text: str
    mend: str | None = None

    def named(self, check: str) -> "Finding":
        """Return the finding of the check of this name, without anything that could be a secret."""
        text = _USERINFO.sub("", without_tokens(self.text))
        mend = self.mend and without_tokens(self.mend)
        if mend and (mend != self.mend or _USERINFO.search(mend) or not mend.isprintable()):
            mend = None  # half a command is worse than none
        return replace(self, check=check, text=printable(text), mend=mend)


def ok(text: str) -> Finding:
    """Say that something is well."""
    return Finding("", "ok", text)


def note(text: str, mend: str | None = None) -> Finding:
    """Say what the user may want to know, and the command for those who want it otherwise."""
    return Finding("", "note", text, mend)


def problem(text: str, mend: str | None) -> Finding:
    """Say what is wrong, and the command that mends it."""
    return Finding("", "problem", text, mend)


def refused(error: PatError, mend: str | None = None) -> Finding:
    """Return an error as a problem; the command in its message stands apart, unless another one mends it."""
    message = str(error)
    command = _COMMAND.search(message)
    if command is None:
        return problem(message, mend)
    return problem(message[: command.start()], mend or command["command"])

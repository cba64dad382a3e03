"""Whether another helper has the answer, or asks the user itself: then this program asks nothing.

The helpers that follow in protected configuration are asked as Git would ask them, but without a terminal
and outside of any repository. What they answer is only looked at: Git asks them again, and uses it.
"""

from __future__ import annotations

from time import monotonic, time
from typing import TYPE_CHECKING

from git_credential_pat.git import boolean
from git_credential_pat.git.config import git_environment
from git_credential_pat.system.processes import run_without_terminal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from git_credential_pat.git.helpers import Helper
    from git_credential_pat.model.request import Request

_LIMIT = 5.0
"""Seconds for all helpers together."""
_AGAINST_QUESTIONS = {"GIT_TERMINAL_PROMPT": "0", "GCM_INTERACTIVE": "never"}


def have_answer(
    helpers: Sequence[Helper], request: Request, message: bytes, environment: Mapping[str, str]
) -> bool:
    """Return whether Git gets an answer of these helpers, or is to leave the question to one of them.

    `message` is the request as Git has sent it. A helper that takes too long may wait for the user, so it is
    left to Git, which gives it the time that it needs.
    """
    if any(helper.asks or not helper.is_protected for helper in helpers):
        return True
    variables = {**git_environment(environment), **_AGAINST_QUESTIONS}
    end = monotonic() + _LIMIT
    username = request.username
    for helper in helpers:
        output = run_without_terminal(helper.command, variables, message, max(0.0, end - monotonic()))
        if output is None:
            return True
        said = _pairs(output)
        username = said.get(b"username", username)
        if boolean(said.get(b"quit", b"")) or _is_answer(said, username, request):
            return True
        if b"username" in said:  # Git goes on with it
            message = _with_username(message, said[b"username"])
    return False


def _is_answer(said: Mapping[bytes, bytes], username: bytes | None, request: Request) -> bool:
    expiry = said.get(b"password_expiry_utc", b"")
    if expiry.isdigit() and int(expiry) < time():
        return False
    return (b"password" in said and username is not None) or (b"credential" in said and request.takes_header)


def _pairs(message: bytes) -> dict[bytes, bytes]:
    """Return what a message says, to its first line that is empty or no `key=value`."""
    pairs: dict[bytes, bytes] = {}
    for line in message.split(b"\n"):
        key, equals, value = line.partition(b"=")
        if not equals:
            break
        pairs[key] = value
    return pairs


def _with_username(message: bytes, username: bytes) -> bytes:
    lines = [line for line in message.split(b"\n") if line and not line.startswith(b"username=")]
    return b"\n".join([*lines, b"username=" + username, b"", b""])

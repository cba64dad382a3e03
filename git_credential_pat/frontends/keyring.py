"""The program `keyring`, as pip, uv and pdm run it: `get SERVICE [USER]`, `--mode creds`, `--output json`.

Words and answers are those of the keyring library's own program (its README, "Command-Line Utility"); a miss
is status 1 and nothing on standard output. What is not ours is left to the next `keyring`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_credential_pat.errors import UsageError
from git_credential_pat.frontends import HAND_ON
from git_credential_pat.frontends.support.asking import login_of, request_for
from git_credential_pat.frontends.support.lines import line_of
from git_credential_pat.model.request import Call

if TYPE_CHECKING:
    from collections.abc import Callable

    from git_credential_pat.frontends import Talk

_CHOICES = {"--mode": ("password", "creds"), "--output": ("plain", "json")}
_SERVICE_AND_USER = 2


def talk(words: list[str], read: Callable[[int], bytes]) -> Talk:
    """Answer one question; other operations than `get` are not ours."""
    del read
    chosen = {option: choices[0] for option, choices in _CHOICES.items()}
    operands = _operands(words, chosen)
    if operands[:1] != ["get"]:
        return HAND_ON
    if not 1 <= len(operands[1:]) <= _SERVICE_AND_USER:
        raise UsageError("keyring get takes a service and a username")
    service, username = operands[1], operands[2] if operands[2:] else ""
    request = request_for("keyring", service, username)
    if request is None:
        return HAND_ON
    answer = yield Call("get", request)
    login = login_of(answer)
    if login is None:
        return 1 if answer.notices else HAND_ON
    wanted = {"username": login.username, "password": login.password}
    if chosen["--mode"] == "password":
        del wanted["username"]
    plain = "".join(f"{value}\n" for value in wanted.values()).encode()
    yield line_of(wanted) if chosen["--output"] == "json" else plain
    return 0


def _operands(words: list[str], chosen: dict[str, str]) -> list[str]:
    """Take options from among the words, wherever they stand; one that is not known makes all not ours."""
    operands: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        option, equals, value = word.partition("=")
        if option in _CHOICES:
            value = value if equals else rest.pop(0) if rest else ""
            if value not in _CHOICES[option]:
                raise UsageError(f"{option} is one of {', '.join(_CHOICES[option])}")
            chosen[option] = value
        elif word.startswith("-"):
            return []
        else:
            operands.append(word)
    return operands

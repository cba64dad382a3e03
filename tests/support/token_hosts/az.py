"""A stand-in for Azure's program `az`, for no test can sign in.

It behaves as Azure's program does for `az account get-access-token` (the source of azure-cli, in
command_modules/profile and core/_profile.py): JSON with sorted names; `expires_on` in seconds since 1970 from
2.54 on, and always `expiresOn` in local time without its zone; errors on standard error after "ERROR: ", with
status 1.

    az = Az(program)
    az.tokens = {"": azure.sign_in(now)}
    az.mode = "signed-out"
    assert not az.leaks(token)

It finds its state by a path in its wrapper, and needs no variable. It notes its words and variables.
"""

from __future__ import annotations

import getopt
import json
import os
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from support.program import Program

Mode = Literal["signed-in", "older", "signed-out", "expired", "hangs", "nonsense", "ended"]
"""`older` gives local time only, `expired` wants a new sign-in, `nonsense` is no JSON, `ended` aborts."""

_OPTIONS = ("output=", "resource=", "tenant=", "scope=", "subscription=", "only-show-errors", "query=")
_SUBSCRIPTION = "0b1f6471-1bf0-4dda-aec3-111122223333"
_HOME_TENANT = "72f988bf-0000-4000-8000-00000000abcd"
_USAGE = 2
_FAILURES = {
    "signed-out": "Please run 'az login' to setup account.",
    "expired": (
        "AADSTS700082: The refresh token has expired due to inactivity.\n"
        "Interactive authentication is needed. Please run:\naz login --tenant {}"
    ),
}
_UNKNOWN_TENANT = "AADSTS90002: Tenant '{}' not found. Check to make sure you have the correct tenant ID."


class Call(NamedTuple):
    words: list[str]
    environment: dict[str, str]


class Az:
    """The stand-in on the PATH of a program's user. Signed in, but with no token, until a test says more."""

    def __init__(self, program: Program) -> None:
        """Put it there."""
        self._state = program.home / "az.json"
        self._log = program.home / "az.json.log"
        wrapper = program.home / "az-bin" / "az"
        wrapper.parent.mkdir()
        wrapper.write_text(f'#!/bin/sh\nexec {sys.executable} -I {Path(__file__)} {self._state} "$@"\n')
        wrapper.chmod(0o755)
        program.environment["PATH"] = f"{wrapper.parent}:{program.environment['PATH']}"
        self._write({"mode": "signed-in", "tokens": {}, "expires": int(time.time()) + 3600})

    @property
    def mode(self) -> Mode:
        mode: Mode = self._read()["mode"]
        return mode

    @mode.setter
    def mode(self, mode: Mode) -> None:
        self._write({**self._read(), "mode": mode})

    @property
    def tokens(self) -> dict[str, str]:
        """The Entra tokens that it gives, by tenant; the one under "" is for a call that names none."""
        tokens: dict[str, str] = self._read()["tokens"]
        return tokens

    @tokens.setter
    def tokens(self, tokens: dict[str, str]) -> None:
        self._write({**self._read(), "tokens": tokens})

    @property
    def expires(self) -> int:
        """When the tokens end, in seconds since 1970."""
        return int(self._read()["expires"])

    @expires.setter
    def expires(self, moment: int) -> None:
        self._write({**self._read(), "expires": moment})

    @property
    def calls(self) -> list[Call]:
        lines = self._log.read_text().splitlines() if self._log.exists() else []
        return [Call(*json.loads(line)) for line in lines]

    def leaks(self, secret: str) -> bool:
        """Return whether any call had a secret in its words or variables."""
        return any(
            secret in text for call in self.calls for text in (*call.words, *call.environment.values())
        )

    def _read(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads(self._state.read_text())
        return state

    def _write(self, state: dict[str, Any]) -> None:
        self._state.write_text(json.dumps(state))


def _main(file: Path, words: list[str]) -> int:
    with file.with_name(f"{file.name}.log").open("a") as log:
        log.write(json.dumps([words, dict(os.environ)]) + "\n")
    state = json.loads(file.read_text())
    if words[:2] != ["account", "get-access-token"]:
        return _fail(f"'{' '.join(words[:2])}' is misspelled or not recognized by the system.", _USAGE)
    given, rest = getopt.getopt(words[2:], "o:", _OPTIONS)
    options = {name.lstrip("-"): value for name, value in given}
    mode, tenant = state["mode"], options.get("tenant", "")
    if rest or options.get("output", options.get("o", "json")) != "json":
        return _fail(f"unrecognized arguments: {' '.join(rest)}", _USAGE)
    if mode == "hangs":
        time.sleep(600)
    if mode == "ended":
        os.abort()
    if mode == "nonsense":
        return _say("WARNING: a newer version is available\n<html>")
    token = state["tokens"].get(tenant)
    if mode in _FAILURES or token is None:
        return _fail(_FAILURES.get(mode, _UNKNOWN_TENANT).format(tenant or _HOME_TENANT))
    local = datetime.fromtimestamp(state["expires"]).strftime("%Y-%m-%d %H:%M:%S.%f")  # noqa: DTZ006  # as it does
    said = {"accessToken": token, "expiresOn": local, "tokenType": "Bearer"}
    said |= {"tenant": tenant} if tenant else {"tenant": _HOME_TENANT, "subscription": _SUBSCRIPTION}
    number = {} if mode == "older" else {"expires_on": state["expires"]}
    return _say(json.dumps({**said, **number}, indent=2, sort_keys=True))


def _say(text: str) -> int:
    sys.stdout.write(f"{text}\n")
    return 0


def _fail(reason: str, status: int = 1) -> int:
    sys.stderr.write(f"ERROR: {reason}\n")
    return status


if __name__ == "__main__":
    sys.exit(_main(Path(sys.argv[1]), sys.argv[2:]))

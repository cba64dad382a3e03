"""Backends of the `keyring` library that answer twine, poetry, hatch and pip with the stored tokens.

This module runs in the processes of other tools, and in their Python environments: its folder may be the
`keyring-path` of keyringrc.cfg. So it stands alone, on the standard library and on `keyring`, in a folder of
its own. It asks the launcher, which knows everything else. What is not ours is a miss, and so is a question
that fails: a tool goes on without us.

`Tokens` is one of the backends that the library asks in turn; it finds it by the package's entry point.
`Keyring` is for keyringrc.cfg, which names one backend for everything: it asks `Tokens`, then all others.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

from keyring.backend import KeyringBackend
from keyring.backends import fail
from keyring.backends.chainer import ChainerBackend
from keyring.credentials import SimpleCredential
from keyring.errors import PasswordDeleteError, PasswordSetError

_NAME = "git-credential-pat"
_TIME_LIMIT = 60
"""Seconds for one question: it asks nobody, but a keyring may be slow."""
_STORE = "git_credential_pat.oskeyring.keyring"
"""What a process has loaded that asks the library for the program itself."""
_HANDED_ON = "GIT_CREDENTIAL_PAT_HANDED_ON"
"""What is set where our own program `keyring` has had the question, and left it to the library's."""


class RefusedError(NotImplementedError, PasswordSetError, PasswordDeleteError):
    """Nothing is stored or deleted here; the library goes on to the next backend."""


class Tokens(KeyringBackend):
    """Answers addresses with the stored token of their organization."""

    priority = 9.95  # below the chainer's 10, above backends that open a browser
    is_of_git_credential_pat = True

    def get_password(self, service: str, username: str | None) -> str | None:
        """Return the token for an address, or None."""
        login = _login(service, username)
        return login[1] if login else None

    def get_credential(self, service: str, username: str | None) -> SimpleCredential | None:
        """Return the username and the token for an address, or None."""
        login = _login(service, username)
        return SimpleCredential(*login) if login else None

    def set_password(self, service: str, username: str, password: str) -> None:
        """Store nothing."""
        del service, username, password
        raise RefusedError(f"{_NAME} stores only tokens, by its command seed")

    def delete_password(self, service: str, username: str) -> None:
        """Delete nothing."""
        del service, username
        raise RefusedError(f"{_NAME} deletes tokens only by its command remove")


class Keyring(ChainerBackend):
    """Asks `Tokens`, and what would be asked without keyringrc.cfg."""

    priority = -1  # chosen by its name alone

    @property
    def backends(self) -> list[KeyringBackend]:
        """The backends in their order, without a copy of this module that the entry point has loaded."""
        found: list[KeyringBackend] = ChainerBackend.backends
        return [ring for ring in found if isinstance(ring, Tokens) or not _is_ours(ring)]

    def set_password(self, service: str, username: str, password: str) -> None:
        """Have the others store it; raise what the library does where there is none."""
        self._require_others()
        super().set_password(service, username, password)  # type: ignore[no-untyped-call]  # it has no types

    def delete_password(self, service: str, username: str) -> None:
        """Have the others delete it; raise what the library does where there is none."""
        self._require_others()
        super().delete_password(service, username)  # type: ignore[no-untyped-call]  # as above

    def _require_others(self) -> None:
        if all(map(_is_ours, self.backends)):
            fail.Keyring().set_password("", "")  # type: ignore[no-untyped-call]  # as above


def _is_ours(ring: KeyringBackend) -> bool:
    return hasattr(ring, "is_of_git_credential_pat")


def _login(service: str, username: str | None) -> tuple[str, str] | None:
    """Return what the launcher answers; None for a miss, and where it cannot be asked."""
    if not _is_address(service) or _STORE in sys.modules or _HANDED_ON in os.environ:
        return None
    launcher = _launcher()
    if launcher is None:
        return None
    words = ["answer", "keyring", "--mode", "creds", "--output", "json", "get", service]
    if username:
        words.append(username)
    try:
        done = subprocess.run(  # its messages are for the user
            [launcher, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            timeout=_TIME_LIMIT,
            check=False,
        )
        login = json.loads(done.stdout) if done.returncode == 0 else {}
        return login["username"], login["password"]
    except (OSError, ValueError, LookupError, TypeError, subprocess.SubprocessError):
        return None


def _is_address(service: object) -> bool:
    """Return whether a service is a URL or a host, and no name that a tool has for something of its own."""
    if not isinstance(service, str) or service.startswith("-"):
        return False
    host = service.partition("/")[0]
    return "://" in service or service.startswith("//") or "." in host or ":" in host


def _launcher() -> str | None:
    """Return the launcher beside the environment of this file, else on PATH, else beside this Python."""
    files = (os.path.abspath(__file__), os.path.realpath(__file__))
    folders = [_environment(file) + "/bin" for file in files]
    on_path = os.environ.get("PATH", os.defpath).split(os.pathsep)
    folders += [folder for folder in on_path if os.path.isabs(folder)]
    folders.append(sys.prefix + "/bin")  # where an editable installation is not on PATH
    paths = (os.path.join(folder, _NAME) for folder in folders)
    return next((path for path in paths if os.path.isfile(path) and os.access(path, os.X_OK)), None)


def _environment(file: str) -> str:
    """Return the environment that an installed file is of: lib, python3.x, site-packages, two folders."""
    for _ in range(6):
        file = os.path.dirname(file)
    return file

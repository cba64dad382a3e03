"""A keyring that forgets everything at the end, in place of the operating system's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_credential_pat.backends import keyring as keyring_backend
from git_credential_pat.errors import LockedError
from git_credential_pat.oskeyring import keyring as os_keyring

if TYPE_CHECKING:
    import pytest


TITLE = "The keyring of the test"


class MemoryKeyring:
    """Secrets by service and account. `problem` is what every call is refused with, if it is set."""

    title = TITLE

    def __init__(self) -> None:
        """Hold nothing."""
        self.items: dict[tuple[str, str], str] = {}
        self.problem = ""
        self.reads = 0
        """How often a secret was asked for; each time a person may have been."""
        self.is_deaf = False
        """Whether it forgets what it is given."""
        self.writes: list[tuple[str, str, str]] = []
        """What was made (`set`) and deleted (`delete`), by service and account."""
        self.fails_at = -1
        """How many writes are made before one that is refused; minus one: all are made."""

    def is_ready(self) -> bool:
        return not self.problem

    def get(self, service: str, account: str) -> str | None:
        self.reads += 1
        self._check()
        return self.items.get((service, account))

    def set(self, service: str, account: str, secret: str) -> None:
        self._write("set", service, account)
        if not self.is_deaf:
            self.items[service, account] = secret

    def delete(self, service: str, account: str) -> None:
        self._write("delete", service, account)
        self.items.pop((service, account), None)

    def _write(self, what: str, service: str, account: str) -> None:
        self._check()
        if len(self.writes) == self.fails_at:
            raise LockedError("a fault")
        self.writes.append((what, service, account))

    def _check(self) -> None:
        if self.problem:
            raise LockedError(self.problem)


def install(monkeypatch: pytest.MonkeyPatch) -> MemoryKeyring:
    """Return a keyring that every backend of this process uses from now on."""
    keyring = MemoryKeyring()
    for module in (os_keyring, keyring_backend):
        monkeypatch.setattr(module, "Keyring", lambda *_arguments, **_options: keyring)
    return keyring

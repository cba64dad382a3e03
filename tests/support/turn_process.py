"""A process that does with a backend what it is asked to, step by step: `python -m support.turn_process`.

Each line of standard input is a command in JSON, and gets a line in answer: the entries that are seen, `done`
or `conflict`; or `writing` in the middle of a commit that is to pause there, until the next line comes.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from git_credential_pat.backends import Backend, Change, ConflictError, open_backend
from git_credential_pat.backends.vault import VaultBackend
from git_credential_pat.model.entry import Entry, Nanoseconds
from git_credential_pat.model.scope import Scope
from support.file_keyring import CLASS, FILE
from support.vaults import Place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from git_credential_pat.git.settings import Settings

HOSTS = ("a.example.com", "b.example.com")


def _entry(name: str, secret: str) -> Entry:
    """Return the entry of a name, which is one of the hosts and a path."""
    host, _, path = name.partition("/")
    return Entry(
        Scope(b"https", host.encode(), (path.encode(),)),
        b"",
        secret.encode(),
        created=Nanoseconds(1),
        updated=Nanoseconds(1),
    )


def named(entries: Iterable[Entry]) -> dict[str, str]:
    """Return the secrets of entries by their names."""
    return {f"{e.scope.host.decode()}/{e.scope.path[0].decode()}": e.secret.decode() for e in entries}


def settings_in(folder: Path, kind: str) -> Settings:
    """Return settings for a backend of a kind, below a folder."""
    return Place(folder).settings._replace(backend=kind, keyring_backend=CLASS)


class _Player:
    """A backend, and what was seen in it last."""

    def __init__(self, folder: str, kind: str) -> None:
        settings = settings_in(Path(folder), kind)
        os.environ[FILE] = os.path.join(folder, "keyring")
        self._backend: Backend = (
            VaultBackend(settings, randomness=self._random) if kind == "vault" else open_backend(settings)
        )
        self._seen: dict[str, str] = {}
        self._pauses = False

    def see(self) -> dict[str, str]:
        self._seen = named(self._backend.entries())
        return self._seen

    def find(self, host: str) -> dict[str, str]:
        return named(self._backend.find(b"https", host.encode()))

    def apply_and_pause(self, wanted: dict[str, str | None]) -> str:
        self._pauses = True
        try:
            return self.apply(wanted)
        finally:
            self._pauses = False

    def apply(self, wanted: dict[str, str | None]) -> str:
        changes = []
        for name, secret in wanted.items():
            before = _entry(name, self._seen[name]) if name in self._seen else None
            after = None if secret is None else _entry(name, secret)
            if before or after:
                changes.append(Change(before, after))
        try:
            self._backend.apply(changes)
        except ConflictError:
            return "conflict"
        self._seen.update((name, secret) for name, secret in wanted.items() if secret is not None)
        for name in [name for name, secret in wanted.items() if secret is None]:
            self._seen.pop(name, None)
        return "done"

    def _random(self, length: int) -> bytes:
        """Return what a commit writes, which it asks for under the lock."""
        if self._pauses:
            self._pauses = False
            _say("writing")
            sys.stdin.readline()
        return os.urandom(length)


def _say(answer: object) -> None:
    sys.stdout.write(f"{json.dumps(answer)}\n")
    sys.stdout.flush()


def main() -> None:
    player = _Player("/nonexistent", "vault")
    for line in sys.stdin:
        what, *rest = json.loads(line)
        if what == "open":
            player = _Player(*rest)
            _say("done")
        else:
            _say(getattr(player, what)(*rest))


if __name__ == "__main__":
    main()

"""Backends: where entries live. `BACKENDS` maps the name in `pat.backend` to "module:Class".

To add one, add a file here and a row below; the contract tests pick it up.
"""

from collections.abc import Iterable
from sys import modules
from typing import NamedTuple, Protocol

from git_credential_pat.errors import PatError, UsageError
from git_credential_pat.git.settings import Settings
from git_credential_pat.model.entry import Entry, EntryKey
from git_credential_pat.model.unlocking import SILENT, Unlocking
from git_credential_pat.text import shown

__all__ = ["BACKENDS", "Backend", "Change", "ConflictError", "changed", "open_backend"]

BACKENDS = {
    "vault": "git_credential_pat.backends.vault:VaultBackend",
    "keyring": "git_credential_pat.backends.keyring:KeyringBackend",
}


class Change(NamedTuple):
    """One entry made (`before` is None), replaced, or removed (`after` is None). Both have one key."""

    before: Entry | None
    after: Entry | None

    @property
    def key(self) -> EntryKey:
        """The key of the entry that changes."""
        entry = self.after if self.before is None else self.before
        if entry is None:
            raise ValueError("a change needs an entry before or after it")
        return entry.key


class ConflictError(PatError):
    """Another process changed an entry since it was read; read again, decide again."""


class Backend(Protocol):
    """What the operations need of a place that keeps entries."""

    shares_key: bool
    """Whether it has a key that an agent can hold for the next call."""

    def find(self, protocol: bytes, host: bytes) -> tuple[Entry, ...]:
        """Return every entry whose scope has this protocol and host. Takes no lock."""

    def entries(self) -> tuple[Entry, ...]:
        """Return every entry, ordered by key. Takes no lock."""

    def apply(self, changes: Iterable[Change]) -> None:
        """Make all changes or none, durably.

        Raises ConflictError, and changes nothing, if what is kept under a key is not the change's
        `before` any more. No changes: nothing is written and no lock is taken.
        """

    def news(self) -> str:
        """Return a line for people on what `apply` has made beside entries; empty if there is none."""


def changed(entries: Iterable[Entry], changes: Iterable[Change]) -> tuple[Entry, ...]:
    """Return the entries after all changes; raise ConflictError if one does not fit them."""
    kept = {entry.key: entry for entry in entries}
    for change in changes:
        if kept.get(change.key) != change.before:
            raise ConflictError("another process keeps changing the same entry; try again")
        if change.after is None:
            del kept[change.key]
        else:
            kept[change.key] = change.after
    return tuple(kept.values())


def open_backend(settings: Settings, unlocking: Unlocking = SILENT) -> Backend:
    """Return the backend that the settings name; raise UsageError if there is none of that name."""
    target = BACKENDS.get(settings.backend)
    if target is None:
        known = ", ".join(BACKENDS)
        raise UsageError(f'unknown backend "{shown(settings.backend)}"; set pat.backend to one of: {known}')
    module, _, name = target.partition(":")
    __import__(module)  # `importlib` is one more module that Git would wait for
    backend: Backend = getattr(modules[module], name)(settings, unlocking)
    return backend

"""Backends: where entries live. `BACKENDS` maps the name in `pat.backend` to "module:Class".

To add one, add a file here and a row below; the contract tests pick it up.
"""

from __future__ import annotations

from sys import modules
from typing import TYPE_CHECKING, Protocol

from git_credential_pat.errors import PatError, UsageError
from git_credential_pat.model import NamedTuple
from git_credential_pat.model.unlocking import SILENT, Unlocking
from git_credential_pat.system.files import LOCK_TIMEOUT
from git_credential_pat.text import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from git_credential_pat.git.settings import Settings
    from git_credential_pat.model.entry import Entry, EntryKey
    from git_credential_pat.model.finding import Finding
    from git_credential_pat.oskeyring.keyring import Keyring

__all__ = [
    "BACKENDS",
    "Backend",
    "Change",
    "ConflictError",
    "ShareableKey",
    "changed",
    "no_key_to_share",
    "open_backend",
]

BACKENDS = {
    "vault": "git_credential_pat.backends.vault:VaultBackend",
    "keyring": "git_credential_pat.backends.keyring:KeyringBackend",
}


class Change(NamedTuple):
    """One entry made (`before` is None), replaced, or removed (`after` is None). Both have one key.

    One that is made beside others has any number that none of them has.
    """

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


class ShareableKey(NamedTuple):
    """What an agent may hold for the next call: `path` says whose key it is; None is one that is locked."""

    path: str
    key: bytes | None

    def __repr__(self) -> str:
        """Say whose key it is, without it."""
        return f"ShareableKey({self.path!r})"


class Backend(Protocol):
    """A place that keeps entries: what the operations need of it, and what it can say of itself.

    Nobody asks which backend it is. Its class is called with the settings, the ways to unlock it, and as
    `lock_timeout` the seconds to wait for another process; that opens and makes nothing.
    """

    title: str
    """What people call it, as in "The vault is unlocked"."""
    shares_key: bool
    """Whether it has a key that an agent can hold for the next call."""

    def find(self, protocol: bytes, host: bytes) -> tuple[Entry, ...]:
        """Return every entry whose scope has this protocol and host. Takes no lock."""

    def entries(self) -> tuple[Entry, ...]:
        """Return every entry, ordered by key. Takes no lock."""

    def apply(self, changes: Iterable[Change]) -> None:
        """Make all changes or none, durably.

        Raises ConflictError, and changes nothing, if what is stored under a key is not the change's
        `before` any more. No changes: nothing is written and no lock is taken.
        """

    def room(self) -> AbstractContextManager[None]:
        """Hold the space that the next `apply` needs on the disk, as far as it is this backend's to hold.

        Raises PatError if there is none. One process at a time does this; the caller has a lock for it.
        """

    def news(self) -> str:
        """Return a line for people on what `apply` has made beside entries; empty if there is none."""

    def unlock(self) -> None:
        """Open it by the ways that are allowed; raise PatError if none does or there is nothing to open."""

    def shareable_key(self) -> ShareableKey | None:
        """Return what an agent can hold, opening nothing and asking nobody; None unless it shares a key."""

    def keyring(self) -> Keyring | None:
        """Return the operating system's keyring if any entry depends on it; raise PatError if unknown."""

    def diagnose(
        self, entries: Callable[[], Sequence[Entry]], first_seed: Callable[[], str]
    ) -> Iterator[Finding]:
        """Return whether it opens without a question, and how much it holds.

        `entries` gives what `self.entries()` does, read once for all checks; `first_seed` the command that
        seeds the first token.
        """

    def diagnose_slots(self) -> Iterator[Finding]:
        """Report for each way to open it whether it does, without a question; nothing if only one."""


def changed(entries: Iterable[Entry], changes: Iterable[Change]) -> tuple[Entry, ...]:
    """Return the entries after all changes, numbered anew; raise ConflictError if one does not fit them."""
    kept = {entry.key: entry for entry in entries}
    for change in changes:
        if kept.get(change.key) != change.before:
            raise ConflictError("another process keeps changing the same entry; try again")
        if change.after is None:
            del kept[change.key]
        else:
            kept[change.key] = change.after
    return _numbered(kept.values())


def _numbered(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return entries so that the numbers of those of one scope, username and authtype have no gaps."""
    entries = tuple(entries)
    if not any(entry.number for entry in entries):
        return entries
    found: list[Entry] = []
    for entry in sorted(entries, key=lambda entry: entry.key):
        number = found[-1].number + 1 if found and found[-1].is_beside(entry) else 0
        found.append(entry if entry.number == number else entry._replace(number=number))
    return tuple(found)


def no_key_to_share() -> PatError:
    """Return the message for a command that needs a vault, or another backend that shares a key."""
    return PatError("the backend in use is not the vault; give --backend vault")


def open_backend(
    settings: Settings, unlocking: Unlocking = SILENT, lock_timeout: float = LOCK_TIMEOUT
) -> Backend:
    """Return the backend that the settings name; raise UsageError if there is none of that name."""
    target = BACKENDS.get(settings.backend)
    if target is None:
        known = ", ".join(BACKENDS)
        raise UsageError(f'unknown backend "{shown(settings.backend)}"; set pat.backend to one of: {known}')
    module, _, name = target.partition(":")
    __import__(module)  # `importlib` is one more module that Git would wait for
    backend: Backend = getattr(modules[module], name)(settings, unlocking, lock_timeout=lock_timeout)
    return backend

"""A backend that forgets everything at the end: what the operations need of a backend, and no more."""

from collections.abc import Iterable

from git_credential_pat.backends import Change, changed
from git_credential_pat.model.entry import Entry


class MemoryBackend:
    """Entries in a dictionary, under the same contract as the real backends."""

    shares_key = False

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        """Hold these entries."""
        self._entries = tuple(entries)
        self.writes = 0
        """How often something was written."""

    def find(self, protocol: bytes, host: bytes) -> tuple[Entry, ...]:
        """Return every entry of this protocol and host."""
        return tuple(
            entry for entry in self.entries() if entry.scope.protocol == protocol and entry.scope.host == host
        )

    def entries(self) -> tuple[Entry, ...]:
        """Return every entry, ordered by key."""
        return tuple(sorted(self._entries, key=lambda entry: entry.key))

    def apply(self, changes: Iterable[Change]) -> None:
        """Make all changes or none."""
        entries = changed(self._entries, changes)
        if entries != self._entries:
            self._entries = entries
            self.writes += 1

    def news(self) -> str:
        """Return nothing."""
        return ""

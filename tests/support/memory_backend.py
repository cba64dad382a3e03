"""A backend that forgets everything at the end: what the operations need of a backend, and no more."""

from collections.abc import Iterable

from git_credential_pat.backends import Change, ConflictError
from git_credential_pat.entry import Entry, EntryKey


class MemoryBackend:
    """Entries in a dictionary, under the same contract as the real backends."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        """Hold these entries."""
        self._entries: dict[EntryKey, Entry] = {entry.key: entry for entry in entries}
        self.writes = 0
        """How often something was written."""

    def find(self, protocol: bytes, host: bytes) -> tuple[Entry, ...]:
        """Return every entry of this protocol and host."""
        return tuple(
            entry for entry in self.entries() if entry.scope.protocol == protocol and entry.scope.host == host
        )

    def entries(self) -> tuple[Entry, ...]:
        """Return every entry, ordered by key."""
        return tuple(self._entries[key] for key in sorted(self._entries))

    def apply(self, changes: Iterable[Change]) -> None:
        """Make all changes or none."""
        kept = dict(self._entries)
        for change in changes:
            if kept.get(change.key) != change.before:
                raise ConflictError("another process keeps changing the same entry; try again")
            if change.after is None:
                del kept[change.key]
            else:
                kept[change.key] = change.after
        if kept != self._entries:
            self._entries = kept
            self.writes += 1

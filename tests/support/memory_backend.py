"""A backend that forgets everything at the end: what the operations need of a backend, and no more."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext

from git_credential_pat.backends import Change, ShareableKey, changed
from git_credential_pat.model.entry import Entry
from git_credential_pat.model.finding import Finding, counted, ok


class MemoryBackend:
    """Entries in a dictionary, under the same contract as the real backends."""

    title = "memory"
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

    def room(self) -> AbstractContextManager[None]:
        """Hold nothing."""
        return nullcontext()

    def news(self) -> str:
        """Return nothing."""
        return ""

    def unlock(self) -> None:
        """Do nothing: it is never locked."""

    def shareable_key(self) -> ShareableKey | None:
        """Return None."""
        return None

    def keyring(self) -> None:
        """Return None."""
        return

    def diagnose(
        self, entries: Callable[[], Sequence[Entry]], _first_seed: Callable[[], str]
    ) -> Iterator[Finding]:
        """Report how much it holds."""
        yield ok(f"the memory holds {counted(entries())}")

    def diagnose_slots(self) -> Iterator[Finding]:
        """Print nothing."""
        return iter(())

"""The vault backend: all entries in one sealed file, its key in key slots."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import chain, count
from os import urandom
from typing import TYPE_CHECKING

from git_credential_pat.backends import Change, ShareableKey, changed, no_key_to_share, open_backend
from git_credential_pat.errors import DamagedError, LockedError, NewerFormatError, PatError
from git_credential_pat.model import NamedTuple
from git_credential_pat.model.unlocking import SILENT, Unlocking
from git_credential_pat.system.files import LOCK_TIMEOUT, Folder, Glance
from git_credential_pat.text import quoted
from git_credential_pat.vault import format as sealed
from git_credential_pat.vault import keyslots, records
from git_credential_pat.vault.keyslots import Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from git_credential_pat.git.settings import Settings
    from git_credential_pat.model.entry import Entry
    from git_credential_pat.model.finding import Finding
    from git_credential_pat.oskeyring.keyring import Keyring

LOCK = "vault.lock"
_GROWTH = 65_536
"""Bytes that are more than enough for one token and what a host says of it."""


class Opened(NamedTuple):
    """A vault as it was read: enough to write its successor."""

    header: sealed.Header
    data_key: bytes
    entries: tuple[Entry, ...]

    def __repr__(self) -> str:
        """Name the vault without its key."""
        return f"Opened(generation={self.header.generation})"


class _Memory(NamedTuple):
    """What was read last, the file's state then, and its entries by protocol and host."""

    glance: Glance
    opened: Opened
    by_host: dict[tuple[bytes, bytes], list[Entry]]


class VaultBackend:
    """Entries in `vault` of the data folder, opened by the key slots that its header lists.

    The contents stay in memory and are used again as long as the file is the same.
    """

    title = "vault"
    shares_key = True

    def __init__(
        self,
        settings: Settings,
        unlocking: Unlocking = SILENT,
        randomness: Callable[[int], bytes] = urandom,
        lock_timeout: float = LOCK_TIMEOUT,
    ) -> None:
        """Take the folders from the settings; nothing is opened or made yet."""
        self._data = Folder(settings.data_folder, lock_timeout)
        self._settings = settings
        self._randomness = randomness
        self._memory: _Memory | None = None
        self._data_key: bytes | None = None
        self._keyring: Keyring | None = None
        self._is_made = False
        self.around = Surroundings(
            self.path, Folder(settings.config_folder), self._open_keyring, unlocking, randomness
        )

    @property
    def path(self) -> str:
        """The vault's path."""
        return self._data.file_path(sealed.FILE_NAME)

    def find(self, protocol: bytes, host: bytes) -> tuple[Entry, ...]:
        """Return every entry of this protocol and host."""
        memory = self._recall()
        return tuple(memory.by_host.get((protocol, host), ())) if memory else ()

    def entries(self) -> tuple[Entry, ...]:
        """Return every entry, ordered by key; none if there is no vault."""
        opened = self.open()
        return tuple(sorted(opened.entries, key=lambda entry: entry.key)) if opened else ()

    def apply(self, changes: Iterable[Change]) -> None:
        """Write the vault anew with all changes, under its lock; make it if there is none."""
        wanted = tuple(changes)
        if wanted:
            self.rewrite(lambda opened: opened._replace(entries=changed(opened.entries, wanted)))

    def room(self) -> AbstractContextManager[None]:
        """Hold room for the whole vault and what one renewal may add to it."""
        return self._data.room(len(self.read_bytes() or b"") + _GROWTH)

    def news(self) -> str:
        """Return where the vault lies and what opens it, if there was none and this made it."""
        header = self.header() if self._is_made else None
        if header is None:
            return ""
        slot = header.slots[0]
        key = keyslots.place_of(slot, header, self.around)
        more = _both_together() if keyslots.name_of(slot) == "keyfile" else ""
        return f"The encrypted vault is {self.path}; its key is {key}{more}."

    def unlock(self) -> None:
        """Open the vault; raise PatError if there is none."""
        if self.open() is None:
            raise no_vault(self)

    def shareable_key(self) -> ShareableKey:
        """Return the data key if the vault opens without any slot."""
        return ShareableKey(self.path, self.data_key())

    def keyring(self) -> Keyring | None:
        """Return the keyring if it holds the key of a slot."""
        header = self.header()
        has_slot = header is not None and any(keyslots.name_of(slot) == "keyring" for slot in header.slots)
        return self._open_keyring() if has_slot else None

    def diagnose(
        self, entries: Callable[[], Sequence[Entry]], first_seed: Callable[[], str]
    ) -> Iterator[Finding]:
        """Return whether the vault is there and opens without a question."""
        from git_credential_pat.backends.vault import diagnosing  # only a diagnosis needs it

        return diagnosing.diagnose(self, entries, first_seed)

    def diagnose_slots(self) -> Iterator[Finding]:
        """Report for each key slot whether it opens the vault, without asking for a passphrase."""
        from git_credential_pat.backends.vault import diagnosing

        return diagnosing.diagnose_slots(self)

    def rewrite(self, successor: Callable[[Opened], Opened]) -> None:
        """Write what `successor` makes of the vault, under its lock; the same again is not written."""
        self.open()  # what must be asked is asked before the lock is taken
        with self._data.locked(LOCK):
            opened = self._open_silently() or self._made()
            after = successor(opened)
            if after != opened:
                self._write(after)

    def open(self) -> Opened | None:
        """Read and check the whole vault; None if there is none.

        Raises LockedError if no key slot can be opened, DamagedError if the file is not what was written.
        """
        memory = self._recall()
        return memory.opened if memory else None

    def header(self) -> sealed.Header | None:
        """Return what can be read of the vault without a key; None if there is none."""
        parsed = self.snapshot()
        return parsed.header if parsed else None

    def data_key(self) -> bytes | None:
        """Return the key if the vault is there and opens without any slot, or None."""
        parsed = self.snapshot()
        return self._known_key(parsed) if parsed else None

    def open_by(self, slots: tuple[sealed.Slot, ...], note: str) -> bytes:
        """Return the data key by some of the slots alone; `note` is for questions, errors as in `open`."""
        parsed = self.snapshot()
        if parsed is None:
            raise no_vault(self)
        with self.naming():
            data_key = keyslots.open_header(parsed.header._replace(slots=slots), self.around.noting(note))
            self.learn(data_key, parsed)
        return data_key

    def learn(self, data_key: bytes, parsed: sealed.Parsed) -> None:
        """Take the data key that was found in a slot of `parsed`; raises DamagedError if it is another."""
        if not sealed.is_key(parsed, data_key):
            raise DamagedError("a key slot has a key of another vault")
        self._data_key = data_key

    def read_copy(self, data: bytes, path: str) -> Opened:
        """Open the bytes of a vault that lies at another path, by this one's keys."""
        around = self.around.at(path)
        with self.naming(f"the copy {quoted(path)}", "give another one"):
            return self._opened(data, around)

    def read_bytes(self) -> bytes | None:
        """Return the file's bytes; None if there is no vault."""
        return self._data.read(sealed.FILE_NAME, sealed.FILE_LIMIT)

    def replace(self, data: bytes, aside: str) -> str:
        """Put a vault's bytes in place of this one, which stays beside it under the name `aside`.

        Return the path of the replaced vault, numbered if that name was taken; empty if there was no vault.
        """
        with self._data.locked(LOCK):
            before = self.read_bytes()
            name = aside
            if before is not None:
                numbered = (f"{aside}-{number}" for number in count(2))
                name = next(name for name in chain([aside], numbered) if self._data.read(name, 0) is None)
                self._data.replace(name, before)
            self._data.replace(sealed.FILE_NAME, data)
        return "" if before is None else self._data.file_path(name)

    def parsed(self, data: bytes) -> sealed.Parsed:
        """Take the bytes of the vault apart; raise DamagedError if they are none."""
        with self.naming():
            return sealed.parse(data)

    def snapshot(self) -> sealed.Parsed | None:
        """Return the vault as it is now, taken apart; None if there is none."""
        data = self.read_bytes()
        return None if data is None else self.parsed(data)

    def _recall(self) -> _Memory | None:
        glance = self._data.glance(sealed.FILE_NAME, sealed.FIXED_SIZE)
        if glance is None:
            self._memory = None
        elif self._memory is None or self._memory.glance != glance:
            self._memory = None
            data = self.read_bytes()
            if data is not None:
                with self.naming():
                    opened = self._opened(data, self.around)
                self._memory = _Memory(glance, opened, _by_host(opened.entries))
        return self._memory

    def _opened(self, data: bytes, around: Surroundings) -> Opened:
        parsed = sealed.parse(data)
        data_key = self._known_key(parsed) or self._found_key(parsed, around)
        entries = records.decode(sealed.open_body(parsed, data_key))
        self._data_key = data_key
        return Opened(parsed.header, data_key, entries)

    def _known_key(self, parsed: sealed.Parsed) -> bytes | None:
        """Return the key if it is known already, or another process lends it."""
        if self._data_key is not None and sealed.is_key(parsed, self._data_key):
            return self._data_key
        borrow = self.around.unlocking.borrow
        borrowed = borrow(self.path) if borrow else None
        return borrowed if borrowed is not None and sealed.is_key(parsed, borrowed) else None

    def _open_silently(self) -> Opened | None:
        """Open the vault while its lock is held, when nobody may be asked anything."""
        around = self.around
        self.around = around.silently()
        try:
            return self.open()
        finally:
            self.around = around

    def _found_key(self, parsed: sealed.Parsed, around: Surroundings) -> bytes:
        """Return the key by a slot; the user is asked last, unless another process got the answer."""
        unlocking = around.unlocking
        if not unlocking.by_slots:
            raise LockedError(f"the vault {quoted(self.path)} is locked")

        def known_after_turn() -> bytes | None:
            unlocking.take_turn()
            return self._known_key(parsed)

        return keyslots.open_header(parsed.header, around, known_after_turn)

    @contextmanager
    def naming(self, what: str = "", advice: str = "") -> Iterator[None]:
        """Have an error of damage name the file, the vault by default, and what to do about it."""
        try:
            yield
        except DamagedError as error:
            name = what or f"the vault {quoted(self.path)}"
            if isinstance(error, NewerFormatError):
                advice = error.advice
            raise type(error)(f"{name} cannot be used: {error}; {advice or _another_vault()}") from None

    def _made(self) -> Opened:
        """Return an empty vault at generation 0, which is never written; its key is made at once."""
        if not self.around.unlocking.by_slots:
            raise LockedError(f"there is no vault {quoted(self.path)}")
        store_id = self._randomness(sealed.STORE_ID_SIZE)
        data_key = self._randomness(sealed.KEY_SIZE)
        kind = keyslots.first_choice(self.around)
        slot = keyslots.make_slot(kind, 1, data_key, store_id, self.around)
        return Opened(sealed.Header(store_id, 0, (slot,), b""), data_key, ())

    def _write(self, opened: Opened) -> None:
        header = opened.header._replace(
            generation=opened.header.generation + 1,
            body_salt=self._randomness(sealed.SALT_SIZE),
        )
        self._data.replace(
            sealed.FILE_NAME, sealed.seal(header, opened.data_key, records.encode(opened.entries))
        )
        self._data_key = opened.data_key
        self._is_made = self._is_made or not opened.header.generation

    def _open_keyring(self) -> Keyring:
        from git_credential_pat.oskeyring.keyring import Keyring  # only one kind of slot needs it

        if self._keyring is None:
            self._keyring = Keyring(
                self._settings.keyring_backend,
                session_bus=self._settings.session_bus,
                interactive=self.around.unlocking.interactive,
            )
        return self._keyring


def open_vault(settings: Settings, unlocking: Unlocking) -> VaultBackend:
    """Return the vault, for the commands that are about it alone; raise PatError if another is in use."""
    backend = open_backend(settings, unlocking)
    if not isinstance(backend, VaultBackend):
        raise no_key_to_share()
    return backend


def no_vault(backend: VaultBackend) -> PatError:
    """Return the message where there is no vault yet."""
    from git_credential_pat import suggest  # few calls need a word

    return PatError(f"there is no vault at {backend.path} yet; run: {suggest.first_seed()}")


def _both_together() -> str:
    from git_credential_pat import suggest  # as above

    stronger = suggest.own("vault", "add-slot", "--help")
    return (
        f". Anyone who can read both can read your tokens (stronger: a passphrase or keyring, see {stronger})"
    )


def _another_vault() -> str:
    from git_credential_pat import suggest  # as above

    recover = suggest.own("vault", "recover", "FILE")
    return f"put a backup in its place ({recover}), or move it away and seed again"


def _by_host(entries: Iterable[Entry]) -> dict[tuple[bytes, bytes], list[Entry]]:
    found: dict[tuple[bytes, bytes], list[Entry]] = {}
    for entry in entries:
        found.setdefault((entry.scope.protocol, entry.scope.host), []).append(entry)
    return found

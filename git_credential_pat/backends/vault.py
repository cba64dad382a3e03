"""The vault backend: all entries in one sealed file, its key in a key slot."""

from collections.abc import Callable, Iterable
from os import urandom
from typing import NamedTuple

from git_credential_pat.backends import Change, changed
from git_credential_pat.entry import Entry
from git_credential_pat.errors import DamagedError, LockedError
from git_credential_pat.settings import Settings
from git_credential_pat.vault import format as sealed
from git_credential_pat.vault import records
from git_credential_pat.vault.file import Folder, quoted
from git_credential_pat.vault.keyslots import SILENT, Unlocking, keyfile, kind_numbered

NAME = "vault"
LOCK = "vault.lock"
KEY_LOCK = "key.lock"
_SIZE_LIMIT = sealed.HEADER_LIMIT + sealed.BODY_LIMIT + 4096
_KEYFILE = 3


class Opened(NamedTuple):
    """A vault as it was read: enough to write its successor."""

    header: sealed.Header
    data_key: bytes
    entries: tuple[Entry, ...]
    size: int

    def __repr__(self) -> str:
        """Name the vault without its key."""
        return f"Opened(generation={self.header.generation})"


class VaultBackend:
    """Entries in `vault` of the data folder, opened by the key slots that its header lists."""

    def __init__(
        self,
        settings: Settings,
        unlocking: Unlocking = SILENT,
        randomness: Callable[[int], bytes] = urandom,
    ) -> None:
        """Take the folders from the settings; nothing is opened or made yet."""
        self._data = Folder(settings.data_folder)
        self._config = Folder(settings.config_folder)
        self._randomness = randomness

    @property
    def path(self) -> str:
        """The vault's path."""
        return self._data.file_path(NAME)

    @property
    def key_path(self) -> str:
        """The key file's path."""
        return self._config.file_path(keyfile.NAME)

    def find(self, protocol: bytes, host: bytes) -> tuple[Entry, ...]:
        """Return every entry of this protocol and host."""
        return tuple(
            entry
            for entry in self._entries()
            if entry.scope.protocol == protocol and entry.scope.host == host
        )

    def entries(self) -> tuple[Entry, ...]:
        """Return every entry, ordered by key; none if there is no vault."""
        return tuple(sorted(self._entries(), key=lambda entry: entry.key))

    def apply(self, changes: Iterable[Change]) -> None:
        """Write the vault anew with all changes, under its lock; make it if there is none."""
        wanted = tuple(changes)
        if not wanted:
            return
        with self._data.locked(LOCK):
            opened = self.open() or self._new()
            entries = changed(opened.entries, wanted)
            if entries != opened.entries:
                self._write(opened, entries)

    def open(self) -> Opened | None:
        """Read and check the whole vault; None if there is none.

        Raises LockedError if no key slot can be opened, DamagedError if the file is not what was written.
        """
        data = self._data.read(NAME, limit=_SIZE_LIMIT)
        if data is None:
            return None
        try:
            parsed = sealed.parse(data)
            data_key = self._data_key(parsed.header)
            entries = records.decode(sealed.open_body(parsed, data_key))
        except DamagedError as error:
            path = quoted(self.path)
            raise DamagedError(
                f"the vault {path} cannot be used: {error}; "
                "put a backup in its place, or move it away and seed again"
            ) from None
        return Opened(parsed.header, data_key, entries, len(data))

    def _entries(self) -> tuple[Entry, ...]:
        opened = self.open()
        return opened.entries if opened else ()

    def _data_key(self, header: sealed.Header) -> bytes:
        slots = [slot for slot in header.slots if slot.kind == _KEYFILE]
        if not slots:
            kinds = ", ".join(kind_numbered(slot.kind).name for slot in header.slots)
            raise LockedError(
                f"the vault {quoted(self.path)} opens only by {kinds}, which this version cannot use"
            )
        key = keyfile.read_key(self._config)
        if key is None:
            path = quoted(self.key_path)
            raise LockedError(
                f"the vault's key file {path} is missing; "
                f"put it back from a backup, or move {quoted(self.path)} away and seed again"
            )
        for slot in slots:
            data_key = sealed.unwrap(slot, key, header.store_id)
            if data_key is not None:
                return data_key
        raise DamagedError(f"the key file {quoted(self.key_path)} does not open it")

    def _new(self) -> Opened:
        """Return an empty vault at generation 0, which is never written; its key file is made at once."""
        store_id = self._randomness(sealed.STORE_ID_SIZE)
        data_key = self._randomness(sealed.KEY_SIZE)
        with self._config.locked(KEY_LOCK):  # another data folder may share this configuration folder
            key = keyfile.read_or_make_key(self._config, self._randomness)
        empty = sealed.Slot(_KEYFILE, 1, b"", self._randomness(sealed.NONCE_SIZE), b"")
        slot = sealed.wrap(data_key, key, store_id, empty)
        return Opened(sealed.Header(store_id, 0, (slot,), b""), data_key, (), 0)

    def _write(self, opened: Opened, entries: Iterable[Entry]) -> None:
        header = opened.header._replace(
            generation=opened.header.generation + 1,
            body_salt=self._randomness(sealed.SALT_SIZE),
        )
        self._data.replace(NAME, sealed.seal(header, opened.data_key, records.encode(entries)))

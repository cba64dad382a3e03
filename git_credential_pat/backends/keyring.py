"""The keyring backend: every token an item of the operating system's keyring, for people to see there.

An entry's item has the service `git-credential-pat:https://dev.azure.com/fabrikam`, as an account its
username (the host's default one if it has none) and as its secret the bare token, so that
`keyring get SERVICE ACCOUNT` prints it. A username or token that is no printable text is stored as `base64:`
and its base64. One more item, the index, holds the rest as JSON. What a person changes there counts: an
edited secret is the entry's secret, and an entry whose item was deleted is gone, at the next write also
from the index. An item that the index does not name is no entry. A token that is kept beside another of its
scope and username has an item too; the index names it in the other's row.

A keyring changes one item at a time, so a change is made in an order in which no crash loses a token: first
the items of tokens that are made, then those of tokens that are replaced, then the index, which is what
counts, then the items of entries that are removed. A crash leaves an item that nothing names, or a replaced
token beside the label, expiry and state of its predecessor; making the change again fixes both.

Keychain Access and Credential Manager bound the size of an item (Windows: 2560 bytes, and so the index
to some ten entries there).
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, TypeVar

from git_credential_pat.backends import Change, ShareableKey, changed
from git_credential_pat.errors import DamagedError, NewerFormatError
from git_credential_pat.hosts import family_of
from git_credential_pat.model import NamedTuple
from git_credential_pat.model.entry import (
    ACTIVE,
    DOUBTFUL,
    REJECTED,
    Entry,
    EntryKey,
    Nanoseconds,
    Seconds,
    kept_end,
    read_back,
)
from git_credential_pat.model.scope import Scope
from git_credential_pat.model.unlocking import SILENT, Unlocking
from git_credential_pat.oskeyring.keyring import SERVICE, Keyring
from git_credential_pat.system.files import LOCK_TIMEOUT, Folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from git_credential_pat.git.settings import Settings
    from git_credential_pat.model.finding import Finding

INDEX = "index"
"""The account of the index; an entry's service is longer, so no entry can have the same item."""
VERSION = 1
LOCK = "keyring.lock"

_CANNOT_BE_USED = f'the keyring\'s item "{INDEX}" of the service "{SERVICE}" cannot be used'

_STATES = (ACTIVE, REJECTED, DOUBTFUL)
_PREFIX = "base64:"
"""Begins what is stored encoded."""
_NAMELESS = b"token"
"""The account of an entry that has no username at a host that has no default one."""
_BESIDE = 15
"""The vault's number for the field of an entry beside another: older versions keep it without knowing it."""
_RENEWAL, _SIGN_IN = 16, 17
"""Likewise."""

_T = TypeVar("_T")


class _Row(NamedTuple):
    """One entry of the index: all but its secret, which is empty here, and the account that has that."""

    entry: Entry
    account: str

    @property
    def service(self) -> str:
        return f"{SERVICE}:{self.entry.scope.text}"

    @property
    def item(self) -> tuple[str, str]:
        return self.service, self.account


class KeyringBackend:
    """Entries as items of the operating system's keyring."""

    title = "keyring"
    shares_key = False

    def __init__(
        self, settings: Settings, unlocking: Unlocking = SILENT, lock_timeout: float = LOCK_TIMEOUT
    ) -> None:
        """Take what is to be known of the keyring; it is not called yet."""
        self._settings = settings
        self._data = Folder(settings.data_folder, lock_timeout)
        self._keyring = Keyring(
            settings.keyring_backend,
            session_bus=settings.session_bus,
            interactive=unlocking.interactive,
        )

    def find(self, protocol: bytes, host: bytes) -> tuple[Entry, ...]:
        """Return every entry of this protocol and host; only their items are read."""
        rows = (row for row in self._rows() if row.entry.scope[:2] == (protocol, host))
        return tuple(entry for row in rows if (entry := self._entry(row)))

    def entries(self) -> tuple[Entry, ...]:
        """Return every entry, ordered by key."""
        found = (entry for row in self._rows() if (entry := self._entry(row)))
        return tuple(sorted(found, key=lambda entry: entry.key))

    def apply(self, changes: Iterable[Change]) -> None:
        """Write what changes, under a lock between the processes of one user on one machine."""
        wanted = tuple(changes)
        if not wanted:
            return
        with self._data.locked(LOCK):
            rows = self._rows()
            before = {entry.key: entry for row in rows if (entry := self._entry(row))}
            after = changed(before.values(), wanted)
            if after != tuple(before.values()):
                self._write(rows, before, after)

    def room(self) -> AbstractContextManager[None]:
        """Hold nothing: how the keyring stores what it is given is not known."""
        from contextlib import nullcontext

        return nullcontext()

    def news(self) -> str:
        """Return nothing: items show in the keyring's own program."""
        return ""

    def unlock(self) -> None:
        """Read everything, for which the keyring asks if it is locked."""
        self.entries()

    def shareable_key(self) -> ShareableKey | None:
        """Return None: the keyring itself remembers that it is unlocked."""
        return None

    def keyring(self) -> Keyring:
        """Return the keyring."""
        return self._keyring

    def diagnose(
        self, entries: Callable[[], Sequence[Entry]], _first_seed: Callable[[], str]
    ) -> Iterator[Finding]:
        """Report how much it holds; the check of the keyring reports whether that answers."""
        from git_credential_pat.model.finding import counted, ok  # only a diagnosis needs it

        yield ok(f"the keyring holds {counted(entries())}")

    def diagnose_slots(self) -> Iterator[Finding]:
        """Report nothing: it has no slots."""
        return iter(())

    def _rows(self) -> tuple[_Row, ...]:
        text = self._keyring.get(SERVICE, INDEX)
        return () if text is None else _decode(text)

    def _entry(self, row: _Row) -> Entry | None:
        secret = self._keyring.get(*row.item)
        entry = None if secret is None else row.entry._replace(secret=_decoded(secret))
        return read_back(entry) if entry is not None and entry.sign_in else entry

    def _write(self, rows: Iterable[_Row], before: Mapping[EntryKey, Entry], after: Iterable[Entry]) -> None:
        old = {row.entry.key: row for row in rows}
        new: list[_Row] = []
        taken = {row.item for row in old.values()}  # also those of removed entries, which are deleted last
        for entry in sorted(after, key=lambda entry: entry.key in before):
            row = self._row(entry, old.get(entry.key), taken)
            if entry.key not in before or before[entry.key].secret != entry.secret:
                self._keyring.set(*row.item, _encoded(entry.secret))
            new.append(row)
            taken.add(row.item)
        self._keyring.set(SERVICE, INDEX, _encode(new))
        for item in {row.item for row in old.values()} - {row.item for row in new}:
            self._keyring.delete(*item)

    def _row(self, entry: Entry, old: _Row | None, taken: Iterable[tuple[str, str]]) -> _Row:
        """Return an entry's row: with the account that it has, or the first one that is free."""
        family = family_of(entry.scope, self._settings.providers)
        name = _encoded(entry.username or family.username_at(entry.scope, entry.secret) or _NAMELESS)
        row = _Row(entry._replace(secret=b""), old.account if old else name)
        number = 2
        while old is None and row.item in taken:
            row = row._replace(account=f"{name} ({number})")
            number += 1
        return row


def _encoded(value: bytes) -> str:
    """Return a value as text: itself if people could type it, else its base64 behind a mark.

    The mark stands in the item and not in the index, which is written later.
    """
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = ""
    if text and text.isprintable() and not text.startswith(_PREFIX):
        return text
    return _PREFIX + b64encode(value).decode()


def _decoded(text: str) -> bytes:
    """Return the bytes of such a text, or of any that a person put in its place."""
    if text.startswith(_PREFIX):
        try:
            return b64decode(text.removeprefix(_PREFIX), validate=True)
        except ValueError:
            pass
    return text.encode("utf-8", "surrogatepass")


def _encode(rows: Iterable[_Row]) -> str:
    """Return the index; equal rows in any order give equal text."""
    import json  # costs 7 ms, and the other backends do not need it

    described: list[dict[str, object]] = []
    first: _Row | None = None
    for row in sorted(rows, key=lambda row: row.entry.key):
        if first is not None and row.entry.is_beside(first.entry):
            _as(list, described[-1]["unknown"]).append([_BESIDE, json.dumps(_describe(row))])
        else:
            described.append(_describe_key(row.entry) | _describe(row))
            first = row
    return json.dumps({"version": VERSION, "entries": described}, indent=1)


def _describe_key(entry: Entry) -> dict[str, object]:
    return {
        "protocol": _plain(entry.scope.protocol),
        "host": _plain(entry.scope.host),
        "path": [_plain(segment) for segment in entry.scope.path],
        "username": _plain(entry.username),
        "authtype": _plain(entry.authtype),
    }


def _describe(row: _Row) -> dict[str, object]:
    """Return what the index has of a row beside its key."""
    entry = row.entry
    return {
        "account": row.account,
        "state": entry.state,
        "created": entry.created,
        "updated": entry.updated,
        "expires": kept_end(entry),
        "put_aside": entry.put_aside,
        "label": entry.label,
        "permissions": list(entry.permissions),
        "pinned": entry.pinned,
        "refresh_token": None if entry.refresh_token is None else _plain(entry.refresh_token),
        "owner": entry.owner,
        "approved": entry.approved,
        "unknown": [[tag, _plain(value)] for tag, value in (*_later_fields(entry), *entry.unknown)],
    }


def _later_fields(entry: Entry) -> list[tuple[int, bytes]]:
    """Return the fields that older versions do not know, and keep where the unknown ones stand."""
    fields = ((_RENEWAL, entry.renewal), (_SIGN_IN, entry.sign_in.encode()))
    return [(tag, value) for tag, value in fields if value]


def _plain(value: bytes) -> object:
    """Return bytes as JSON has them: a string where they are text, else `{"hex": …}`."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"hex": value.hex()}


def _decode(text: str) -> tuple[_Row, ...]:
    """Return the index's rows; raise DamagedError unless `_encode` could have written it."""
    import json

    try:
        index = _as(dict, json.loads(text))
        version = _as(int, index["version"])
        if version > VERSION:
            why = f"{_CANNOT_BE_USED}: it is of version {version}"
            raise NewerFormatError(f"{why}; {NewerFormatError.advice}")
        if version != VERSION:
            raise _damaged(f"it is of version {version}, which no version wrote")
        rows = tuple(row for described in _as(list, index["entries"]) for row in _read(_as(dict, described)))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise _damaged("it is not what this program once wrote") from None
    if len({row.entry.key for row in rows}) != len(rows) or len({row.item for row in rows}) != len(rows):
        raise _damaged("it names an entry twice")
    return rows


def _read(described: dict[str, object]) -> list[_Row]:
    """Return a row and those beside it."""
    import json

    first = _read_one(described)
    beside = [value for tag, value in first.entry.unknown if tag == _BESIDE]
    others = [_read_one(described | _as(dict, json.loads(value))) for value in beside]
    rows = [first, *others]
    return [_without_others(row, number) for number, row in enumerate(rows)]


def _without_others(row: _Row, number: int) -> _Row:
    unknown = tuple(field for field in row.entry.unknown if field[0] != _BESIDE)
    return row._replace(entry=row.entry._replace(number=number, unknown=unknown))


def _read_one(row: dict[str, object]) -> _Row:
    state = _as(str, row["state"])
    if state not in _STATES:
        raise ValueError
    path = tuple(_bytes(segment) for segment in _as(list, row["path"]))
    fields = [(_as(int, tag), _bytes(value)) for tag, value in _as(list, row["unknown"])]
    later = {tag: value for tag, value in fields if tag in (_RENEWAL, _SIGN_IN)}
    unknown = tuple(field for field in fields if field[0] not in later)
    if b"" in later.values() or len(later) + len(unknown) != len(fields):
        raise ValueError
    entry = Entry(
        Scope(_bytes(row["protocol"]), _bytes(row["host"]), path),
        _bytes(row["username"]),
        b"",
        _bytes(row["authtype"]),
        state,
        created=Nanoseconds(_as(int, row["created"])),
        updated=Nanoseconds(_as(int, row["updated"])),
        expires=None if row["expires"] is None else Seconds(_as(int, row["expires"])),
        put_aside=None if row["put_aside"] is None else Nanoseconds(_as(int, row["put_aside"])),
        label=_as(str, row["label"]),
        permissions=tuple(_as(str, permission) for permission in _as(list, row["permissions"])),
        pinned=_as(bool, row["pinned"]),
        refresh_token=None if row["refresh_token"] is None else _bytes(row["refresh_token"]),
        owner=_as(str, row.get("owner", "")),  # older versions write neither this nor the next
        approved=None if row.get("approved") is None else Nanoseconds(_as(int, row["approved"])),
        renewal=later.get(_RENEWAL, b""),
        sign_in=later.get(_SIGN_IN, b"").decode(),
        unknown=unknown,
    )
    return _Row(entry, _as(str, row["account"]))


def _as(kind: type[_T], value: object) -> _T:
    """Return a value of exactly this type: to Python, a truth value is a number as well."""
    if type(value) is not kind:
        raise TypeError
    return value


def _bytes(value: object) -> bytes:
    return bytes.fromhex(_as(str, value["hex"])) if isinstance(value, dict) else _as(str, value).encode()


def _damaged(why: str) -> DamagedError:
    return DamagedError(f"{_CANNOT_BE_USED}: {why}; put it back from a backup, or delete it and seed again")

"""Key slots: the ways to a vault's data key. Any one opens it.

`KEY_SLOTS` names every kind that the format knows, in the order in which they are tried: what asks nobody
comes first. Each kind is the file of its name here and has the face `KeySlot`. To add one, add a file and
a row.
"""

from __future__ import annotations

from sys import modules
from typing import TYPE_CHECKING, Protocol, cast

from git_credential_pat.errors import DamagedError, LockedError, NewerFormatError, PatError
from git_credential_pat.model import NamedTuple
from git_credential_pat.text import quoted
from git_credential_pat.vault.format import NONCE_SIZE, Header, Slot, unwrap, wrap

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from git_credential_pat.model.unlocking import Unlocking
    from git_credential_pat.oskeyring.keyring import Keyring
    from git_credential_pat.system.files import Folder


class Surroundings:
    """What key slots need of the world around a vault. Not to be changed.

    It is no NamedTuple because that would compile the name of a type that is not loaded, for a millisecond.
    """

    __slots__ = ("advice", "config", "keyring", "note", "path", "randomness", "unlocking")

    def __init__(  # noqa: PLR0913, PLR0917  # a record of what it takes
        self,
        path: str,
        config: Folder,
        keyring: Callable[[], Keyring],
        unlocking: Unlocking,
        randomness: Callable[[int], bytes],
        note: str = "",
        advice: str = "",
    ) -> None:
        """Take the vault's path, its config folder, and what messages say after the path.

        The advice is for a copy, which may be of another machine: what to do if no key here opens it.
        """
        self.path = path
        self.config = config
        self.keyring = keyring
        self.unlocking = unlocking
        self.randomness = randomness
        self.note = note
        self.advice = advice

    def at(self, path: str) -> Surroundings:
        """Return the same for a copy of a vault, at another path."""
        from git_credential_pat import suggest  # few calls need a word

        command = suggest.own("vault", "add-slot", "passphrase")
        advice = f"add a passphrase where it opens ({command}) and copy it again"
        return Surroundings(path, self.config, self.keyring, self.unlocking, self.randomness, advice=advice)

    def silently(self) -> Surroundings:
        """Return the same where nobody is asked for a passphrase."""
        ways = self.unlocking._replace(passphrase=None)
        return Surroundings(self.path, self.config, self.keyring, ways, self.randomness, self.note)

    def noting(self, note: str) -> Surroundings:
        """Return the same with another `note`."""
        return Surroundings(self.path, self.config, self.keyring, self.unlocking, self.randomness, note)

    @property
    def vault(self) -> str:
        """How messages and questions name the vault."""
        return quoted(self.path) + self.note


if TYPE_CHECKING:  # a Protocol costs Git's path as much as opening the vault

    class KeySlot(Protocol):
        """The face of a kind."""

        def find_key(
            self, slots: Sequence[Slot], store_id: bytes, around: Surroundings
        ) -> tuple[Slot, bytes]:
            """Return one of the slots, which all are of this kind, and the key-encryption key that opens it.

            Raises LockedError if the key is not available, DamagedError if it opens none of them.
            """

        def make_key(self, store_id: bytes, around: Surroundings) -> tuple[bytes, bytes]:
            """Return parameters and key-encryption key for a slot; raises LockedError if there is none."""

        def place(self, store_id: bytes, around: Surroundings) -> str:
            """Return where the key is, for people: `in ...` or `derived from ...`."""


class Kind(NamedTuple):
    """One row of the table."""

    number: int
    name: str
    is_asked: bool = False
    """Whether a human is asked for the key; of the other kinds all slots would have one key."""

    @property
    def face(self) -> KeySlot:
        """The kind's file."""
        path = f"{__name__}.{self.name}"
        __import__(path)  # `importlib` is one more module that Git would wait for
        return cast("KeySlot", modules[path])


KEY_SLOTS = (
    Kind(3, "keyfile"),
    Kind(1, "keyring"),
    Kind(2, "passphrase", is_asked=True),
)


def kind_numbered(number: int) -> Kind | None:
    """Return the row of a kind, or None if this version does not know it."""
    return next((kind for kind in KEY_SLOTS if kind.number == number), None)


def kind_named(name: str) -> Kind:
    """Return the row of a kind by its name, one of the table's."""
    return next(kind for kind in KEY_SLOTS if kind.name == name)


def name_of(slot: Slot) -> str:
    """Return the name of a slot's kind for people."""
    kind = kind_numbered(slot.kind)
    return kind.name if kind else f"unknown ({slot.kind})"


def place_of(slot: Slot, header: Header, around: Surroundings) -> str:
    """Return where a slot's key is, for people."""
    kind = kind_numbered(slot.kind)
    return kind.face.place(header.store_id, around) if kind else "which this version cannot use"


def open_header(
    header: Header, around: Surroundings, before_asking: Callable[[], bytes | None] = lambda: None
) -> bytes:
    """Return the data key, by whichever slot opens; or by `before_asking`, if that returns it.

    Raises LockedError if none can be opened now, DamagedError if keys are there and open none.
    """
    refusals: list[PatError] = []
    for kind in KEY_SLOTS:
        slots = [slot for slot in header.slots if slot.kind == kind.number]
        try:
            if slots:
                lent = before_asking() if kind.is_asked and around.unlocking.passphrase else None
                if lent is not None:
                    return lent
                slot, key = kind.face.find_key(slots, header.store_id, around)
                return opened(slot, key, header.store_id)
        except (LockedError, DamagedError) as error:
            refusals.append(error)
    if refusals:  # what can be unlocked is reported rather than damage, and of these what asks the user
        raise max(reversed(refusals), key=lambda error: isinstance(error, LockedError))
    kinds = ", ".join(name_of(slot) for slot in header.slots)
    ways = f"the vault {around.vault} opens only by {kinds}, which this version cannot use"
    raise LockedError(f"{ways}; {NewerFormatError.advice}")


def opened(slot: Slot, key: bytes, store_id: bytes) -> bytes:
    """Return the data key in a slot that `find_key` found."""
    data_key = unwrap(slot, key, store_id)
    if data_key is None:
        raise DamagedError("its key slot was changed")
    return data_key


def make_slot(kind: Kind, number: int, data_key: bytes, store_id: bytes, around: Surroundings) -> Slot:
    """Return a slot of this kind that opens to `data_key`; raises LockedError if there is no key for it."""
    params, key = kind.face.make_key(store_id, around)
    empty = Slot(kind.number, number, params, around.randomness(NONCE_SIZE), b"")
    return wrap(data_key, key, store_id, empty)


def first_choice(around: Surroundings) -> Kind:
    """Return the kind for a vault's first slot: the keyring where one answers without a prompt."""
    return kind_named("keyring" if around.keyring().is_ready() else "keyfile")


def first_opened(slots: Sequence[Slot], key: bytes, store_id: bytes) -> tuple[Slot, bytes] | None:
    """Return the first slot that `key` opens, with the key; or None."""
    return next(((slot, key) for slot in slots if unwrap(slot, key, store_id) is not None), None)

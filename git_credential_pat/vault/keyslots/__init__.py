"""Key slots: the ways to a vault's data key. Any one opens it.

`KEY_SLOTS` names every kind that the format knows; each that this version opens has a file here, which
the vault backend uses.
"""

from collections.abc import Callable
from typing import NamedTuple


class Unlocking(NamedTuple):
    """What may be done to open a lock; nothing, by default."""

    passphrase: Callable[[str], bytes] | None = None
    """Asks a question and returns the passphrase; None where nobody may be asked."""
    interactive: bool = False
    """Whether the operating system's keyring may show a prompt of its own."""
    borrow: Callable[[], bytes | None] | None = None
    """Returns the data key if a running agent has it."""


SILENT = Unlocking()
"""Nobody is asked anything."""


class Kind(NamedTuple):
    """One row of the table."""

    number: int
    name: str


KEY_SLOTS = (
    Kind(1, "keyring"),
    Kind(2, "passphrase"),
    Kind(3, "keyfile"),
)


def kind_numbered(number: int) -> Kind:
    """Return the row of a kind, also of one that the table does not have."""
    return next((kind for kind in KEY_SLOTS if kind.number == number), Kind(number, f"unknown ({number})"))

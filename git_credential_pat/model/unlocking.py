"""How a backend may get at what it stores: whether it may ask the user, and which agent may lend a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_credential_pat.model import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Unlocking(NamedTuple):
    """What may be done to open a lock; by default nobody is asked."""

    passphrase: Callable[[str], bytes] | None = None
    """Asks a question and returns the passphrase, empty if there is none; None where nobody may be asked."""
    choose: Callable[[], bytes] | None = None
    """Returns a passphrase that the user chose; None where none can be chosen."""
    interactive: bool = False
    """Whether the operating system's keyring may show a prompt of its own."""
    borrow: Callable[[str], bytes | None] | None = None
    """Returns the key of what lies at a path if another process has it, or None."""
    take_turn: Callable[[], bool] = lambda: False
    """Waits until no other process asks the user, and returns whether one did: it may have a key to lend."""
    by_slots: bool = True
    """Whether key slots may be opened, and a vault be made, at all."""


SILENT = Unlocking()

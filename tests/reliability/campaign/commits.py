"""The commits that rows strike at: each command that writes a vault, what it began with and what it makes.

`COMMITS` names them. Of each it is written here what the vault holds before and after it; whatever strikes
it, a fresh process must find one of the two, and the vault must take the next store.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from support.faults import Home
from support.person import Person
from support.slots import PHRASE

from git_credential_pat.errors import PatError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from support.faults import Ended

    from git_credential_pat.backends.vault import VaultBackend

STALE = ".vault-00000000000000aa"
"""What a killed process left; every commit removes it."""

ERASED = "protocol=https\nhost=dev.azure.com\npath=fabrikam/_git/web\nusername=pat\npassword=old\n\n"
STORED = ERASED.replace("password=old", "password=new")

Contents = tuple[tuple[str, ...], tuple[int, ...]]
"""The tokens that a vault holds, those put aside as `(token)`, and the numbers of its slots."""

NOTHING: Contents = ((), ())
OLD: Contents = (("old",), (1,))


@dataclass(frozen=True)
class Commit:
    """A command that writes the vault."""

    arguments: tuple[str, ...]
    given: str
    after: Contents
    before: Contents = OLD

    def run(self, home: Home, tracer: Sequence[str] = ()) -> Ended:
        """Run it in a home whose vault is as `before` says."""
        return home.command(self.arguments, self.given, tracer)


COMMITS = {
    "store": Commit(("store",), STORED, (("new",), (1,))),
    "first store": Commit(("store",), STORED, (("new",), (1,)), before=NOTHING),
    "erase": Commit(("erase",), ERASED, (("(old)",), (1,))),
    "remove": Commit(("remove", "https://dev.azure.com/fabrikam"), "", ((), (1,))),
    "rekey": Commit(("vault", "rekey"), "", OLD),
    "add-slot": Commit(("vault", "add-slot", "passphrase"), f"{PHRASE}\n", (("old",), (1, 2))),
}


@contextmanager
def homes() -> Iterator[tuple[Path, dict[str, Home]]]:
    """Give a folder for a row, and in it the home that each commit begins with; all go at the end."""
    with TemporaryDirectory(prefix="pat-") as name:
        folder = Path(name)
        empty, filled = Home(folder / "empty"), Home(folder / "filled")
        assert filled.store("old").status == 0
        (filled.place.data / STALE).touch(0o600)
        yield (
            folder,
            {name: empty if commit.before == NOTHING else filled for name, commit in COMMITS.items()},
        )


def contents(home: Home) -> Contents:
    """Return what the vault holds, read by this process.

    Raises:
        PatError: if it is damaged or does not open.
    """
    backend = home.place.backend()
    header = backend.header()
    if header is None:
        return NOTHING
    held = (f"({text})" if is_aside else text for text, is_aside in _tokens(backend))
    return tuple(held), tuple(slot.id for slot in header.slots)


def _tokens(backend: VaultBackend) -> list[tuple[str, bool]]:
    return [(entry.secret.decode(), entry.put_aside is not None) for entry in backend.entries()]


def _try_slots(home: Home) -> None:
    """Raise PatError if one of the vault's slots does not open it."""
    backend = home.place.backend(Person(PHRASE).unlocking)
    header = backend.header()
    for slot in header.slots if header else ():
        backend.open_by((slot,), "")


def flaw(home: Home, *allowed: Contents) -> str:
    """Return what is wrong with a home in which a commit was struck, empty if all is well.

    Its vault must hold one of `allowed`; `get` must answer accordingly; and the next store must work, and
    leave no temporary. It is done, so the home is another after it.
    """
    try:
        held = contents(home)
        _try_slots(home)
    except PatError as error:
        return f"the vault cannot be used: {error}"
    if held not in allowed:
        return f"the vault holds {held}"
    answered = home.run("get")
    usable = next((token for token in held[0] if not token.startswith("(")), None)
    expected = b"" if usable is None else f"username=pat\npassword={usable}\n".encode()
    if answered.status or answered.output != expected or (usable and answered.errors):
        return f"the next get: status {answered.status}, {answered.output!r}, {answered.errors!r}"
    stored = home.store("next")
    if stored.status or stored.errors:
        return f"the next store: status {stored.status}, {stored.errors!r}"
    if contents(home) != (("next",), held[1] or (1,)):
        return f"after the next store the vault holds {contents(home)}"
    left = home.place.temporaries()
    return f"the next store left {left}" if left else ""

"""The commits that rows strike at: each command that writes a vault, what it began with and what it makes.

`COMMITS` names them. Of each it is written here what the vault holds before and after it; whatever strikes
it, a fresh process must find one of the two, and the vault must take the next store.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import TYPE_CHECKING

from support.faults import Home
from support.person import Person
from support.slots import PHRASE
from support.strikes import copied, own_calls, strike

from git_credential_pat.errors import PatError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from support.faults import Ended
    from support.strikes import Call, Struck

    from git_credential_pat.backends.vault import VaultBackend

AT_ONCE = 2
"""How many commands run at a time."""

_ONE_AT_A_TIME = Lock()
"""OpenSSL derives no two keys at once in one process, each in four threads."""

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


class Site:
    """A folder for a row, with the homes that commits begin with; work on several at a time in `threads`."""

    def __init__(self, folder: Path, threads: ThreadPoolExecutor) -> None:
        self._folder = folder
        self._numbers = count()
        self.threads = threads
        self._empty, self._filled = Home(folder / "empty"), Home(folder / "filled")
        assert self._filled.store("old").status == 0
        (self._filled.place.data / STALE).touch(0o600)

    def template(self, name: str) -> Home:
        """Return the home that a commit begins with, to be copied."""
        return self._empty if COMMITS[name].before == NOTHING else self._filled

    def calls(self, names: Iterable[str]) -> list[tuple[str, Call]]:
        """Return the calls of commits on the program's own files, each with the name of its commit."""
        wanted = list(names)
        calls = self.threads.map(
            lambda name: own_calls(self.template(name), self._next(), COMMITS[name].run), wanted
        )
        return [(name, call) for name, found in zip(wanted, calls, strict=True) for call in found]

    def home(self, name: str) -> Home:
        """Return a home of its own for a commit."""
        return copied(self.template(name), self._next())

    def is_old(self, name: str, home: Home) -> bool:
        """Tell whether the vault, to the last byte, is the one that a commit began with."""
        vaults = [place.vault for place in (home.place, self.template(name).place)]
        held, began = (vault.read_bytes() if vault.exists() else None for vault in vaults)
        return held == began

    def strike(self, name: str, call: Call, fault: str) -> Struck:
        """Run a commit in a home of its own, with a fault at a call."""
        return strike(self.template(name), self._next(), COMMITS[name].run, call, fault)

    def _next(self) -> Path:
        return self._folder / str(next(self._numbers))


@contextmanager
def site() -> Iterator[Site]:
    """Give a site, all of which goes at the end."""
    with TemporaryDirectory(prefix="pat-") as folder, ThreadPoolExecutor(AT_ONCE) as threads:
        yield Site(Path(folder), threads)


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
        with _ONE_AT_A_TIME:
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

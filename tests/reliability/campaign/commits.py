"""The commits that rows strike at: each command that writes the vault, what it began with and what it makes.

`COMMITS` names them, but for those that do the same to the files: `seed`, `import` and `verify` commit as
`store` does, `restore` as `remove`. Of each it is written here what the vault holds before and after it;
whatever strikes it, a fresh process must find one of the two, and the vault must take the next store.
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

from support.faults import Home, copied
from support.person import Person
from support.slots import PHRASE
from support.strikes import own_calls, strike

from git_credential_pat.backends.vault.copies import backup
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
COPY = "share/copy"
"""Where below a home a copy of an earlier vault lies, which `recover` puts back."""

Contents = tuple[tuple[str, ...], tuple[int, ...]]
"""The tokens that a vault holds, those put aside as `(token)`, and the numbers of its slots."""

NOTHING: Contents = ((), ())
OLD: Contents = (("old",), (1,))
TWO_SLOTS: Contents = (("old",), (1, 2))


@dataclass(frozen=True)
class Commit:
    """A command that writes the vault."""

    arguments: tuple[str, ...]
    given: str
    after: Contents
    before: Contents = OLD
    keeps: bool = False
    """Whether it keeps the vault that it replaces beside the other one."""

    def run(self, home: Home, tracer: Sequence[str] = ()) -> Ended:
        """Run it in a home whose vault is as `before` says."""
        arguments = [str(home.folder / word) if word == COPY else word for word in self.arguments]
        return home.command(arguments, self.given, tracer)


COMMITS = {
    "store": Commit(("store",), STORED, (("new",), (1,))),
    "recover": Commit(("vault", "recover", COPY), "", (("copied",), (1,)), keeps=True),
    "first store": Commit(("store",), STORED, (("new",), (1,)), before=NOTHING),
    "erase": Commit(("erase",), ERASED, (("(old)",), (1,))),
    "remove": Commit(("remove", "https://dev.azure.com/fabrikam"), "", ((), (1,))),
    "rekey": Commit(("vault", "rekey"), "", OLD),
    "add-slot": Commit(("vault", "add-slot", "passphrase"), f"{PHRASE}\n", TWO_SLOTS),
    "remove-slot": Commit(("vault", "remove-slot", "2"), "", OLD, before=TWO_SLOTS),
}
ALWAYS = ("store", "recover")
"""The commits that are struck even where there is time for a few strikes: one of one rename, one of two."""


class Site:
    """A folder for a row, with the homes that commits begin with; work on several at a time in `threads`."""

    def __init__(self, folder: Path, threads: ThreadPoolExecutor) -> None:
        self._folder = folder
        self._numbers = count()
        self._flaws: dict[object, str] = {}
        self.threads = threads
        self._templates = _beginnings(folder)

    def template(self, name: str) -> Home:
        """Return the home that a commit begins with, to be copied."""
        return self._templates[COMMITS[name].before]

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
        """Return whether the vault, to the last byte, is the one that a commit began with."""
        vaults = [place.vault for place in (home.place, self.template(name).place)]
        held, began = (vault.read_bytes() if vault.exists() else None for vault in vaults)
        return held == began

    def strike(self, name: str, call: Call, fault: str) -> Struck:
        """Run a commit in a home of its own, with a fault at a call."""
        return strike(self.template(name), self._next(), COMMITS[name].run, call, fault)

    def flaw(self, name: str, home: Home) -> str:
        """Return what is wrong with a home in which a commit was struck, empty if all is well.

        The home is used for it, and is another afterwards. Of homes that are the same one is used, for what
        comes next is the same too.
        """
        state = name, _state(home)
        if state not in self._flaws:
            self._flaws[state] = self._flaw_of_kept(name, home) or _flaw(home, self._expected(name, home))
        return self._flaws[state]

    def _flaw_of_kept(self, name: str, home: Home) -> str:
        """Return what is wrong with what is kept beside the vault, which may be the whole old one alone."""
        kept = [path.read_bytes() for path in home.place.data.glob("vault.2*")]
        if kept and kept != [self.template(name).place.vault.read_bytes()]:
            return "what is kept beside the vault is not the old one"
        is_lost = COMMITS[name].keeps and not kept and not self.is_old(name, home)
        return "the old vault is replaced and not kept" if is_lost else ""

    def _expected(self, name: str, home: Home) -> Contents:
        return COMMITS[name].before if self.is_old(name, home) else COMMITS[name].after

    def _next(self) -> Path:
        return self._folder / str(next(self._numbers))


def _beginnings(folder: Path) -> dict[Contents, Home]:
    """Make the homes that commits begin with, by what their vaults hold."""
    filled = Home(folder / "filled")
    assert filled.store("copied").status == 0
    backup(filled.place.backend(), str(filled.folder / COPY))
    assert filled.store("old").status == 0
    more = copied(filled, folder / "more")
    assert COMMITS["add-slot"].run(more).status == 0
    for home in (filled, more):
        (home.place.data / STALE).touch(0o600)
    return {NOTHING: Home(folder / "empty"), OLD: filled, TWO_SLOTS: more}


def _state(home: Home) -> frozenset[tuple[str, int, bytes]]:
    """Return all that is below a home's own folders: paths, modes, and what files hold."""
    return frozenset(
        (str(path.relative_to(home.folder)), path.stat().st_mode, b"" if path.is_dir() else path.read_bytes())
        for path in home.folder.glob("*/**/*")
    )


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


def _flaw(home: Home, expected: Contents) -> str:
    """Return what is wrong with a home: what its vault holds, what `get` answers, or the next store."""
    try:
        held = contents(home)
        with _ONE_AT_A_TIME:
            _try_slots(home)
    except PatError as error:
        return f"the vault cannot be used: {error}"
    if held != expected:
        return f"the vault holds {held}"
    answered = home.run("get")
    usable = next((token for token in held[0] if not token.startswith("(")), None)
    answer = b"" if usable is None else f"username=pat\npassword={usable}\n".encode()
    if answered.status or answered.output != answer or (usable and answered.errors):
        return f"the next get: status {answered.status}, {answered.output!r}, {answered.errors!r}"
    stored = home.store("next")
    if stored.status or stored.errors:
        return f"the next store: status {stored.status}, {stored.errors!r}"
    if contents(home) != (("next",), held[1] or (1,)):
        return f"after the next store the vault holds {contents(home)}"
    left = home.place.temporaries()
    return f"the next store left {left}" if left else ""

"""Vaults on the disk for tests: where they lie, what is in them, and the processes that use them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import git_credential_pat
from git_credential_pat.backends import Change
from git_credential_pat.backends.vault import VaultBackend
from git_credential_pat.git.settings import Settings
from git_credential_pat.model.entry import Entry, EntryKey, Nanoseconds
from git_credential_pat.model.scope import Scope, parse_url
from git_credential_pat.model.unlocking import SILENT, Unlocking
from git_credential_pat.operations.changes import seed_changes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import FrameType

TESTS = Path(__file__).parents[1]


class Place:
    """A data folder and a configuration folder, not made yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "share/git-credential-pat"
        self.config = folder / "config/git-credential-pat"
        self.vault = self.data / "vault"
        self.lock = self.data / "vault.lock"
        self.key = self.config / "key"

    @property
    def settings(self) -> Settings:
        return Settings(str(self.data), str(self.config))

    def backend(self, unlocking: Unlocking = SILENT) -> VaultBackend:
        return VaultBackend(self.settings, unlocking)

    def put(self, vault: bytes, key: bytes | None) -> None:
        """Put a vault and its key file in their places, as the program would have."""
        for folder in (self.data, self.config):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_private(self.vault, vault)
        if key is not None:
            _write_private(self.key, key)

    def files(self) -> dict[str, bytes]:
        """Return the contents of all files but the lock, by their names."""
        paths = [path for path in self.folder.rglob("*") if path.is_file() and path != self.lock]
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in paths}

    def temporaries(self) -> list[str]:
        return [path.name for path in self.folder.rglob(".vault-*")]


def token(name: str, secret: bytes = b"a-token") -> Entry:
    """Return an entry for an organization of this name."""
    scope = Scope(b"https", b"dev.azure.com", (name.encode(),))
    return Entry(scope, b"", secret, created=Nanoseconds(1), updated=Nanoseconds(1))


def approved_token(name: str, secret: bytes) -> Entry:
    """Return such an entry that Git's approval made, so that the next approval replaces it."""
    return token(name, secret)._replace(approved=Nanoseconds(1))


def entry_at(url: str, secret: bytes, username: bytes = b"") -> Entry:
    """Return an entry for the place that a URL names, as it stands there."""
    return Entry(parse_url(url).scope, username, secret, created=Nanoseconds(1), updated=Nanoseconds(1))


def store(backend: VaultBackend, *entries: Entry) -> None:
    backend.apply([Change(None, entry) for entry in entries])


def seed(place: Place, secret: bytes) -> None:
    """Put a token in the place of the one that is kept first, as the command does."""
    backend, moment = place.backend(), Nanoseconds(time.time_ns())
    here = backend.entries()
    entry = Entry(here[0].scope, here[0].username, secret, created=moment, updated=moment)
    backend.apply(seed_changes(entry, here, place.settings, moment))


def entries_of(described: Iterable[dict[str, Any]]) -> tuple[Entry, ...]:
    """Return the entries of a vector as the program has them."""
    numbers: Counter[EntryKey] = Counter()
    found = []
    for entry in map(_entry_of, described):
        found.append(entry._replace(number=numbers[entry.key]))
        numbers[entry.key] += 1
    return tuple(found)


def _entry_of(described: dict[str, Any]) -> Entry:

    def value(described: str | dict[str, str]) -> bytes:
        return described.encode() if isinstance(described, str) else bytes.fromhex(described["hex"])

    numbers = ("created", "updated", "expires", "put_aside", "approved")
    plain: dict[str, Any] = {
        name: described[name] for name in ("state", "label", "pinned", "owner", "sign_in")
    }
    plain |= {name: None if described[name] is None else int(described[name]) for name in numbers}
    if plain["sign_in"]:
        plain["expires"] = None  # the written one is for older programs
    refresh_token, renewal = described["refresh_token"], described["renewal"]
    return Entry(
        Scope(value(described["protocol"]), value(described["host"]), tuple(map(value, described["path"]))),
        value(described["username"]),
        value(described["secret"]),
        value(described["authtype"]),
        **plain,
        permissions=tuple(described["permissions"]),
        refresh_token=None if refresh_token is None else value(refresh_token),
        renewal=b"" if renewal is None else value(renewal),
        unknown=tuple((tag, bytes.fromhex(content)) for tag, content in described["unknown"]),
    )


def vault_process(place: Place, command: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a process that uses the vault by the same code as this one; see support/vault_process.py."""
    package = Path(git_credential_pat.__file__).parents[1]
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "support.vault_process",
            command,
            str(place.data),
            str(place.config),
            *arguments,
        ],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": f"{TESTS}:{package}"},
        cwd="/",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def killed_count(place: Place, name: str, seconds: float) -> tuple[list[int], int]:
    """Have a process raise the number that an entry's token is, again and again, and kill it after a while.

    Return the numbers that it said are kept, and its exit status.
    """
    with vault_process(place, "count", name) as process:
        assert process.stdin
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        process.stdin.write("begin\n")
        process.stdin.flush()
        time.sleep(seconds)
        process.kill()
        said = [int(line) for line in process.stdout.read().split()]
    return said, process.returncode


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Fail instead of hanging."""

    def ring(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError(f"it took more than {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _write_private(path: Path, data: bytes) -> None:
    path.touch(0o600)
    path.write_bytes(data)

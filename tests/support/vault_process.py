"""A process that uses a vault: `python -m support.vault_process COMMAND DATA CONFIG ARGUMENT...`.

It says "ready" once it could begin, and begins when it reads a line.
"""

from __future__ import annotations

import fcntl
import sys
from itertools import count as numbers
from typing import TYPE_CHECKING

from git_credential_pat.backends import Change
from git_credential_pat.backends.vault import VaultBackend
from git_credential_pat.git.settings import Settings
from support.vaults import token

if TYPE_CHECKING:
    from collections.abc import Callable


def store(backend: VaultBackend, prefix: str, count: str) -> None:
    """Store entries of one's own."""
    for number in range(int(count)):
        backend.apply([Change(None, token(f"{prefix}-{number}"))])


def count(backend: VaultBackend, name: str) -> None:
    """Replace one entry for ever by the next number, and say each number that is stored."""
    (entry,) = (entry for entry in backend.entries() if entry.scope.path == (name.encode(),))
    for number in numbers(int(entry.secret) + 1):
        changed = entry._replace(secret=b"%d" % number)
        backend.apply([Change(entry, changed)])
        entry = changed
        _say(str(number))


def alternate(backend: VaultBackend, first: str, second: str) -> None:
    """Replace one set of entries by another and back, for ever."""
    before, after = (
        [token(f"entry-{number}", secret.encode()) for number in range(50)] for secret in (first, second)
    )
    while True:
        backend.apply([Change(*pair) for pair in zip(before, after, strict=True)])
        before, after = after, before


def hold(backend: VaultBackend) -> None:
    """Hold the vault's lock until a line or the end of input comes."""
    with open(f"{backend.path}.lock", "rb+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        _say("held")
        sys.stdin.readline()


COMMANDS: dict[str, Callable[..., None]] = {
    "store": store,
    "count": count,
    "alternate": alternate,
    "hold": hold,
}


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    command, data, config, *arguments = sys.argv[1:]
    _say("ready")
    if sys.stdin.readline():
        COMMANDS[command](VaultBackend(Settings(data, config)), *arguments)


if __name__ == "__main__":
    main()

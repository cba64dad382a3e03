"""A vault on the disk whose bytes an attack changes, and what using it comes to: a refusal, and nothing else.

Untouched means: the same file with the same bytes, and no other file made, changed or gone.
"""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from support import memory_keyring
from support.vaults import Place, store, token

from git_credential_pat.errors import PatError
from git_credential_pat.unlocking import SILENT, Unlocking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from reliability.campaign.row import Trial
    from support.memory_keyring import MemoryKeyring

    from git_credential_pat.backends.vault import VaultBackend

INTERNAL_ERROR, LOCKED, DAMAGED = 1, 3, 4
"""Exit statuses."""
LONG_AGO = (10**18, 10**18)
"""When the attacked file was changed last, so that a change of it shows however soon it comes."""
MORE = token("one-more")


class AttackedVault:
    """A vault and its key file in a folder of their own."""

    def __init__(self, folder: Path, vault: bytes, key: bytes | None) -> None:
        """Put both in their places."""
        self.place = Place(folder)
        self.place.put(vault, key)
        self._laid = self._picture()

    def backend(self, unlocking: Unlocking = SILENT) -> VaultBackend:
        """Return a backend that has opened nothing yet."""
        return self.place.backend(unlocking)

    def opened(self, unlocking: Unlocking) -> VaultBackend:
        """Return a backend that has opened the vault, which is whole, and so knows its key."""
        backend = self.backend(unlocking)
        assert backend.entries(), "a whole vault must open"
        time.sleep(0.02)  # or the file's times could be those at which it was read
        return backend

    def lay(self, data: bytes) -> None:
        """Have the vault's file hold these bytes."""
        with self.place.vault.open("r+b") as file:  # to cut it to nothing first would wait for the disk
            file.write(data)
            file.truncate()
        os.utime(self.place.vault, ns=LONG_AGO)
        _, files = self._laid
        path = str(self.place.vault)
        self._laid = data, {**files, path: (files[path][0], LONG_AGO[1], len(data))}

    def outcome(self, trial: Trial, what: str, use: Callable[[], object]) -> int:
        """Return the status with which a use is refused, 0 if it is not; it must leave all as it was laid."""
        try:
            use()
        except PatError as error:
            status = error.status
        except Exception:  # noqa: BLE001  # of which the program makes an internal error
            status = INTERNAL_ERROR
        else:
            status = 0
        trial.require(self._picture() == self._laid, "touched", f"{what}: the vault was not left alone")
        return status

    def read_and_written(
        self, trial: Trial, what: str, reader: VaultBackend, writer: VaultBackend
    ) -> tuple[int, int]:
        """Have all entries read by one backend, and one more stored by another; return both outcomes."""
        reading = self.outcome(trial, what, reader.entries)
        return reading, self.outcome(trial, what, lambda: store(writer, MORE))

    def _picture(self) -> tuple[bytes, dict[str, tuple[int, int, int]]]:
        files = {}
        for folder in (self.place.data, self.place.config):
            for file in os.scandir(folder):
                status = file.stat(follow_symlinks=False)
                files[file.path] = (status.st_ino, status.st_mtime_ns, status.st_size)
        return self.place.vault.read_bytes(), files


@contextmanager
def memory_keyrings() -> Iterator[MemoryKeyring]:
    """Have backends use a keyring that forgets everything at the end."""
    with pytest.MonkeyPatch.context() as patch:
        yield memory_keyring.install(patch)

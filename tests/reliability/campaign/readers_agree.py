"""Vaults that are rightly sealed and often strange: the program and the second reader make the same of each.

Either both find the same entries, and the program would write them as these same bytes; or both refuse it
as the same failure, locked or damaged.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from reliability.campaign.row import Row, Trial, main
from support import memory_keyring, second_reader
from support.strange_vaults import strange_vault
from support.vault_vectors.stating import STATES

from git_credential_pat.backends.vault import VaultBackend
from git_credential_pat.errors import DamagedError, LockedError
from git_credential_pat.git.settings import Settings
from git_credential_pat.model.unlocking import Unlocking
from git_credential_pat.vault import format as sealed
from git_credential_pat.vault import records

if TYPE_CHECKING:
    from support.memory_keyring import MemoryKeyring
    from support.strange_vaults import Keys

    from git_credential_pat.backends.vault import Opened
    from git_credential_pat.model.entry import Entry


class Machine:
    """A machine that has keys: each key file in a configuration folder of its own, and a keyring."""

    def __init__(self, folder: Path, keyring: MemoryKeyring) -> None:
        self._folder = folder
        self._keyring = keyring
        self._config: dict[bytes | None, Path] = {}

    def opened(self, data: bytes, keys: Keys) -> Opened:
        """Have the program open a vault's bytes in its place."""
        item = "git-credential-pat", data[16:32].hex()
        self._keyring.items = {} if keys.keyring is None else {item: keys.keyring}
        ways = Unlocking(None if keys.passphrase is None else lambda _question: keys.passphrase or b"")
        place = self._folder / "data"
        place.mkdir(mode=0o700, exist_ok=True)
        (place / "vault").touch(0o600)
        (place / "vault").write_bytes(data)
        opened = VaultBackend(Settings(str(place), str(self._config_with(keys.key_file))), ways).open()
        assert opened
        return opened

    def _config_with(self, key_file: bytes | None) -> Path:
        if key_file not in self._config:
            folder = self._folder / f"config-{len(self._config)}"
            folder.mkdir(mode=0o700)
            if key_file is not None:
                (folder / "key").touch(0o600)
                (folder / "key").write_bytes(key_file)
            self._config[key_file] = folder
        return self._config[key_file]


def parts(entry: Entry) -> tuple[object, ...]:
    """Return an entry of the program as the second reader has it."""
    scope, state = entry.scope, STATES.index(entry.state)
    return (
        scope.protocol, scope.host, scope.path, entry.username, entry.authtype, entry.secret, state,
        entry.created, entry.updated, entry.expires, entry.put_aside, entry.label, entry.permissions,
        entry.pinned, entry.refresh_token, entry.owner, entry.approved, entry.renewal or None, entry.sign_in,
        entry.unknown, entry.number > 0,
    )  # fmt: skip


def by_the_program(machine: Machine, data: bytes, keys: Keys) -> object:
    try:
        opened = machine.opened(data, keys)
    except LockedError:
        return "locked"
    except DamagedError:
        return "damaged"
    except Exception as error:  # noqa: BLE001  # of which the program makes an internal error
        return f"internal error: {error!r}"
    if sealed.seal(opened.header, opened.data_key, records.encode(opened.entries)) != data:
        return "entries that it would write in another way"
    return tuple(parts(entry) for entry in opened.entries)


def by_the_second_reader(data: bytes, keys: Keys) -> object:
    try:
        _, entries = second_reader.read(data, second_reader.Keys(*keys))
    except second_reader.LockedVaultError:
        return "locked"
    except second_reader.DamagedVaultError:
        return "damaged"
    return tuple(tuple(entry) for entry in entries)


def attack(trial: Trial) -> None:
    """Give one vault after another to both."""
    with pytest.MonkeyPatch.context() as patches, tempfile.TemporaryDirectory() as folder:
        machine = Machine(Path(folder), memory_keyring.install(patches))
        for number in range(trial.size):
            data, keys = strange_vault(trial.chance)
            ours, others = by_the_program(machine, data, keys), by_the_second_reader(data, keys)
            what = f"vault {number}: the program finds {ours}, the second reader {others}"[:4000]
            trial.require(ours == others, "disagreements", what)
            trial.count(others if isinstance(others, str) else "opened")


ROW = Row(
    promise="the program and a second reader of the vault format read every vault alike",
    attack=attack,
    ci=10_000,
    full=100_000,
    tried=("opened", "damaged", "locked"),
    breaches=("disagreements",),
)

if __name__ == "__main__":
    sys.exit(main(ROW))

"""Damaged vaults: bits flipped, the end missing, zeroed or too long; each is reported, and nothing changes.

Each is read by a backend that has opened nothing yet, and written by one that has opened the vault before and
so knows its key. Damage that shows without a key is status 4 and asks nobody. Behind the checksum, where the
vault opens by a passphrase alone and nobody is there to give it, it is locked: status 3. The vault's file
must stay the same file with the same bytes, and no other file be made, changed or gone.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from reliability.campaign.row import Row, Trial, main
from support import memory_keyring
from support.faults import Home
from support.vault_vectors.__main__ import FOLDER
from support.vault_vectors.writer import KEY_FILE, KEYRING_ITEM, STORE_ID
from support.vaults import Place, store, token

from git_credential_pat.errors import PatError
from git_credential_pat.model.unlocking import Unlocking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

INTERNAL_ERROR, LOCKED, DAMAGED = 1, 3, 4
"""Exit statuses."""
LONG_AGO = (10**18, 10**18)
"""When the attacked file was changed last, so that a change of it shows however soon it comes."""
DIGEST = 32
TOKENS = {"store": "a-token", "erase": "a-token"}
"""What a command is given beside the place."""
APPENDED = (1, 2, 15, 16, 17, 4096)
"""How many bytes are appended, each time all of one value."""

SHAPES: dict[str, bytes | None] = {
    "one-entry": KEY_FILE,
    "keyring": None,
    "passphrase": None,
    "all-kinds": KEY_FILE,
}
"""Vectors, each a kind of vault, and the key file that is there."""
LAUNCHED = ("one-entry", "passphrase")
"""Those that need no keyring of the operating system."""


def flipped(vault: bytes, number: int) -> bytes:
    """Return a vault with one bit turned."""
    changed = bytearray(vault)
    changed[number // 8] ^= 1 << number % 8
    return bytes(changed)


def lengthened(vault: bytes, number: int) -> bytes:
    """Return a vault with bytes of one value behind it."""
    return vault + bytes((number % 256,)) * APPENDED[number // 256]


DAMAGES: dict[str, tuple[Callable[[bytes], int], Callable[[bytes, int], bytes]]] = {
    "flips": (lambda vault: 8 * len(vault), flipped),
    "truncations": (len, lambda vault, number: vault[:number]),
    "zeroed_ends": (len, lambda vault, number: vault[:number].ljust(len(vault), b"\0")),
    "appended": (lambda _vault: 256 * len(APPENDED), lengthened),
}
"""By its figure, how many there are of a kind of damage, and each by its number."""


@dataclass(frozen=True)
class Attacked:
    """A vault on the disk that is damaged again and again."""

    trial: Trial
    name: str
    place: Place
    vault: bytes
    """The whole one."""

    @property
    def checked_end(self) -> int:
        """Where the header's digest ends: what lies before is checked without a key."""
        return int.from_bytes(self.vault[12:16], "big") + DIGEST

    def variants(self) -> Iterator[tuple[str, str, bytes]]:
        """Give damaged vaults: every bit of the header, and `trial.size` of each kind or all there are."""
        for figure, (count_of, done) in DAMAGES.items():
            count = count_of(self.vault)
            numbers = set(self.trial.chance.sample(range(count), min(self.trial.size, count)))
            if figure == "flips":
                numbers.update(range(8 * self.checked_end))
            for number in sorted(numbers):
                data = done(self.vault, number)
                if data != self.vault:
                    yield figure, f"{self.name}, {figure} {number}", data

    def is_said_at_once(self, data: bytes) -> bool:
        """Return whether this damage is reported without a key: by the digest, or by the length."""
        end = self.checked_end
        return len(data) != len(self.vault) or data[:end] != self.vault[:end]

    def expected(self, data: bytes) -> int:
        """Return the status for who has not opened the vault yet."""
        return LOCKED if self.name == "passphrase" and not self.is_said_at_once(data) else DAMAGED

    def lay(self, data: bytes) -> None:
        """Have the vault's file hold these bytes."""
        with self.place.vault.open("r+b") as file:  # to cut it to nothing first would wait for the disk
            file.write(data)
            file.truncate()
        os.utime(self.place.vault, ns=LONG_AGO)

    def outcome(self, what: str, use: Callable[[], object]) -> int:
        """Return the status with which a use is refused, 0 if it is not; it must leave all as it was laid."""
        before = self._picture()
        try:
            use()
        except PatError as error:
            status = error.status
        except Exception:  # noqa: BLE001  # of which the program makes an internal error
            status = INTERNAL_ERROR
        else:
            status = 0
        is_same = self._picture() == before
        self.trial.require(is_same, "touched", f"{what}: the vault was not left alone")
        return status

    def _picture(self) -> tuple[bytes, dict[str, tuple[int, int, int]]]:
        files = {}
        for folder in (self.place.data, self.place.config):
            for file in os.scandir(folder):
                status = file.stat(follow_symlinks=False)
                files[file.path] = (status.st_ino, status.st_mtime_ns, status.st_size)
        return self.place.vault.read_bytes(), files


def attack_in_process(attacked: Attacked) -> None:
    """Have a vault read and written, damaged in each way."""
    trial, questions = attacked.trial, []

    def answer(question: str) -> bytes:
        questions.append(question)
        return b"correct horse"

    writer = attacked.place.backend(Unlocking(passphrase=answer))
    assert writer.entries(), "a whole vault must open"
    time.sleep(0.02)  # or the file's times could be those at which it was read
    for figure, what, data in attacked.variants():
        questions.clear()
        attacked.lay(data)
        reading = attacked.outcome(what, attacked.place.backend().entries)
        writing = attacked.outcome(what, lambda: store(writer, token("one-more")))
        trial.require(reading and writing, "undetected", f"{what}: used as if it were whole")
        wanted = (attacked.expected(data), DAMAGED)
        trial.require((reading, writing) == wanted, "misnamed", f"{what}: {reading}, {writing}, not {wanted}")
        is_asked = questions and attacked.is_said_at_once(data)
        trial.require(not is_asked, "questions", f"{what}: a passphrase was asked for")
        trial.count(figure)


def attack_by_launcher(attacked: Attacked, home: Home) -> None:
    """Have the installed program use a few of them."""
    trial = attacked.trial
    given = list(attacked.variants())
    for _, damage, data in trial.chance.sample(given, min(max(1, trial.size // 300), 20)):
        attacked.lay(data)
        status = attacked.expected(data)
        for command in ("get", "store", "erase", "list"):
            what = f"{command} of {damage}"

            def run(command: str = command, what: str = what, status: int = status) -> None:
                ended = (
                    home.command(["list"]) if command == "list" else home.run(command, TOKENS.get(command))
                )
                trial.require(ended.status, "undetected", f"{what}: it said {ended.errors!r}")
                said = (ended.status, ended.output, ended.errors.count("\n"), ended.errors[-1:])
                trial.require(said == (status, b"", 1, "\n"), "misnamed", f"{what}: {ended}, not {status}")

            attacked.outcome(what, run)
            trial.count("launched")


def attack(trial: Trial) -> None:
    """Damage vaults of all shapes."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        memory_keyring.install(patch).items["git-credential-pat", STORE_ID.hex()] = KEYRING_ITEM

        def attacked(name: str, folder: Path) -> Attacked:
            vault = (FOLDER / f"good/{name}.vault").read_bytes()
            place = Place(folder)
            place.put(vault, SHAPES[name])
            return Attacked(trial, name, place, vault)

        for name in SHAPES:
            attack_in_process(attacked(name, Path(folder) / name))
        for name in LAUNCHED:
            home = Home(Path(folder) / f"launched-{name}")
            attack_by_launcher(attacked(name, home.folder), home)


ROW = Row(
    promise="a damaged vault is reported and left as it is",
    attack=attack,
    ci=300,
    full=100_000,
    tried=("flips", "truncations", "zeroed_ends", "appended", "launched"),
    breaches=("undetected", "misnamed", "questions", "touched"),
)

if __name__ == "__main__":
    sys.exit(main(ROW))

"""Damaged vaults: bits flipped, the end missing, zeroed or too long; each is told, and nothing is changed.

Each is read by a backend that has opened nothing yet, and written by one that has opened the vault before and
so knows its key. What no key is needed to tell is status 4 and asks nobody. Behind the checksum, where the
vault opens by a passphrase alone and nobody is there to give it, it is locked: status 3.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reliability.campaign.attacked_vault import DAMAGED, LOCKED, AttackedVault, memory_keyrings
from reliability.campaign.row import Row, Trial, main
from support.faults import Home
from support.vault_vectors.__main__ import FOLDER
from support.vault_vectors.writer import KEY_FILE, KEYRING_ITEM, STORE_ID

from git_credential_pat.unlocking import Unlocking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DIGEST = 32
TOKENS = {"store": "a-token", "erase": "a-token"}
"""What a command is given beside the place."""
APPENDED = (1, 2, 15, 16, 17, 4096)
"""How many bytes are appended, each time all of one value."""


@dataclass(frozen=True)
class Shape:
    """A kind of vault: the vector of this name, and what is there to open it."""

    vector: str
    key: bytes | None = None
    is_locked: bool = False
    """Whether it opens only by a passphrase."""

    @property
    def vault(self) -> bytes:
        """The whole vault."""
        return (FOLDER / f"good/{self.vector}.vault").read_bytes()


SHAPES = (
    Shape("one-entry", KEY_FILE),
    Shape("keyring"),
    Shape("passphrase", is_locked=True),
    Shape("all-kinds", KEY_FILE),
)
LAUNCHED = tuple(shape for shape in SHAPES if shape.vector in ("one-entry", "passphrase"))
"""Those that need no keyring of the operating system."""


@dataclass(frozen=True)
class Damage:
    """A kind of damage: how many there are of it, and each by its number."""

    figure: str
    count: Callable[[bytes], int]
    done: Callable[[bytes, int], bytes]


def flipped(vault: bytes, number: int) -> bytes:
    """Return a vault with one bit turned."""
    changed = bytearray(vault)
    changed[number // 8] ^= 1 << number % 8
    return bytes(changed)


def lengthened(vault: bytes, number: int) -> bytes:
    """Return a vault with bytes of one value behind it."""
    return vault + bytes((number % 256,)) * APPENDED[number // 256]


FLIPS = Damage("flips", lambda vault: 8 * len(vault), flipped)
DAMAGES = (
    FLIPS,
    Damage("truncations", len, lambda vault, number: vault[:number]),
    Damage("zeroed_ends", len, lambda vault, number: vault[:number].ljust(len(vault), b"\0")),
    Damage("appended", lambda _vault: 256 * len(APPENDED), lengthened),
)


def checked_end(vault: bytes) -> int:
    """Return where the header's digest ends: what lies before is checked without a key."""
    return int.from_bytes(vault[12:16], "big") + DIGEST


def is_told_at_once(vault: bytes, data: bytes) -> bool:
    """Return whether this damage is told without a key: by the digest, or by the length."""
    end = checked_end(vault)
    return len(data) != len(vault) or data[:end] != vault[:end]


def expected(shape: Shape, *, is_told: bool) -> int:
    """Return the status for who has not opened the vault yet."""
    return DAMAGED if is_told or not shape.is_locked else LOCKED


def variants(trial: Trial, vault: bytes) -> Iterator[tuple[str, str, bytes]]:
    """Give damaged vaults: every bit of the header, and `trial.size` of each kind or all there are."""
    for damage in DAMAGES:
        count = damage.count(vault)
        numbers = set(trial.chance.sample(range(count), min(trial.size, count)))
        if damage is FLIPS:
            numbers.update(range(8 * checked_end(vault)))
        for number in sorted(numbers):
            data = damage.done(vault, number)
            if data != vault:
                yield damage.figure, f"{damage.figure} {number}", data


def attack_in_process(trial: Trial, shape: Shape, folder: Path) -> None:
    """Have a vault of this shape read and written, damaged in each way."""
    vault = shape.vault
    attacked = AttackedVault(folder, vault, shape.key)
    questions: list[str] = []

    def answer(question: str) -> bytes:
        questions.append(question)
        return b"correct horse"

    opened_before = attacked.opened(Unlocking(passphrase=answer))
    for figure, name, data in variants(trial, vault):
        what = f"{shape.vector}, {name}"
        questions.clear()
        attacked.lay(data)
        reading, writing = attacked.read_and_written(trial, what, attacked.backend(), opened_before)
        trial.require(reading and writing, "undetected", f"{what}: used as if it were whole")
        is_told = is_told_at_once(vault, data)
        wanted = (expected(shape, is_told=is_told), DAMAGED)
        trial.require((reading, writing) == wanted, "misnamed", f"{what}: {reading}, {writing}, not {wanted}")
        trial.require(not (is_told and questions), "questions", f"{what}: a passphrase was asked for")
        trial.count(figure)


def attack_by_launcher(trial: Trial, shape: Shape, folder: Path) -> None:
    """Have the installed program use a few of them."""
    vault = shape.vault
    attacked = AttackedVault(folder, vault, shape.key)
    home = Home(folder)
    given = list(variants(trial, vault))
    for _, name, data in trial.chance.sample(given, min(max(1, trial.size // 300), 20)):
        attacked.lay(data)
        status = expected(shape, is_told=is_told_at_once(vault, data))
        for command in ("get", "store", "erase", "list"):
            what = f"{command} of {shape.vector}, {name}"
            launch(trial, attacked, home, command, status, what)


def launch(  # noqa: PLR0913, PLR0917  # what is tried, and what must come of it
    trial: Trial, attacked: AttackedVault, home: Home, command: str, status: int, what: str
) -> None:
    """Run a command: it must end with this status and one line, say nothing to Git, and change nothing."""

    def run() -> None:
        ended = home.command(["list"]) if command == "list" else home.run(command, TOKENS.get(command))
        trial.require(ended.status, "undetected", f"{what}: it said {ended.errors!r}")
        trial.require(ended.status == status, "misnamed", f"{what}: status {ended.status}, not {status}")
        told = (ended.output, ended.errors.count("\n"), ended.errors[-1:])
        trial.require(told == (b"", 1, "\n"), "misnamed", f"{what}: it said {ended.errors!r}")

    attacked.outcome(trial, what, run)
    trial.count("launched")


def attack(trial: Trial) -> None:
    """Damage vaults of all shapes."""
    with tempfile.TemporaryDirectory() as folder, memory_keyrings() as keyring:
        keyring.items["git-credential-pat", STORE_ID.hex()] = KEYRING_ITEM
        for shape in SHAPES:
            attack_in_process(trial, shape, Path(folder) / shape.vector)
        for shape in LAUNCHED:
            attack_by_launcher(trial, shape, Path(folder) / f"launched-{shape.vector}")


ROW = Row(
    promise="a damaged vault is told, and left as it is",
    attack=attack,
    ci=300,
    full=100_000,
    tried=("flips", "truncations", "zeroed_ends", "appended", "launched"),
    breaches=("undetected", "misnamed", "questions", "touched"),
)

if __name__ == "__main__":
    sys.exit(main(ROW))

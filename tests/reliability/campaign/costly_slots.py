"""Headers that ask for gigabytes, hours or hundreds of slots, with right digests: refused at once.

Only the format's bounds refuse them. Nobody is asked for a passphrase first, whatever the vault is used for.
A case is tried three times and counts at its quickest, for a busy machine is not the program's fault.
"""

from __future__ import annotations

import gc
import resource
import sys
import tempfile
import time
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from reliability.campaign.attacked_vault import DAMAGED, MORE, AttackedVault
from reliability.campaign.row import Row, Trial, main
from support.faults import Home
from support.vault_vectors.outer import WHOLE
from support.vault_vectors.slots import BY_PHRASE, vault_of
from support.vault_vectors.writer import KEY_FILE, OTHER_KEY_FILE, Slot, cost_params, numbered
from support.vaults import store

from git_credential_pat.backends.vault_slots import add_slot, rekey
from git_credential_pat.unlocking import Unlocking
from git_credential_pat.vault.keyslots import kind_named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

    from support.vault_vectors.writer import Vault

    from git_credential_pat.backends.vault import VaultBackend

LIMIT_MS, LIMIT_MIB = 50, 8
REQUEST = "protocol=https\nhost=dev.azure.com\npath=fabrikam/_git/web\n\n"
LARGEST = 2**32 - 1
BOUNDS = ((1, 16), (19 * 1024, 1024 * 1024), (1, 16))
"""The least and the greatest passes, memory in KiB and lanes."""


def is_allowed(cost: tuple[int, ...]) -> bool:
    """Whether a derivation at this cost is within the bounds."""
    return all(least <= value <= most for value, (least, most) in zip(cost, BOUNDS, strict=True))


def costs(chance: Random, size: int) -> Iterator[tuple[int, int, int]]:
    """Give costs out of bounds: all at and next to them, and some by chance."""
    edges = [(0, least - 1, least, most, most + 1, LARGEST) for least, most in BOUNDS]
    for passes, memory, lanes in product(*edges):
        if not is_allowed((passes, memory, lanes)):
            yield passes, memory, lanes
    for _ in range(size):
        passes, memory, lanes = (chance.getrandbits(chance.randint(1, 32)) for _ in BOUNDS)
        if not is_allowed((passes, memory, lanes)):
            yield passes, memory, lanes


def costly(params: bytes) -> Iterator[bytes]:
    """Give vaults with a passphrase slot of these parameters: alone, and behind others that look right."""
    slot = replace(BY_PHRASE, id=9, params=params)
    yield vault_of(slot)
    yield vault_of(*(numbered(BY_PHRASE, number) for number in range(1, 7)), slot)
    yield vault_of(slot, numbered(Slot(key=OTHER_KEY_FILE), 1))


def headers() -> dict[str, bytes]:
    """Return vaults whose header is costly to believe, by what is wrong."""
    many = b"".join(numbered(Slot(), number % 256).encoded() for number in range(1022))
    one = Slot().encoded()

    def vault(**wrong: object) -> bytes:
        wrongly: Vault = replace(WHOLE, **wrong)  # type: ignore[arg-type]  # any of its fields
        return wrongly.encoded()

    lengths = {
        f"{length} bytes of parameters": vault_of(replace(BY_PHRASE, params=params.ljust(length, b"\0")))
        for params, length in ((b"", 0), (BY_PHRASE.params[:27], 27), (BY_PHRASE.params, 29), (b"", 65_388))
    }
    return {
        **lengths,
        "m = 2^32 - 1": vault_of(replace(BY_PHRASE, params=cost_params(1, LARGEST, 1))),
        "t = 0": vault_of(replace(BY_PHRASE, params=cost_params(0, 65_536, 4))),
        "t = 2^32 - 1": vault_of(replace(BY_PHRASE, params=cost_params(LARGEST, 65_536, 4))),
        "p = 2^32 - 1": vault_of(replace(BY_PHRASE, params=cost_params(3, 65_536, LARGEST))),
        "300 slots": vault(slots=many[: 300 * len(one)], slot_count=300),
        "256 slots": vault(slots=many[: 256 * len(one)], slot_count=256),
        "1022 slots": vault(slots=many, slot_count=1022),
        "9 slots": vault(slots=many[: 9 * len(one)], slot_count=9),
        "300 slots of which one is there": vault(slots=one, slot_count=300),
        "65,535 slots": vault(slots=one, slot_count=65_535),
        "no slots": vault(slots=b"", slot_count=0),
        "parameters longer than the header": vault(slots=one[:2] + b"\xff\xff" + one[4:]),
        "a header of 65,537 bytes": vault_of(Slot(kind=200, params=bytes(65_325)), numbered(Slot(), 2)),
        "a header of 2^32 - 1 bytes": vault(header_length=LARGEST),
        "a header of 83 bytes": vault(header_length=83),
        "a body of 64 MiB and a byte": vault(body_length=(64 << 20) + 1),
        "a body of 2^64 - 1 bytes": vault(body_length=2**64 - 1),
        "a body of no bytes": vault(body_length=0),
    }


USES: dict[str, Callable[[VaultBackend], object]] = {
    "read": lambda backend: backend.entries(),
    "write": lambda backend: store(backend, MORE),
    "rekey": rekey,
    "add a slot": lambda backend: add_slot(backend, kind_named("passphrase")),
}
"""What is done with a vault."""


def attack_in_process(trial: Trial, attacked: AttackedVault, name: str, data: bytes) -> None:
    """Use a vault in every way: each must be refused at once, without a question."""
    questions: list[str] = []

    def ask(question: str = "a passphrase is to be chosen") -> bytes:
        questions.append(question)
        return b""

    def spent(use: str) -> float:
        backend = attacked.backend(Unlocking(passphrase=ask, choose=ask))
        start = time.perf_counter()
        status = attacked.outcome(trial, f"{use}, {name}", lambda: USES[use](backend))
        seconds = time.perf_counter() - start
        trial.require(not questions, "questions", f"{use}, {name}: {questions}")
        trial.require(status == DAMAGED, "accepted", f"{use}, {name}: status {status}")
        return 1000 * seconds

    attacked.lay(data)
    for use in USES:
        quickest = min(spent(use) for _ in range(3))
        trial.worst("worst_ms", quickest)
        trial.require(quickest < LIMIT_MS, "slow", f"{use}, {name}: {quickest:.0f} ms")
    gc.collect()  # what Python has not tidied up yet is nothing that a header asked for
    trial.count("headers")


def attack_by_launcher(trial: Trial, folder: Path) -> None:
    """Have the installed program use the named headers; none may take more memory than a whole vault does."""
    attacked = AttackedVault(folder, WHOLE.encoded(), KEY_FILE)
    home = Home(folder)
    commands = (["get"], ["list"])
    for command in commands:
        assert home.command(command, REQUEST).status == 0, "a whole vault must be used"
    before = mebibytes(resource.RUSAGE_CHILDREN)
    for (name, data), command in product(headers().items(), commands):
        attacked.lay(data)
        start = time.perf_counter()
        ended = home.command(command, REQUEST)
        trial.worst("launched_worst_ms", 1000 * (time.perf_counter() - start))
        what = f"{command[0]}, {name}: status {ended.status}, {ended.output!r}, {ended.errors!r}"
        refused = (ended.status, ended.output, ended.errors.count("\n")) == (DAMAGED, b"", 1)
        trial.require(refused, "accepted", what)
        trial.count("launched")
    trial.worst("grown_mib", mebibytes(resource.RUSAGE_CHILDREN) - before)


def mebibytes(whose: int) -> float:
    """Return the most memory that this process, or one of its children, ever took."""
    return resource.getrusage(whose).ru_maxrss / 1024


def attack(trial: Trial) -> None:
    """Lay vaults with costly headers before the program."""
    with tempfile.TemporaryDirectory() as folder:
        attacked = AttackedVault(Path(folder) / "in-process", WHOLE.encoded(), KEY_FILE)
        assert attacked.backend().entries(), "a whole vault must open"
        gc.freeze()  # so that collecting takes no time
        before = mebibytes(resource.RUSAGE_SELF)
        for name, data in headers().items():
            attack_in_process(trial, attacked, name, data)
        for passes, memory, lanes in costs(trial.chance, trial.size):
            for data in costly(cost_params(passes, memory, lanes)):
                attack_in_process(trial, attacked, f"t, m, p = {passes}, {memory}, {lanes}", data)
        trial.worst("grown_mib", mebibytes(resource.RUSAGE_SELF) - before)
        attack_by_launcher(trial, Path(folder) / "launched")
    trial.require(trial.figures["grown_mib"] < LIMIT_MIB, "greedy", f"{trial.figures['grown_mib']} MiB more")


ROW = Row(
    promise="a header that asks for gigabytes, hours or many slots is refused within 50 ms",
    attack=attack,
    ci=100,
    full=4_000,
    tried=("headers", "launched"),
    breaches=("accepted", "questions", "slow", "greedy", "touched"),
    measured=("worst_ms", "launched_worst_ms", "grown_mib"),
)

if __name__ == "__main__":
    sys.exit(main(ROW))

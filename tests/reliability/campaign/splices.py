"""Vaults put together of pieces of other vaults, generations, keys and slots; all are refused.

Pieces are exchanged as they are, and with everything put right that takes no key: lengths, counts and the
digest. Each mixture is read by a backend that has opened nothing yet, and written by one that knows the
vault's data key; the second reader tells the status. A mixture that is one of the vaults counts apart.
"""

from __future__ import annotations

import sys
import tempfile
from functools import cache
from itertools import permutations, product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from reliability.campaign.attacked_vault import DAMAGED, LOCKED, AttackedVault, memory_keyrings
from reliability.campaign.row import Row, Trial, main
from support import second_reader
from support.person import cheap
from support.vault_vectors.crypto import sha256
from support.vaults import Place, store, token

from git_credential_pat.backends.vault_slots import add_slot, rekey, remove_slot
from git_credential_pat.unlocking import Unlocking
from git_credential_pat.vault.keyslots import kind_named, passphrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PHRASE = b"correct horse"
ASKING = Unlocking(passphrase=lambda _question: PHRASE, choose=lambda: PHRASE)

FIXED = {
    "length": (12, 16),
    "store id": (16, 32),
    "generation": (32, 40),
    "slot count": (40, 42),
    "body salt": (44, 76),
    "body length": (76, 84),
}
"""The fixed part's fields in which vaults may differ."""
BEHIND = ("slots", "digest", "mac", "body")
PIECES = (*FIXED, *BEHIND)
MENDABLE = {"length", "slot count", "body length", "digest"}
"""What whoever has no key can put right again."""

Pieces = dict[str, bytes]


def taken_apart(vault: bytes) -> Pieces:
    """Return a vault's pieces."""
    size = int.from_bytes(vault[12:16], "big")
    ends = (84, size, size + 32, size + 64, len(vault))
    behind = {name: vault[start:end] for name, start, end in zip(BEHIND, ends, ends[1:], strict=False)}
    return {name: vault[start:end] for name, (start, end) in FIXED.items()} | behind


def put_together(pieces: Pieces) -> bytes:
    """Return the pieces as a file."""
    fixed = bytearray(b"GITPATS1\0\1\0\0".ljust(84, b"\0"))
    for name, (start, end) in FIXED.items():
        fixed[start:end] = pieces[name]
    return bytes(fixed) + b"".join(pieces[name] for name in BEHIND)


def mended(pieces: Pieces) -> Pieces:
    """Return the pieces with lengths, slot count and digest put right."""
    sizes = {
        "length": (84 + len(pieces["slots"])).to_bytes(4, "big"),
        "slot count": len(slots_of(pieces["slots"])).to_bytes(2, "big"),
        "body length": len(pieces["body"]).to_bytes(8, "big"),
    }
    right = pieces | sizes
    return right | {"digest": sha256(put_together(right)[: 84 + len(pieces["slots"])])}


def slots_of(area: bytes) -> list[bytes]:
    """Return the slots one by one."""
    slots = []
    while area:
        size = 4 + int.from_bytes(area[2:4], "big") + 12 + 48
        slots.append(area[:size])
        area = area[size:]
    return slots


def slot_areas(own: bytes, others: bytes) -> Iterator[bytes]:
    """Give slots of two vaults mixed: all of one, one replaced, one more, one less, the order turned."""
    mine, theirs = slots_of(own), slots_of(others)
    yield own
    yield others
    yield b"".join(reversed(mine))
    for slot in theirs:
        yield own + slot
        yield slot + own
        for at in range(len(mine)):
            yield b"".join([*mine[:at], slot, *mine[at + 1 :]])
    for at in range(len(mine)):
        yield b"".join([*mine[:at], *mine[at + 1 :]])


def mixtures(base: bytes, donor: bytes) -> Iterator[bytes]:
    """Give every mixture of two vaults."""
    one, other = taken_apart(base), taken_apart(donor)
    for takes in product((False, True), repeat=len(PIECES)):
        yield put_together(_mixed(one, other, PIECES, takes))
    bound = tuple(name for name in PIECES if name not in MENDABLE | {"slots"})
    for takes in product((False, True), repeat=len(bound)):
        for slots in slot_areas(one["slots"], other["slots"]):
            yield put_together(mended(_mixed(one, other, bound, takes) | {"slots": slots}))


def _mixed(one: Pieces, other: Pieces, names: Iterable[str], takes: Iterable[bool]) -> Pieces:
    return one | {name: other[name] for name, is_taken in zip(names, takes, strict=True) if is_taken}


def vaults(folder: Path) -> tuple[dict[str, bytes], bytes]:
    """Return vaults that the program wrote, by what they are, and the key file that all of them share."""
    place, neighbour = Place(folder / "one"), Place(folder / "other")
    made = {}

    def keep(name: str, where: Place = place) -> None:
        made[name] = where.vault.read_bytes()

    store(place.backend(), token("fabrikam"))
    keep("first generation")
    store(place.backend(), token("contoso"))
    keep("second generation")
    add_slot(place.backend(ASKING), kind_named("passphrase"))
    keep("with a passphrase")
    rekey(place.backend(ASKING))
    keep("rekeyed")
    remove_slot(place.backend(ASKING), 1)
    keep("passphrase alone")
    neighbour.config.mkdir(parents=True, mode=0o700)
    neighbour.key.touch(0o600)
    neighbour.key.write_bytes(place.key.read_bytes())
    store(neighbour.backend(), token("fabrikam"))
    keep("another vault", neighbour)
    add_slot(neighbour.backend(ASKING), kind_named("passphrase"))
    keep("another vault with a passphrase", neighbour)
    return made, place.key.read_bytes()


def expected(data: bytes, keys: second_reader.Keys) -> int:
    """Return the status that the second reader tells, 0 if it reads these bytes."""
    try:
        second_reader.read(data, keys)
    except second_reader.LockedVaultError:
        return LOCKED
    except second_reader.DamagedVaultError:
        return DAMAGED
    return 0


def attack(trial: Trial) -> None:
    """Mix every two vaults in either order."""
    with (
        tempfile.TemporaryDirectory() as folder,
        memory_keyrings() as keyring,
        pytest.MonkeyPatch.context() as patch,
    ):
        keyring.problem = "there is no keyring"
        cheap(patch)
        patch.setattr(passphrase, "derive", cache(passphrase.derive))  # the same few keys each time
        originals, key = vaults(Path(folder) / "made")
        keys = second_reader.Keys(key, passphrase=PHRASE)
        attacked = AttackedVault(Path(folder) / "attacked", b"", key)
        for (base_name, base), (donor_name, donor) in permutations(originals.items(), 2):
            attacked.lay(base)
            opened_before = attacked.opened(ASKING)
            found = set(mixtures(base, donor))
            different = sorted(found - set(originals.values()))
            trial.count("identical", len(found) - len(different))
            for data in trial.chance.sample(different, min(trial.size, len(different))):
                what = f"{base_name} mixed with {donor_name}: {data.hex()}"
                attacked.lay(data)
                fresh = attacked.backend(ASKING)
                reading, writing = attacked.read_and_written(trial, what, fresh, opened_before)
                trial.require(reading and writing, "accepted", what)
                wanted = expected(data, keys)
                trial.require(
                    (reading, writing) == (wanted, wanted), "misnamed", f"{reading}, {writing}: {what}"
                )
                trial.count("splices")


ROW = Row(
    promise="a vault put together of pieces of others is refused, and left as it is",
    attack=attack,
    ci=100,
    full=100_000,
    tried=("splices", "identical"),
    breaches=("accepted", "misnamed", "touched"),
)

if __name__ == "__main__":
    sys.exit(main(ROW))

"""Bytes changed by chance: what rows make of good input to come near to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence


def mutated(data: bytes, pieces: Sequence[bytes], chance: random.Random) -> bytes:
    """Return bytes with one to three changes: pieces put in, bytes taken out, replaced, moved or turned."""
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        start, end = sorted((chance.randint(0, len(data)), chance.randint(0, len(data))))
        data = chance.choice(_CHANGES)(data, start, end, pieces, chance)
    return data


_CHANGES = (
    lambda data, start, _end, pieces, chance: data[:start] + chance.choice(pieces) + data[start:],
    lambda data, start, end, pieces, chance: data[:start] + chance.choice(pieces) + data[end:],
    lambda data, start, _end, _pieces, chance: (
        data[:start] + bytes([chance.randrange(256)]) + data[start + 1 :]
    ),
    lambda data, start, _end, _pieces, _chance: data[:start] + data[start + 1 :],
    lambda data, start, end, _pieces, _chance: data[:start] + data[end:],
    lambda data, start, end, _pieces, _chance: data[:end] + data[start:],
    lambda data, start, end, _pieces, _chance: data[end:] + data[start:end] + data[:start],
    lambda data, start, end, _pieces, _chance: data[:start] + data[start:end].upper() + data[end:],
    lambda data, _start, _end, pieces, chance: chance.choice(pieces) + data,
    lambda data, _start, _end, pieces, chance: data + chance.choice(pieces),
)

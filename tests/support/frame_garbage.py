"""What no good client of the agent sends: bytes of chance, and frames that chance has changed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from git_credential_pat.agent.frames import BODY_LIMIT, FAMILY, OPENING, pack
from git_credential_pat.agent.standing import standing
from support.agents import REQUEST

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from support.agents import AgentProgram

_ELSEWHERE = b"protocol=https\nhost=git.example.com\nusername=jane\npassword=garbage\n\n"
_LENGTHS = (0, 1, 3, 4, 5, 255, 65_536, BODY_LIMIT - 1, BODY_LIMIT, BODY_LIMIT + 1, 2**31, 2**32 - 1)


def good_frames(program: AgentProgram) -> Sequence[bytes]:
    """Return frames that the agent of a program understands, none of which changes what a `get` answers."""
    stand = standing(program.bare_environment, ())
    assert stand is not None
    vault = os.fsencode(program.vault)
    return (
        pack(b"get", stand, REQUEST),
        pack(b"store", stand, _ELSEWHERE),
        pack(b"erase", stand, _ELSEWHERE),
        pack(b"key", vault),
        pack(b"unlock", vault, bytes(32)),
        pack(b"status"),
    )


def garbage(chance: random.Random, frames: Sequence[bytes]) -> bytes:
    """Return bytes that chance made; never the opening of another version, which ends an agent."""
    while True:
        data = chance.choice(_WAYS)(chance, chance.choice(frames))
        if data.startswith(OPENING) or not data.startswith(FAMILY):
            return data


def _bytes(chance: random.Random, _frame: bytes) -> bytes:
    return chance.randbytes(chance.choice((0, 1, 30, 300, 100_000)))


def _head_with_any_length(chance: random.Random, frame: bytes) -> bytes:
    length = chance.choice((*_LENGTHS, chance.randrange(2**32)))
    return (
        OPENING + length.to_bytes(4, "big") + chance.choice((b"", frame[len(OPENING) + 4 :], bytes(200_000)))
    )


def _field_with_any_length(chance: random.Random, frame: bytes) -> bytes:
    at = len(OPENING) + 4
    return frame[:at] + chance.choice(_LENGTHS).to_bytes(4, "big") + frame[at + 4 :]


def _cut_short(chance: random.Random, frame: bytes) -> bytes:
    return frame[: chance.randrange(len(frame))]


def _with_more_behind(chance: random.Random, frame: bytes) -> bytes:
    return frame + chance.choice((frame, chance.randbytes(40)))


def _changed(chance: random.Random, frame: bytes) -> bytes:
    data = bytearray(frame)
    for _ in range(chance.choice((1, 1, 2, 8))):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data)


def _fields(chance: random.Random, _frame: bytes) -> bytes:
    words = (b"get", b"store", b"key", b"unlock", b"status", b"", b"\xff\0", b"_answer", b"x" * 70_000)
    return pack(*chance.choices(words, k=chance.randrange(6)))


_WAYS = (
    _bytes, _head_with_any_length, _field_with_any_length, _cut_short, _with_more_behind, _changed, _fields,
)  # fmt: skip

"""The agent: a process of the user that holds the vault's unlocked key, and answers Git at once.

`client` asks it and is what every call of Git runs first, so it, this module and `identity` stand on built-in
modules alone. `server` moves bytes between clients and `service`, which answers them by the same
`answering.answer` as a call without an agent. `starting` brings one to life; `borrowing` says how a process
gets at a key that is locked.

Here is how agent and client put their messages: a line with the version, a length, and fields.

    frame   = "git-credential-pat agent " version LF, u32 length of the rest, fields
    field   = u32 length, that many bytes

The line comes first in every version, so that two versions recognize each other; what follows it may
change with each. Numbers are big-endian.
"""

from git_credential_pat import __version__

FAMILY = b"git-credential-pat agent "
"""How the frames of every version begin."""

OPENING = FAMILY + __version__.encode() + b"\n"
"""How the frames of this version begin."""

BODY_LIMIT = 1 << 21
"""The most bytes after the head: a whole request of Git (1 MiB) and what goes with it."""


class Outcome(bytes):
    """What came of asking the agent: the first field of its reply, or what the client saw instead."""

    __slots__ = ()

    @property
    def is_done(self) -> bool:
        """Whether the agent did it; which fields follow depends on what was asked."""
        return self == DONE

    @property
    def is_lacking(self) -> bool:
        """Whether it did it, but nothing is stored, and the user may be asked for it on a terminal."""
        return self == LACKING

    @property
    def is_locked(self) -> bool:
        """Whether it leaves it to the client because it does not have the key that it takes."""
        return self == LOCKED

    @property
    def is_declined(self) -> bool:
        """Whether it leaves it to the client for another reason."""
        return self == DECLINED

    @property
    def is_absent(self) -> bool:
        """Whether there is no agent to ask."""
        return self == ABSENT

    @property
    def is_silent(self) -> bool:
        """Whether the one that is asked does not answer as an agent of this version does."""
        return self == SILENT


DONE, LACKING, LOCKED, DECLINED = map(Outcome, (b"done", b"lacking", b"locked", b"declined"))
ABSENT, SILENT = Outcome(b"absent"), Outcome(b"silent")

_NUMBER = 4
HEAD = len(OPENING) + _NUMBER
"""The bytes before the fields."""


def pack(*fields: bytes) -> bytes:
    """Return the frame of these fields."""
    body = b"".join([len(field).to_bytes(_NUMBER, "big") + field for field in fields])
    return OPENING + len(body).to_bytes(_NUMBER, "big") + body


def body_length(data: bytes) -> "int | None":
    """Return how many bytes follow the head, or None while the head is not whole.

    Raises ValueError as soon as it cannot be a frame of this version, or is too long for one.
    """
    if data[: len(OPENING)] != OPENING[: len(data)]:
        raise ValueError("not a frame of this version")
    if len(data) < HEAD:
        return None
    length = int.from_bytes(data[len(OPENING) : HEAD], "big")
    if length > BODY_LIMIT:
        raise ValueError("the frame is too long")
    return length


def is_of_another_version(data: bytes) -> bool:
    """Return whether bytes that are no frame of this version are the beginning of another's."""
    return data.startswith(FAMILY) and not data.startswith(OPENING)


def unpack(data: bytes) -> "list[bytes]":
    """Return the fields of a whole frame; raise ValueError if it is not exactly one."""
    length = body_length(data)
    if length is None or length != len(data) - HEAD:
        raise ValueError("the frame is cut short")
    fields, at = [], HEAD
    while at < len(data):
        start = at + _NUMBER
        end = start + int.from_bytes(data[at:start], "big")
        if end > len(data) or start > len(data):
            raise ValueError("a field is cut short")
        fields.append(data[start:end])
        at = end
    return fields

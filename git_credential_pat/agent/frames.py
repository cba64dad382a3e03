"""How agent and client put their messages: a line with the version, a length, and fields.

    frame   = "git-credential-pat agent " version LF, u32 length of the rest, fields
    field   = u32 length, that many bytes

The line comes first in every version, so that two of different versions can tell; what follows it may
change with each. Numbers are big-endian.
"""

from git_credential_pat import __version__

FAMILY = b"git-credential-pat agent "
"""How the frames of every version begin."""

OPENING = FAMILY + __version__.encode() + b"\n"
"""How the frames of this version begin."""

BODY_LIMIT = 1 << 21
"""The most bytes after the head: a whole request of Git (1 MiB) and what goes with it."""

DONE = b"done"
"""The first field of a reply: the agent did it; what follows depends on what was asked."""
DECLINED = b"declined"
"""The agent leaves it to the client."""
LOCKED = b"locked"
"""As `DECLINED`, because the agent does not have the key that it takes."""
LACKING = b"lacking"
"""As `DONE`, but nothing is kept, and the user may be asked for it where there is a terminal."""
ABSENT = b"absent"
"""There is no agent to ask (no agent says so itself)."""
SILENT = b"silent"
"""Whoever is asked does not answer as an agent of this version does (as above)."""

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
    """Tell whether bytes that are no frame of this version are the beginning of another's."""
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

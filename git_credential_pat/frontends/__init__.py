"""Front ends: how each tool asks. Here is what is known of Git's messages before anything else is loaded.

It stands on built-in modules alone: a call that an agent answers loads nothing else, and needs neither
the meaning of a message (`git`) nor `os`, which would cost it a sixth of its time.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

OPERATIONS = ("get", "store", "erase", "capability")
"""What Git asks of a helper."""

CAPABILITIES = b"version 0\ncapability authtype\n"
"""The answer to the operation `capability`."""

MESSAGE_LIMIT = 1 << 20
"""The most bytes of a whole request with its empty line."""


def read_message(read: "Callable[[int], bytes]") -> bytes:
    """Read one request and no more than needed: to its empty line, to the end, or past the limit.

    `read(n)` returns at most n bytes and `b""` at the end of input.
    """
    data = b""
    while len(data) <= MESSAGE_LIMIT and not _is_complete(data):
        chunk = read(MESSAGE_LIMIT + 1)
        if not chunk:
            break
        data += chunk
    return data


def _is_complete(data: bytes) -> bool:
    return b"\n\n" in data or b"\n\r\n" in data or data.startswith((b"\n", b"\r\n"))

"""Requests made by chance: by a grammar that mostly keeps the rules, from the vectors, and of no kind at all.

Values come from the vectors too, so each piece that was ever found to be misread stands in every place.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from typing import TYPE_CHECKING

from reliability.campaign.byte_changes import mutated
from support.vectors import as_bytes, read

if TYPE_CHECKING:
    import random

SINGLE = (
    b"path", b"username", b"password", b"password_expiry_utc", b"oauth_refresh_token", b"authtype",
    b"credential", b"ephemeral",
)  # fmt: skip
LISTS = (b"capability[]", b"wwwauth[]", b"state[]")
OTHERS = (b"url", b"foo", b"foo[]", b"host[]", b"Host", b" host", b"host ", b"state", b"capability", b"")

LONG = 1000
"""Vectors of so many bytes would only make it slow; there are kinds of their own for limits."""
VECTORS = [
    data
    for file in ("lines", "attributes", "places", "hostile")
    for data in (as_bytes(case["input"]) for case in read("protocol", file))
    if len(data) < LONG
]
VALUES = sorted({line.partition(b"=")[2] for data in VECTORS for line in data.split(b"\n")})
PIECES = (
    b"\n", b"\r", b"\r\n", b"\n\n", b"\n\r\n", b"\r\n\r\n", b"\0", b"=", b"[]", b"[", b"]", b":", b"::", b".",
    b"@", b"%", b" ", b"\t", b"\x0b", b"\x0c", b"\x1c", b"\x85", b"\xc2\x85", b"\xe2\x80\xa8", b"\xc5\xbf",
    b"-1", b"+1", b"0", b"9" * 19, b":443", b":80", b"\nhost=evil.com", b"\nhost=", b"\nprotocol=http",
    b"host=", b"protocol=", b"state[]=\n", b"capability[]=authtype\n", b"ephemeral=1\n", b"cert", b"https",
    b"dev.azure.com",
)  # fmt: skip

LINE_LIMIT = 65_535
MESSAGE_LIMIT = 1_048_576


Make = Callable[["random.Random"], bytes]


def request_at_random(chance: random.Random) -> bytes:
    """Return all that arrives on standard input."""
    (kind,) = chance.choices(_KINDS, cum_weights=_WEIGHTS)
    return kind(chance)


def _by_grammar(chance: random.Random) -> bytes:
    """Return lines of known keys, seldom of others, that mostly have good values and one line end."""
    keys = [b"protocol", b"host", *chance.choices(SINGLE + LISTS, k=chance.randrange(6))]
    if _once_in(10, chance):
        keys[chance.randrange(len(keys))] = chance.choice(OTHERS)
    chance.shuffle(keys)
    lines = [key + b"=" + _value(key, chance) for key in keys]
    if _once_in(10, chance):
        lines.append(chance.choice(lines))
    end = chance.choice((b"\n", b"\n", b"\n", b"\r\n"))
    last = (end + end, end + end, end, b"", end + end + chance.choice(PIECES))
    return end.join(lines) + chance.choice(last)


def _long_line(chance: random.Random) -> bytes:
    """Return a request with a line that is about as long as lines may be."""
    end = chance.choice((b"\n", b"\r\n"))
    head = chance.choice((b"foo=", b"password=", b"wwwauth[]=", b"host=", b""))
    lines = [b"protocol=https", b"host=a", head.ljust(LINE_LIMIT + chance.randrange(-4, 4), b"x")]
    chance.shuffle(lines)
    return end.join(lines) + chance.choice((end + end, end, b""))


def _long_message(chance: random.Random) -> bytes:
    """Return a request of about as many bytes as there may be."""
    end = chance.choice((b"\n", b"\r\n"))
    filling = b"foo=".ljust(60_000, b"x") + end
    lines = b"protocol=https" + end + b"host=a" + end + filling * (MESSAGE_LIMIT // len(filling))
    last = b"foo=".ljust(MESSAGE_LIMIT - len(lines) + chance.randrange(-8, 4), b"x")
    return lines + last + chance.choice((end + end, end, b"", end + end + b"x"))


_SHARES: dict[Make, float] = {
    _by_grammar: 50,
    lambda chance: mutated(_by_grammar(chance), PIECES, chance): 25,
    lambda chance: mutated(chance.choice(VECTORS), PIECES, chance): 18,
    lambda chance: b"".join(chance.choices(PIECES + SINGLE + LISTS, k=chance.randrange(20))): 3,
    lambda chance: (
        b"protocol=https\nhost=" * chance.randrange(2) + chance.randbytes(chance.randrange(100))
    ): 3.94,
    _long_line: 0.05,
    _long_message: 0.01,
}
"""Kinds of requests, and how many of a hundred are of each."""

_KINDS, _WEIGHTS = tuple(_SHARES), tuple(accumulate(_SHARES.values()))


def _once_in(times: int, chance: random.Random) -> bool:
    return chance.randrange(times) == 0


def _value(key: bytes, chance: random.Random) -> bytes:
    """Return a value that fits a key, once in a while one of the vectors."""
    if _once_in(33, chance):
        return chance.choice(VALUES)
    if key in CHOICES:
        return chance.choice(CHOICES[key])
    return _VALUES.get(key, _bytes)(chance)


def _host(chance: random.Random) -> bytes:
    name = chance.choice((_name, _name, _name, _address))(chance)
    return name + chance.choice((b"", b"", b":443", b":80", b":25", b":%d" % chance.randrange(70_000)))


def _name(chance: random.Random) -> bytes:
    parts = (b"dev", b"azure", b"COM", b"visualstudio", b"a_b", b"-", b"9")
    labels = chance.choices(parts, k=chance.randint(1, 4))
    if _once_in(50, chance):
        labels.insert(chance.randint(0, len(labels)), b"")
    return b".".join(labels)


def _address(chance: random.Random) -> bytes:
    """Return an IPv6 address in any of its forms; sometimes of a group too many or too few."""
    groups = chance.choices((b"0", b"0", b"0000", b"1", b"0DB8", b"ffff", b"a0"), k=8)
    if _once_in(3, chance):
        groups[-2:] = [b"%d.0.2.%d" % (chance.randrange(260), chance.randrange(260))]
    if _once_in(3, chance):
        groups[:6] = [b"0", b"0", b"0", b"0", b"0", b"FFFF"]
    text = b":".join(groups)
    if _once_in(2, chance):
        start, end = sorted(chance.sample(range(len(groups) + 1), 2))
        text = b":".join(groups[:start]) + b"::" + b":".join(groups[end:])
    return b"[" + text + b"]"


def _expiry(chance: random.Random) -> bytes:
    numbers = (b"0" * chance.randrange(22), b"%d" % chance.randrange(2**64))
    return chance.choice((b"", b"0", b"1893456000", *numbers))


def _bytes(chance: random.Random) -> bytes:
    """Return a few bytes of those that may stand in a value."""
    return chance.randbytes(chance.randrange(12)).translate(None, b"\n\r\0")


SEGMENTS = (b"fabrikam", b"web", b"..", b".", b"", b"_git", b"My Proj")
CHOICES: dict[bytes, tuple[bytes, ...]] = {
    b"protocol": (*[b"https"] * 3, b"http", b"HTTPS", b"smtp", b"imaps", b"ftp", b"cert", b"x-1"),
    b"ephemeral": (b"", b"0", b"1", b"true", b"True", b"FALSE", b"no", b"No", b"off", b"oFF", b"0 ", b"2"),
    **dict.fromkeys(LISTS, (b"", b"authtype", b"a", b"Basic realm=x", b"b")),
}
_VALUES: dict[bytes, Make] = {
    b"host": _host,
    b"path": lambda chance: b"/".join(chance.choices(SEGMENTS, k=chance.randrange(5))),
    b"password_expiry_utc": _expiry,
}
"""What fits a key; of the others any bytes do."""

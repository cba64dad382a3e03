"""Git's configuration: its one reader, the settings in it, and our lines in it.

Here are Git's truth values (git-config(1), "boolean"), as `git_parse_maybe_bool` reads them. They stand on
built-in modules alone, so that the agent's client can load them where an agent has no answer.
"""

from __future__ import annotations

_WORDS = {b"true": True, b"yes": True, b"on": True, b"false": False, b"no": False, b"off": False, b"": False}
_UNITS = {b"k": 1 << 10, b"m": 1 << 20, b"g": 1 << 30}
_DIGITS = b"0123456789abcdef"
_LARGEST = (1 << 31) - 1
_LONGEST = 11
"""The octal digits of the largest number, which has the fewest in its other forms."""


def boolean(value: bytes | str) -> bool | None:
    """Return what Git takes a value for, or None if it refuses it; a key without a value counts as "true"."""
    data = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
    word = data.lower()
    if word in _WORDS:
        return _WORDS[word]
    number = _number(word.lstrip(b" \t\n\v\f\r"))  # as strtoimax does, which Git reads numbers by
    return None if number is None or number > _LARGEST else bool(number)


def _number(word: bytes) -> int | None:
    """Return a number without its sign; None for what is none, and for one that no `int` of C can hold."""
    factor = _UNITS.get(word[-1:])
    digits = word[:-1] if factor else word
    if digits[:1] in (b"+", b"-"):
        digits = digits[1:]
    base = 16 if digits.startswith(b"0x") else 8 if digits.startswith(b"0") else 10
    digits = digits[2:] if base == 16 else digits  # noqa: PLR2004  # "0x" stands before them
    if not digits or digits.strip(_DIGITS[:base]) or len(digits.lstrip(b"0")) > _LONGEST:
        return None
    return int(digits, base) * (factor or 1)

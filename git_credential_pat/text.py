"""Text for people: shown and quoted so that no byte of it can steer a terminal or run anything."""

from __future__ import annotations

SHOWN_LIMIT = 100
"""The most characters of outside text that one message repeats."""


_CONTROLS = bytes((*range(0x20), 0x7F))
"""C0 and DEL."""

_PLAIN = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz@%+=:,./-_"
"""What needs no quoting in a word of a shell."""


def shown(value: bytes | str) -> str:
    """Give outside text a form that is safe to print: percent-encoded, at most 100 characters.

    Only graphic ASCII other than `%` stays as it is.
    """
    data = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
    text = "".join(
        chr(byte) if 0x21 <= byte <= 0x7E and byte != 0x25 else f"%{byte:02X}"  # noqa: PLR2004  # ! to ~, %
        for byte in data[:SHOWN_LIMIT]
    )
    if len(data) > SHOWN_LIMIT or len(text) > SHOWN_LIMIT:
        return text[: SHOWN_LIMIT - 3] + "..."
    return text


def printable(text: str) -> str:
    """Return text with a question mark for each character that could steer a terminal."""
    return "".join(character if character.isprintable() else "?" for character in text)


def quoted(text: str) -> str:
    """Return a path or another text as one word of a shell, for commands that the user may paste."""
    if text and not text.strip(_PLAIN):
        return text
    from shlex import quote  # it loads regular expressions, which few messages are worth

    return quote(printable(text))


def has_controls(value: bytes) -> bool:
    """Return whether a value holds ASCII control bytes, which no token or username has."""
    return value.translate(None, _CONTROLS) != value

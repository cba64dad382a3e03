"""What can go wrong, as the user is told it.

Every message is one line, says what is wrong and what to do, and never holds a secret. Text that came
from outside goes through `shown` or `printable`, or `quoted` where it is part of a command or names a file,
so that no byte of it can steer a terminal or run anything.
"""

SHOWN_LIMIT = 100
"""The most characters of outside text that one message repeats."""

_CONTROLS = bytes((*range(0x20), 0x7F))
"""C0 and DEL."""


class PatError(Exception):
    """Refused or failed; nothing was changed."""

    status = 1


class UsageError(PatError):
    """The command line does not make sense."""

    status = 2


class LockedError(PatError):
    """The vault's key is not to be had: locked, missing, or of a kind that this program cannot use."""

    status = 3


class DamagedError(PatError):
    """The vault, or the keyring's index, does not hold what this program once wrote."""

    status = 4


class NewerFormatError(DamagedError):
    """It says that a later version wrote it, which this one cannot read."""

    advice = "a later version of git-credential-pat wrote it: install that one"


class UnreachableError(PatError):
    """A host could not be asked, so that nothing is known of what it would have said."""

    status = 5


class UnreadableConfigError(PatError):
    """Git cannot read its own configuration, and so nothing can be asked of it."""

    def __init__(self) -> None:
        """Say so in the one way."""
        super().__init__('git cannot read its own configuration; see "git config --global --list"')


class InterruptedByUserError(PatError):
    """The user broke off (Ctrl-C)."""

    status = 130


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
    from shlex import quote  # only error messages need it

    return quote(printable(text))


def has_controls(value: bytes) -> bool:
    """Tell whether a value holds ASCII control bytes, which no token or username has."""
    return value.translate(None, _CONTROLS) != value

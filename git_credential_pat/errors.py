"""What can go wrong, as users see it.

Every message is one line, says what is wrong and what to do, and never holds a secret. Text that came
from outside goes through `shown` or `printable`, or `quoted` where it is part of a command or names a file,
so that no byte of it can steer a terminal or run anything.
"""

from __future__ import annotations


class PatError(Exception):
    """Refused or failed; nothing was changed."""

    status = 1


class UsageError(PatError):
    """The command line does not make sense."""

    status = 2


class LockedError(PatError):
    """The vault's key is not available: locked, missing, or of a kind that this program cannot use."""

    status = 3


class MissingKeyError(LockedError):
    """The file with the vault's key is not there."""


class DamagedError(PatError):
    """The vault, or the keyring's index, does not hold what this program once wrote."""

    status = 4


class NewerFormatError(DamagedError):
    """It says that a later version wrote it, which this one cannot read."""

    advice = "a later version of git-credential-pat wrote it: install that one"


class UnreachableError(PatError):
    """A host could not be asked, so that nothing is known of what it would have said."""

    status = 5


class UnconfirmedError(PatError):
    """What was written is in its place, but the disk does not confirm that it stays there."""


class AnswerLostError(UnreachableError):
    """A host may have carried out what it was asked, and no whole answer says whether it did."""


class ByHandError(PatError):
    """Something waits for a person, whom no program can stand for."""

    status = 6


class UnreadableConfigError(PatError):
    """Git cannot read its own configuration, and so nothing can be asked of it."""

    def __init__(self) -> None:
        """Say so in the one way."""
        from git_credential_pat.suggest import git_config  # few calls fail in this way

        super().__init__(f'git cannot read its own configuration; see "{git_config("--list")}"')


class InterruptedByUserError(PatError):
    """The user broke off (Ctrl-C)."""

    status = 130


class NoTokenWantedError(InterruptedByUserError):
    """The user broke off where a token was asked for: no other program is to ask for it either."""

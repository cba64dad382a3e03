"""Where a passphrase comes from: hidden questions on the terminal, or the first line of standard input."""

from typing import TYPE_CHECKING

from git_credential_pat.agent.borrowing import ask_passphrase
from git_credential_pat.errors import LockedError, PatError
from git_credential_pat.git.settings import Settings
from git_credential_pat.stdio import input_lines, stdin_is_terminal
from git_credential_pat.text import has_controls

if TYPE_CHECKING:
    from git_credential_pat.commands.support.session import Session
    from git_credential_pat.model.unlocking import Unlocking

LEAST_LENGTH = 8
"""The fewest characters of a passphrase, as NIST SP 800-63B has it."""
LIMIT = 1024


class PassphraseInput:
    """The questions for passphrases of one command; on a pipe, a line answers each.

    Of a pipe, one line may be tried at the vault, because there nobody can correct a mistake.
    """

    def __init__(self, settings: Settings) -> None:
        """Take the settings, which may forbid questions; nothing is read or asked yet."""
        self._settings = settings
        self._lines = input_lines(LIMIT)
        self._is_given = False

    def ask(self, question: str) -> bytes:
        """Return a passphrase to try at the vault, empty if there is none; raises LockedError."""
        if stdin_is_terminal():
            try:
                self._settings.require_prompts("pipe the passphrase in")
            except PatError as error:
                raise LockedError(str(error)) from None
            return ask_passphrase(question)
        phrase = b"" if self._is_given else next(self._lines, b"")
        self._is_given = True
        return phrase

    def choose(self) -> bytes:
        """Return a passphrase that the user chooses, asked for twice on a terminal; raises PatError."""
        if not stdin_is_terminal():
            return _usable(next(self._lines, b""))
        self._settings.require_prompts("pipe the passphrase in")
        phrase = _usable(ask_passphrase("A passphrase for the vault (it stays hidden): "))
        if ask_passphrase("The same again: ") != phrase:
            raise PatError("the two passphrases differ; nothing was changed")
        return phrase


def all_ways(session: "Session") -> "Unlocking":
    """Return whatever means there are to open a vault; standard input may bring a passphrase."""
    given = PassphraseInput(session.settings)
    return session.unlocking._replace(
        passphrase=given.ask, choose=given.choose, interactive=session.may_prompt
    )


def _usable(phrase: bytes) -> bytes:
    if len(phrase.decode("utf-8", "replace")) < LEAST_LENGTH:
        raise PatError(f"a passphrase has at least {LEAST_LENGTH} characters; nothing was changed")
    if len(phrase) > LIMIT or has_controls(phrase):
        raise PatError(
            "that is not a passphrase: it is too long or has control characters; nothing was changed"
        )
    return phrase

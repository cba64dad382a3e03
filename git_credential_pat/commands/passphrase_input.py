"""Where a passphrase comes from: hidden questions on the terminal, or the first line of standard input."""

from collections.abc import Callable

from git_credential_pat.agent.unlocking import ask_passphrase
from git_credential_pat.errors import PatError, has_controls
from git_credential_pat.settings import Settings
from git_credential_pat.terminal import first_line, stdin_is_terminal

LEAST_LENGTH = 8
"""The fewest characters of a passphrase, as NIST SP 800-63B has it."""
LIMIT = 1024


def passphrase_asker(settings: Settings) -> Callable[[str], bytes]:
    """Return what asks for a passphrase; standard input, where it is no terminal, gives one once."""
    given = False

    def ask(question: str) -> bytes:
        nonlocal given
        if stdin_is_terminal():
            settings.require_prompts("pipe the passphrase in")
            return ask_passphrase(question)
        phrase = b"" if given else first_line(LIMIT)
        given = True
        return phrase

    return ask


def chosen_passphrase(settings: Settings) -> bytes:
    """Return a passphrase that the user chooses, asked for twice on a terminal; raises PatError."""
    if not stdin_is_terminal():
        return _usable(first_line(LIMIT))
    settings.require_prompts("pipe the passphrase in")
    phrase = _usable(ask_passphrase("A passphrase for the vault (it stays hidden): "))
    if ask_passphrase("The same again: ") != phrase:
        raise PatError("the two passphrases differ; nothing was changed")
    return phrase


def _usable(phrase: bytes) -> bytes:
    if len(phrase.decode("utf-8", "replace")) < LEAST_LENGTH:
        raise PatError(f"a passphrase has at least {LEAST_LENGTH} characters; nothing was changed")
    if len(phrase) > LIMIT or has_controls(phrase):
        raise PatError(
            "that is no passphrase: it is too long or holds control characters; nothing was changed"
        )
    return phrase

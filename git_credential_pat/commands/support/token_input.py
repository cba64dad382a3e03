"""Where a token comes from: a hidden question, the first line of standard input, or the environment.

Never the command line, which every user of the machine can read.
"""

from git_credential_pat.commands.support.session import Session
from git_credential_pat.errors import PatError, UsageError
from git_credential_pat.hosts import Family
from git_credential_pat.model.scope import Scope
from git_credential_pat.model.token import LIMIT, cleaned
from git_credential_pat.prompts.token import explanation
from git_credential_pat.stdio import first_line, stdin_is_terminal
from git_credential_pat.system.terminal import ask
from git_credential_pat.text import shown

_LONGEST_NAME = 40  # a longer one may be a token in the wrong place, so it is not repeated


def token_from_environment(variable: str, session: Session) -> bytes:
    """Return the token in an environment variable, and take it away, so that no child inherits it."""
    value = session.take_variable(variable)
    if value is None:
        name = f' "{shown(variable)}"' if len(variable) <= _LONGEST_NAME else ""
        raise UsageError(f"the environment variable{name} is not set; export it first")
    return _usable(value)


def read_token(scope: Scope, family: Family, session: Session, *, packages: bool = False) -> bytes:
    """Return the token from the terminal or from standard input; `packages` has the question name them."""
    if stdin_is_terminal():
        session.settings.require_prompts("pipe the token in, or give --from-env VAR")
        question = "\n".join(
            [*explanation(scope, family, packages=packages), f"Token for {scope.text} (hidden): "]
        )
        value = ask(question, hidden=True).encode("utf-8", "surrogateescape")
    else:
        value = first_line(LIMIT)
    return _usable(value)


def _usable(value: bytes) -> bytes:
    token = cleaned(value)
    if not token:
        raise PatError("no token was given; nothing was changed")
    return token

"""The question for a token, when Git asks for one that is not kept and the user is there to answer.

It comes instead of Git's own questions for username and password, and only where Git would ask on the
terminal too. The answer goes to Git, which reports it back if the host takes it: then it is kept.
"""

from collections.abc import Callable, Mapping

from git_credential_pat.agent.unlocking import take_turn
from git_credential_pat.errors import InterruptedByUserError
from git_credential_pat.helper import Answer, given
from git_credential_pat.hosts import Family, family_of
from git_credential_pat.protocol import QUIT, Request
from git_credential_pat.scope import Scope
from git_credential_pat.settings import Settings
from git_credential_pat.terminal import ask, is_there, notice, write_output
from git_credential_pat.tokens import cleaned


def ask_token(
    scope: Scope,
    request: Request,
    settings: Settings,
    environment: Mapping[bytes, bytes],
    look_again: Callable[[], Answer],
) -> bytes:
    """Return the answer for Git with the token for `scope` that the user pastes; empty if there is none.

    `look_again` answers the request anew: who had to wait for another question may not need its own.
    """
    if settings.askpass or not is_there():
        return b""
    if take_turn(environment):
        found = look_again().output
        if found:
            return found
    family = family_of(scope, settings.providers)
    try:
        reply = ask(_question(scope, family), hidden=True)
    except InterruptedByUserError:
        write_output(QUIT)
        raise
    token = cleaned(reply.encode("utf-8", "surrogateescape"))
    if not token:
        return b""
    if not family.expects_token(token):
        notice(f"warning: this does not look like a token of {family.title}; it is tried all the same")
    return given(token, scope, family, request, settings)


def _question(scope: Scope, family: Family) -> str:
    place = scope.text.removeprefix("https://")
    page = family.token_page(scope)
    details = [f"make one at {page}"] if page else []
    details += [f"needs {family.permissions}"] if family.permissions else []
    return f"Paste a token for {place} ({'; '.join(details)}): "

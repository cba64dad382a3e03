"""The question for a token, when Git asks for one that is not kept and the user is there to answer.

It comes instead of Git's own questions for username and password, and only where Git would ask on the
terminal too. The answer goes to Git, which reports it back if the host takes it: then it is stored.
"""

from __future__ import annotations

from time import sleep
from typing import TYPE_CHECKING

from git_credential_pat.errors import InterruptedByUserError, NoTokenWantedError
from git_credential_pat.hosts import Family, family_of
from git_credential_pat.model.token import cleaned
from git_credential_pat.operations import notices
from git_credential_pat.operations.answering import given, spends_on_ntlm
from git_credential_pat.stdio import notice
from git_credential_pat.system.terminal import ask, is_there
from git_credential_pat.text import SHOWN_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable

    from git_credential_pat.agent.borrowing import Turn
    from git_credential_pat.git.settings import Settings
    from git_credential_pat.model.credential import Answer, Credential
    from git_credential_pat.model.entry import Entry
    from git_credential_pat.model.request import Request
    from git_credential_pat.model.scope import Scope

_PAUSE = 0.1
"""Seconds between looks for what another process's Git has kept."""


def may_ask(settings: Settings) -> bool:
    """Return whether Git would ask on a terminal that is there."""
    return not settings.askpass and is_there()


def ask_token(
    lack: Entry,
    request: Request,
    settings: Settings,
    turn: Turn,
    look_again: Callable[[], Answer],
) -> Credential | None:
    """Return the answer with the token that the user pastes for `lack`, or None if there is none.

    `turn` keeps it from asking beside another process, and `look_again` answers the request anew: what that
    process was given may do here too. Raises NoTokenWantedError if the user breaks off.
    """
    question = f"token {lack.scope.text}"
    if turn.take() or turn.was_answered(question):
        found = _kept_meanwhile(look_again, lambda: turn.was_answered(question))
        if found:
            return found
    family = family_of(lack.scope, settings.providers)
    if spends_on_ntlm(family, request):
        notice(notices.spent_on_ntlm(lack.scope))
    try:
        reply = ask(_question(lack.scope, family), hidden=True)
    except InterruptedByUserError as error:
        raise NoTokenWantedError(str(error)) from None
    token = cleaned(reply.encode("utf-8", "surrogateescape"))
    if not token:
        return None
    if not family.expects_token(token):
        notice(f"warning: this does not look like a token of {family.title}; trying it anyway")
    turn.note_answer(question)
    return given(lack._replace(secret=token), family, request, settings)


def _kept_meanwhile(look_again: Callable[[], Answer], may_come: Callable[[], bool]) -> Credential | None:
    """Return the answer with what another process had kept, while it may still come; None if it does not."""
    found = look_again()
    while found.credential is None and may_come():
        sleep(_PAUSE)
        found = look_again()
    if found.credential is not None:
        for line in found.notices:
            notice(line)
    return found.credential


def explanation(scope: Scope, family: Family, *, packages: bool = False) -> list[str]:
    """Return the lines that say where to make a token for a scope, and which permissions it needs.

    Those that packages need are named with `packages`.
    """
    page = family.package_token_page(scope) if packages else family.token_page(scope)
    lines = [f"Create a token at {_short(page)}"] if page else []
    if family.permissions:
        lines.append(f'To clone and push, it needs the permission "{family.permissions}".')
    if packages:
        lines.append(f'For packages, it also needs "{family.package_permissions}".')
    return lines


def _question(scope: Scope, family: Family) -> str:
    """Return the question for a token; its last line has the words of Git's own.

    By them, programs that run Git on a terminal of theirs know that it asks, such as lazygit and magit.
    """
    place = _short(scope.text)
    return "\n".join(
        [f"Git needs a token for {place}.", *explanation(scope, family), f"Password for '{place}': "]
    )


def _short(text: str) -> str:
    """Return at most a hundred characters of an address, whose path may be a repository's invention."""
    return text if len(text) <= SHOWN_LIMIT else f"{text[: SHOWN_LIMIT - 3]}..."

"""The warning about global tokens, where a command stores one or shows it."""

from collections.abc import Iterable, Sequence

from git_credential_pat.commands.support.session import Session
from git_credential_pat.hosts import family_of
from git_credential_pat.model.entry import Entry
from git_credential_pat.model.scope import Scope
from git_credential_pat.operations.global_tokens import global_among, said_of
from git_credential_pat.stdio import notice


def warn_of_global(found: Sequence[Entry], session: Session) -> None:
    """Print one line about these global tokens, if there are any."""
    if found:
        notice(f"warning: {said_of(found, session.now)}")


def warn_of_stored(scopes: Iterable[Scope], session: Session) -> None:
    """Print it if a token that was stored for one of these scopes is one."""
    stored = {scope for scope in scopes if family_of(scope).global_end}
    for server in {scope.server for scope in stored}:
        found = global_among(session.backend.find(server.protocol, server.host))
        if any(entry.scope in stored for entry in found):
            warn_of_global(found, session)

"""How a host is asked about the life of a token: the steps of its lifecycle, at its own servers alone."""

from collections.abc import Sequence
from time import monotonic
from typing import TypeVar

from git_credential_pat import suggest
from git_credential_pat.entra.tokens import claims
from git_credential_pat.errors import AnswerLostError, UnreachableError
from git_credential_pat.hosts import family_of
from git_credential_pat.hosts.support.lifecycle import Lifecycle, RefusedError, Steps, UnableError
from git_credential_pat.hosts.support.verdict import Subject, Verdict, printable
from git_credential_pat.hosts.support.verification import with_base
from git_credential_pat.model.entry import Entry
from git_credential_pat.model.renewal import renewal_of
from git_credential_pat.operations.usernames import stored_username
from git_credential_pat.renewal import Around

TIME_LIMIT = 30.0
"""Seconds for the steps of one purpose; a host that makes a token takes longer than one that looks at it."""

_NAMES = ("upn", "unique_name", "preferred_username", "email")
"""Under which a sign-in may name its person."""
_SERVER_ERROR = 500
"""The first status that is none of the client's fault (RFC 9110, 15.6)."""

T = TypeVar("T")


def kind_of(entry: Entry, around: Around) -> type[Lifecycle]:
    """Return what the host of an entry lets a program do with its token; nothing with a header of its own."""
    family = family_of(entry.scope, around.settings.providers)
    return family.lifecycle(entry.login[1]) if entry.login else Lifecycle


def lifecycle_of(entry: Entry, around: Around) -> Lifecycle:
    """Return the lifecycle of an entry's token, signed in as it wants; raises PatError if that fails."""
    family = family_of(entry.scope, around.settings.providers)
    kind = kind_of(entry, around)
    username, token = entry.login or (b"", b"")
    username = username or stored_username(entry, family, around.settings)
    authtype = entry.authtype if entry.is_bearer else b""
    subject = Subject(entry.scope, username, token, authtype=authtype)
    subject = with_base(subject, family, around.ask, monotonic() + TIME_LIMIT)
    key = ""
    if "entra" in (kind.authority, kind.revoking):
        organization = family.organization(entry.scope)
        if not organization.path:
            raise UnableError(f"its organization is unknown; to set it, run: {suggest.own('doctor')}")
        key = around.sign_in(organization)
    return kind(family, subject, renewal_of(entry), key, entry.expires)


def check_owner(lifecycle: Lifecycle, verdict: Verdict) -> None:
    """Raise RefusedError if a token, looked for by its end, is of another person than the one signed in.

    What was found is then another token. A guest has another name at home, which says nothing.
    """
    if "entra" not in (lifecycle.authority, lifecycle.revoking) or lifecycle.noted.id:
        return
    said = claims(lifecycle.key)
    names = [name.lower() for key in _NAMES if isinstance(name := said.get(key), str)]
    owner = verdict.owner.rpartition("(")[2].rstrip(")").lower()  # the account, behind another name
    if names and "@" in owner and owner not in names and not any("#" in name for name in names):
        raise RefusedError(
            f"it is of {owner}, and the sign-in is of {printable(names[0])}; "
            "sign in as the person whose token it is"
        )


def carried_out(steps: Steps[T], lifecycle: Lifecycle, around: Around) -> T:
    """Return what comes of some steps; raises RefusedError, UnreachableError or AnswerLostError.

    A server's error, or that of a gateway before it, says nothing of the token, nor whether the request was
    carried out.
    """
    deadline = monotonic() + TIME_LIMIT
    servers = lifecycle.servers()
    try:
        question = next(steps)
        while True:
            _check_server(question.url, servers)
            reply = around.ask(question, deadline)
            if reply.status >= _SERVER_ERROR:
                kind = UnreachableError if question.is_safe else AnswerLostError
                raise kind(f"{question.host}: it answers with status {reply.status}")
            question = steps.send(reply)
    except StopIteration as ended:
        result: T = ended.value
        return result


def _check_server(url: str, servers: Sequence[str]) -> None:
    """Hold every lifecycle to the rule that a token goes to its own servers alone."""
    if not any(url.lower().startswith(f"{server}/".lower()) for server in servers):
        raise ValueError("a lifecycle asks a server that is not the token's")

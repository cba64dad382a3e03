"""What commands share that ask hosts about tokens: asking several at once, and storing their answers."""

from collections.abc import Iterable, Iterator, Sequence
from time import monotonic

from git_credential_pat.backends import Change
from git_credential_pat.commands.support.session import Session
from git_credential_pat.errors import PatError, UnreachableError
from git_credential_pat.hosts import Family, Path, family_of
from git_credential_pat.hosts.support.verdict import (
    INVALID,
    NOT_VERIFIED,
    VALID,
    Subject,
    Verdict,
    not_verified,
)
from git_credential_pat.hosts.support.verification import (
    TIME_LIMIT,
    find_server,
    named_by_setting,
    nowhere,
    verify,
)
from git_credential_pat.model.entry import Entry
from git_credential_pat.model.scope import Scope
from git_credential_pat.operations.answering import commit
from git_credential_pat.operations.usernames import stored_username
from git_credential_pat.stdio import notice, say
from git_credential_pat.system.printing import progress
from git_credential_pat.text import shown

_AT_ONCE = 8
"""How many hosts are asked at the same time."""


def verdict_on(entry: Entry, family: Family, remote: Scope | None, session: Session) -> Verdict:
    """Return what the host says of an entry's token; `remote` is a repository to try it at, if known."""
    try:
        entry = session.signed_in(entry)
    except PatError as error:
        return not_verified(str(error))
    if entry.login is None:
        return not_verified("it is a ready header, which only Git can try")
    username, token = entry.login
    authtype = entry.authtype if entry.is_bearer else b""
    username = username or stored_username(entry, family, session.settings)
    subject = Subject(entry.scope, username, token, remote, authtype=authtype)
    return verify(subject, family, session.web.ask)


def server_at(scope: Scope, family: Family, session: Session) -> tuple[Path | None, str]:
    """Return the path at which a server of a family answers, without any token; or None, and why."""
    warn_of_unchecked([scope], session)
    try:
        with progress(f"Asking {shown(scope.host)}", 1):
            found = find_server(scope, family, session.web.ask, monotonic() + TIME_LIMIT)
    except UnreachableError as error:
        return None, f"{error}; {named_by_setting(scope, family)}"
    return found, "" if found is not None else nowhere(scope, family)


def verdicts(
    entries: Sequence[Entry], remote: Scope | None, session: Session
) -> Iterator[tuple[Entry, Verdict]]:
    """Ask about all entries, several at once, and give each with its verdict as it comes in."""
    from concurrent.futures import ThreadPoolExecutor, as_completed  # 20 ms that few commands need

    families = {entry.key: family_of(entry.scope, session.settings.providers) for entry in entries}
    pool = ThreadPoolExecutor(_AT_ONCE)
    waiting = {
        pool.submit(verdict_on, entry, families[entry.key], remote, session): entry for entry in entries
    }
    try:
        for done in as_completed(waiting):
            yield waiting[done], done.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def warn_of_unchecked(scopes: Iterable[Scope], session: Session) -> None:
    """Warn of hosts whose certificates are not checked, because Git's settings turn that off."""
    for url in sorted({scope.server.text for scope in scopes if scope.protocol == b"https"}):
        if not session.web.checks(url):
            notice(f"warning: the certificate of {shown(url)} is not checked, as http.sslVerify says")


def checked(entry: Entry, family: Family, remote: Scope | None, session: Session) -> Verdict:
    """Return what the host says of an entry that is to be stored, and print it in one line.

    Raises PatError if the host refuses the token; a host that cannot be asked is no reason not to keep it.
    """
    host = entry.scope.host.decode("ascii")
    warn_of_unchecked([entry.scope], session)
    with progress(f"Asking {host}", 1):
        verdict = verdict_on(entry, family, remote, session)
    if verdict.outcome == INVALID:
        is_usual = bool(entry.sign_in) or family.expects_token(entry.secret)
        odd = "" if is_usual else ", which does not look like one of its own"
        raise PatError(
            f"{host} rejected this token{odd}: {verdict.why}; "
            "nothing was stored (--no-verify stores it anyway)"
        )
    if verdict.outcome == NOT_VERIFIED:
        notice(f"warning: the token could not be verified ({verdict.why}); it will be stored anyway")
    else:
        owner = f" of {verdict.owner}" if verdict.owner else ""
        say(f"{host} accepted the token{owner}{f', but {verdict.why}' if verdict.why else ''}.")
        if with_answer(entry, verdict).is_expired(session.now):
            notice("warning: the host says that it has expired, so Git will not get it; is the clock right?")
    return verdict


def with_answer(entry: Entry, verdict: Verdict) -> Entry:
    """Return an entry with its host's answer: whose it is, what it may do, until when, how Git signs in."""
    if verdict.outcome != VALID:
        return entry
    if not (entry.username or entry.authtype):
        entry = entry._replace(username=verdict.username, authtype=verdict.authtype)
    return entry._replace(
        owner=verdict.owner or entry.owner,
        permissions=verdict.permissions or entry.permissions,
        expires=entry.expires if verdict.expires is None else verdict.expires,
    )


def store_answers(results: Sequence[tuple[Entry, Verdict]], session: Session) -> None:
    """Store the hosts' answers about entries; one that another process changed meanwhile is left as it is."""

    def decide() -> list[Change]:
        kept = {entry.key: entry for entry in session.backend.entries()}
        answers = [(entry, with_answer(entry, verdict)) for entry, verdict in results]
        changed = [(old, new) for old, new in answers if kept.get(old.key) == old and new != old]
        return [change for old, new in changed for change in _changes(old, new, kept.get(new.key))]

    commit(session.backend, decide)


def _changes(old: Entry, new: Entry, there: Entry | None) -> list[Change]:
    """Return the changes that put one entry in another's place; one that is there under its key stays."""
    if new.key == old.key:
        return [Change(old, new)]
    return [Change(old, None), *([] if there else [Change(None, new)])]

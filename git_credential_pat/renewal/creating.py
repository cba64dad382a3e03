"""Creating: a token where there is none, made by its host.

    placeholder with the intent kept → made → kept in the placeholder's place → tried

The placeholder is an entry without a token that answers nobody. It shows that the backend takes a commit, and
if the host's answer is lost, the next run finds by it what was made, and revokes that.
"""

from dataclasses import replace
from typing import NoReturn

from git_credential_pat.backends import Change
from git_credential_pat.errors import AnswerLostError, PatError, UnreachableError
from git_credential_pat.hosts.support.lifecycle import (
    Issued,
    Lifecycle,
    RefusedError,
    Wanted,
)
from git_credential_pat.hosts.support.verdict import INVALID
from git_credential_pat.model.entry import REJECTED, SECOND, Entry, Seconds
from git_credential_pat.model.renewal import CREATE, Intent, Renewal, is_placeholder, noting, renewal_of
from git_credential_pat.operations.answering import commit
from git_credential_pat.renewal import Around
from git_credential_pat.renewal.asking import carried_out
from git_credential_pat.renewal.beside import own_end, revoked, verdict_on
from git_credential_pat.renewal.keeping import alone
from git_credential_pat.renewal.rotating import insisting, renewed
from git_credential_pat.renewal.unfinished import check_in_flight, drop, revoke_made, there
from git_credential_pat.system.clock import now
from git_credential_pat.system.signals import held_back


def create(entry: Entry, wanted: Wanted, lifecycle: Lifecycle, around: Around, *, tries: bool) -> Entry:
    """Have a token made that is kept as an entry, whose secret is empty yet; return the entry as it is kept.

    Raises PatError, after which nothing is in use that was not before. `tries` has its host asked whether it
    works.
    """
    with alone(around):
        seen = carried_out(lifecycle.clock(), lifecycle, around) or Seconds(around.now // SECOND)
        _clear(entry, seen, lifecycle, around)
        wanted = replace(wanted, expires=own_end(wanted.expires, around))
        intent = Intent(CREATE, seen, wanted.name, wanted.expires)
        if lifecycle.names_once and carried_out(lifecycle.made_for(intent), lifecycle, around):
            raise RefusedError(
                f'its host has a token "{wanted.name}" already; give another name with --label NAME'
            )
        placeholder = noting(entry._replace(state=REJECTED, put_aside=None), Renewal(intent=intent))
        _place(placeholder, around)
        with held_back():
            try:
                issued = carried_out(lifecycle.create(wanted), lifecycle, around)
            except AnswerLostError as error:
                raise UnreachableError(
                    f"{error}, so it is not known whether a token was made; run this again in 2 minutes, "
                    "which revokes what was made and makes another"
                ) from None
            except PatError:
                drop([placeholder], around)
                raise
            made = _kept(placeholder, issued, lifecycle, around)
        if tries:
            _try(made, issued, lifecycle, around)
        return made


def _clear(entry: Entry, seen: Seconds, lifecycle: Lifecycle, around: Around) -> None:
    """Revoke what earlier runs had made whose answer was lost, and remove their placeholders."""
    found = around.backend.find(entry.scope.protocol, entry.scope.host)
    left = [one for one in found if one.scope == entry.scope and is_placeholder(one)]
    for placeholder in left:
        if intent := renewal_of(placeholder).intent:
            check_in_flight(intent, seen)
            revoke_made(intent, lifecycle, around)
    drop(left, around)


def _place(entry: Entry, around: Around) -> None:
    """Keep an entry beside all others."""

    def decide() -> list[Change]:
        number = 1 + max((kept.number for kept in around.backend.entries()), default=-1)
        return [Change(None, entry._replace(number=number))]

    commit(around.backend, decide)


def _halfway(placeholder: Entry, issued: Issued, around: Around) -> list[Entry]:
    """Return the entry that a commit which got half the way, as in a keyring, has given its token already."""
    found = around.backend.find(placeholder.scope.protocol, placeholder.scope.host)
    return [one for one in found if one.is_beside(placeholder) and one.secret == issued.token]


def _kept(placeholder: Entry, issued: Issued, lifecycle: Lifecycle, around: Around) -> Entry:
    """Keep a token that the host has just made; revoke it if that fails for good, and raise PatError."""
    moment = now()
    made: list[Entry] = []

    def decide() -> list[Change]:
        found = there(placeholder, around) or _halfway(placeholder, issued, around)
        if not found:
            raise PatError("another process has removed what it was to be kept in")
        made[:] = [renewed(found[0], issued, moment)]
        return [Change(found[0], made[0])]

    def keep() -> list[Entry]:
        commit(around.backend, decide)
        return made

    try:
        return insisting(keep)[0]
    except PatError as error:
        _fail(f"the token that its host made cannot be kept: {error}", issued, lifecycle, around)


def _try(made: Entry, issued: Issued, lifecycle: Lifecycle, around: Around) -> None:
    """Raise PatError, with the token revoked and gone, if its host refuses it for good."""
    verdict = verdict_on(lifecycle.of(issued.token), around)
    if verdict.outcome == INVALID:
        commit(around.backend, lambda: [Change(one, None) for one in there(made, around)])
        _fail(f"its host refuses the token that it has just made: {verdict.why}", issued, lifecycle, around)


def _fail(why: str, issued: Issued, lifecycle: Lifecycle, around: Around) -> NoReturn:
    raise RefusedError(f"{why}; {revoked(issued, lifecycle, around)}")

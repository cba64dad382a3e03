"""What is left where a host's answer with another token was lost: an intent, and maybe a token nobody has.

The token is found by its name and by when it was made, and revoked. Where only a password could do that, a
person must.
"""

from collections.abc import Iterable

from git_credential_pat import suggest
from git_credential_pat.backends import Change
from git_credential_pat.entra import SignInError
from git_credential_pat.errors import PatError
from git_credential_pat.hosts.support.lifecycle import Lifecycle, RefusedError, UnableError, is_in_flight
from git_credential_pat.model.entry import SECOND, Entry, Seconds
from git_credential_pat.model.renewal import CREATE, Intent, is_placeholder, noting, renewal_of
from git_credential_pat.operations.answering import commit
from git_credential_pat.renewal import BY_HAND, NOT_DUE, REVOKED, Around, Outcome
from git_credential_pat.renewal.asking import carried_out, kind_of, lifecycle_of
from git_credential_pat.renewal.keeping import alone, changed
from git_credential_pat.renewal.rotating import failed, page_of


def end_unfinished(entries: Iterable[Entry], around: Around) -> list[Outcome]:
    """End what was made for those entries that have such an intent, and clear that; return the outcomes.

    An entry that only stands for what was to be made is removed.
    """
    outcomes = []
    for entry in entries:
        intent = renewal_of(entry).intent
        if intent is None or intent.kind != CREATE:
            continue
        try:
            with alone(around):
                if there(entry, around):
                    outcomes += _ended(entry, intent, around)
        except (UnableError, SignInError) as error:
            outcomes += _by_hand(entry, intent, str(error), around)
        except PatError as error:
            outcomes += failed([entry], error, around)
    return outcomes


def _ended(entry: Entry, intent: Intent, around: Around) -> list[Outcome]:
    if kind_of(entry, around).creating != "entra":
        return _by_hand(entry, intent, "its host wants the password", around)
    lifecycle = lifecycle_of(entry, around)
    seen = carried_out(lifecycle.clock(), lifecycle, around) or Seconds(around.now // SECOND)
    check_in_flight(intent, seen)
    strays = revoke_made(intent, lifecycle, around)
    if not around.dry_run:
        _clear(entry, around)
    if not strays:
        return [Outcome(entry, NOT_DUE, f'its host did not make "{intent.name}", whose answer was lost')]
    ends = "would end" if around.dry_run else "has ended"
    return [Outcome(entry, REVOKED, f'its host {ends} "{intent.name}", which was made and lost on its way')]


def _clear(entry: Entry, around: Around) -> None:
    if is_placeholder(entry):
        drop([entry], around)
    else:
        changed([entry], lambda kept: noting(kept, renewal_of(kept)._replace(intent=None)), around)


def _by_hand(entry: Entry, intent: Intent, why: str, around: Around) -> list[Outcome]:
    url = entry.scope.text
    command = suggest.seed(url, "--create") if is_placeholder(entry) else suggest.rotate(url)
    why = f'its host may have made "{intent.name}" for a run that was broken off, and {why}'
    return [
        Outcome(entry, BY_HAND, f"{why}; to end it and make another, run: {command}", page_of(entry, around))
    ]


def check_in_flight(intent: Intent, seen: Seconds) -> None:
    """Raise RefusedError while the host, which says the time, may still be at what an intent is about."""
    if is_in_flight(intent.since, seen):
        raise RefusedError("its host may still be at the token that a run asked for; try again in 2 minutes")


def revoke_made(intent: Intent, lifecycle: Lifecycle, around: Around) -> tuple[str, ...]:
    """Revoke what was made by an intent; return the ids."""
    strays = carried_out(lifecycle.made_for(intent), lifecycle, around)
    for stray in strays:
        if not around.dry_run:
            carried_out(lifecycle.of_id(stray).revoke(), lifecycle, around)
    return strays


def drop(entries: Iterable[Entry], around: Around) -> None:
    """Remove placeholders that are still there."""

    def decide() -> list[Change]:
        return [Change(one, None) for entry in entries for one in there(entry, around)]

    commit(around.backend, decide)


def there(entry: Entry, around: Around) -> list[Entry]:
    """Return an entry as it is kept now: by its token, or by the intent that it is a placeholder for."""
    found = around.backend.find(entry.scope.protocol, entry.scope.host)
    same = [one for one in found if one.is_beside(entry) and one.secret == entry.secret]
    return [one for one in same if one.renewal == entry.renewal]

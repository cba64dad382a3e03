"""What waits for the end of its grace: tokens that were replaced and still live at their hosts."""

from collections.abc import Iterable

from git_credential_pat.hosts import family_of
from git_credential_pat.model.entry import REJECTED, Entry
from git_credential_pat.model.renewal import is_pending, renewal_of
from git_credential_pat.renewal import Around, Outcome
from git_credential_pat.renewal.revoking import revoke, same_tokens


def past_grace(entries: Iterable[Entry], around: Around) -> list[Entry]:
    """Return the entries whose replaced token is to be revoked by now.

    Not one whose token still answers somewhere else, where it is yet to be replaced.
    """
    entries = [*entries]
    used = {_token(entry, around) for entry in entries if entry.state != REJECTED}
    return [
        entry
        for entry in entries
        if is_pending(entry)
        and not entry.is_expired(around.now)
        and (renewal_of(entry).revoke_after or 0) <= around.now
        and _token(entry, around) not in used
    ]


def revoke_pending(around: Around) -> list[Outcome]:
    """Revoke all replaced tokens whose grace is over; return what became of them."""
    due = past_grace(around.backend.entries(), around)
    return [outcome for group in same_tokens(due, around) for outcome in revoke(group, around)]


def _token(entry: Entry, around: Around) -> object:
    server = family_of(entry.scope, around.settings.providers).server(entry.scope)
    return server, entry.login[1] if entry.login else entry.secret

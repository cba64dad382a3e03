"""`restore URL`: makes a rejected, replaced or doubtful entry active again."""

import click

from git_credential_pat.commands.support.expiry import date_of
from git_credential_pat.commands.support.places import entries_at, usernames
from git_credential_pat.commands.support.session import Session, pass_session
from git_credential_pat.errors import PatError
from git_credential_pat.hosts import Family
from git_credential_pat.model.entry import ACTIVE, DOUBTFUL, Entry, Nanoseconds
from git_credential_pat.model.renewal import is_placeholder, noting, renewal_of
from git_credential_pat.operations import notices
from git_credential_pat.operations.changes import seed_changes
from git_credential_pat.stdio import say


@click.command("restore")
@click.argument("url")
@click.option("--username", metavar="NAME", help="Username, if several tokens are stored.")
@pass_session
def command(session: Session, url: str, username: str | None) -> None:
    """Use a token again after its host rejected it or another one replaced it.

    Such a token is not used but stays stored for pat.keepRejected days (30), because a host may fail for
    a moment and shows a token only once. The newest comes back; a token that answers until then is put aside.

    \b
    Examples:
      git credential-pat restore https://dev.azure.com/fabrikam
      git credential-pat restore https://gitlab.com/group --username jane
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    stored, family = entries_at(url, username, session)
    found = [entry for entry in stored if not is_placeholder(entry)]
    if not found:
        raise PatError(notices.unfinished(stored[0]))
    aside = [entry for entry in found if entry.state != ACTIVE]
    entries = [entry for entry in aside if renewal_of(entry).revoked is None]
    scope = found[0].scope.text
    if aside and not entries:
        raise PatError(_ended(aside[0], family))
    if not entries and found[0].is_expired(session.now):
        raise PatError(notices.expired(found[0], family))
    if not entries:
        raise PatError(f"the {notices.noun(found[0])} for {scope} is active already; nothing was changed")
    newest = max(entries, key=lambda entry: (entry.state == DOUBTFUL, entry.put_aside or 0))
    if any(not entry.is_beside(newest) for entry in entries):
        names = usernames(entries, family, session)
        raise PatError(
            f"several tokens for {scope} were rejected (usernames {names}); choose one with --username"
        )
    others = [entry for entry in found if entry.is_beside(newest)]
    active = newest._replace(state=ACTIVE, put_aside=None, updated=session.now, approved=None, number=0)
    active = noting(active, renewal_of(newest)._replace(revoke_after=None))
    changes = seed_changes(active, others, session.settings, session.now)
    session.backend.apply(changes)
    is_used = any(entry.state == ACTIVE and not entry.is_approved for entry in others)
    also = ", and the one in its place is put aside" if is_used else ""
    say(f"The {notices.noun(newest)} for {scope} is active again{also}.")


def _ended(entry: Entry, family: Family) -> str:
    """Return what to say of a token that nothing brings back."""
    day = date_of(renewal_of(entry).revoked or Nanoseconds(0))
    page = family.token_page(entry.scope)
    make = f"create one at {page}, then" if page else "create one, then"
    return (
        f"the token for {entry.scope.text} was revoked at its host on {day}, for good; "
        f"{make} run: {notices.seed_again(entry)}"
    )

"""`restore URL`: makes a rejected, replaced or doubtful entry active again."""

import click

from git_credential_pat.commands.support.places import entries_at, usernames
from git_credential_pat.commands.support.session import Session, pass_session
from git_credential_pat.errors import PatError
from git_credential_pat.model.entry import ACTIVE, DOUBTFUL
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
    found, family = entries_at(url, username, session)
    entries = [entry for entry in found if entry.state != ACTIVE]
    scope = found[0].scope.text
    if not entries and found[0].is_expired(session.now):
        raise PatError(notices.expired(found[0], family))
    if not entries:
        raise PatError(f"the token for {scope} is active already; nothing was changed")
    newest = max(entries, key=lambda entry: (entry.state == DOUBTFUL, entry.put_aside or 0))
    if any(not entry.is_beside(newest) for entry in entries):
        names = usernames(entries, family, session)
        raise PatError(
            f"several tokens for {scope} were rejected (usernames {names}); choose one with --username"
        )
    others = [entry for entry in found if entry.is_beside(newest)]
    active = newest._replace(state=ACTIVE, put_aside=None, updated=session.now, approved=None, number=0)
    changes = seed_changes(active, others, session.settings, session.now)
    session.backend.apply(changes)
    is_used = any(entry.state == ACTIVE and not entry.is_approved for entry in others)
    also = ", and the one in its place is put aside" if is_used else ""
    say(f"The token for {scope} is active again{also}.")

"""`restore URL`: makes a rejected or doubtful entry active again."""

import click

from git_credential_pat.backends import Change
from git_credential_pat.commands.support.places import entries_at, usernames
from git_credential_pat.commands.support.session import Session, pass_session
from git_credential_pat.errors import PatError
from git_credential_pat.model.entry import ACTIVE
from git_credential_pat.operations import notices
from git_credential_pat.stdio import say


@click.command("restore")
@click.argument("url")
@click.option("--username", metavar="NAME", help="Username, if several tokens are stored.")
@pass_session
def command(session: Session, url: str, username: str | None) -> None:
    """Use a token again after its host rejected it.

    A rejected token is not used but stays stored for pat.keepRejected days (30), because a host may fail for
    a moment and shows a token only once.

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
    if len(entries) > 1:
        names = usernames(entries, family, session)
        raise PatError(
            f"several tokens for {scope} were rejected (usernames {names}); choose one with --username"
        )
    before = entries[0]
    after = before._replace(state=ACTIVE, put_aside=None, updated=session.now, approved=None)
    session.backend.apply([Change(before, after)])
    say(f"The token for {scope} is active again.")

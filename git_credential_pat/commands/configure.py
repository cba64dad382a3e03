"""`configure`: tells Git to use this helper."""

from collections.abc import Sequence

import click

from git_credential_pat.backends import open_backend
from git_credential_pat.commands.support.git_lines import lines_for, others_are_asked
from git_credential_pat.commands.support.session import Session, pass_session
from git_credential_pat.commands.support.unplaced import say_unplaced
from git_credential_pat.errors import DamagedError, LockedError
from git_credential_pat.git import block
from git_credential_pat.git.config import system_file
from git_credential_pat.git.settings import user_config_file
from git_credential_pat.model.entry import Entry
from git_credential_pat.operations import notices
from git_credential_pat.stdio import notice, say


@click.command("configure")
@click.option("--system", is_flag=True, help="For every user of this machine (git config --system).")
@pass_session
def command(session: Session, *, system: bool) -> None:
    """Tell Git to ask this helper.

    Writes one block at the end of your git configuration: the helper, beside others that you have; for
    Azure DevOps this helper alone, so that no other keeps copies of its tokens, and the organization in
    each request (useHttpPath). Where a token without an organization is kept, that is for the other
    organizations alone, so that Git's other helpers go on answering for it.
    """
    path = system_file() if system else user_config_file()
    block.check_file(path)  # before git reads it, which would wait for a pipe's writer
    kept = [] if system else _kept(session)
    entries = kept or []
    lines = lines_for([entry.scope for entry in entries], entries, session, needs_source=kept is None)
    when = "now" if block.add(path, lines) else "already"
    say(f"Git asks this helper {when} ({path}).{others_are_asked(lines)}")
    say_unplaced(notices.unplaced_among(entries))


def _kept(session: Session) -> Sequence[Entry] | None:
    """Return the tokens that are kept, whose hosts `seed` configured; None if nobody can tell them now."""
    try:
        return open_backend(session.settings, session.unlocking._replace(passphrase=None)).entries()
    except (LockedError, DamagedError) as error:
        notice(f"warning: hosts of kept tokens are not configured, for {error}")
        return None

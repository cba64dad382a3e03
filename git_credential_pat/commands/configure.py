"""`configure`: sets Git up to use this helper."""

from collections.abc import Sequence

import click

from git_credential_pat.backends import open_backend
from git_credential_pat.commands.support.git_lines import (
    add_lines,
    asked_elsewhere,
    lines_for,
    obstacles,
    others_are_asked,
)
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
    """Have Git use this helper.

    Adds one block to the end of your Git configuration. For Azure DevOps, Git then asks only this helper and
    sends the organization (useHttpPath). Other helpers stay in use for other hosts, and for Azure DevOps
    while a stored token has no organization.

    \b
    Examples:
      git credential-pat configure
      sudo git credential-pat configure --system
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    path = system_file() if system else user_config_file()
    block.check_file(path)  # before git reads it, which would wait for a pipe's writer
    kept = [] if system else _kept(session)
    entries = kept or []
    lines = lines_for([entry.scope for entry in entries], entries, session, needs_source=kept is None)
    uses = "uses" if add_lines(path, lines, system=system) else "already uses"
    others = obstacles([entry.scope for entry in entries], lines, session)
    start = "This helper is in Git's configuration" if others else f"Git {uses} this helper"
    beside = others_are_asked(lines)
    say(f"{start} ({path}).{beside}")
    for line in others or ([] if beside else asked_elsewhere(session)):
        say(line)
    say_unplaced(notices.unplaced_among(entries))


def _kept(session: Session) -> Sequence[Entry] | None:
    """Return the tokens that are stored, whose hosts `seed` configured; None if they cannot be read now."""
    try:
        return open_backend(session.settings, session.unlocking._replace(passphrase=None)).entries()
    except (LockedError, DamagedError) as error:
        notice(f"warning: hosts of stored tokens are not configured: {error}")
        return None

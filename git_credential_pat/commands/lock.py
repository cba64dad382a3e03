"""`lock`: forgets the unlocked key."""

import click

from git_credential_pat.agent.control import stop
from git_credential_pat.commands.support.session import Session, pass_session
from git_credential_pat.stdio import say


@click.command("lock")
@pass_session
def command(session: Session) -> None:
    """Forget the vault's key.

    Ends the agent. The next call unlocks the vault again with a key file or an unlocked keyring; with a
    passphrase alone it stays locked until `unlock`.

    \b
    Examples:
      git credential-pat lock
      git credential-pat lock && git credential-pat agent status
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    say("The key is forgotten." if stop(session.environment) else "Nothing was unlocked.")

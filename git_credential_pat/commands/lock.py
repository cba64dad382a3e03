"""`lock`: forgets the unlocked key."""

import click

from git_credential_pat.agent.control import stop
from git_credential_pat.commands.support.session import Session, pass_session
from git_credential_pat.stdio import say


@click.command("lock")
@pass_session
def command(session: Session) -> None:
    """Forget the unlocked key.

    The agent ends. A vault with a passphrase slot alone then stays closed until `unlock`; one with a key
    file, or with its key in an unlocked keyring, opens again with the next call.
    """
    say("The key is forgotten." if stop(session.environment) else "Nothing was unlocked.")

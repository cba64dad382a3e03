"""`unlock`: opens the vault now and gives its key to the agent."""

import click

from git_credential_pat.agent.control import silent
from git_credential_pat.agent.frames import DECLINED, DONE, SILENT
from git_credential_pat.agent.starting import hand_over
from git_credential_pat.backends import open_backend
from git_credential_pat.backends.vault import VaultBackend, no_vault
from git_credential_pat.commands.support.passphrase_input import PassphraseInput
from git_credential_pat.commands.support.session import Session, pass_session
from git_credential_pat.errors import PatError
from git_credential_pat.model.unlocking import Unlocking
from git_credential_pat.stdio import say


@click.command("unlock")
@pass_session
def command(session: Session) -> None:
    """Open the vault now, so that Git need not ask.

    The passphrase is asked for on the terminal, or read from the first line of standard input if that is
    no terminal. The key stays in the agent's memory until it was idle for pat.agentTimeout seconds (900),
    or until `lock`.
    """
    ways = Unlocking(PassphraseInput(session.settings).ask, interactive=session.may_prompt)
    if not isinstance(session.backend, VaultBackend):
        open_backend(session.settings, ways).entries()
        say("The keyring is unlocked.")
        return
    if session.backend.data_key():
        say("The vault is unlocked already.")
        return
    backend = session.open_vault(ways)
    if backend.open() is None:
        raise no_vault(backend)
    outcome = hand_over(session.environment, session.options, backend)
    if outcome == SILENT:
        raise silent(session.environment)
    if outcome == DECLINED:
        raise PatError(
            "the agent that runs serves another vault; run: git credential-pat agent stop, then this again"
        )
    if outcome != DONE:
        raise PatError("the agent does not start; see why by: git credential-pat agent --foreground")
    say(f"The vault is unlocked, until it was not used for {session.settings.agent_timeout} seconds.")

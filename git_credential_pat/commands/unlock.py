"""`unlock`: opens the vault now and gives its key to the agent."""

import click

from git_credential_pat import suggest
from git_credential_pat.agent.control import silent
from git_credential_pat.agent.starting import hand_over
from git_credential_pat.backends import open_backend
from git_credential_pat.commands.support.passphrase_input import PassphraseInput
from git_credential_pat.commands.support.session import Session, pass_session
from git_credential_pat.errors import PatError
from git_credential_pat.model.unlocking import Unlocking
from git_credential_pat.stdio import say


@click.command("unlock")
@pass_session
def command(session: Session) -> None:
    """Unlock the vault, so that Git need not ask.

    Asks for the passphrase on the terminal, or reads it from the first line of standard input. The agent
    keeps the key until it has been idle for pat.agentTimeout seconds (900), or until `lock`.

    \b
    Examples:
      git credential-pat unlock
      pass show vault | git credential-pat unlock
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    ways = Unlocking(PassphraseInput(session.settings).ask, interactive=session.may_prompt)
    shared = session.backend.shareable_key()
    if shared is not None and shared.key:
        say(f"The {session.backend.title} is unlocked already.")
        return
    backend = open_backend(session.settings, ways)
    backend.unlock()
    if shared is None:
        say(f"The {backend.title} is unlocked.")
        return
    outcome = hand_over(session.environment, session.options, backend)
    if outcome.is_silent:
        raise silent(session.environment)
    if outcome.is_declined:
        raise PatError(
            f"the running agent serves another {backend.title}; "
            f"run: {suggest.own('agent', 'stop')}, then this again"
        )
    if not outcome.is_done:
        raise PatError(f"the agent does not start; to see why, run: {suggest.own('agent', '--foreground')}")
    seconds = session.settings.agent_timeout
    say(f"The {backend.title} is unlocked until it has been idle for {seconds} seconds.")

"""`token URL`: the token alone, for scripts."""

import click

from git_credential_pat.commands.support.places import bare_token, token_at
from git_credential_pat.commands.support.session import Session, pass_session
from git_credential_pat.stdio import say, write_output
from git_credential_pat.system import clipboard
from git_credential_pat.system.background import SPAWNED


@click.command("token")
@click.argument("url")
@click.option("--username", metavar="NAME", help="Username, if several tokens are stored.")
@click.option("--copy", is_flag=True, help="Copy it to the clipboard instead, for 45 seconds.")
@click.option(SPAWNED, type=click.Choice([*clipboard.DESKTOPS, clipboard.TERMINAL]), hidden=True)
@pass_session
def command(session: Session, url: str, username: str | None, *, copy: bool, spawned: str | None) -> None:
    """Print the token for URL, and nothing else.

    \b
    Examples:
      TOKEN="$(git credential-pat token fabrikam)"
      git credential-pat token --copy https://dev.azure.com/fabrikam
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    if spawned:
        clipboard.run_spawned(spawned)
        return
    entry, _ = token_at(url, username, session)
    token = bare_token(entry)
    if not copy:
        write_output(token + b"\n")
        return
    if clipboard.copy(token, session.settings.data_folder):
        say(f"Copied the token for {entry.scope.text}; it is cleared in {clipboard.SECONDS} seconds.")
    else:
        say(
            f"Sent the token for {entry.scope.text} to the terminal's clipboard, which is emptied in "
            f"{clipboard.SECONDS} seconds. If there is nothing to paste, the terminal does not support this."
        )

"""`token URL`: the token alone, for scripts."""

import click

from git_credential_pat.commands.support.places import token_at
from git_credential_pat.commands.support.session import Session, pass_session
from git_credential_pat.stdio import write_output


@click.command("token")
@click.argument("url")
@click.option("--username", metavar="NAME", help="Username, if several tokens are stored.")
@pass_session
def command(session: Session, url: str, username: str | None) -> None:
    """Print the token for URL, and nothing else.

    \b
    Examples:
      git credential-pat token https://dev.azure.com/fabrikam
      TOKEN="$(git credential-pat token fabrikam)"
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    entry, _ = token_at(url, username, session)
    write_output(entry.secret + b"\n")

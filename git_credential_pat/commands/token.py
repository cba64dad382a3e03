"""`token URL`: the token alone, for scripts."""

import click

from git_credential_pat.commands.support.places import token_at
from git_credential_pat.commands.support.session import Session, pass_session
from git_credential_pat.stdio import write_output


@click.command("token")
@click.argument("url")
@click.option("--username", metavar="NAME", help="Whose token, where several are kept.")
@pass_session
def command(session: Session, url: str, username: str | None) -> None:
    """Print the token for URL, and nothing else."""
    entry, _ = token_at(url, username, session)
    write_output(entry.secret + b"\n")

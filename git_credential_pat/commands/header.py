"""`header URL`: the token as an HTTP header, for REST calls."""

from base64 import b64encode

import click

from git_credential_pat.commands.support.places import token_at
from git_credential_pat.commands.support.session import Session, pass_session
from git_credential_pat.operations.usernames import stored_username
from git_credential_pat.stdio import write_output


@click.command("header")
@click.argument("url")
@click.option("--username", metavar="NAME", help="Username, if several tokens are stored.")
@pass_session
def command(session: Session, url: str, username: str | None) -> None:
    """Print an HTTP header with the token, for REST calls.

    Prints one line: `Authorization: Basic …`, or `Bearer …` where Git sends that.

    \b
    Examples:
      git credential-pat header https://dev.azure.com/fabrikam |
        curl -fsS -H @- https://dev.azure.com/fabrikam/_apis/projects
      git credential-pat header fabrikam
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    entry, family = token_at(url, username, session)
    if entry.authtype:
        write_output(b"Authorization: %b %b\n" % (entry.authtype, entry.secret))
        return
    # Azure DevOps documents an empty username; where names count, RFC 7617 wants the real one.
    name = b"" if family.rule == "any" else stored_username(entry, family, session.settings)
    write_output(b"Authorization: Basic %b\n" % b64encode(name + b":" + entry.secret))

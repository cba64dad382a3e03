"""`answer TOOL …`: what tools run to be given a token. Its front end answers; this is but the help."""

import click

from git_credential_pat.errors import UsageError
from git_credential_pat.frontends import FRONTENDS


@click.command("answer")
@click.argument("tool", metavar="TOOL", type=click.Choice([*FRONTENDS]))
@click.argument("words", metavar="[WORD]...", nargs=-1)
def command(tool: str, words: tuple[str, ...]) -> None:
    """Answer another tool's question for a token.

    Tools run this, in their own words; configure sets them up. TOOL is git, keyring, header, docker, cargo,
    go, bazel, terraform or nuget. It asks nothing and changes nothing.

    \b
    Examples:
      git credential-pat answer header https://dev.azure.com/fabrikam
      git credential-pat answer keyring get https://dev.azure.com/fabrikam pat
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    del words
    raise UsageError(f"{tool} asks in words of its own; see git help credential-pat")

"""`help`: the same as `--help`."""

import click

from git_credential_pat.errors import UsageError
from git_credential_pat.stdio import say
from git_credential_pat.text import shown


@click.command("help")
@click.argument("topic", metavar="[COMMAND]", required=False)
@click.pass_context
def command(context: click.Context, topic: str | None) -> None:
    """Explain the program or one of its commands."""
    parent = context.find_root()
    program = parent.command
    if topic is None or not isinstance(program, click.Group):
        say(program.get_help(parent))
        return
    asked = program.get_command(parent, topic)
    if asked is None:
        raise UsageError(f'there is no command "{shown(topic)}"; see "git credential-pat help"')
    say(asked.get_help(click.Context(asked, info_name=topic, parent=parent)))

"""`help`: the same as `--help`; and, for completions, what `--provider` takes."""

import click

from git_credential_pat import suggest
from git_credential_pat.errors import UsageError
from git_credential_pat.hosts import families
from git_credential_pat.stdio import say
from git_credential_pat.text import shown

_PROVIDERS = "providers"


@click.command("help")
@click.argument("topic", metavar="[COMMAND]", required=False)
@click.pass_context
def command(context: click.Context, topic: str | None) -> None:
    """Explain the program or one of its commands; "providers" lists what seed's --provider takes."""
    if topic == _PROVIDERS:
        say("\n".join(family.name for family in families() if family.is_self_hosted or not family.is_known))
        return
    parent = context.find_root()
    program = parent.command
    if topic is None or not isinstance(program, click.Group):
        say(program.get_help(parent))
        return
    asked = program.get_command(parent, topic)
    if asked is None:
        raise UsageError(f'there is no command "{shown(topic)}"; see "{suggest.own("help")}"')
    say(asked.get_help(click.Context(asked, info_name=topic, parent=parent)))

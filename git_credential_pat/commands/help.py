"""`help`: the same as `--help`; recipes; and, for completions, what the tables of the program have."""

from collections.abc import Callable, Iterable

import click

from git_credential_pat import suggest, variables
from git_credential_pat.backends import BACKENDS
from git_credential_pat.commands.support.recipes import OF_GIT, RECIPES
from git_credential_pat.errors import UsageError
from git_credential_pat.frontends import FRONTENDS, OPERATIONS
from git_credential_pat.hosts import families
from git_credential_pat.importing import SOURCES
from git_credential_pat.stdio import say
from git_credential_pat.text import shown
from git_credential_pat.tools import TOOLS

_TABLES: dict[str, Callable[[], Iterable[str]]] = {
    "providers": lambda: (each.name for each in families() if each.is_self_hosted or not each.is_known),
    "backends": lambda: BACKENDS,
    "sources": lambda: SOURCES,
    "frontends": lambda: FRONTENDS,
    "tool-names": lambda: ("git", *TOOLS, "renew", "all"),
    "exec-tools": lambda: variables.TOOLS,
    "topics": lambda: RECIPES,
}
"""What `--provider`, `--backend`, `import`, `answer`, `configure`, `exec` and this command take."""


@click.command("help")
@click.argument("topic", metavar="[COMMAND|TOPIC]", required=False)
@click.pass_context
def command(context: click.Context, topic: str | None) -> None:
    """Show help for a command or a topic.

    Topics: several-organizations, tools, containers, ci, expiry. "providers", "backends", "sources",
    "frontends", "tool-names" and "topics" list what --provider, --backend, import, answer, configure and this
    command take.

    \b
    Examples:
      git credential-pat help seed
      git credential-pat help several-organizations
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    if topic in _TABLES:
        say("\n".join(_TABLES[topic]()))
        return
    if topic in RECIPES:
        say(RECIPES[topic])
        return
    if topic in OPERATIONS:
        say(OF_GIT)
        return
    parent = context.find_root()
    program = parent.command
    if topic is None or not isinstance(program, click.Group):
        say(program.get_help(parent))
        return
    asked = program.get_command(parent, topic)
    if asked is None:
        raise UsageError(f'there is no command or topic "{shown(topic)}"; see "{suggest.own("help")}"')
    say(asked.get_help(click.Context(asked, info_name=topic, parent=parent)))

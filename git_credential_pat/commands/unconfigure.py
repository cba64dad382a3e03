"""`unconfigure`: takes out what `configure` wrote, for Git and for other tools."""

from collections.abc import Sequence

import click

from git_credential_pat import suggest
from git_credential_pat.commands.support.git_lines import remove_lines
from git_credential_pat.commands.support.session import Session, pass_session
from git_credential_pat.commands.support.tool_setup import (
    ALL,
    GIT,
    RENEW,
    around,
    in_turn,
    indented,
    named,
    would_unconfigure,
)
from git_credential_pat.commands.support.tool_setup import unconfigure as unconfigure_tools
from git_credential_pat.errors import PatError, UsageError
from git_credential_pat.git import block
from git_credential_pat.git.config import system_file
from git_credential_pat.git.settings import user_config_file
from git_credential_pat.stdio import say


@click.command("unconfigure")
@click.argument("tools", nargs=-1, metavar="[TOOL]...")
@click.option("--system", is_flag=True, help="For every user of this machine (git config --system).")
@click.option("--dry-run", is_flag=True, help="Only print what would be taken out.")
@pass_session
def command(session: Session, tools: Sequence[str], *, system: bool, dry_run: bool) -> None:
    """Undo what `configure` did for Git, or for the tools that are named.

    The rest of each file and the stored tokens stay as they are. "all" means Git, all tools
    and the timer of "renew".

    \b
    Examples:
      git credential-pat unconfigure
      git credential-pat unconfigure docker
      sudo git credential-pat unconfigure --system
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    from git_credential_pat.commands.support.timer_setup import unconfigure_timer, would_unconfigure_timer

    if system and tools and [*tools] != [GIT]:
        raise UsageError("--system is for Git alone")
    chosen = named(tools, lambda tool: not tool.instead, timer_too=True)
    path = system_file() if system else user_config_file()
    if dry_run:
        lines = block.present(path) if chosen.git else []
        if lines:
            say(f"Git: would take out of {path}:")
            say(indented(block.text_of(lines)))
        is_tool = bool(chosen.tools) and would_unconfigure(chosen.tools, around(session, ()))
        is_timer = chosen.timer and would_unconfigure_timer(around(session, ()))
        if not (lines or is_tool or is_timer):
            say("Nothing would be taken out.")
        return
    failed: list[str] = []
    if chosen.git:
        failed += in_turn(lambda: _unconfigure_git(path, system=system), GIT, is_alone=chosen.is_alone)
    if chosen.tools:
        failed += unconfigure_tools(chosen.tools, around(session, ()), is_all=ALL in tools)
    if chosen.timer:
        place, is_all = around(session, ()), ALL in tools
        failed += in_turn(lambda: unconfigure_timer(place, is_all=is_all), RENEW, is_alone=chosen.is_alone)
    if failed:
        raise PatError(f"not undone: {', '.join(failed)}; the lines above say why")


def _unconfigure_git(path: str, *, system: bool) -> None:
    removed = remove_lines(path, system=system)
    say(f"Git no longer uses this helper ({path})." if removed else f"This helper has no lines in {path}.")
    for line in removed:
        if line.name == "provider":
            command = suggest.git_config(f"pat.{line.url}.provider", line.value)
            say(f"To use its tokens again: {command}")

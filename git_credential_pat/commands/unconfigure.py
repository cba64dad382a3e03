"""`unconfigure`: takes this helper's lines out of git's configuration."""

import click

from git_credential_pat import suggest
from git_credential_pat.commands.support.git_lines import remove_lines
from git_credential_pat.git.config import system_file
from git_credential_pat.git.settings import user_config_file
from git_credential_pat.stdio import say


@click.command("unconfigure")
@click.option("--system", is_flag=True, help="For every user of this machine (git config --system).")
def command(*, system: bool) -> None:
    """Remove this helper's lines from Git's configuration.

    The rest of the file and the stored tokens stay as they are.

    \b
    Examples:
      git credential-pat unconfigure
      sudo git credential-pat unconfigure --system
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    path = system_file() if system else user_config_file()
    removed = remove_lines(path, system=system)
    say(f"Git no longer uses this helper ({path})." if removed else f"This helper has no lines in {path}.")
    for line in removed:
        if line.name == "provider":
            command = suggest.git_config(f"pat.{line.url}.provider", line.value)
            say(f"To use its tokens again: {command}")

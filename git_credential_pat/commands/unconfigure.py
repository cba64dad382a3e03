"""`unconfigure`: takes this helper's lines out of git's configuration."""

import click

from git_credential_pat import suggest
from git_credential_pat.git import block
from git_credential_pat.git.config import system_file
from git_credential_pat.git.settings import user_config_file
from git_credential_pat.stdio import say


@click.command("unconfigure")
@click.option("--system", is_flag=True, help="For every user of this machine (git config --system).")
def command(*, system: bool) -> None:
    """Take this helper's lines out of git's configuration.

    Only what `configure` and `seed` wrote goes; the rest of the file stays byte for byte.
    The tokens stay where they are.
    """
    path = system_file() if system else user_config_file()
    removed = block.remove(path)
    say(f"Git does not ask this helper any more ({path})." if removed else f"Nothing of ours is in {path}.")
    for line in removed:
        if line.name == "provider":
            command = suggest.git_config(f"pat.{line.url}.provider", line.value)
            say(f"To use its tokens again: {command}")

"""`configure`: tells Git to use this helper."""

import click

from git_credential_pat import gitconfig
from git_credential_pat.settings import launcher_path, user_config_file
from git_credential_pat.terminal import say


@click.command("configure")
@click.option("--system", is_flag=True, help="For every user of this machine (git config --system).")
def command(*, system: bool) -> None:
    """Tell Git to ask this helper.

    Writes one block at the end of your git configuration: the helper, beside others that you have; for
    Azure DevOps this helper alone, so that no other keeps copies of its tokens, and the organization in
    each request (useHttpPath).
    """
    path = gitconfig.system_file() if system else user_config_file()
    changed = gitconfig.add(path, gitconfig.helper_lines(gitconfig.helper_command(launcher_path())))
    say(f"Git asks this helper now ({path})." if changed else f"Git asks this helper already ({path}).")

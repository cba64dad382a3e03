"""What Git must be told of tokens that are kept: this helper, and which hosts' requests must name a path."""

from collections.abc import Iterable, Mapping

from git_credential_pat import gitconfig
from git_credential_pat.errors import PatError
from git_credential_pat.scope import Scope
from git_credential_pat.settings import launcher_path, user_config_file


def tell_git(
    scopes: Iterable[Scope], providers: Mapping[str, str], *, configure: bool, alone: bool = True
) -> str:
    """Write the lines for these scopes, and what runs at hosts by their URL; return a line that tells of it.

    Without `configure` only providers are noted; `alone` is as in `gitconfig.helper_lines`. The line is empty
    if nothing had to be written. The tokens are kept already and stay so if this fails; PatError says so.
    """
    hosts = dict.fromkeys(scope._replace(path=scope.path[:1]) for scope in scopes)
    try:
        lines: list[gitconfig.Line] = []
        if configure:
            lines += gitconfig.helper_lines(gitconfig.helper_command(launcher_path()), alone=alone)
            lines += dict.fromkeys(line for host in hosts for line in gitconfig.path_lines(host))
        lines += [gitconfig.Line("pat", url, "provider", name) for url, name in providers.items()]
        path = user_config_file()
        if lines and gitconfig.add(path, lines):
            what = "Git asks this helper now" if configure else f"What runs at {' '.join(providers)} is noted"
            return f"{what} ({path})."
    except PatError as error:
        kept = "the token is kept" if len(hosts) == 1 else "the tokens are kept"
        raise PatError(f"{kept}, but Git does not know of this helper: {error}") from None
    return ""

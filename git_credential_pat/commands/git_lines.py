"""What Git must be told of tokens that are kept: this helper, and which hosts' requests must name a path."""

from collections.abc import Iterable, Mapping, Sequence

from git_credential_pat import gitconfig, notices
from git_credential_pat.commands.session import Session
from git_credential_pat.entry import Entry
from git_credential_pat.errors import PatError
from git_credential_pat.hosts import family_of
from git_credential_pat.scope import Scope
from git_credential_pat.settings import launcher_path, user_config_file


def lines_for(
    scopes: Iterable[Scope], kept: Sequence[Entry], *, needs_source: bool = False
) -> list[gitconfig.Line]:
    """Return the lines for these scopes beside all that is kept.

    As long as a token needs its organization, or `needs_source` says that only the neighbours have one, Git
    goes on asking them for Azure DevOps, but for the organizations of these scopes.
    """
    scopes = list(scopes)
    organizations = None
    if needs_source or notices.unplaced_among(kept):
        is_azure = (scope.path and not family_of(scope).host_covers for scope in scopes)
        organizations = [scope.path[0] for scope, fits in zip(scopes, is_azure, strict=True) if fits]
    lines = gitconfig.helper_lines(gitconfig.helper_command(launcher_path()), organizations)
    hosts = dict.fromkeys(scope._replace(path=scope.path[:1]) for scope in scopes)
    return [*lines, *dict.fromkeys(line for host in hosts for line in gitconfig.path_lines(host))]


def tell_git(
    scopes: Sequence[Scope],
    providers: Mapping[str, str],
    session: Session,
    *,
    configure: bool,
    needs_source: bool = False,
) -> str:
    """Write the lines for these scopes, and what runs at hosts by their URL; return a line that tells of it.

    Without `configure` only providers are noted. The line is empty if nothing had to be written. The tokens
    are kept already and stay so if this fails; PatError says so.
    """
    try:
        lines: list[gitconfig.Line] = []
        if configure:
            lines += lines_for(scopes, session.backend.entries(), needs_source=needs_source)
        lines += [gitconfig.Line("pat", url, "provider", name) for url, name in providers.items()]
        path = user_config_file()
        if lines and gitconfig.add(path, lines):
            what = "Git asks this helper now" if configure else f"What runs at {' '.join(providers)} is noted"
            return f"{what} ({path})."
    except PatError as error:
        kept = "the token is kept" if len(set(scopes)) == 1 else "the tokens are kept"
        raise PatError(f"{kept}, but Git does not know of this helper: {error}") from None
    return ""

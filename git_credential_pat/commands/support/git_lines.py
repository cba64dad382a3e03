"""Git's settings for stored tokens: this helper, and the hosts whose requests must name a path."""

import os
from collections.abc import Iterable, Mapping, Sequence

from git_credential_pat.commands.support.session import Session
from git_credential_pat.errors import PatError
from git_credential_pat.git import block
from git_credential_pat.git.settings import launcher_path, user_config_file
from git_credential_pat.hosts import configured_urls, family_of
from git_credential_pat.importing.support.elsewhere import is_stored_elsewhere
from git_credential_pat.model.entry import Entry
from git_credential_pat.model.scope import Scope
from git_credential_pat.operations import notices


def lines_for(
    scopes: Iterable[Scope], kept: Sequence[Entry], session: Session, *, needs_source: bool = False
) -> list[block.Line]:
    """Return the lines for these scopes beside all that is stored.

    As long as a token needs its organization, or only git-credential-store has one, Git goes on asking its
    other helpers for Azure DevOps, but for the organizations of these scopes; so it does where `needs_source`
    says that they have more.
    """
    scopes = list(scopes)
    alone = configured_urls()
    environment = {os.fsdecode(name): os.fsdecode(value) for name, value in session.environment.items()}
    if needs_source or notices.unplaced_among(kept) or is_stored_elsewhere(kept, environment):
        places = (url for scope in scopes for url in family_of(scope).configured_for(scope))
        alone = tuple(dict.fromkeys(places))
    lines = block.helper_lines(block.helper_command(launcher_path()), alone)
    hosts = dict.fromkeys(scope._replace(path=scope.path[:1]) for scope in scopes)
    urls = dict.fromkeys(url for host in hosts for url in family_of(host).needing_path(host))
    return [*lines, *map(block.path_line, urls)]


def others_are_asked(lines: Iterable[block.Line]) -> str:
    """Return what to add where these lines let Git ask other helpers for Azure DevOps, too; or nothing."""
    if any(line.url in configured_urls() for line in lines):
        return ""
    return (
        " For Azure DevOps, Git also asks your other helpers: they have tokens whose organization is not "
        "known yet."
    )


def configure_git(
    scopes: Sequence[Scope],
    providers: Mapping[str, str],
    session: Session,
    *,
    configure: bool,
    needs_source: bool = False,
) -> str:
    """Write the lines for these scopes, and what runs at hosts by their URL; return a line that reports it.

    Without `configure` only providers are noted. The line is empty if nothing had to be written. The tokens
    are already stored and stay so if this fails; PatError says so.
    """
    try:
        lines: list[block.Line] = []
        if configure:
            lines += lines_for(scopes, session.backend.entries(), session, needs_source=needs_source)
        beside = others_are_asked(lines) if configure else ""
        lines += [block.Line("pat", url, "provider", name) for url, name in providers.items()]
        path = user_config_file()
        if lines and block.add(path, lines):
            what = "Git uses this helper" if configure else f"Stored what runs at {' '.join(providers)}"
            return f"{what} ({path}).{beside}"
    except PatError as error:
        kept = "the token is stored" if len(set(scopes)) == 1 else "the tokens are stored"
        raise PatError(f"{kept}, but Git does not use this helper yet: {error}") from None
    return ""

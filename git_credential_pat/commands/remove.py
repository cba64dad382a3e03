"""`remove URL`: destroys entries."""

import click

from git_credential_pat import suggest
from git_credential_pat.backends import Change
from git_credential_pat.commands.support.places import entries_at, usernames
from git_credential_pat.commands.support.session import Session, pass_session
from git_credential_pat.commands.support.tool_setup import updated_tools
from git_credential_pat.errors import PatError
from git_credential_pat.model.renewal import is_placeholder, renewal_of
from git_credential_pat.operations import notices
from git_credential_pat.operations.sign_in_cache import SIGN_IN, is_cache
from git_credential_pat.stdio import notice, say, stdin_is_terminal
from git_credential_pat.system.terminal import confirm


@click.command("remove")
@click.argument("url")
@click.option("--username", metavar="NAME", help="Username, if several tokens are stored.")
@click.option("--all", "every", is_flag=True, help="All tokens of that organization, whatever the username.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@pass_session
def command(session: Session, url: str, username: str | None, *, every: bool, yes: bool) -> None:
    """Delete the stored token for URL.

    The token stays valid at its host; `revoke` ends it there, too.

    \b
    Examples:
      git credential-pat remove https://dev.azure.com/fabrikam
      git credential-pat remove https://gitlab.com/group --username jane
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    session.require_own_home()
    entries, family = entries_at(url, username, session, with_sign_ins=True)
    scope = entries[0].scope.text
    names = usernames(entries, family, session)
    if len({entry.key[:3] for entry in entries}) > 1 and not every:
        raise PatError(
            f"several tokens are stored for {scope} (usernames {names}); choose one with --username, "
            "or give --all"
        )
    noun = SIGN_IN if is_cache(entries[0]) else notices.noun(entries[0])
    what, it_works = f"the {noun}", "It still works"
    if len(entries) > 1:
        what, it_works = f"{len(entries)} tokens", "They still work"
    if all(map(is_placeholder, entries)):
        what, it_works = "what is noted of a token that may have been made", "If it was, it works"
    tokens = [entry for entry in entries if not (entry.sign_in or is_cache(entry))]
    living = [entry for entry in tokens if renewal_of(entry).revoked is None]
    whose = "" if all(map(is_cache, entries)) else f" (username {names})"
    if not yes and stdin_is_terminal():
        session.settings.require_prompts("give --yes")
        if any(entry.login and family.lifecycle(entry.login[1]).revokes for entry in living):
            working = f"{it_works[0].lower()}{it_works[1:]} at the host"
            notice(f"{working}; to end that too, run instead: {suggest.revoke(scope)}")
        if not confirm(f"Remove {what} for {scope}{whose} for good?"):
            raise PatError("not removed")
    session.backend.apply([Change(entry, None) for entry in entries])
    page = family.token_page(entries[0].scope) if living else None
    say(f"Removed {what} for {scope}." + (f" {it_works} until revoked at {page}" if page else ""))
    if updated := updated_tools(session):
        say(updated)

"""`revoke [URL]...`: ends stored tokens at their hosts."""

from collections import Counter
from collections.abc import Iterable, Sequence

import click

from git_credential_pat.commands.support.places import entries_at, none_in_use
from git_credential_pat.commands.support.renewing import (
    STYLES,
    around_of,
    check_named,
    interrupted,
    place_of,
    show,
    status_of,
)
from git_credential_pat.commands.support.session import Session, pass_session
from git_credential_pat.commands.support.showing import name_of, scope_of
from git_credential_pat.commands.support.signing_in import sign_in_first, signing_in
from git_credential_pat.commands.support.tool_setup import updated_tools
from git_credential_pat.commands.support.verifying import warn_of_unchecked
from git_credential_pat.errors import PatError, UsageError
from git_credential_pat.hosts import family_of
from git_credential_pat.model import NamedTuple
from git_credential_pat.model.entry import REJECTED, Entry
from git_credential_pat.model.renewal import is_pending, is_placeholder, renewal_of
from git_credential_pat.operations.sign_in_cache import is_cache
from git_credential_pat.renewal import BY_HAND, FAILED, REVOKED, Around, Outcome
from git_credential_pat.renewal.revoking import is_revocable, revoke, same_tokens
from git_credential_pat.renewal.unfinished import end_unfinished
from git_credential_pat.stdio import notice, say, stdin_is_terminal
from git_credential_pat.system.printing import print_table, progress
from git_credential_pat.system.terminal import confirm

_COLUMNS = ("OUTCOME", "SCOPE", "USERNAME", "WHY")


class Options(NamedTuple):
    """The options of the command line."""

    username: str | None
    every: bool
    yes: bool
    as_json: bool
    entra_token_stdin: bool
    label: str


@click.command("revoke")
@click.argument("urls", nargs=-1, metavar="[URL]...")
@click.option("--username", metavar="NAME", help="Username, if several tokens are stored.")
@click.option("--all", "every", is_flag=True, help="Every stored token, also those set aside: after a leak.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@click.option("--entra-token-stdin", is_flag=True, hidden=True)  # az needs none
@click.option("--label", default="", metavar="NAME", hidden=True)  # the message that needs it names it
@pass_session
def command(session: Session, /, urls: Sequence[str], **options: object) -> int:
    """End a stored token at its host, for good.

    Its entries are set aside, and one that it replaced and that still lives is ended too. GitLab, GitHub and
    Azure DevOps let a program do this; for others, the page is printed.
    There are more options: --entra-token-stdin, --label.

    Status 1: one failed; 5: a host did not answer; 6: one waits for a person.

    \b
    Examples:
      git credential-pat revoke https://gitlab.com/group
      git credential-pat revoke --all
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    return _revoke(session, urls, Options(**options))  # type: ignore[arg-type]  # click made each of its type


def _revoke(session: Session, urls: Sequence[str], options: Options) -> int:
    check_named(urls, options.username, every=options.every)
    if options.label and options.every:
        raise UsageError("--label is for the token of one URL; leave out --all")
    session.require_own_home()
    around = around_of(session, signing_in(session, from_stdin=options.entra_token_stdin))
    groups, unfinished = _groups(urls, options.username, session, around)
    able = [group for group in groups if is_revocable(group[0], around)]
    asked_about = [*able, *([entry] for entry in unfinished)]
    if asked_about and not options.yes:
        _ask(asked_about, session)
    warn_of_unchecked([group[0].scope for group in able], session)
    sign_in_first(able, around)
    outcomes: list[Outcome] = []
    broken_off = None
    try:
        with progress("Asking the hosts", len(groups)) as advance:
            outcomes += end_unfinished(unfinished, around)
            for group in groups:
                outcomes += revoke(group, around, options.label)
                advance()
    except KeyboardInterrupt:
        broken_off = interrupted("revoked")
    _print(outcomes, session, options)
    is_changed = any(outcome.outcome == REVOKED for outcome in outcomes)
    if is_changed and (updated := updated_tools(session)):
        (notice if options.as_json else say)(updated)
    if broken_off:
        raise broken_off
    return status_of(outcomes)


def _groups(
    urls: Sequence[str], username: str | None, session: Session, around: Around
) -> tuple[list[list[Entry]], list[Entry]]:
    """Return the entries to revoke, and all others that hold one of their tokens, in groups of one token.

    Then the placeholders of what may have been made and lost.
    """
    entries = session.backend.entries()
    stored = [entry for entry in entries if _is_alive(entry)]
    unfinished = [entry for entry in entries if is_placeholder(entry)]
    meant = stored
    if urls:
        named = {entry for url in urls for entry in _named(url, username, session)}
        meant = [
            entry
            for entry in stored
            if entry in named or (is_pending(entry) and any(map(entry.is_beside, named)))
        ]
        unfinished = [entry for entry in unfinished if entry in named]
    groups = [group for group in same_tokens(stored, around) if any(entry in meant for entry in group)]
    if not (groups or unfinished):
        raise PatError("no token is stored that could be revoked; nothing was changed")
    return groups, unfinished


def _named(url: str, username: str | None, session: Session) -> list[Entry]:
    """Return the entries in use at a place, and those that wait there to be revoked."""
    found, _ = entries_at(url, username, session)
    unfinished = [entry for entry in found if is_placeholder(entry)]
    named = [entry for entry in found if entry.state != REJECTED or is_pending(entry)]
    if not (unfinished or any(map(_is_alive, named))):
        raise none_in_use(found)
    return named + unfinished


def _is_alive(entry: Entry) -> bool:
    """Return whether an entry has a token that nobody is known to have ended."""
    has_none = entry.is_sign_on or entry.sign_in or is_placeholder(entry) or is_cache(entry)
    return not has_none and renewal_of(entry).revoked is None


def _ask(able: Sequence[Sequence[Entry]], session: Session) -> None:
    """Have the user say yes, or raise PatError."""
    if not stdin_is_terminal():
        raise UsageError("revoking is for good; give --yes")
    session.settings.require_prompts("give --yes")
    hosts = Counter(group[0].scope.host.decode("ascii") for group in able)
    where = ", ".join(f"{count} at {host}" for host, count in sorted(hosts.items()))
    what = f"{len(able)} tokens for good ({where})"
    if len(able) == 1:
        scopes = " and ".join(dict.fromkeys(scope_of(entry) for entry in able[0]))
        what = f"the token for {scopes} for good"
    elif old := _replaced_by(able):
        one = "the one that it replaced" if old == 1 else f"the {old} that it replaced"
        what = f"the token for {scope_of(able[0][0])} and {one} for good"
    if not confirm(f"Revoke {what}?"):
        raise PatError("nothing was revoked")


def _replaced_by(able: Sequence[Sequence[Entry]]) -> int:
    """Return how many tokens one has replaced, if all are of its place; else 0."""
    entries = [entry for group in able for entry in group]
    in_use = [entry for entry in entries if entry.state != REJECTED]
    others = [entry for entry in entries if entry.state == REJECTED]
    is_one = len(in_use) == 1 and all(is_pending(old) and old.is_beside(in_use[0]) for old in others)
    return len(able) - 1 if is_one else 0


def _print(outcomes: Sequence[Outcome], session: Session, options: Options) -> None:
    """Print what became of the tokens: as a table with the pages that are left, if it is about all."""
    if options.as_json or not options.every:
        show(outcomes, session, as_json=options.as_json)
        return
    rows = [
        [outcome.outcome, place_of(outcome), name_of(outcome.entry, session), outcome.why]
        for outcome in outcomes
    ]
    print_table(_COLUMNS, rows, [STYLES[outcome.outcome] for outcome in outcomes], notes=1)
    for line in _pages(outcomes, session):
        say(line)


def _pages(outcomes: Iterable[Outcome], session: Session) -> list[str]:
    """Return where a person goes on, each page once."""
    left = [outcome for outcome in outcomes if outcome.outcome in (BY_HAND, FAILED)]
    pages = Counter(outcome.page or _nameless(outcome, session) for outcome in left)
    if not pages:
        return []
    return ["To revoke the rest, go to:", *(f"  {page}  ({count})" for page, count in sorted(pages.items()))]


def _nameless(outcome: Outcome, session: Session) -> str:
    scope = outcome.entry.scope
    return family_of(scope, session.settings.providers).server(scope).text

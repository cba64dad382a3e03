"""`extend [URL]...`: gives stored tokens a later end, where their host does that."""

from collections.abc import Sequence

import click

from git_credential_pat import suggest
from git_credential_pat.commands.support.expiry import LONGEST
from git_credential_pat.commands.support.identifying import identified
from git_credential_pat.commands.support.renewing import (
    around_of,
    check_named,
    interrupted,
    is_due,
    show,
    status_of,
    tokens_at,
)
from git_credential_pat.commands.support.session import Session, pass_session
from git_credential_pat.commands.support.signing_in import sign_in_first, signing_in
from git_credential_pat.commands.support.tool_setup import updated_tools
from git_credential_pat.commands.support.verifying import warn_of_unchecked
from git_credential_pat.errors import InterruptedByUserError, PatError
from git_credential_pat.hosts.support.lifecycle import UnableError, UnidentifiedError
from git_credential_pat.model import NamedTuple
from git_credential_pat.model.entry import Entry
from git_credential_pat.renewal import BY_HAND, EXTENDED, NOT_DUE, Around, Outcome
from git_credential_pat.renewal.asking import kind_of
from git_credential_pat.renewal.extending import extend
from git_credential_pat.renewal.rotating import failed, page_of, tokens_of
from git_credential_pat.stdio import notice, say, stdin_is_terminal
from git_credential_pat.system.printing import progress
from git_credential_pat.system.terminal import confirm


class Options(NamedTuple):
    """The options of the command line."""

    username: str | None
    every: bool
    within: int | None
    days: int
    yes: bool
    dry_run: bool
    as_json: bool
    label: str
    entra_token_stdin: bool


@click.command("extend")
@click.argument("urls", nargs=-1, metavar="[URL]...")
@click.option(
    "--days",
    type=click.IntRange(1, LONGEST),
    required=True,
    metavar="N",
    help="Valid for so many days from now.",
)
@click.option("--username", metavar="NAME", help="Username, if several tokens are stored.")
@click.option("--all", "every", is_flag=True, help="Every stored token.")
@click.option("--within", type=click.IntRange(0, LONGEST), metavar="N", help="Only what ends within N days.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask whether to go on.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@click.option("--label", default="", metavar="NAME", hidden=True)  # the message that needs it names it
@click.option("--entra-token-stdin", is_flag=True, hidden=True)  # az needs none
@pass_session
def command(session: Session, /, urls: Sequence[str], **options: object) -> int:
    """Give a stored token a later end; the token stays the same.

    Azure DevOps does this, by az. At other hosts, rotate does what can be done.
    There are more options: --entra-token-stdin, --label.

    \b
    Example:
      git credential-pat extend https://dev.azure.com/fabrikam --days 90
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    return _extend(session, urls, Options(**options))  # type: ignore[arg-type]  # click made each of its type


def _extend(session: Session, urls: Sequence[str], options: Options) -> int:
    check_named(urls, options.username, every=options.every)
    session.require_own_home()
    entries = tokens_at(urls, options.username, session)
    due = [entry for entry in entries if is_due(entry, options.within, session)]
    sign_in = signing_in(session, from_stdin=options.entra_token_stdin, dry_run=options.dry_run)
    around = around_of(session, sign_in, dry_run=options.dry_run)
    groups = tokens_of(due, around)
    able = sum(kind_of(group[0], around).extends for group in groups)
    if options.every and able and not _goes_on(able, session, options):
        raise PatError("nothing was changed")
    warn_of_unchecked([entry.scope for entry in due], session)
    sign_in_first(groups, around)
    outcomes = [Outcome(entry, NOT_DUE) for entry in entries if entry not in due]
    unknown: list[tuple[list[Entry], UnidentifiedError]] = []
    is_alone = options.as_json or options.dry_run or session.settings.no_prompt
    may_say = bool(options.label) or (stdin_is_terminal() and not is_alone)
    broken_off: PatError | None = None
    try:
        with progress("Asking the hosts", len(groups)) as advance:
            for group in groups:
                try:
                    outcomes += _one(group, around, options, must_know=not may_say)
                except UnidentifiedError as error:
                    unknown.append((group, error))
                advance()
        for group, which in unknown:
            known = identified(group, which, options.label, around)
            outcomes += _one(known or group, around, options, must_know=True)
    except (KeyboardInterrupt, InterruptedByUserError):
        broken_off = interrupted("extended")
    except PatError as error:
        broken_off = error
    if broken_off and not outcomes:
        raise broken_off
    worth_a_line = [outcome for outcome in outcomes if outcome.outcome != NOT_DUE or outcome.why]
    show(
        outcomes if options.as_json else worth_a_line,
        session,
        as_json=options.as_json,
        dry_run=options.dry_run,
    )
    is_changed = not options.dry_run and any(outcome.outcome == EXTENDED for outcome in outcomes)
    if is_changed and (updated := updated_tools(session)):
        (notice if options.as_json else say)(updated)
    if broken_off:
        raise broken_off
    return status_of(outcomes)


def _one(group: Sequence[Entry], around: Around, options: Options, *, must_know: bool) -> list[Outcome]:
    """Extend what a group holds; raises UnidentifiedError if the user may say which token it is."""
    try:
        return extend(group, options.days, around)
    except UnableError as error:
        rotate = suggest.own("rotate", group[0].scope.text)
        why = f"{error}; to put another token in its place, run: {rotate}"
        return [Outcome(entry, BY_HAND, why, page_of(entry, around)) for entry in group]
    except PatError as error:
        if isinstance(error, UnidentifiedError) and not must_know:
            raise
        return failed(group, error, around)


def _goes_on(count: int, session: Session, options: Options) -> bool:
    if options.yes or options.dry_run or not stdin_is_terminal():
        return True
    session.settings.require_prompts("give --yes")
    return confirm(f"Extend {count} token{'' if count == 1 else 's'}?")

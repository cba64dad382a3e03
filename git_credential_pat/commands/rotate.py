"""`rotate [URL]...`: puts another token in the place of the stored one."""

from collections.abc import Sequence
from contextlib import suppress

import click

from git_credential_pat.commands.support.expiry import LONGEST
from git_credential_pat.commands.support.guided import Guide
from git_credential_pat.commands.support.identifying import identified
from git_credential_pat.commands.support.renewing import (
    around_of,
    can_wait,
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
from git_credential_pat.commands.support.unattended import recorded
from git_credential_pat.commands.support.verifying import warn_of_unchecked
from git_credential_pat.errors import PatError
from git_credential_pat.hosts.support.lifecycle import UnableError, UnidentifiedError
from git_credential_pat.model import NamedTuple
from git_credential_pat.model.entry import DAY, REJECTED, Entry
from git_credential_pat.renewal import BY_HAND, EXTENDED, FAILED, NOT_DUE, ROTATED, Around, Outcome
from git_credential_pat.renewal.asking import kind_of
from git_credential_pat.renewal.extending import extend
from git_credential_pat.renewal.pending import revoke_pending
from git_credential_pat.renewal.revoking import same_tokens
from git_credential_pat.renewal.rotating import failed, renewal_page_of, rotate, tokens_of
from git_credential_pat.renewal.unfinished import end_unfinished
from git_credential_pat.stdio import notice, say, stdin_is_terminal
from git_credential_pat.system.printing import progress
from git_credential_pat.system.terminal import confirm


class Options(NamedTuple):
    """The options of the command line."""

    username: str | None
    every: bool
    within: int | None
    days: int | None
    yes: bool
    dry_run: bool
    as_json: bool
    unattended: bool
    grace: int
    extend_first: bool
    label: str
    entra_token_stdin: bool


@click.command("rotate")
@click.argument("urls", nargs=-1, metavar="[URL]...")
@click.option("--username", metavar="NAME", help="Username, if several tokens are stored.")
@click.option("--all", "every", is_flag=True, help="Every stored token.")
@click.option("--within", type=click.IntRange(0, LONGEST), metavar="N", help="Only what ends within N days.")
@click.option(
    "--days",
    type=click.IntRange(1, LONGEST),
    metavar="N",
    help="How long the next one lives.",
)
@click.option(
    "--grace", type=click.IntRange(0, LONGEST), default=1, metavar="N", help="Days the old one lives on."
)
@click.option("--extend-first", is_flag=True, help="Rather give the same token a later end.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask whether to go on.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@click.option("--unattended", is_flag=True, hidden=True)  # for the timer, which `configure renew` switches on
@click.option("--label", default="", metavar="NAME", hidden=True)  # the message that needs it names it
@click.option("--entra-token-stdin", is_flag=True, hidden=True)  # az needs none
@pass_session
def command(session: Session, /, urls: Sequence[str], **options: object) -> int:
    """Put another token in the place of a stored one.

    GitLab does this itself, Azure DevOps by az; else a person is led through it.
    There are more options: --entra-token-stdin, --label.

    Status 1: one failed; 5: a host did not answer; 6: one waits for a person.

    \b
    Examples:
      git credential-pat rotate https://gitlab.com/group
      git credential-pat rotate --all --within 14
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    return _rotate(session, urls, Options(**options))  # type: ignore[arg-type]  # click made each of its type


def _rotate(session: Session, urls: Sequence[str], options: Options) -> int:
    check_named(urls, options.username, every=options.every)
    session.require_own_home()
    session.may_ask = not options.unattended
    if options.dry_run or not options.unattended:
        return _done(urls, session, options, [])
    with recorded(session) as outcomes:
        return _done(urls, session, options, outcomes)


def _done(urls: Sequence[str], session: Session, options: Options, outcomes: list[Outcome]) -> int:
    """Rotate, print what came of it, and return the status; the outcomes are added to a list."""
    sign_in = signing_in(session, from_stdin=options.entra_token_stdin, dry_run=options.dry_run)
    around = around_of(session, sign_in, dry_run=options.dry_run)._replace(grace=options.grace * DAY)
    entries, due = _chosen(urls, session, options, around)
    groups = tokens_of(due, around)
    if options.every and groups and not _goes_on(groups, session, options):
        raise PatError("nothing was changed")
    warn_of_unchecked([entry.scope for entry in due], session)
    sign_in_first(groups, around)
    outcomes += [Outcome(entry, NOT_DUE) for entry in entries if entry not in due]
    try:
        if options.every:  # first, for what was lost may look like one that is stored
            left = [entry for entry in around.backend.entries() if entry not in due]
            outcomes += end_unfinished(left, around)
        led = _by_programs(groups, around, options, outcomes, may_lead=_may_lead(session, options))
        if options.every:
            outcomes += revoke_pending(around)
    except (KeyboardInterrupt, PatError) as error:
        if outcomes:
            show(outcomes if options.as_json else _worth_a_line(outcomes), session, as_json=options.as_json)
        raise (interrupted("done") if isinstance(error, KeyboardInterrupt) else error) from None
    shown = outcomes if options.as_json else _worth_a_line(outcomes)
    show(shown, session, as_json=options.as_json, dry_run=options.dry_run)
    if not (shown or led or options.unattended):
        say("No token is due.")
    try:
        _lead(led, Guide(session, around, options.days, options.yes), outcomes)
    finally:
        is_changed = any(outcome.outcome in (ROTATED, EXTENDED) for outcome in outcomes)
        if is_changed and not options.dry_run and (updated := updated_tools(session)):
            (notice if options.as_json else say)(updated)
    return status_of(outcomes)


def _chosen(
    urls: Sequence[str], session: Session, options: Options, around: Around
) -> tuple[list[Entry], list[Entry]]:
    """Return the entries that are meant, and of these what is due, with all that holds one of its tokens."""
    entries = tokens_at(urls, options.username, session)
    within = options.within
    if options.unattended:
        entries = [entry for entry in entries if session.settings.renews(entry.scope)]
        within = session.settings.renew_within if within is None else within
    due = [
        entry
        for entry in entries
        if is_due(entry, within, session) and not (options.unattended and can_wait(entry, session))
    ]
    return entries, _with_copies(due, around)


def _lead(led: Sequence[list[Outcome]], guide: Guide, outcomes: list[Outcome]) -> None:
    """Lead a person through what no program may do, and add what came of it to the outcomes."""
    for at, waiting in enumerate(led, 1):
        came = guide.lead(waiting, f"{at} of {len(led)}" if len(led) > 1 else "")
        show(came, guide.session, as_json=False)
        outcomes += came


def _by_programs(
    groups: Sequence[list[Entry]],
    around: Around,
    options: Options,
    outcomes: list[Outcome],
    *,
    may_lead: bool,
) -> list[list[Outcome]]:
    """Do what programs may, and add it to the outcomes; return what a person who is there is led through."""
    led: list[list[Outcome]] = []
    unknown: list[tuple[list[Entry], UnidentifiedError]] = []
    with progress("Asking the hosts", len(groups)) as advance:
        for group in groups:
            try:
                came = _one(group, around, options, may_leave=not (may_lead or options.label))
                is_led = came[0].outcome == BY_HAND and may_lead
                (led.append if is_led else outcomes.extend)(came)
            except UnidentifiedError as error:
                unknown.append((group, error))
            advance()
    for group, which in unknown:
        known = identified(group, which, options.label, around)
        outcomes += _one(known or group, around, options, may_leave=True)
    return led


def _one(group: Sequence[Entry], around: Around, options: Options, *, may_leave: bool) -> list[Outcome]:
    """Rotate or extend what a group holds; raises UnidentifiedError if the user may say which token it is."""
    if not kind_of(group[0], around).authority:
        return _by_hand(group, "", around)
    try:
        return _renewed(group, around, options, may_leave=may_leave)
    except UnableError as error:
        return _by_hand(group, str(error), around)
    except PatError as error:
        if isinstance(error, UnidentifiedError) and not may_leave:
            raise
        return failed(group, error, around)


def _renewed(group: Sequence[Entry], around: Around, options: Options, *, may_leave: bool) -> list[Outcome]:
    """Extend tokens if that is wanted and their host does it; else rotate them."""
    if options.extend_first and kind_of(group[0], around).extends:
        with suppress(UnableError):
            extended = extend(group, options.days, around)
            if extended[0].outcome != FAILED:
                return extended
    return rotate(group, options.days, around, may_leave=may_leave)


def _by_hand(group: Sequence[Entry], why: str, around: Around) -> list[Outcome]:
    return [Outcome(entry, BY_HAND, why, renewal_page_of(entry, around)) for entry in group]


def _may_lead(session: Session, options: Options) -> bool:
    """Return whether a person is there to be led through what no program may do."""
    is_alone = options.as_json or options.dry_run or options.unattended
    return not is_alone and stdin_is_terminal() and not session.settings.no_prompt


def _with_copies(due: Sequence[Entry], around: Around) -> list[Entry]:
    """Add the other entries in use that hold one of these tokens: what replaces it, replaces it there too."""
    held = {entry for entry in due if not kind_of(entry, around).leaves_old}
    in_use = [entry for entry in around.backend.entries() if entry.state != REJECTED]
    groups = same_tokens([*held, *in_use], around)
    copies = [entry for group in groups if not held.isdisjoint(group) for entry in group]
    found: dict[object, Entry] = {}
    for entry in (*due, *copies):  # another run may have noted something of one meanwhile
        found.setdefault((entry.key, entry.secret), entry)
    return [*found.values()]


def _goes_on(groups: Sequence[Sequence[Entry]], session: Session, options: Options) -> bool:
    if options.yes or options.dry_run or options.unattended or not stdin_is_terminal():
        return True
    session.settings.require_prompts("give --yes")
    return confirm(f"Rotate {len(groups)} token{'' if len(groups) == 1 else 's'}?")


def _worth_a_line(outcomes: Sequence[Outcome]) -> list[Outcome]:
    return [outcome for outcome in outcomes if outcome.outcome != NOT_DUE or outcome.why]

"""`import SOURCE [PLACE…]`: adds the tokens that other tools keep, and can delete them there."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

import click

from git_credential_pat.backends import Change
from git_credential_pat.commands.support.git_lines import LinesToPasteError, configure_git
from git_credential_pat.commands.support.global_warning import warn_of_stored
from git_credential_pat.commands.support.import_shown import counted, show
from git_credential_pat.commands.support.passphrase_input import all_ways
from git_credential_pat.commands.support.places import url_of
from git_credential_pat.commands.support.session import Session, pass_session
from git_credential_pat.commands.support.tool_setup import updated_tools
from git_credential_pat.commands.support.unplaced import say_unplaced
from git_credential_pat.commands.support.verifying import verdicts, warn_of_unchecked
from git_credential_pat.errors import PatError, UsageError
from git_credential_pat.git.settings import user_config_file
from git_credential_pat.hosts.support.verdict import NOT_VERIFIED, VALID
from git_credential_pat.importing import Around, Reading, Source, source_named
from git_credential_pat.importing.support.placing import guesses, planned
from git_credential_pat.importing.support.plan import ADDED, Guess, Plan
from git_credential_pat.importing.support.scrubbing import scrub
from git_credential_pat.model.entry import Entry
from git_credential_pat.operations.answering import commit
from git_credential_pat.oskeyring.keyring import Keyring
from git_credential_pat.stdio import notice, say, stdin_is_terminal
from git_credential_pat.suggest import configure
from git_credential_pat.system.printing import progress
from git_credential_pat.system.terminal import confirm, is_there

_MANY = 1000
"""Logins that take long enough for a bar to be seen."""
_MOST_GUESSES = 100
_PATIENCE = 20.0
"""Seconds after which no answer to a guess is waited for any more."""


@dataclass(frozen=True)
class Options:
    """The command line, as it was given."""

    dry_run: bool
    scrub: bool
    yes: bool
    verify: bool
    configure: bool
    as_json: bool


@click.command("import")
@click.argument("source", metavar="SOURCE")
@click.argument("places", nargs=-1, metavar="[PLACE]...")
@click.option("--dry-run", is_flag=True, help="Only show what would be added.")
@click.option("--scrub", is_flag=True, help="Delete stored tokens at the source.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask before deleting.")
@click.option(
    "--no-verify",
    "verify",
    flag_value=False,
    default=True,
    help="Do not ask the host about usernames.",
)
@click.option(
    "--no-configure", "configure", flag_value=False, default=True, help="Do not change Git's configuration."
)
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@pass_session
def command(session: Session, /, source: str, places: tuple[str, ...], **options: bool) -> None:
    """Store the tokens that another tool has.

    SOURCE is git-credentials (git credential-store), netrc, libsecret, osxkeychain (untried on a Mac), pass,
    remotes (tokens in URLs), az-devops, tfx, gcm, gh, glab, vault (a backup or another machine's) or
    environment. PLACE is another file or folder, or an organization's or a host's URL.

    Never changes a stored token; changes the source only with --scrub. Asks Azure DevOps whether a username
    is the organization's name.

    \b
    Examples:
      git credential-pat import git-credentials --dry-run
      git credential-pat import remotes ~/src/web --scrub
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    _import(session, source_named(source), places, Options(**options))


def _import(session: Session, source: Source, places: Sequence[str], options: Options) -> None:
    if options.scrub:
        _check_scrub(source, options)
    if not options.dry_run:
        session.require_own_home(*([user_config_file()] if options.configure else []))
    reading = _read(session, source, places)
    proven = _proven(reading, session) if options.verify else set()
    plans: list[Plan] = []

    def decide() -> list[Change]:
        count = len(reading.found)
        with progress("Placing", count if count >= _MANY else 0) as advance:
            entries = session.backend.entries()
            plans.append(planned(reading.found, entries, session.settings, session.now, proven, advance))
        return plans[-1].changes

    if options.dry_run:
        decide()
        show(plans[-1], dry_run=True, as_json=options.as_json)
        return
    asks = options.scrub and not options.yes
    if asks:
        decide()
        _confirm(plans[-1], session, options)
    commit(session.backend, decide)
    _finish(session, plans[-1], options, is_known=asks and bool(plans[-1].traces))


def _proven(reading: Reading, session: Session) -> set[Guess]:
    """Ask the host which of the organizations that usernames may name take the token beside them."""
    waiting = guesses(reading.found, session.backend.entries())[:_MOST_GUESSES]
    if not waiting:
        return set()
    guessed = {Entry(guess.organization, b"", guess.token): guess for guess in waiting}
    host = waiting[0].organization.host.decode("ascii")
    warn_of_unchecked([guess.organization for guess in waiting], session)
    proven: set[Guess] = set()
    unasked = ""
    patience = monotonic() + _PATIENCE
    with progress(f"Asking {host}", len(guessed)) as advance:
        for entry, verdict in verdicts([*guessed], None, session):
            advance()
            if verdict.outcome == VALID and not verdict.why:  # nor known there without access
                proven.add(guessed[entry])
            elif verdict.outcome == NOT_VERIFIED:
                unasked = verdict.why
            if monotonic() > patience:
                break
    if unasked:
        notice(f"warning: the organization of a token could not be checked ({unasked})")
    return proven


def _check_scrub(source: Source, options: Options) -> None:
    if source.stays:
        raise UsageError(source.stays)
    if not (options.yes or options.dry_run or stdin_is_terminal()):
        raise PatError("there is no terminal to ask before deleting; give --yes")


def _read(session: Session, source: Source, places: Sequence[str]) -> Reading:
    if source.takes_paths:
        places = [session.resolved(place) for place in places]
    elif len(places) > 1 and not source.many:
        raise UsageError("give one URL")
    settings = session.settings
    may_ask = session.may_prompt and is_there()
    environment = {os.fsdecode(name): os.fsdecode(value) for name, value in session.environment.items()}
    has_keyring = bool(settings.session_bus) or sys.platform != "linux"
    keyring = Keyring(settings.keyring_backend, session_bus=settings.session_bus, interactive=may_ask)
    around = Around(
        environment["HOME"],
        session.folder,
        environment,
        keyring if has_keyring else None,
        may_ask,
        settings,
        all_ways(session),
    )
    if not source.takes_paths:
        places = [url_of(place, session).scope.text for place in places]
    reading = source.find(around, places)
    for note in reading.notes:
        notice(f"warning: {note}")
    return reading


def _confirm(plan: Plan, session: Session, options: Options) -> None:
    """Ask before the first change, for what is deleted cannot be brought back; raise PatError on a no."""
    waiting = len(plan.traces)
    if not waiting:
        return
    session.settings.require_prompts("give --yes")
    if not options.as_json:
        show(plan, dry_run=True, as_json=False)
    added = plan.count(ADDED)
    delete = f"elete {counted(waiting)} at the source?"
    if not confirm(f"Add {counted(added)}, then d{delete}" if added else f"D{delete}"):
        raise PatError("nothing was changed")


def _finish(session: Session, plan: Plan, options: Options, *, is_known: bool) -> None:
    """Configure Git, delete at the source and show it all; the tokens are already stored by now."""
    traces = plan.traces
    lines: list[str] = []
    failure: PatError | None = None
    try:
        if news := session.backend.news():
            lines.append(news)
        if plan.scopes:
            lines.append(
                configure_git(
                    plan.scopes,
                    plan.providers,
                    session,
                    configure=options.configure,
                    needs_source=plan.needs_source,
                )
            )
            lines.append(updated_tools(session))
        if options.scrub:
            lines.append(f"Deleted {counted(scrub(traces))} at the source.")
        elif traces:
            lines.append(f"{counted(len(traces)).capitalize()} can be deleted at the source: give --scrub.")
    except PatError as error:
        failure = _as_json_has_it(error) if options.as_json else error
    show(plan, dry_run=False, as_json=options.as_json, is_known=is_known)
    warn_of_stored(plan.scopes, session)
    for line in lines if not options.as_json else ():
        if line:
            say(line)
    if not options.as_json:
        say_unplaced(plan.unplaced)
    if failure:
        raise failure


def _as_json_has_it(error: PatError) -> PatError:
    """Return the message without lines to paste, where standard output has nothing but the object."""
    if not (isinstance(error, LinesToPasteError) and error.text):
        return error
    return PatError(f"the tokens are stored, but Git does not use this helper yet; run: {configure()}")

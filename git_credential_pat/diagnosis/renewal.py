"""Renewal without a person: whether a timer runs where the settings want one, and what its last run did."""

from collections.abc import Iterator
from time import gmtime, strftime

from git_credential_pat import suggest
from git_credential_pat.diagnosis.support.surroundings import Surroundings
from git_credential_pat.diagnosis.tools import place_of
from git_credential_pat.errors import PatError
from git_credential_pat.model.entry import DAY, REJECTED, SECOND, Entry, Nanoseconds
from git_credential_pat.model.finding import Finding, note, ok, problem, refused
from git_credential_pat.model.renewal import is_pending, is_placeholder, renewal_of
from git_credential_pat.operations.notices import username_option
from git_credential_pat.renewal import BY_HAND, FAILED
from git_credential_pat.renewal.record import LastRun, Result, last_run
from git_credential_pat.system.services import Services
from git_credential_pat.tools.support import timer

_LATE = 3 * DAY
"""Seconds after which a daily run is late."""


def check_renewal(around: Surroundings) -> Iterator[Finding]:
    """Report a timer that lacks or is of no use, what failed, and what is still to be done at hosts."""
    settings = around.settings
    is_wanted = settings.renews_any
    place = place_of(around)
    is_there = any(change.is_there() for change in timer.Timer().changes(place))
    if is_wanted or is_there:
        yield from _timer(around, is_wanted=is_wanted)
        run = last_run(settings.data_folder)
        if is_wanted and run is not None:
            yield from _last(run, around)
    for entry in around.known_entries:
        yield from _about(entry, around)


def _timer(around: Surroundings, *, is_wanted: bool) -> Iterator[Finding]:
    services = Services(around.variables)
    is_on = services.is_on(timer.UNIT) or timer.is_in(services.crontab)
    if is_wanted and not is_on:
        text = "pat.renew is auto, but no timer runs that renews tokens"
        yield problem(text, suggest.own("configure", timer.RENEW))
    elif not is_wanted:
        text = "a timer is there to renew tokens, but pat.renew is never for all of them"
        yield note(text, suggest.git_config("pat.renew", "auto"))
    else:
        yield ok(f"a timer renews tokens once a day{_when(around.settings.data_folder)}")


def _when(data_folder: str) -> str:
    """Return a clause about when it ran; a damaged record has a finding of its own."""
    try:
        run = last_run(data_folder)
    except PatError:
        return ""
    return f"; it last ran on {_day(run.ran)}" if run else "; it has not run yet"


def _last(run: LastRun, around: Surroundings) -> Iterator[Finding]:
    """Report how the last run went, as far as nothing has changed since."""
    day = _day(run.ran)
    if around.now - run.ran > _LATE * SECOND:
        text = f"the last run that renews tokens was on {day}, more than 3 days ago"
        yield note(text, suggest.own("rotate", "--all", "--within", str(around.settings.renew_within)))
    if run.error:
        yield refused(PatError(f"the last run that renews tokens failed on {day}: {run.error}"))
    for result in run.results:
        if _is_as_it_was(result, run.ran, around):
            yield from _result(result, day)


def _result(result: Result, day: str) -> Iterator[Finding]:
    if result.outcome == FAILED:
        yield refused(PatError(f"the token for {result.scope} was not renewed on {day}: {result.why}"))
    elif result.outcome == BY_HAND:
        text = f"the token for {result.scope} waits for you to renew it"
        yield note(f"{text}: {result.why}" if result.why else text, suggest.rotate(result.scope))


def _is_as_it_was(result: Result, ran: Nanoseconds, around: Surroundings) -> bool:
    """Return whether the token of a result is still there: nothing has taken its place since the run."""
    return any(
        entry.scope.text == result.scope and entry.state != REJECTED and entry.updated <= ran
        for entry in around.known_entries
    )


def _about(entry: Entry, around: Surroundings) -> Iterator[Finding]:
    """Report what a rotation has left to be done, and a token that could be renewed."""
    scope, noted = entry.scope.text, renewal_of(entry)
    command = suggest.rotate(scope, *username_option(entry.username))
    if is_placeholder(entry):
        text = (
            f"what became of a token that was to be made for {scope} is not known; to end it and make another"
        )
        yield note(text, suggest.seed(scope, "--create"))
    elif is_pending(entry):
        yield _pending(scope, noted.revoke_after or around.now, around.now)
    elif entry.state != REJECTED and noted.intent is not None:
        yield note(f"a rotation of the token for {scope} was broken off; the next one goes on", command)
    elif entry.expires is not None and (renews := _renewer(entry, around)):
        day = _day(Nanoseconds(entry.expires * SECOND))
        yield note(f"the token for {scope} expires on {day}; {renews}", command)


def _pending(scope: str, revoke_after: Nanoseconds, now: Nanoseconds) -> Finding:
    """Report a token that was replaced, which the next rotation of all revokes once its time has come."""
    is_late = revoke_after <= now
    what = f"the token that was replaced for {scope} {'was' if is_late else 'is'} to be revoked at its host"
    return note(
        f"{what} from {_day(revoke_after)} on",
        suggest.own("rotate", "--all", "--within", "0") if is_late else None,
    )


def _renewer(entry: Entry, around: Surroundings) -> str:
    """Return what could renew a token that ends soon and that no timer renews; empty if nothing could.

    One that ends so soon that it is a problem is left to `check_tokens`.
    """
    now, settings = around.now, around.settings
    is_soon = entry.expires_soon(now, settings.renew_within * DAY)
    is_problem = entry.expires_soon(now, settings.expiry_warning)
    return "" if is_problem or not is_soon or settings.renews(entry.scope) else around.renewer(entry)


def _day(moment: Nanoseconds) -> str:
    return strftime("%Y-%m-%d", gmtime(moment // SECOND))

"""A run without a person: its record, and a notice of what went wrong or waits for somebody."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from git_credential_pat.commands.support.session import Session
from git_credential_pat.commands.support.showing import days_left, username_of
from git_credential_pat.errors import PatError
from git_credential_pat.hosts import without_tokens
from git_credential_pat.renewal import BY_HAND, FAILED, Outcome
from git_credential_pat.renewal.record import LastRun, Result, last_run, note_run
from git_credential_pat.stdio import notice
from git_credential_pat.system.desktop import notify

_WAITS = "it waits for you to renew it"
_LAST_DAYS = 3
"""Before a token's end, on which a person is reminded again."""


@contextmanager
def recorded(session: Session) -> Iterator[list[Outcome]]:
    """Note what was done, which is put into the list, and show a notice of what needs a person.

    What the run before noted too is shown again only in a token's last days.
    An error is noted too, and goes on. If the note cannot be kept, a line says so: the work is done.
    """
    outcomes: list[Outcome] = []
    error = ""
    try:
        yield outcomes
    except PatError as raised:
        error = str(raised)
        raise
    finally:
        before = _run_before(session)
        results = [_result(outcome, session) for outcome in outcomes]
        try:
            note_run(session.settings.data_folder, session.now, results, error)
        except PatError as unkept:
            notice(f"warning: this run is not noted: {unkept}")
        waiting = [outcome for outcome in outcomes if _is_to_be_shown(outcome, before, session)]
        _show_notice(waiting, "" if without_tokens(error) == before.error else error, session)


def _run_before(session: Session) -> LastRun:
    try:
        return last_run(session.settings.data_folder) or LastRun(session.now)
    except PatError:  # it is damaged, and written anew
        return LastRun(session.now)


def _is_to_be_shown(outcome: Outcome, before: LastRun, session: Session) -> bool:
    """Return whether a person is to see on the desktop what became of a token."""
    if outcome.outcome not in (FAILED, BY_HAND):
        return False
    left = days_left(outcome.entry, session.now)
    if left is not None and 0 <= left <= _LAST_DAYS:
        return True
    noted = {(result.scope, result.username, result.outcome) for result in before.results}
    return _result(outcome, session)[:3] not in noted


def _result(outcome: Outcome, session: Session) -> Result:
    username = username_of(outcome.entry, session).decode("utf-8", "backslashreplace")
    return Result(outcome.entry.scope.text, username, outcome.outcome, outcome.why)


def _show_notice(waiting: Sequence[Outcome], error: str, session: Session) -> None:
    lines = [f"{outcome.entry.scope.text}: {outcome.why or _WAITS}" for outcome in waiting]
    lines += [error] if error else []
    if not lines:
        return
    title = "A token was not renewed" if len(lines) == 1 else f"{len(lines)} tokens were not renewed"
    variables = {os.fsdecode(name): os.fsdecode(value) for name, value in session.environment.items()}
    notify(title, [without_tokens(line) for line in lines], variables, session.settings.session_bus)

"""How an import is shown: what becomes of each login and in sum, and never any part of a token."""

import json

from git_credential_pat.commands.support.showing import scope_of
from git_credential_pat.commands.support.unplaced import placing_of
from git_credential_pat.hosts import looks_like_any_token, without_tokens
from git_credential_pat.importing.support.plan import ADDED, KEPT, NOT_TAKEN, Outcome, Plan
from git_credential_pat.stdio import say
from git_credential_pat.system.printing import print_table
from git_credential_pat.text import shown

_COLUMNS = ("SCOPE", "USERNAME", "FROM", "WHAT HAPPENS")
_WORDS = {ADDED: "added", KEPT: "already stored", NOT_TAKEN: "not taken"}
_STYLES = {ADDED: "green", KEPT: "", NOT_TAKEN: "yellow"}
_MOST = 20
"""The rows that are shown where no table was asked for."""


def counted(number: int) -> str:
    """Return a number of tokens in words."""
    return "1 token" if number == 1 else f"{number} tokens"


def show(plan: Plan, *, dry_run: bool, as_json: bool, is_known: bool = False) -> None:
    """Write to standard output what an import did, or with `dry_run` would do.

    What `is_known`, because it was shown before a question, is said again only in sum.
    """
    if as_json:
        say(json.dumps(_as_json(plan, dry_run=dry_run), indent=2))
        return
    if not is_known:
        _show_rows(plan, dry_run=dry_run)
    say(_summary(plan, dry_run=dry_run))


def _show_rows(plan: Plan, *, dry_run: bool) -> None:
    outcomes = list(plan.outcomes)
    is_short = dry_run or len(outcomes) <= _MOST
    if not is_short:
        outcomes = [outcome for outcome in outcomes if outcome.end == NOT_TAKEN]
    words = {**_WORDS, ADDED: "would be added"} if dry_run else _WORDS
    rows = [_row(outcome, words) for outcome in (outcomes if is_short else outcomes[:_MOST])]
    if rows:
        styles = [_STYLES[outcome.end] for outcome in outcomes]
        print_table(_COLUMNS, rows, styles[: len(rows)], notes=2)
    if len(rows) < len(outcomes):
        say(f"and {len(outcomes) - len(rows)} more; see --dry-run")


def _summary(plan: Plan, *, dry_run: bool) -> str:
    added = f"{counted(plan.count(ADDED))} {'would be added' if dry_run else 'added'}"
    return f"{added}, {plan.count(KEPT)} already stored, {plan.count(NOT_TAKEN)} not taken."


def _row(outcome: Outcome, words: dict[str, str]) -> list[str]:
    scope, username = "-", ""
    if outcome.entry is not None:
        scope = without_tokens(scope_of(outcome.entry))
        username = shown(_username(outcome))
    what = words[outcome.end] + (f": {outcome.reason}" if outcome.reason else "")
    return [scope, username or "-", _where(outcome), what]


def _as_json(plan: Plan, *, dry_run: bool) -> dict[str, object]:
    return {
        "dry_run": dry_run,
        "added": plan.count(ADDED),
        "kept": plan.count(KEPT),
        "not_taken": plan.count(NOT_TAKEN),
        "tokens": [_row_as_json(outcome) for outcome in plan.outcomes],
    }


def _row_as_json(outcome: Outcome) -> dict[str, object]:
    entry = outcome.entry
    return {
        "scope": None if entry is None else without_tokens(entry.scope.text),
        "username": None if entry is None else _username(outcome).decode("utf-8", "backslashreplace"),
        "from": _where(outcome),
        "outcome": outcome.end,
        "reason": outcome.reason,
        "place_with": placing_of(entry) if entry and outcome.is_unplaced else None,
    }


def _username(outcome: Outcome) -> bytes:
    """Return the username to show; a token may stand in its place."""
    return b"(a token)" if looks_like_any_token(outcome.username) else outcome.username


def _where(outcome: Outcome) -> str:
    where = outcome.found.where.encode("utf-8", "backslashreplace").decode()
    return without_tokens(where)

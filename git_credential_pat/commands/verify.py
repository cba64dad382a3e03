"""`verify [URL]`: asks the host whether a token works, and whose it is."""

import json

import click

from git_credential_pat import suggest
from git_credential_pat.commands.support.places import entries_at, none_in_use, repository_at
from git_credential_pat.commands.support.session import Session, pass_session
from git_credential_pat.commands.support.showing import name_of, rfc3339, username_of
from git_credential_pat.commands.support.verifying import (
    store_answers,
    verdicts,
    warn_of_unchecked,
    with_answer,
)
from git_credential_pat.errors import PatError, UnreachableError, UsageError
from git_credential_pat.hosts.support.verdict import INVALID, NOT_VERIFIED, VALID, Verdict
from git_credential_pat.model.entry import ACTIVE, Entry
from git_credential_pat.model.renewal import is_placeholder
from git_credential_pat.operations import notices
from git_credential_pat.operations.global_tokens import global_among, what_ends
from git_credential_pat.operations.sign_in_cache import is_cache
from git_credential_pat.stdio import notice, say
from git_credential_pat.system.printing import print_table, progress

_COLUMNS = ("SCOPE", "USERNAME", "VERDICT", "OWNER", "WHY")
_STYLES = {VALID: "green", INVALID: "red", NOT_VERIFIED: "yellow"}


@click.command("verify")
@click.argument("url", required=False)
@click.option("--username", metavar="NAME", help="Username, if several tokens are stored.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@pass_session
def command(session: Session, *, url: str | None, username: str | None, as_json: bool) -> int:
    """Ask the host whether a token works and whose it is.

    With a clone URL, checks fetch and push as Git would. Without URL, checks every token. Stores the owner,
    permissions and expiry that the host reports, for `list`.

    Status 0: valid; 1: one is invalid; 5: one could not be checked.

    \b
    Examples:
      git credential-pat verify
      git credential-pat verify https://dev.azure.com/fabrikam/web/_git/web
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    if url is None and username is not None:
        raise UsageError("--username needs a URL")
    entries = _wanted(session, url, username)
    remote = None if url is None else repository_at(url, session)
    warn_of_unchecked([entry.scope for entry in entries], session)
    found: dict[Entry, Verdict] = {}
    with progress("Asking the hosts", len(entries)) as advance:
        for entry, verdict in verdicts(entries, remote, session):
            found[entry] = verdict
            advance()
    results = [(entry, found[entry]) for entry in entries]
    ending = global_among(session.backend.entries())
    if as_json:
        facts = [_as_json(*result, session, is_global=result[0] in ending) for result in results]
        say(json.dumps({"results": facts}, indent=2))
    elif not results:
        notice(f"no tokens are stored yet; run: {suggest.first_seed()}")
    else:
        rows = [_row(*result, session, is_global=result[0] in ending) for result in results]
        print_table(_COLUMNS, rows, [_STYLES[verdict.outcome] for _, verdict in results], notes=1)
    try:
        store_answers(results, session)
    except PatError as error:  # which is no verdict on a token
        notice(f"warning: the hosts' answers were not stored: {error}")
    return _status({verdict.outcome for _, verdict in results})


def _wanted(session: Session, url: str | None, username: str | None) -> list[Entry]:
    """Return the entries to ask about; raise PatError if a place that is named has none."""
    entries = session.backend.entries() if url is None else entries_at(url, username, session)[0]
    wanted = [entry for entry in entries if _has_token(entry) and not entry.is_replaced]
    if url is not None and not wanted:
        raise none_in_use(entries)
    return wanted


def _has_token(entry: Entry) -> bool:
    """Return whether an entry has a token, or the way to one."""
    return not (entry.is_sign_on or is_placeholder(entry) or is_cache(entry))


def _status(outcomes: set[str]) -> int:
    """Return the exit status for all verdicts together: what is known to be wrong comes first."""
    if INVALID in outcomes:
        return PatError.status
    return UnreachableError.status if NOT_VERIFIED in outcomes else 0


def _row(entry: Entry, verdict: Verdict, session: Session, *, is_global: bool) -> list[str]:
    why = [verdict.why]
    if verdict.outcome == VALID and with_answer(entry, verdict).is_expired(session.now):
        why.append(
            "the stored expiry date is past, so Git does not get it; to correct the date, run: "
            f"{notices.seed_again(entry)}"
        )
    elif verdict.outcome == VALID and entry.state != ACTIVE:
        why.append(f"it was rejected; to use it again, run: {notices.restore(entry)}")
    if is_global:
        why.append(f"it is {what_ends(entry, session.now)}; to replace it, run: {suggest.own('doctor')}")
    return [
        entry.scope.text,
        name_of(entry, session),
        verdict.outcome,
        verdict.owner or "-",
        "; ".join(filter(None, why)),
    ]


def _as_json(entry: Entry, verdict: Verdict, session: Session, *, is_global: bool) -> dict[str, object]:
    known = with_answer(entry, verdict)
    return {
        "scope": entry.scope.text,
        "username": username_of(entry, session).decode("utf-8", "backslashreplace"),
        "verdict": verdict.outcome,
        "who": verdict.owner,
        "permissions": [*known.permissions],
        "expires": None if known.expires is None else rfc3339(known.expires),
        "why": verdict.why,
        "global_token": is_global,
    }

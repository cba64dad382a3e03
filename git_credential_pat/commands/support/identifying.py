"""Which of a person's tokens at a host a stored one is, where that is not known and a person can say."""

from collections.abc import Sequence

from git_credential_pat.commands.support.showing import rfc3339
from git_credential_pat.errors import PatError
from git_credential_pat.hosts.support.lifecycle import Facts, UnidentifiedError
from git_credential_pat.model.entry import Entry
from git_credential_pat.model.renewal import noting, renewal_of
from git_credential_pat.renewal import Around
from git_credential_pat.renewal.keeping import changed
from git_credential_pat.stdio import say
from git_credential_pat.system.terminal import ask


def identified(group: Sequence[Entry], error: UnidentifiedError, label: str, around: Around) -> list[Entry]:
    """Return entries with the id of their token noted, by its name, or by the number that the user gives.

    Returns nothing if none is it; raises PatError for a name that does not fit.
    """
    if label:
        found = [facts for facts in error.candidates if facts.name == label]
        if len(found) != 1:
            names = str(error).partition("; ")[2]
            none = f"no active token at its host has that name; {names}" if names else str(error)
            several = f"{len(found)} active tokens at its host have that name, so it is not known which it is"
            raise PatError(several if found else none)
        return _noted(group, found[0], around)
    chosen = _chosen(group[0], error.candidates) if error.candidates else None
    return _noted(group, chosen, around) if chosen else []


def _noted(group: Sequence[Entry], facts: Facts, around: Around) -> list[Entry]:
    if around.dry_run:
        return [_with(entry, facts) for entry in group]
    return changed(group, lambda entry: _with(entry, facts), around)


def _with(entry: Entry, facts: Facts) -> Entry:
    return noting(entry, renewal_of(entry)._replace(id=facts.id, name=facts.name))


def _chosen(entry: Entry, candidates: Sequence[Facts]) -> Facts | None:
    say(f"Several tokens at the host could be the one that is stored for {entry.scope.text}:")
    for number, facts in enumerate(candidates, 1):
        ends = f", ends on {rfc3339(facts.expires)[:10]}" if facts.expires else ""
        say(f"  {number}  {facts.name}{ends}")
    answer = ask("Which one is it? (its number; Enter if you do not know) ").strip()
    if not answer:
        return None
    if answer.isdecimal() and 0 < int(answer) <= len(candidates):
        return candidates[int(answer) - 1]
    raise PatError("that is none of the numbers; nothing was changed")

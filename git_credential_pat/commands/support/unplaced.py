"""Tokens that are stored without the organization which their host needs, and how they are given one."""

from collections.abc import Sequence

from git_credential_pat import suggest
from git_credential_pat.hosts import family_of
from git_credential_pat.model.entry import Entry
from git_credential_pat.operations import notices
from git_credential_pat.stdio import say

_MOST = 20
"""The commands that are shown."""


def placing_of(entry: Entry) -> str:
    """Return the command that gives an entry its organization, whose name the user fills in."""
    return notices.placing(entry, family_of(entry.scope), f"{entry.scope.text}/ORGANIZATION")


def say_unplaced(entries: Sequence[Entry]) -> None:
    """Print the commands that give these entries their organizations."""
    if not entries:
        return
    host = entries[0].scope.text
    count = f"1 token for {host} has" if len(entries) == 1 else f"{len(entries)} tokens for {host} have"
    say(f"{count} no organization yet. Put the organization's name in place of ORGANIZATION and run:")
    for entry in entries[:_MOST]:
        say(f"  {placing_of(entry)}")
    if len(entries) > _MOST:
        say(f"and {len(entries) - _MOST} more; see {suggest.own('list')}")

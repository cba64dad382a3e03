"""Global tokens: one token for all organizations of a user, which a host stops accepting on a day of its own.

A token does not show that it is one; that it is stored for several organizations does. It stays one for the
organization that is left, so an entry that was set aside counts, until another one answers in its place.
"""

from __future__ import annotations

from time import gmtime, strftime
from typing import TYPE_CHECKING

from git_credential_pat import suggest
from git_credential_pat.hosts import family_of
from git_credential_pat.model.entry import ACTIVE, SECOND, Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from git_credential_pat.model.entry import Nanoseconds
    from git_credential_pat.model.scope import Scope


def global_among(entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries that have a global token and want one of their own."""
    held = [entry for entry in entries if _may_be_global(entry)]
    organizations: dict[bytes, set[Scope]] = {}
    for entry in held:
        organizations.setdefault(entry.secret, set()).add(family_of(entry.scope).organization(entry.scope))
    return [
        entry for entry in held if len(organizations[entry.secret]) > 1 and not _is_replaced(entry, entries)
    ]


def what_ends(entry: Entry, now: Nanoseconds) -> str:
    """Return what such a token is and when its host stops accepting it, or stopped."""
    verb = "stopped" if has_ended(entry, now) else "stops"
    return f"a global token, which {verb} working on {family_of(entry.scope).global_end}"


def has_ended(entry: Entry, now: Nanoseconds) -> bool:
    """Return whether the host has stopped accepting such tokens."""
    return strftime("%Y-%m-%d", gmtime(now // SECOND)) >= family_of(entry.scope).global_end


def said_of(found: Sequence[Entry], now: Nanoseconds) -> str:
    """Return the line about these entries."""
    places = ", ".join(dict.fromkeys(entry.scope.text for entry in found))
    return (
        f"{what_ends(found[0], now)}, is stored for {places}; "
        f"for the commands that replace it, run: {suggest.own('doctor')}"
    )


def _may_be_global(entry: Entry) -> bool:
    family = family_of(entry.scope)
    return bool(family.global_end and entry.scope.path and not entry.sign_in) and family.may_be_global(
        entry.secret
    )


def _is_replaced(entry: Entry, entries: Iterable[Entry]) -> bool:
    """Return whether another token answers in the place of one that was set aside."""
    return entry.state != ACTIVE and any(
        other.state == ACTIVE and other.scope == entry.scope and other.secret != entry.secret
        for other in entries
    )

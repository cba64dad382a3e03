"""What an import is to do: what becomes of each login, and what that means for Git and for the source."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from git_credential_pat.backends import Change
from git_credential_pat.hosts import family_of
from git_credential_pat.model import NamedTuple
from git_credential_pat.model.entry import REJECTED, Entry
from git_credential_pat.model.scope import Scope

if TYPE_CHECKING:
    from git_credential_pat.importing.support.found import Found
    from git_credential_pat.importing.support.scrubbing import Trace

ADDED, KEPT, NOT_TAKEN = "added", "kept", "not-taken"


class Guess(NamedTuple):
    """An organization that a username may name, and the token to try there."""

    organization: Scope
    token: bytes

    def __repr__(self) -> str:
        """Leave out the token."""
        return f"Guess({self.organization.text!r})"


@dataclass(frozen=True)
class Outcome:
    """What becomes of one login; `entry` is what is stored for it, or would have been its place."""

    found: Found
    end: str
    entry: Entry | None = None
    reason: str = ""
    username: bytes = b""
    """The username of that entry, or the default one where it has none."""

    is_sure: bool = False
    """Whether Git gets the token, for all that its source answered."""

    @property
    def is_kept(self) -> bool:
        """Whether the token is stored now, and not only for as long as a rejected one is."""
        return self.end != NOT_TAKEN and self.entry is not None and self.entry.state != REJECTED

    @property
    def is_unplaced(self) -> bool:
        """Whether what is stored lacks the organization that its host needs."""
        return self.is_kept and self.entry is not None and is_unplaced(self.entry)

    @property
    def is_unanswered(self) -> bool:
        """Whether Git, asking this helper alone, would get nothing in the place of this login."""
        is_beside = self.end == NOT_TAKEN and self.entry is not None and self.entry.scope.path
        return not (self.is_sure or is_beside)


@dataclass(frozen=True)
class Plan:
    """The outcomes of all logins, in their order, and what runs at servers that are not public."""

    outcomes: tuple[Outcome, ...]
    providers: dict[str, str] = field(default_factory=dict)
    """By the server's URL, for what is stored."""
    moved: tuple[Entry, ...] = ()
    """The entries without an organization whose token is added with its own."""

    @property
    def added(self) -> list[Entry]:
        """The entries to make."""
        return [outcome.entry for outcome in self.outcomes if outcome.end == ADDED and outcome.entry]

    @property
    def changes(self) -> list[Change]:
        """What a backend is to apply: new entries, and nothing else but what moves there."""
        return [*(Change(None, entry) for entry in self.added), *(Change(old, None) for old in self.moved)]

    @property
    def scopes(self) -> list[Scope]:
        """The scopes of what is stored for good, of which Git is to know."""
        return [outcome.entry.scope for outcome in self.outcomes if outcome.is_kept and outcome.entry]

    @property
    def traces(self) -> list[Trace]:
        """What may be deleted at the source: all that is stored for good, and wherever Git gets it."""
        sure = [one.found.trace for one in self.outcomes if one.is_kept and one.is_sure]
        others = {one.found.trace for one in self.outcomes if not (one.is_kept and one.is_sure)}
        return [trace for trace in sure if trace and trace not in others]

    @property
    def unplaced(self) -> list[Entry]:
        """The entries that lack the organization which their host needs."""
        return [*dict.fromkeys(one.entry for one in self.outcomes if one.is_unplaced and one.entry)]

    @property
    def needs_source(self) -> bool:
        """Whether Git must go on asking the source for a host where it would ask this helper alone."""
        asked = (outcome.found.request for outcome in self.outcomes if outcome.is_unanswered)
        return any(not family_of(Scope(*request[:2])).host_covers for request in asked if request)

    def count(self, end: str) -> int:
        """Return how many logins have this outcome."""
        return sum(outcome.end == end for outcome in self.outcomes)


def is_unplaced(entry: Entry) -> bool:
    """Return whether an entry lacks the organization that its host needs."""
    return not (entry.scope.path or family_of(entry.scope).host_covers)

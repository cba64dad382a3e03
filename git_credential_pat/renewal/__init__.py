"""Renewal: another token in the place of one, a later end, and the end of a token, at its host.

    intent kept → the host is asked → what it gave is kept → tried → the old one is revoked in time

A host cannot be asked to undo, and an answer can be lost. So a rotation is a small state machine, whose state
is an entry's `renewal` (model/renewal.py):

Rule 1  What is about to be asked is kept first. That also shows that the backend takes a commit.
Rule 2  Where the host ends the old token at once, space for the commit is held before it is asked.
Rule 3  No request that changes something is repeated. What became of a lost one, a later look shows.
Rule 4  A token that the host gave and that cannot be kept is revoked, for nobody would ever end it.
Rule 5  One process renews at a time, under a lock: an intent that is found under it is of a run that ended.

`asking` carries out what a host's `Lifecycle` yields, at that token's own servers alone. `rotating` has the
state machine.
"""

from collections.abc import Callable

from git_credential_pat.backends import Backend
from git_credential_pat.git.settings import Settings
from git_credential_pat.model import NamedTuple
from git_credential_pat.model.entry import Entry, Nanoseconds
from git_credential_pat.model.scope import Scope
from git_credential_pat.web import Question, Reply

ROTATED, EXTENDED, REVOKED, CREATED = "rotated", "extended", "revoked", "created"
NOT_DUE, BY_HAND, FAILED = "not-due", "by-hand", "failed"
OUTCOMES = (ROTATED, EXTENDED, REVOKED, CREATED, NOT_DUE, BY_HAND, FAILED)

LOCK = "renewal.lock"


class Around(NamedTuple):
    """What is around a renewal."""

    backend: Backend
    settings: Settings
    now: Nanoseconds
    ask: Callable[[Question, float], Reply]
    """`Web.ask`."""
    sign_in: Callable[[Scope], str]
    """Returns what a sign-in for an organization gives, to be sent as Bearer; raises PatError."""
    grace: int = 86_400
    """Seconds for which the old token lives on where its host lets it."""
    dry_run: bool = False
    """Whether hosts are only looked at, and nothing changes."""


class Outcome(NamedTuple):
    """What became of one entry's token."""

    entry: Entry
    """As it is kept afterwards."""
    outcome: str
    """One of OUTCOMES."""
    why: str = ""
    """Half a sentence or more, for people; a command may stand in it."""
    page: str = ""
    """Where a person goes on, if one must."""
    was: str = ""
    """The state of a token that was not in use before: where it is one of several of a place, which one."""
    is_unknown: bool = False
    """Whether it failed because a host could not be asked, or its answer was lost."""

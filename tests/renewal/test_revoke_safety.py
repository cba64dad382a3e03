"""`revoke` where something goes wrong beside the host: what was done before is said, and no stray is left."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from support.memory_backend import MemoryBackend
from support.token_hosts.azure import Azure
from support.token_hosts.faults import Fault, asks
from support.token_hosts.host import DAY
from support.token_hosts.in_process import InProcess
from support.vaults import Place, entry_at

from git_credential_pat.entra import SignInError
from git_credential_pat.errors import PatError
from git_credential_pat.model.entry import SECOND, Nanoseconds, Seconds
from git_credential_pat.renewal import BY_HAND, FAILED, REVOKED, Around, Outcome, beside, rotating
from git_credential_pat.renewal.revoking import revoke

if TYPE_CHECKING:
    from pathlib import Path

    from git_credential_pat.model.entry import Entry
    from git_credential_pat.model.scope import Scope

PATS = "/_apis/tokens/pats"


class Unreadable(MemoryBackend):
    """Cannot be read, as a vault that was locked meanwhile."""

    def entries(self) -> tuple[Entry, ...]:
        raise PatError("the vault is locked")


class Here:
    """Azure DevOps with a token that is stored."""

    def __init__(self, place: Place) -> None:
        self.place, self.azure = place, Azure()
        self.asking = InProcess(self.azure)
        self.pat = self.azure.add(now=time.time() - 20 * DAY, days=30)
        entry = entry_at("https://dev.azure.com/fabrikam", self.pat.token.encode())
        self.backend = MemoryBackend([entry._replace(expires=Seconds(int(self.pat.valid_to)))])

    def around(self, later: int = 0) -> Around:
        self.asking.clock = lambda: time.time() + later
        moment = Nanoseconds(time.time_ns() + later * SECOND)
        key = self.azure.sign_in(self.asking.clock())
        return Around(self.backend, self.place.settings, moment, self.asking.ask, lambda _: key)

    def revoked(self, around: Around) -> Outcome:
        (outcome,) = revoke(self.backend.entries(), around)
        return outcome


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Here:
    monkeypatch.setattr(rotating, "PAUSES", (0.0,))
    monkeypatch.setattr(beside, "PAUSES", (0.0,))
    return Here(Place(tmp_path))


def test_what_cannot_be_read_any_more_is_a_failure_of_its_token_alone(here: Here) -> None:
    entries = here.backend.entries()
    around = here.around()._replace(backend=Unreadable(entries))
    (outcome,) = revoke(entries, around)
    assert (outcome.outcome, outcome.why) == (FAILED, "the vault is locked")


def test_where_nobody_is_signed_in_a_person_is_needed(here: Here) -> None:
    def refuse(_: Scope) -> str:
        raise SignInError("az is not signed in", "run: az login")

    outcome = here.revoked(here.around()._replace(sign_in=refuse))
    assert (outcome.outcome, outcome.why) == (BY_HAND, "az is not signed in; run: az login")


def test_what_was_made_and_lost_is_ended_also_where_the_token_itself_is_dead_already(here: Here) -> None:
    here.asking.faults.add(Fault(asks("POST", PATS), cut=0))
    (outcome,) = rotating.rotate(here.backend.entries(), None, here.around())
    assert outcome.outcome == FAILED
    del here.azure.pats[here.pat.id]
    assert here.revoked(here.around(later=300)).outcome == REVOKED
    assert here.azure.living(time.time()) == []

"""A rotation where the old token lives on: whatever fails, a token in use works, and no stray is left."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from support.api_server import Answer
from support.small_disks import fill, small_disk
from support.token_hosts.azure import Azure, Pat
from support.token_hosts.faults import Fault, asks
from support.token_hosts.host import DAY
from support.token_hosts.in_process import InProcess
from support.vaults import Place, seed, store

from git_credential_pat.backends import Change
from git_credential_pat.errors import PatError
from git_credential_pat.hosts.support.lifecycle import UnableError
from git_credential_pat.model.entry import ACTIVE, SECOND, Entry, Nanoseconds, Seconds
from git_credential_pat.model.renewal import CREATE, is_pending, renewal_of
from git_credential_pat.model.scope import Scope
from git_credential_pat.renewal import (
    EXTENDED,
    FAILED,
    NOT_DUE,
    ROTATED,
    Around,
    Outcome,
    beside,
    extending,
    pending,
    rotating,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from git_credential_pat.backends import Backend

PATS = "/_apis/tokens/pats"
POST = asks("POST", PATS)
UNKNOWN = Answer(401, (("WWW-Authenticate", 'Basic realm="https://x.example/"'),))
QUESTIONS = 5
"""Which token it is, whether it works, the next one, and whether that works; and one more, to be sure."""


class Here(NamedTuple):
    """The host, a vault that keeps a token of it, and the way between them."""

    azure: Azure
    asking: InProcess
    place: Place
    old: Pat

    def around(self, backend: Backend | None = None, later: int = 0, grace: int = DAY) -> Around:
        self.asking.clock = lambda: time.time() + later
        moment = Nanoseconds(time.time_ns() + later * SECOND)
        key = self.azure.sign_in(self.asking.clock())
        return Around(
            backend or self.place.backend(),
            self.place.settings,
            moment,
            self.asking.ask,
            lambda _: key,
            grace,
        )

    def rotated(self, backend: Backend | None = None, later: int = 0) -> Outcome:
        around = self.around(backend, later)
        used = [entry for entry in around.backend.entries() if entry.state == ACTIVE]
        (outcome,) = rotating.rotate(used, None, around)
        return outcome

    @property
    def used(self) -> Entry:
        (entry,) = [entry for entry in self.place.backend().entries() if entry.state == ACTIVE]
        return entry

    @property
    def living(self) -> set[str]:
        return {pat.token for pat in self.azure.living(time.time())}


def here_at(place: Place) -> Here:
    azure = Azure()
    old = azure.add(now=time.time() - 20 * DAY, days=30)
    entry = Entry(Scope(b"https", b"dev.azure.com", (b"fabrikam",)), b"", old.token.encode())
    store(place.backend(), entry._replace(expires=Seconds(int(old.valid_to))))
    return Here(azure, InProcess(azure), place, old)


@pytest.fixture
def here(tmp_path: Path) -> Here:
    return here_at(Place(tmp_path))


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotating, "PAUSES", (0.0,))
    monkeypatch.setattr(beside, "PAUSES", (0.0,))


def passing(count: int) -> Callable[[object], bool]:
    """Fit the request that comes after so many."""
    seen = iter(range(1000))
    return lambda _: next(seen) == count


class Breaking:
    """A backend in front of another one that fails once, before or after a commit, as if it was killed."""

    def __init__(self, backend: Backend, at: int, *, after: bool) -> None:
        self.backend, self.at, self.after, self.commits = backend, at, after, 0

    def __getattr__(self, name: str) -> object:
        return getattr(self.backend, name)

    def apply(self, changes: Iterable[Change]) -> None:
        self.commits += 1
        if self.commits == self.at and not self.after:
            raise KeyboardInterrupt
        self.backend.apply(changes)
        if self.commits == self.at:
            raise KeyboardInterrupt


def finished(here: Here) -> None:
    """Check that the next runs end with one working token, and none else but what waits for its end."""
    assert here.used.secret.decode() in here.living
    assert here.rotated(later=300).outcome == ROTATED
    assert here.used.secret.decode() in here.living
    waiting = {entry.secret.decode() for entry in here.place.backend().entries() if is_pending(entry)}
    assert here.living == {here.used.secret.decode(), *waiting}
    pending.revoke_pending(here.around(later=2 * DAY))
    assert here.living == {here.used.secret.decode()}


def test_the_intent_is_in_the_vault_before_the_host_is_asked(here: Here) -> None:
    seen = []
    here.asking.faults.add(Fault(POST, first=lambda: seen.append(renewal_of(here.used))))
    assert here.rotated().outcome == ROTATED
    (noted,) = seen
    assert noted.intent is not None
    assert (noted.id, noted.intent.kind, noted.intent.name) == (here.old.id, CREATE, "laptop")
    assert renewal_of(here.used).intent is None
    finished(here)


@pytest.mark.parametrize("acts", [True, False], ids=["the host acts", "the host sees nothing"])
@pytest.mark.parametrize("number", range(QUESTIONS))
def test_any_answer_may_be_lost(here: Here, number: int, acts: bool) -> None:  # noqa: FBT001  # a parameter
    here.asking.faults.add(Fault(passing(number), acts=acts, cut=0))
    here.rotated()
    here.asking.faults.clear()
    finished(here)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_run_may_end_at_any_commit(here: Here, number: int, after: bool) -> None:  # noqa: FBT001  # as above
    backend = Breaking(here.place.backend(), number, after=after)
    try:
        here.rotated(backend)  # type: ignore[arg-type]  # it has all that a backend has
    except KeyboardInterrupt:
        assert number < 3, "there are two commits"
    finished(here)


def saying(
    monkeypatch: pytest.MonkeyPatch, when: Callable[[str | None], bool], facts: dict[str, Any]
) -> None:
    """Have the host say other facts of a token where its value is told, or is not; None leaves one out."""
    shown = Azure.shown

    def strange(azure: Azure, pat: Pat, token: str | None = None) -> dict[str, Any]:
        said = shown(azure, pat, token)
        if when(token):
            said = {name: value for name, value in (said | facts).items() if value is not None}
        return said

    monkeypatch.setattr(Azure, "shown", strange)


@pytest.mark.parametrize("name", ["validTo", "validFrom", "scope", "displayName", "authorizationId"])
@pytest.mark.parametrize("value", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", 7, [], None])
def test_whatever_else_a_host_says_of_the_token_it_is_kept(
    here: Here, monkeypatch: pytest.MonkeyPatch, name: str, value: object
) -> None:
    saying(monkeypatch, bool, {name: value})
    assert here.rotated().outcome == ROTATED
    assert here.used.secret.decode() in here.living - {here.old.token}


@pytest.mark.parametrize("scope", ["", None, 7])
def test_of_a_token_whose_permissions_are_unknown_no_other_is_made(
    here: Here, monkeypatch: pytest.MonkeyPatch, scope: object
) -> None:
    saying(monkeypatch, lambda token: token is None, {"scope": scope})
    with pytest.raises(UnableError, match="its host does not say what it may do"):
        here.rotated()
    assert not here.azure.asked("POST", PATS)


def extended(here: Here) -> Outcome:
    around = here.around()
    (outcome,) = extending.extend(around.backend.entries(), 60, around)
    return outcome


def test_a_longer_life_sends_nothing_that_the_host_has_not_said(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    saying(monkeypatch, lambda token: token is None, {"targetAccounts": None, "displayName": None})
    assert extended(here).outcome == EXTENDED
    (request,) = here.azure.asked("PUT", PATS)
    assert request.json().keys() == {"authorizationId", "scope", "validTo"}


@pytest.mark.parametrize("name", ["authorizationId", "displayName", "validTo"])
def test_a_longer_life_keeps_what_is_known_of_the_token_where_the_host_says_less(
    here: Here, name: str
) -> None:
    while_it_answers = pytest.MonkeyPatch()
    here.asking.faults.add(
        Fault(
            asks("PUT", PATS),
            first=lambda: saying(while_it_answers, lambda _: True, {name: None}),
            then=while_it_answers.undo,
        )
    )
    assert extended(here).outcome == EXTENDED
    noted = renewal_of(here.used)
    assert (noted.id, noted.name) == (here.old.id, "laptop")
    assert here.used.expires == int(here.old.valid_to)


def test_what_cannot_be_kept_is_revoked_and_the_old_one_works_on(here: Here) -> None:
    class Full(Breaking):
        def apply(self, changes: Iterable[Change]) -> None:
            self.commits += 1
            if self.commits > 1:
                raise PatError("the disk is full")
            self.backend.apply(changes)

    outcome = here.rotated(Full(here.place.backend(), 0, after=False))  # type: ignore[arg-type]  # as above
    assert outcome.outcome == FAILED
    assert "cannot be kept: the disk is full; it was revoked; the old one still works" in outcome.why
    assert here.living == {here.old.token}
    assert here.used.secret.decode() == here.old.token
    finished(here)


@pytest.mark.parametrize("is_asked", [False, True])
def test_a_token_that_its_user_stores_in_its_place_meanwhile_is_the_one_in_use(
    here: Here, *, is_asked: bool
) -> None:
    question = POST if is_asked else asks("GET", PATS)
    here.asking.faults.add(Fault(question, then=lambda: seed(here.place, b"mine")))
    outcome = here.rotated()
    assert outcome.outcome == (FAILED if is_asked else NOT_DUE)
    assert here.used.secret == b"mine"
    assert here.living == {here.old.token}


def test_one_that_the_host_refuses_gives_way_to_the_old_one_also_where_that_was_removed_meanwhile(
    here: Here,
) -> None:
    backend = here.place.backend()
    store(backend, here.used._replace(username=b"jane"))

    def remove() -> None:
        backend.apply([Change(entry, None) for entry in backend.entries() if entry.username])

    here.asking.faults.add(Fault(POST, then=remove))
    here.asking.faults.add(Fault(asks("GET", "connectionData")))  # the old one is asked about first
    here.asking.faults.add(Fault(asks("GET", "connectionData"), answer=UNKNOWN, times=2))
    (outcome, *_) = rotating.rotate(backend.entries(), None, here.around())
    assert (outcome.outcome, here.used.secret.decode()) == (FAILED, here.old.token)
    assert here.living == {here.old.token}


@pytest.mark.needs("root")
def test_a_disk_that_is_full_when_the_token_comes(tmp_path: Path) -> None:
    with small_disk(tmp_path / "home") as home:
        here = here_at(home.place)
        fillers = []
        here.asking.faults.add(Fault(POST, then=lambda: fillers.append(fill(home, 0))))
        outcome = here.rotated()
        assert here.used.secret.decode() in here.living
        fillers[0].unlink()
        if outcome.outcome == FAILED:
            assert here.living == {here.old.token}
        finished(here)


@pytest.mark.needs("root")
def test_a_disk_that_is_full_before_the_host_is_asked_for_one(tmp_path: Path) -> None:
    with small_disk(tmp_path / "home") as home:
        here = here_at(home.place)
        filler = fill(home, 0)
        with pytest.raises(PatError, match="the disk is full"):
            here.rotated()
        assert not here.azure.asked("POST", PATS)
        filler.unlink()
        finished(here)


def test_two_runs_at_once_make_one_token(here: Here) -> None:
    stale = here.place.backend().entries()
    assert here.rotated().outcome == ROTATED
    (outcome,) = rotating.rotate(stale, None, here.around())
    assert outcome.outcome == "not-due"
    assert len(here.azure.asked("POST", PATS)) == 1


def test_another_one_of_the_same_name_that_was_made_later_is_no_stray(here: Here) -> None:
    here.asking.faults.add(Fault(POST, cut=0))
    here.rotated()
    others = here.azure.add(now=time.time() + 200, name="laptop", days=90)
    here.rotated(later=300)
    assert not others.revoked


@pytest.mark.parametrize("acts", [True, False], ids=["the host acts", "the host sees nothing"])
def test_what_another_machine_has_made_at_the_same_second_is_no_stray(
    here: Here,
    tmp_path: Path,
    acts: bool,  # noqa: FBT001  # a parameter
) -> None:
    there = here._replace(place=Place(tmp_path / "copy"))
    store(there.place.backend(), *here.place.backend().entries())
    moment = here.around()
    here.asking.faults.add(Fault(POST, acts=acts, cut=0))
    for machine in (here, there):
        around = moment._replace(backend=machine.place.backend(), settings=machine.place.settings)
        rotating.rotate(around.backend.entries(), None, around)
    assert here.rotated(later=300).outcome == ROTATED
    assert here.living == {here.old.token, here.used.secret.decode(), there.used.secret.decode()}


def test_what_was_made_and_lost_is_found_where_a_policy_has_shortened_its_life(here: Here) -> None:
    here.azure.organizations["fabrikam"].longest = 7
    here.asking.faults.add(Fault(POST, cut=0))
    here.rotated()
    finished(here)

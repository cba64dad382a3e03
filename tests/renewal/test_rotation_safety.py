"""A rotation where the host ends the old token at once: what is kept before it is asked, and what after."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from support.checks import keep
from support.memory_backend import MemoryBackend
from support.small_disks import fill, small_disk
from support.token_hosts.faults import Fault, asks
from support.token_hosts.gitlab import GitLab
from support.token_hosts.host import json_answer
from support.token_hosts.in_process import InProcess
from support.vaults import Place, seed, store

from git_credential_pat.backends import Change
from git_credential_pat.errors import PatError
from git_credential_pat.hosts.support.gitlab_lifecycle import GitLabLifecycle
from git_credential_pat.model.entry import ACTIVE, REJECTED, SECOND, Entry, Nanoseconds
from git_credential_pat.model.renewal import ROTATE, Intent, renewal_of
from git_credential_pat.model.scope import Scope
from git_credential_pat.renewal import FAILED, NOT_DUE, ROTATED, Around, Outcome, rotating
from git_credential_pat.web import Question

if TYPE_CHECKING:
    from collections.abc import Iterable

    from support.program import Program
    from support.token_hosts.gitlab import Token
    from support.token_hosts.serving import TokenServer

    from git_credential_pat.backends import Backend

pytestmark = pytest.mark.slow

LOOK, POST = asks("GET", "/self"), asks("POST", "/rotate")
LED = r"create one at https://gitlab\.com/\S+ then run: git credential-pat seed https://gitlab\.com/group"


class Here(NamedTuple):
    """A host, a vault that keeps a token of it, and the way between them."""

    gitlab: GitLab
    asking: InProcess
    place: Place
    token: Token

    @property
    def kept(self) -> Entry:
        (entry,) = self.place.backend().entries()
        return entry

    @property
    def living(self) -> list[str]:
        return [token.value for token in self.gitlab.living]

    def rotated(self, backend: Backend | None = None, later: int = 0) -> Outcome:
        backend = backend or self.place.backend()
        moment = Nanoseconds(time.time_ns() + later * SECOND)
        around = Around(backend, self.place.settings, moment, self.asking.ask, lambda _: "")
        (outcome,) = rotating.rotate(backend.entries(), None, around)
        return outcome


def entry_of(token: Token) -> Entry:
    return Entry(Scope(b"https", b"gitlab.com", (b"group",)), b"", token.value.encode())


def here_at(place: Place) -> Here:
    gitlab = GitLab()
    token = gitlab.add(now=time.time())
    store(place.backend(), entry_of(token))
    return Here(gitlab, InProcess(gitlab), place, token)


@pytest.fixture
def here(tmp_path: Path) -> Here:
    return here_at(Place(tmp_path))


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotating, "PAUSES", (0.0,))


def test_the_intent_is_in_the_vault_before_the_host_is_asked(here: Here) -> None:
    seen: list[Intent | None] = []
    here.asking.faults.add(Fault(POST, first=lambda: seen.append(renewal_of(here.kept).intent)))
    assert here.rotated().outcome == ROTATED
    (intent,) = seen
    assert intent is not None
    assert intent.kind == ROTATE
    assert abs(intent.since - time.time()) < 60
    noted = renewal_of(here.kept)
    assert (noted.id, noted.name, noted.intent) == ("2", "laptop", None)


def test_what_the_host_gave_is_flushed_before_it_takes_its_place(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[str, str]] = []
    flush, rename = os.fsync, os.rename

    def flushing(descriptor: int) -> None:
        calls.append(("fsync", Path(f"/proc/self/fd/{descriptor}").readlink().name))
        flush(descriptor)

    def renaming(name: str, *rest: Any, **folders: Any) -> None:  # noqa: ANN401  # as in os
        calls.append(("rename", name))
        rename(name, *rest, **folders)

    monkeypatch.setattr(os, "fsync", flushing)
    monkeypatch.setattr(os, "rename", renaming)
    here.asking.faults.add(Fault(POST, first=calls.clear))
    assert here.rotated().outcome == ROTATED
    room = ".vault-room"
    assert calls == [("fsync", room), ("rename", room), ("fsync", here.place.data.name)]
    assert here.place.temporaries() == []


@pytest.mark.needs("root")
@pytest.mark.parametrize("when", ["the host is asked", "the intent is kept"])
def test_a_disk_that_is_filled_while_the_host_is_asked_keeps_the_token(tmp_path: Path, when: str) -> None:
    with small_disk(tmp_path / "home") as home:
        here = here_at(home.place)
        here.asking.faults.add(
            Fault(POST if when == "the host is asked" else LOOK, then=lambda: fill(home, 0))
        )
        if when == "the host is asked":
            assert here.rotated().outcome == ROTATED
        else:
            with pytest.raises(PatError, match="the disk is full"):
                here.rotated()
            assert here.living == [here.token.value]
        assert [here.kept.secret.decode()] == here.living


@pytest.mark.needs("root")
def test_a_disk_without_room_for_the_commit_stops_a_rotation_before_the_host_is_asked(tmp_path: Path) -> None:
    with small_disk(tmp_path / "home") as home:
        here = here_at(home.place)
        for pages in range(8):
            filler = fill(home, pages)
            with suppress(PatError):
                here.rotated(later=1_000 * pages)
            filler.unlink()
            assert [here.kept.secret.decode()] == here.living
            assert bool(here.gitlab.rotations) == bool(here.gitlab.asked("POST"))
            if here.gitlab.rotations:
                break
        assert pages > 1


def test_ctrl_c_while_the_host_is_asked_waits_until_the_token_is_kept(here: Here) -> None:
    here.asking.faults.add(Fault(POST, then=lambda: signal.raise_signal(signal.SIGINT)))
    with pytest.raises(KeyboardInterrupt):
        here.rotated()
    assert [here.kept.secret.decode()] == here.living
    assert len(here.gitlab.rotations) == 1


class Refusing(MemoryBackend):
    """Takes no commit once the host was asked."""

    refuses = False

    def apply(self, changes: Iterable[Change]) -> None:
        if self.refuses:
            raise PatError("the disk is full")
        super().apply(changes)


def test_a_token_that_cannot_be_kept_is_revoked_and_the_page_is_named(here: Here) -> None:
    backend = Refusing([entry_of(here.token)])
    here.asking.faults.add(Fault(POST, then=lambda: setattr(backend, "refuses", True)))
    outcome = here.rotated(backend)
    assert outcome.outcome == FAILED
    assert re.search(f"the disk is full; it was revoked, so that nobody else can use it; {LED}", outcome.why)
    assert here.living == []
    assert here.gitlab.reuses == []


def test_a_token_in_its_place_is_not_revoked_because_the_disk_does_not_confirm_it(
    here: Here, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    flush = os.fsync

    def failing(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").readlink() == here.place.data:
            raise OSError(errno.EIO, "it fails")
        flush(descriptor)

    here.asking.faults.add(Fault(POST, then=lambda: monkeypatch.setattr(os, "fsync", failing)))
    assert here.rotated().outcome == ROTATED
    assert [here.kept.secret.decode()] == here.living
    assert "is changed, but the disk does not confirm it: Input/output error" in capfd.readouterr().err


@pytest.mark.parametrize("is_asked", [False, True])
def test_a_token_that_another_process_removes_is_not_rotated_or_not_left_alive(
    here: Here, *, is_asked: bool
) -> None:
    def remove() -> None:
        here.place.backend().apply([Change(here.kept, None)])

    here.asking.faults.add(Fault(POST if is_asked else LOOK, then=remove))
    outcome = here.rotated()
    assert here.place.backend().entries() == ()
    expected = (FAILED, []) if is_asked else (NOT_DUE, [here.token.value])
    assert (outcome.outcome, here.living) == expected


@pytest.mark.parametrize("is_asked", [False, True])
def test_a_token_that_its_user_stores_in_its_place_meanwhile_is_the_one_in_use(
    here: Here, *, is_asked: bool
) -> None:
    here.asking.faults.add(Fault(POST if is_asked else LOOK, then=lambda: seed(here.place, b"glpat-mine")))
    outcome = here.rotated()
    in_use = [entry.secret for entry in here.place.backend().entries() if entry.state == ACTIVE]
    assert in_use == [b"glpat-mine"]
    expected = (FAILED, []) if is_asked else (NOT_DUE, [here.token.value])
    assert (outcome.outcome, here.living) == expected


def test_a_token_that_git_rejects_while_its_host_puts_another_in_its_place_is_followed_by_that(
    here: Here,
) -> None:
    def reject() -> None:
        moment = Nanoseconds(time.time_ns())
        here.place.backend().apply([Change(here.kept, here.kept._replace(state=REJECTED, put_aside=moment))])

    here.asking.faults.add(Fault(POST, then=reject))
    assert here.rotated().outcome == ROTATED
    assert (here.kept.state, [here.kept.secret.decode()]) == (ACTIVE, here.living)


def test_of_two_runs_at_once_one_rotates_and_the_other_sees_it(
    jane: Program, gitlab: GitLab, hosts: TokenServer
) -> None:
    keep(jane, "https://gitlab.com/group", gitlab.add(now=time.time()).value)
    hosts.faults.add(Fault(POST, wait=1.5))
    with ThreadPoolExecutor(2) as threads:
        runs = [*threads.map(lambda _: jane.run("rotate", "--all", "--yes", "--json"), range(2))]
    results = sorted(
        (result["outcome"], result["why"]) for run in runs for result in json.loads(run.stdout)["results"]
    )
    assert [run.status for run in runs] == [0, 0]
    assert results == [("not-due", "another run has just replaced it"), ("rotated", "")]
    assert len(gitlab.rotations) == 1


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("id", 10**40),
        ("name", "a\ud800b"),
        ("name", "x" * 100_000),
        ("scopes", ["x" * 70_000]),
        ("expires_at", "9999-12-31"),
        ("created_at", "0001-01-01T00:00:00Z"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_whatever_else_a_host_says_of_the_token_it_is_kept(here: Here, member: str, value: object) -> None:
    facts = {"id": 7, "name": "laptop", "scopes": ["api"], "expires_at": "2099-01-01", "token": "glpat-next"}
    here.asking.faults.add(Fault(POST, answer=json_answer(200, facts | {member: value})))
    assert here.rotated().outcome == ROTATED
    assert here.kept.secret == b"glpat-next"


def test_a_token_that_is_too_long_to_be_one_is_lost(here: Here) -> None:
    answer = json_answer(200, {"id": 7, "scopes": ["api"], "token": "x" * 40_000})
    here.asking.faults.add(Fault(POST, answer=answer))
    outcome = here.rotated()
    assert outcome.outcome == FAILED
    assert re.search(LED, outcome.why)
    assert here.kept.secret.decode() == here.token.value


def test_a_clock_that_was_years_ahead_does_not_stop_the_next_runs(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as ahead:
        ahead.setattr(rotating, "now", lambda: Nanoseconds(time.time_ns() + 1000 * 86_400 * SECOND))
        here.asking.faults.add(Fault(POST, acts=False))
        assert here.rotated().outcome == FAILED
    assert here.rotated().outcome == ROTATED
    assert len(here.gitlab.rotations) == 1


def test_a_lifecycle_that_asks_another_server_is_stopped_before_it_is_asked(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    for url in ("https://gitlab.com.example.com/api", "http://gitlab.com/api", "https://gitlab.com:8443/api"):
        elsewhere = Question(url, {"PRIVATE-TOKEN": here.token.value})
        monkeypatch.setattr(GitLabLifecycle, "_question", lambda *_, elsewhere=elsewhere: elsewhere)
        with pytest.raises(ValueError, match="a lifecycle asks a server that is not the token's"):
            here.rotated()
    assert here.asking.log == []

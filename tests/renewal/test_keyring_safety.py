"""Renewal with the keyring backend, which changes one item at a time: whatever write fails, a token works."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from support import memory_keyring
from support.token_hosts.azure import Azure
from support.token_hosts.gitlab import GitLab
from support.token_hosts.host import DAY, Host
from support.token_hosts.in_process import InProcess
from support.vaults import Place, entry_at

from git_credential_pat.backends import Change
from git_credential_pat.backends.keyring import INDEX, KeyringBackend
from git_credential_pat.errors import LockedError, PatError
from git_credential_pat.hosts import family_named
from git_credential_pat.hosts.support.azure_lifecycle import AzureLifecycle
from git_credential_pat.hosts.support.lifecycle import Wanted
from git_credential_pat.hosts.support.verdict import Subject
from git_credential_pat.model.entry import ACTIVE, SECOND, Entry, Nanoseconds, Seconds
from git_credential_pat.renewal import ROTATED, Around, Outcome, beside, rotating
from git_credential_pat.renewal.creating import create

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.memory_keyring import MemoryKeyring

GROUP, FABRIKAM = "https://gitlab.com/group", "https://dev.azure.com/fabrikam"
WRITES = 8
"""More than a rotation makes."""


class Here:
    """A host, a keyring that keeps a token of it, and the way between them."""

    def __init__(self, keyring: MemoryKeyring, place: Place, url: str) -> None:
        self.keyring, self.place, self.url = keyring, place, url
        self.host: Host = GitLab() if url == GROUP else Azure()
        self.asking = InProcess(self.host)
        self.backend = KeyringBackend(place.settings)
        self.backend.apply([Change(None, self._stored())])
        keyring.writes.clear()

    def _stored(self) -> Entry:
        if isinstance(self.host, GitLab):
            return entry_at(self.url, self.host.add(now=time.time()).value.encode())
        assert isinstance(self.host, Azure)
        pat = self.host.add(now=time.time() - 20 * DAY, days=30)
        return entry_at(self.url, pat.token.encode())._replace(expires=Seconds(int(pat.valid_to)))

    @property
    def works(self) -> bool:
        """Whether what answers is a token that lives."""
        (used,) = [entry for entry in self.backend.entries() if entry.state == ACTIVE]
        return self.host.lives(used.secret.decode(), time.time())

    def rotated(self, later: int = 0) -> Outcome:
        self.asking.clock = lambda: time.time() + later
        moment = Nanoseconds(time.time_ns() + later * SECOND)
        key = self.host.sign_in(self.asking.clock()) if isinstance(self.host, Azure) else ""
        around = Around(self.backend, self.place.settings, moment, self.asking.ask, lambda _: key)
        used = [entry for entry in self.backend.entries() if entry.state == ACTIVE]
        (outcome,) = rotating.rotate(used, None, around)
        return outcome


@pytest.fixture(params=[GROUP, FABRIKAM])
def here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Here:
    for module in (rotating, beside):
        monkeypatch.setattr(module, "PAUSES", (0.0,))
    return Here(memory_keyring.install(monkeypatch), Place(tmp_path), request.param)


def once(keyring: MemoryKeyring, write: Callable[[str, str, str], None]) -> Callable[[str, str, str], None]:
    """Have a write that fails be the only one."""

    def writing(what: str, service: str, account: str) -> None:
        try:
            write(what, service, account)
        except LockedError:
            keyring.fails_at = -1
            raise

    return writing


@pytest.mark.parametrize("is_only_one", [True, False])
@pytest.mark.parametrize("number", range(WRITES))
def test_any_write_may_fail_once_or_with_all_after_it(
    here: Here, monkeypatch: pytest.MonkeyPatch, number: int, *, is_only_one: bool
) -> None:
    if is_only_one:
        monkeypatch.setattr(here.keyring, "_write", once(here.keyring, here.keyring._write))  # noqa: SLF001  # a fault
    here.keyring.fails_at = number
    try:
        outcome = here.rotated()
    except PatError:
        assert not any(method == "POST" for method in (question.method for question in here.asking.log))
        outcome = None
    here.keyring.fails_at = -1
    if here.url == GROUP and not is_only_one and outcome and "it was revoked" in outcome.why:
        assert {account for _, _, account in here.keyring.writes} == {INDEX}  # the token found no place
        return
    assert here.works
    assert here.rotated(later=300).outcome == ROTATED
    assert here.works


@pytest.mark.parametrize("number", range(1, 6))
def test_any_write_may_fail_once_while_a_token_is_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: int
) -> None:
    monkeypatch.setattr(rotating, "PAUSES", (0.0,))
    keyring, place, azure = memory_keyring.install(monkeypatch), Place(tmp_path), Azure()
    asking, backend = InProcess(azure), KeyringBackend(place.settings)
    around = Around(backend, place.settings, Nanoseconds(time.time_ns()), asking.ask, lambda _: "")
    monkeypatch.setattr(keyring, "_write", once(keyring, keyring._write))  # noqa: SLF001  # as above
    keyring.fails_at = number
    entry, family = entry_at(FABRIKAM, b""), family_named("azure-devops")
    subject = Subject(entry.scope, b"", b"")
    lifecycle = AzureLifecycle(family, subject, key=azure.sign_in(time.time()))
    wanted = Wanted("laptop", ("vso.code_write",), Seconds(int(time.time()) + 30 * DAY))
    with suppress(LockedError):
        create(entry, wanted, lifecycle, around, tries=True)
    used = [entry.secret.decode() for entry in backend.entries() if entry.state == ACTIVE]
    assert used == [pat.token for pat in azure.living(time.time())]
    assert len(used) == len(azure.asked("POST"))

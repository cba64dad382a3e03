"""What the keyring backend writes and in which order, and what a crash leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.keyrings import AZURE, FABRIKAM, INDEX, JANE, store, tokens

import git_credential_pat
from git_credential_pat.backends import Change
from git_credential_pat.backends.keyring import KeyringBackend
from git_credential_pat.entry import ACTIVE, REJECTED, Entry
from git_credential_pat.errors import LockedError
from git_credential_pat.os_keyring import Keyring
from git_credential_pat.scope import Scope

if TYPE_CHECKING:
    from support.secret_service import SecretService

    from git_credential_pat.settings import Settings

pytestmark = pytest.mark.needs("gnome-keyring", "dbus")


class Recorded:
    """Notes the calls that change a keyring, and fails before one of them if it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[tuple[str, str, str]] = []
        self.fails_at: int | None = None
        for name in ("set", "delete"):
            self._record(name, monkeypatch)

    def _record(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        original = getattr(Keyring, name)

        def recorded(keyring: Keyring, service: str, account: str, *secret: str) -> None:
            if len(self.calls) == self.fails_at:
                raise LockedError("a fault")
            self.calls.append((name, service, account))
            original(keyring, service, account, *secret)

        monkeypatch.setattr(Keyring, name, recorded)


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Recorded:
    return Recorded(monkeypatch)


CONTOSO = Entry(Scope(b"https", b"dev.azure.com", (b"contoso",)), b"", b"C")
OF_CONTOSO = "git-credential-pat:https://dev.azure.com/contoso"


def test_tokens_are_written_first_then_the_index_and_removed_ones_are_deleted_last(
    backend: KeyringBackend, recorded: Recorded
) -> None:
    store(backend, FABRIKAM, JANE)
    del recorded.calls[:]
    backend.apply(
        [Change(JANE, None), Change(FABRIKAM, FABRIKAM._replace(secret=b"F2")), Change(None, CONTOSO)]
    )
    assert sorted(recorded.calls[:2]) == [("set", OF_CONTOSO, "pat"), ("set", AZURE, "pat")]
    assert recorded.calls[2:] == [("set", *INDEX), ("delete", AZURE, "jane")]


def test_a_change_that_leaves_the_token_writes_the_index_alone(
    backend: KeyringBackend, recorded: Recorded
) -> None:
    store(backend, FABRIKAM, JANE)
    del recorded.calls[:]
    backend.apply([Change(FABRIKAM, FABRIKAM._replace(state=REJECTED))])
    assert recorded.calls == [("set", *INDEX)]


def test_a_change_to_the_same_writes_nothing(backend: KeyringBackend, recorded: Recorded) -> None:
    store(backend, FABRIKAM)
    del recorded.calls[:]
    backend.apply([Change(FABRIKAM, FABRIKAM)])
    assert recorded.calls == []


def test_the_index_does_not_depend_on_when_entries_were_made(
    service: SecretService, backend: KeyringBackend
) -> None:
    store(backend, FABRIKAM, CONTOSO)
    index = service.secrets()[INDEX]
    backend.apply([Change(FABRIKAM, None)])
    store(backend, FABRIKAM)
    assert service.secrets()[INDEX] == index


def test_reading_takes_no_lock_and_makes_no_folder(backend: KeyringBackend, tmp_path: Path) -> None:
    backend.entries()
    backend.find(b"https", b"dev.azure.com")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fails_at", [0, 1, 2, 3])
def test_a_fault_at_any_write_loses_no_token_and_the_change_can_be_made_again(
    service: SecretService, backend: KeyringBackend, recorded: Recorded, fails_at: int
) -> None:
    store(backend, FABRIKAM, JANE)
    newer = FABRIKAM._replace(secret=b"F2", updated=9)
    recorded.fails_at = len(recorded.calls) + fails_at
    with pytest.raises(LockedError, match="a fault"):
        backend.apply([Change(FABRIKAM, newer), Change(None, CONTOSO), Change(JANE, None)])
    recorded.fails_at = None
    seen = {entry.key: entry for entry in backend.entries()}
    assert (
        seen[FABRIKAM.key]
        in {
            0: [FABRIKAM],
            1: [FABRIKAM._replace(secret=b"F2")],
            2: [FABRIKAM._replace(secret=b"F2")],
            3: [newer],
        }[fails_at]
    )
    assert (CONTOSO.key in seen, JANE.key in seen) == ((True, False) if fails_at == 3 else (False, True))
    wanted = (CONTOSO, newer)
    backend.apply(
        [Change(entry, None) for entry in seen.values() if entry.key not in {e.key for e in wanted}]
        + [Change(seen.get(entry.key), entry) for entry in wanted]
    )
    assert backend.entries() == wanted
    assert tokens(service)[AZURE, "pat"] == "F2"


KILLED = """
    import os, signal, sys
    from git_credential_pat.backends import Change
    from git_credential_pat.backends.keyring import KeyringBackend
    from git_credential_pat.os_keyring import Keyring
    from git_credential_pat.settings import Settings

    left = [int(sys.argv[3])]
    def dying(method):
        def call(*arguments):
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left[0] -= 1
            return method(*arguments)
        return call
    for name in ("set", "delete"):
        setattr(Keyring, name, dying(getattr(Keyring, name)))
    backend = KeyringBackend(Settings(sys.argv[1], sys.argv[1], session_bus=sys.argv[2]))
    (entry,) = backend.entries()
    other = entry._replace(username=b"jane", secret=b"J")
    backend.apply([Change(None, other), Change(entry, None)])
"""


@pytest.mark.parametrize(
    ("calls", "left"),
    [(0, (FABRIKAM,)), (1, (FABRIKAM,)), (2, (JANE,)), (3, (JANE,))],
)
def test_a_process_that_is_killed_between_two_writes_leaves_the_old_or_the_new_entries(
    settings: Settings, tmp_path: Path, calls: int, left: tuple[Entry, ...]
) -> None:
    backend = KeyringBackend(settings)
    store(backend, FABRIKAM)
    package = Path(git_credential_pat.__file__).parents[1]
    finished = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(KILLED), str(tmp_path), settings.session_bus, str(calls)],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(package)},
        capture_output=True,
        check=False,
    )
    assert (finished.returncode, finished.stderr) == (-signal.SIGKILL if calls < 3 else 0, b"")
    assert backend.entries() == left
    store(backend, CONTOSO)
    assert backend.entries() == (CONTOSO, *left)


WRITER = """
    import sys
    from git_credential_pat.backends import Change
    from git_credential_pat.backends.keyring import KeyringBackend
    from git_credential_pat.entry import Entry
    from git_credential_pat.scope import Scope
    from git_credential_pat.settings import Settings

    backend = KeyringBackend(Settings(sys.argv[1], sys.argv[1], session_bus=sys.argv[2]))
    for number in range(5):
        scope = Scope(b"https", b"dev.azure.com", (f"{sys.argv[3]}-{number}".encode(),))
        backend.apply([Change(None, Entry(scope, b"", b"token"))])
"""


def test_processes_that_write_at_once_lose_no_entry(settings: Settings, backend: KeyringBackend) -> None:
    package = Path(git_credential_pat.__file__).parents[1]
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(WRITER), settings.data_folder, settings.session_bus, name],
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(package)},
        )
        for name in ("a", "b", "c")
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    names = [entry.scope.path[0].decode() for entry in backend.entries()]
    assert names == [f"{name}-{number}" for name in ("a", "b", "c") for number in range(5)]
    assert {entry.state for entry in backend.entries()} == {ACTIVE}

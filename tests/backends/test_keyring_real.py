"""The keyring backend on a real Secret Service: what only that, or several processes, can show."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.keyrings import AZURE, FABRIKAM, JANE, settings_for, store

import git_credential_pat
from git_credential_pat.backends.keyring import KeyringBackend
from git_credential_pat.errors import LockedError
from git_credential_pat.model.unlocking import Unlocking

if TYPE_CHECKING:
    from support.secret_service import SecretService

    from git_credential_pat.git.settings import Settings

pytestmark = pytest.mark.needs("gnome-keyring", "dbus")


@pytest.fixture
def settings(service: SecretService, tmp_path: Path) -> Settings:
    return settings_for(service, tmp_path)


def test_pythons_own_keyring_program_prints_the_token(
    service: SecretService, backend: KeyringBackend
) -> None:
    store(backend, FABRIKAM)
    command = [sys.executable, "-I", "-m", "keyring", "get", AZURE, "pat"]
    assert subprocess.run(command, env=service.environment, capture_output=True, check=True).stdout == b"F\n"


def test_a_locked_keyring_is_reported_and_nobody_is_asked(fragile: SecretService, tmp_path: Path) -> None:
    backend = KeyringBackend(settings_for(fragile, tmp_path))
    store(backend, FABRIKAM)
    fragile.lock()
    for call in (backend.entries, lambda: backend.find(b"https", b"x"), lambda: store(backend, JANE)):
        with pytest.raises(LockedError, match=r"^Secret Service is locked; "):
            call()
    assert not fragile.was_prompted
    asking = KeyringBackend(settings_for(fragile, tmp_path), Unlocking(interactive=True))
    with pytest.raises(LockedError):
        asking.entries()
    assert fragile.was_prompted
    fragile.unlock()
    assert backend.entries() == (FABRIKAM,)


def test_the_named_class_is_used(service: SecretService, settings: Settings) -> None:
    backend = KeyringBackend(settings._replace(keyring_backend="keyring.backends.null.Keyring"))
    with pytest.raises(LockedError, match=r"^keyring\.backends\.null\.Keyring refused"):
        store(backend, FABRIKAM)
    assert service.items() == []


WRITER = """
    import sys
    from git_credential_pat.backends import Change
    from git_credential_pat.backends.keyring import KeyringBackend
    from git_credential_pat.model.entry import Entry
    from git_credential_pat.model.scope import Scope
    from git_credential_pat.git.settings import Settings

    backend = KeyringBackend(Settings(sys.argv[1], sys.argv[1], session_bus=sys.argv[2]))
    for number in range(3):
        scope = Scope(b"https", b"dev.azure.com", (f"{sys.argv[3]}-{number}".encode(),))
        backend.apply([Change(None, Entry(scope, b"", b"token"))])
"""


def run(code: str, settings: Settings, argument: object) -> subprocess.Popen[bytes]:
    """Start a process that uses the same keyring."""
    arguments = [settings.data_folder, settings.session_bus, str(argument)]
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(git_credential_pat.__file__).parents[1]),
    }
    command = [sys.executable, "-c", textwrap.dedent(code), *arguments]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)


def test_processes_that_write_at_once_lose_no_entry(settings: Settings, backend: KeyringBackend) -> None:
    writers = [run(WRITER, settings, name) for name in "ab"]
    assert [writer.communicate()[1] for writer in writers] == [b""] * 2
    names = [entry.scope.path[0].decode() for entry in backend.entries()]
    assert names == [f"{name}-{number}" for name in "ab" for number in range(3)]

"""What the tests of the keyring share: the calls that may be refused, and how a refusal is looked at."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
import traceback
from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from git_credential_pat.backends import Change
from git_credential_pat.errors import LockedError
from git_credential_pat.git.settings import Settings
from git_credential_pat.model.entry import Entry, Nanoseconds
from git_credential_pat.model.scope import Scope
from git_credential_pat.oskeyring.keyring import Keyring

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from git_credential_pat.backends.keyring import KeyringBackend
    from support.secret_service import SecretService

Call = Callable[[Keyring], object]

CANARY = "a-secret-that-is-never-shown"

CALLS = [
    pytest.param(lambda keyring: keyring.get("s", "a"), id="get"),
    pytest.param(lambda keyring: keyring.set("s", "a", CANARY), id="set"),
    pytest.param(lambda keyring: keyring.delete("s", "a"), id="delete"),
]

AZURE = "git-credential-pat:https://dev.azure.com/fabrikam"
INDEX = ("git-credential-pat", "index")

FABRIKAM = Entry(
    Scope(b"https", b"dev.azure.com", (b"fabrikam",)),
    b"",
    b"F",
    created=Nanoseconds(1),
    updated=Nanoseconds(2),
)
JANE = FABRIKAM._replace(username=b"jane", secret=b"J")
CONTOSO = Entry(Scope(b"https", b"dev.azure.com", (b"contoso",)), b"", b"C")
OF_CONTOSO = "git-credential-pat:https://dev.azure.com/contoso"


@contextmanager
def lasting(least: float, most: float) -> Iterator[None]:
    """Fail if the block takes less or more seconds."""
    start = time.monotonic()
    yield
    assert least <= time.monotonic() - start < most


def refusal(call: Call, keyring: Keyring) -> str:
    """Return the message of the refusal that a call must end with, which must not show the secret."""
    with pytest.raises(LockedError) as caught:
        call(keyring)
    assert caught.value.status == 3
    assert CANARY not in "".join(traceback.format_exception(caught.value))
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    return str(caught.value)


def refused_get(keyring: Keyring) -> str:
    """Return the message of the refusal that a look-up must end with."""
    return refusal(lambda keyring: keyring.get("s", "a"), keyring)


def run_python(code: str, environment: dict[str, str]) -> str:
    """Run a piece of Python and return what it prints."""
    finished = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    assert finished.stderr == ""
    return finished.stdout


def settings_for(service: SecretService, folder: Path) -> Settings:
    return Settings(
        str(folder / "data"), str(folder / "config"), backend="keyring", session_bus=service.address
    )


def store(backend: KeyringBackend, *entries: Entry) -> None:
    backend.apply([Change(None, entry) for entry in entries])

"""A keyring backend on a real Secret Service, which the tests of a file share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.keyrings import settings_for

from git_credential_pat.backends.keyring import KeyringBackend

if TYPE_CHECKING:
    from pathlib import Path

    from support.secret_service import SecretService

    from git_credential_pat.settings import Settings


@pytest.fixture
def settings(service: SecretService, tmp_path: Path) -> Settings:
    return settings_for(service, tmp_path)


@pytest.fixture
def backend(settings: Settings) -> KeyringBackend:
    return KeyringBackend(settings)

"""What all tests share: the marker `needs`, by which they say what they need of a machine, and a keyring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support import keyring_fixtures
from support.requirements import MARKER, Requirements

if TYPE_CHECKING:
    import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)
    config.pluginmanager.register(Requirements(), "requirements")
    config.pluginmanager.register(keyring_fixtures)

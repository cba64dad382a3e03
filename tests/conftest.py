"""What all tests share: the marker `needs`, by which they say what they need of a machine, and fixtures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support import api_fixtures, keyring_fixtures
from support.no_terminal import leave_terminal
from support.requirements import MARKER, Requirements

if TYPE_CHECKING:
    import pytest


def pytest_configure(config: pytest.Config) -> None:
    leave_terminal()
    config.addinivalue_line("markers", MARKER)
    config.pluginmanager.register(Requirements(), "requirements")
    for fixtures in (api_fixtures, keyring_fixtures):
        config.pluginmanager.register(fixtures)

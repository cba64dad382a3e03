"""What all tests share: the marker `needs`, by which a test says what it needs of the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.requirements import MARKER, Requirements

if TYPE_CHECKING:
    import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)
    config.pluginmanager.register(Requirements(), "requirements")

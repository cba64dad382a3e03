"""A real Secret Service for tests, as fixtures; tests/conftest.py has them known everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support import secret_service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.secret_service import SecretService


@pytest.fixture(scope="module")
def shared_service() -> Iterator[SecretService]:
    """Return the one that the tests of a file share."""
    with secret_service.running() as service:
        yield service


@pytest.fixture
def service(shared_service: SecretService) -> SecretService:
    """Return a Secret Service that may be filled but not harmed."""
    shared_service.clear()
    return shared_service


@pytest.fixture
def fragile() -> Iterator[SecretService]:
    """Return a Secret Service that the test may stop, lock or kill."""
    with secret_service.running() as service:
        yield service

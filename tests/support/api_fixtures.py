"""The mock of the hosts' web APIs for tests, as fixtures; tests/conftest.py has them known everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.api_server import ApiServer
from support.program import Program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ApiServer]:
    """Return the mock, which serves nothing yet."""
    with ApiServer(tmp_path / "api") as server:
        yield server


@pytest.fixture
def visitor(server: ApiServer, tmp_path: Path) -> Program:
    """Return a program whose user reaches the mock and keeps no token."""
    program = Program(tmp_path / "home")
    server.configure_client(program.home)
    return program

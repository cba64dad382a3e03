"""What the tests of asking a host share: the mock of the hosts, and a user who reaches it."""

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
    with ApiServer(tmp_path / "api") as server:
        yield server


@pytest.fixture
def program(server: ApiServer, tmp_path: Path) -> Program:
    program = Program(tmp_path / "home")
    server.configure_client(program.home)
    return program

"""The program in a throw-away home, as a fixture; tests/conftest.py has it known everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.program import Program

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path / "home")

"""What the tests of asking a host share: a user who reaches the mock of the hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.program import Program


@pytest.fixture
def program(visitor: Program) -> Program:
    return visitor

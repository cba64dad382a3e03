from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.checks import keep
from support.program import FABRIKAM
from support.slots import lock_by_passphrase

if TYPE_CHECKING:
    from support.program import Program


@pytest.fixture
def filled(program: Program) -> Program:
    """Return a program whose vault has one entry and opens by the key file."""
    keep(program, FABRIKAM)
    return program


@pytest.fixture
def locked(filled: Program, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Return a program whose vault opens by the passphrase alone, as slot 2."""
    lock_by_passphrase(filled, monkeypatch)
    return filled

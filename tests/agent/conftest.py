"""What tests of the agent begin with: one entry in the vault, with an agent or without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.agents import PHRASE, AgentProgram, agent_program
from support.checks import keep
from support.program import FABRIKAM
from support.slots import lock_by_passphrase

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def program() -> Iterator[AgentProgram]:
    """A program that keeps one token; no agent runs."""
    with agent_program() as program:
        keep(program, FABRIKAM)
        yield program


@pytest.fixture
def served(program: AgentProgram) -> AgentProgram:
    """The same, with an agent that its first `get` started."""
    program.start()
    return program


@pytest.fixture
def locked(program: AgentProgram, monkeypatch: pytest.MonkeyPatch) -> AgentProgram:
    """A program whose vault only `PHRASE` opens; no agent runs."""
    lock_by_passphrase(program, monkeypatch, PHRASE)
    program.key.unlink()
    return program


@pytest.fixture(scope="module")
def shared() -> Iterator[AgentProgram]:
    """One agent for all tests of a file, of which each leaves it as good as before."""
    with agent_program() as program:
        keep(program, FABRIKAM)
        program.start()
        yield program

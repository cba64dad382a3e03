"""What tests of the agent begin with: one entry in the vault, with an agent or without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.agents import PHRASE, AgentProgram, agent_program
from support.checks import keep
from support.program import FABRIKAM, Program

from git_credential_pat.backends.vault import VaultBackend
from git_credential_pat.backends.vault_slots import add_slot, remove_slot
from git_credential_pat.settings import Settings
from git_credential_pat.unlocking import Unlocking
from git_credential_pat.vault.keyslots import kind_named, passphrase

if TYPE_CHECKING:
    from collections.abc import Iterator

CHEAPEST = passphrase.Cost(1, 19 * 1024, 1)
"""The cheapest derivation that is allowed, so that tests need not wait for it."""


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


@pytest.fixture(scope="session")
def vault_with_passphrase(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a vault that keeps one token and that only `PHRASE` opens."""
    program = Program(tmp_path_factory.mktemp("passphrase"))
    keep(program, FABRIKAM)
    ways = Unlocking(passphrase=lambda _: PHRASE.encode(), choose=PHRASE.encode)
    backend = VaultBackend(Settings(str(program.data), str(program.key.parent)), ways)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passphrase, "RFC_9106_SECOND", CHEAPEST)
        add_slot(backend, kind_named("passphrase"))
    remove_slot(backend, 1)
    return program.vault.read_bytes()


@pytest.fixture
def locked(program: AgentProgram, vault_with_passphrase: bytes) -> AgentProgram:
    """A program whose vault only `PHRASE` opens; no agent runs."""
    program.vault.write_bytes(vault_with_passphrase)
    program.key.unlink()
    return program

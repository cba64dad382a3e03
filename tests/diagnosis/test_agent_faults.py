"""Faults of the agent and the keyring: `doctor` finds each, and the command that it prints mends it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from support.agents import AgentProgram, agent_program, frozen
from support.doctor import Found, doctor, mends, only_problem
from support.program import AZURE_TOKEN, FABRIKAM
from support.secret_service import running
from support.slots import PHRASE as SLOT_PHRASE
from support.slots import lock_by_passphrase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.program import Program


@pytest.fixture
def served() -> Iterator[AgentProgram]:
    """Return a healthy home in which an agent may run; none does."""
    with agent_program() as program:
        program.seed(FABRIKAM, AZURE_TOKEN)
        yield program


def agent_of(program: Program) -> list[tuple[str, str]]:
    return [(finding.state, finding.text) for finding in doctor(program) if finding.check == "agent"]


def test_no_agent_is_started(served: AgentProgram) -> None:
    assert agent_of(served) == [("ok", "no agent runs; the next call of Git that needs one starts it")]
    assert served.status() is None


def test_an_agent_that_answers_is_well(served: AgentProgram) -> None:
    pid = served.start()
    ((state, text),) = agent_of(served)
    assert state == "ok"
    assert text.startswith(f"the agent answers (process {pid}, version ")


def test_the_agent_does_not_answer(served: AgentProgram) -> None:
    pid = served.start()
    with frozen(pid):
        finding = only_problem(served)
        assert finding == Found(
            "agent", "problem", f"the agent (process {pid}) does not answer", f"kill -KILL {pid}"
        )
        assert mends(served, finding)


def test_others_could_reach_the_folder_of_the_agent(served: AgentProgram) -> None:
    served.start()
    served.folder.chmod(0o755)
    finding = only_problem(served)
    assert finding == Found(
        "agent",
        "problem",
        f"others can reach {served.folder}, so no agent uses it",
        f"chmod 700 {served.folder}",
    )
    assert mends(served, finding)


def test_unlocking_mends_a_locked_vault(served: AgentProgram, monkeypatch: pytest.MonkeyPatch) -> None:
    served.run("agent", "stop")
    lock_by_passphrase(served, monkeypatch)
    finding = only_problem(served)
    assert finding.mend == "git credential-pat unlock"
    assert mends(served, finding, stdin=SLOT_PHRASE)


@pytest.mark.needs("gnome-keyring", "dbus")
@pytest.mark.parametrize(
    ("state", "text", "mend"),
    [
        ("lock", "Secret Service is locked; unlock it at the desktop", "git credential-pat unlock"),
        ("stop", "Secret Service does not answer; restart it, or log out and in again", None),
    ],
)
def test_the_keyring_does_not_give_the_key(program: Program, state: str, text: str, mend: str | None) -> None:
    with running() as service:
        program.environment["DBUS_SESSION_BUS_ADDRESS"] = service.address
        program.seed(FABRIKAM, AZURE_TOKEN)
        assert [found for found in doctor(program) if found.state != "ok"] == []
        assert ("keyring", "ok", "Secret Service answers", None) in doctor(program)
        getattr(service, state)()
        start = time.monotonic()
        assert only_problem(program) == Found("keyring", "problem", text, mend)
        assert time.monotonic() - start < 6, "a keyring that hangs is waited for once"
        assert not service.was_prompted


@pytest.mark.needs("gnome-keyring", "dbus")
def test_there_is_no_session_bus(program: Program) -> None:
    with running() as service:
        program.environment["DBUS_SESSION_BUS_ADDRESS"] = service.address
        program.seed(FABRIKAM, AZURE_TOKEN)
        address = program.environment.pop("DBUS_SESSION_BUS_ADDRESS")
        finding = only_problem(program)
        assert finding.check == "keyring"
        assert finding.text == (
            "Secret Service is out of reach, for there is no D-Bus session; log in at the desktop"
        )
        program.environment["DBUS_SESSION_BUS_ADDRESS"] = address
        service.clear()
        gone = only_problem(program)
        assert gone.text.startswith("Secret Service does not hold the key of the vault ")
        assert gone.mend == f"mv {program.vault} {program.vault}.unusable"


@pytest.mark.needs("gnome-keyring", "dbus")
def test_tokens_in_the_keyring_itself_are_looked_at_too(program: Program) -> None:
    assert program.git("config", "--global", "pat.backend", "keyring").status == 0
    with running() as service:
        program.environment["DBUS_SESSION_BUS_ADDRESS"] = service.address
        program.seed(FABRIKAM, AZURE_TOKEN)
        found = doctor(program)
        assert ("vault", "ok", "the keyring holds 1 token", None) in found
        assert [finding for finding in found if finding.state != "ok"] == []
        service.lock()
        assert only_problem(program).mend == "git credential-pat unlock"

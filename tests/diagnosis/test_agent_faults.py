"""Faults of the agent and the keyring: `doctor` finds each, and the command that it prints fixes it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from support.agents import AgentProgram, agent_program, frozen
from support.doctor import Found, doctor, fixes, only_problem
from support.program import AZURE_TOKEN, FABRIKAM
from support.slots import PHRASE as SLOT_PHRASE
from support.slots import lock_by_passphrase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.program import Program
    from support.secret_service import SecretService


@pytest.fixture
def served() -> Iterator[AgentProgram]:
    """Return a healthy home in which an agent may run; none does."""
    with agent_program() as program:
        program.seed(FABRIKAM, AZURE_TOKEN)
        yield program


def agent_of(program: Program) -> list[tuple[str, str]]:
    return [(finding.state, finding.text) for finding in doctor(program) if finding.check == "agent"]


def test_no_agent_is_started(served: AgentProgram) -> None:
    assert agent_of(served) == [("ok", "the agent is not running; the next call that needs it starts it")]
    assert served.status() is None


def test_an_agent_that_answers_is_well(served: AgentProgram) -> None:
    pid = served.start()
    ((state, text),) = agent_of(served)
    assert state == "ok"
    assert text.startswith(f"the agent answers (process {pid}, version ")


@pytest.mark.slow
def test_the_agent_does_not_answer(served: AgentProgram) -> None:
    pid = served.start()
    with frozen(pid):
        finding = only_problem(served)
        assert (finding.check, finding.fix) == ("agent", f"kill -KILL {pid}")
        assert fixes(served, finding)


def test_others_could_reach_the_folder_of_the_agent(served: AgentProgram) -> None:
    served.start()
    served.folder.chmod(0o755)
    finding = only_problem(served)
    assert (finding.check, finding.fix) == ("agent", f"chmod 700 {served.folder}")
    assert fixes(served, finding)


def test_unlocking_fixes_a_locked_vault(served: AgentProgram, monkeypatch: pytest.MonkeyPatch) -> None:
    served.run("agent", "stop")
    lock_by_passphrase(served, monkeypatch)
    finding = only_problem(served)
    assert finding.fix == "git credential-pat unlock"
    assert fixes(served, finding, stdin=SLOT_PHRASE)


@pytest.fixture
def desktop(program: Program, fragile: SecretService) -> Program:
    """Return a program with one token and its key in a keyring that may be harmed."""
    program.environment["DBUS_SESSION_BUS_ADDRESS"] = fragile.address
    return program


@pytest.mark.needs("gnome-keyring", "dbus")
@pytest.mark.parametrize(
    ("state", "text", "fix"),
    [
        ("lock", "Secret Service is locked; unlock it at the desktop", "git credential-pat unlock"),
        ("stop", "Secret Service does not answer; restart it, or log out and in again", None),
    ],
)
def test_the_keyring_does_not_give_the_key(
    desktop: Program, fragile: SecretService, state: str, text: str, fix: str | None
) -> None:
    desktop.seed(FABRIKAM, AZURE_TOKEN)
    assert [found for found in doctor(desktop) if found.state != "ok"] == []
    assert ("keyring", "ok", "Secret Service answers", None) in doctor(desktop)
    getattr(fragile, state)()
    start = time.monotonic()
    assert only_problem(desktop) == Found("keyring", "problem", text, fix)
    assert time.monotonic() - start < 15, "a keyring that hangs is waited for 2.2 s, by D-Bus itself 25 s"
    assert not fragile.was_prompted


@pytest.mark.needs("gnome-keyring", "dbus")
def test_there_is_no_session_bus_or_no_key(desktop: Program, fragile: SecretService) -> None:
    desktop.seed(FABRIKAM, AZURE_TOKEN)
    del desktop.environment["DBUS_SESSION_BUS_ADDRESS"]
    finding = only_problem(desktop)
    assert finding.check == "keyring"
    assert "there is no D-Bus session" in finding.text
    desktop.environment["DBUS_SESSION_BUS_ADDRESS"] = fragile.address
    fragile.clear()
    gone = only_problem(desktop)
    assert gone.text.startswith("Secret Service does not hold the key of the vault ")
    assert gone.fix == f"mv {desktop.vault} {desktop.vault}.unusable"


@pytest.mark.needs("gnome-keyring", "dbus")
def test_tokens_in_the_keyring_itself_are_looked_at_too(desktop: Program, fragile: SecretService) -> None:
    assert desktop.git("config", "--global", "pat.backend", "keyring").status == 0
    desktop.seed(FABRIKAM, AZURE_TOKEN)
    found = doctor(desktop)
    assert ("vault", "ok", "the keyring holds 1 token", None) in found
    assert [finding for finding in found if finding.state != "ok"] == []
    fragile.lock()
    assert only_problem(desktop).fix == "git credential-pat unlock"

"""`agent`, `agent status`, `lock` and `unlock` where an agent runs; for where none does see transcripts/."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from support.agents import FOUND, MISS, PHRASE, REQUEST, eventually, in_foreground, is_gone, said_by_git
from support.checks import refusal
from support.program import Run

from git_credential_pat import __version__

if TYPE_CHECKING:
    from support.agents import AgentProgram

LINE = f"{PHRASE}\n".encode()
NONE = {"running": False, "pid": None, "version": None, "locked": None, "seconds_left": None}


def said(line: str) -> Run:
    return Run(0, f"{line}\n".encode(), "")


def facts(program: AgentProgram, status: int = 0) -> dict[str, object]:
    """Return what `agent status --json` says, which must end with this status."""
    done = program.run("agent", "status", "--json")
    assert (done.status, done.stderr) == (status, "")
    assert done.stdout.count(b"\n") == 1
    said: dict[str, object] = json.loads(done.stdout)
    return said


def test_agent_starts_one_in_the_background_and_says_so_when_it_runs_already(program: AgentProgram) -> None:
    done = program.run("agent")
    assert done == said(f"The agent is running (process {program.pid()}, unlocked).")
    assert program.by_agent("get") == FOUND
    assert program.run("agent") == said(f"The agent is running (process {program.pid()}, unlocked) already.")


def test_a_second_one_in_the_foreground_is_refused(program: AgentProgram) -> None:
    with in_foreground(program) as agent:
        assert refusal(program.run("agent", "--foreground"), 1) == (
            "the agent is running already; to stop it, run: git credential-pat agent stop"
        )
        assert program.pid() == agent.pid
        assert program.by_agent("get") == FOUND


def test_it_can_be_started_where_there_is_no_vault_yet(program: AgentProgram) -> None:
    program.vault.unlink()
    assert program.run("agent").status == 0
    assert facts(program)["locked"] is True
    assert program.run("get", stdin=REQUEST) == MISS
    assert program.run("store", stdin=said_by_git("t")) == MISS
    assert program.by_agent("get") == Run(0, b"username=pat\npassword=t\n", "")


def test_status_says_process_lock_and_seconds(served: AgentProgram) -> None:
    done = served.run("agent", "status")
    assert re.fullmatch(
        rf"The agent is running \(process {served.pid()}, unlocked\) "
        r"and ends after (900|8\d\d) more idle seconds\.\n",
        done.stdout.decode(),
    )
    said = facts(served)
    seconds = said.pop("seconds_left")
    assert isinstance(seconds, int)
    assert 800 < seconds <= 900
    assert said == {"running": True, "pid": served.pid(), "version": __version__, "locked": False}


def test_a_locked_agent_says_so_and_ends_as_any_if_nobody_asks_it(locked: AgentProgram) -> None:
    assert locked.run("agent", "--timeout", "2", stdin=b"").status == 0
    assert ", locked)" in locked.run("agent", "status").stdout.decode()
    pid = facts(locked)["pid"]
    assert facts(locked)["locked"] is True
    eventually(lambda: is_gone(int(str(pid))), "it ends")
    assert facts(locked, 1) == NONE


def test_after_lock_a_vault_with_a_passphrase_stays_closed(locked: AgentProgram) -> None:
    assert locked.run("unlock", stdin=LINE).status == 0
    assert locked.run("get", stdin=REQUEST) == FOUND
    assert locked.run("lock") == said("The key is forgotten.")
    assert refusal(locked.run("get", stdin=REQUEST), 3).endswith("; run: git credential-pat unlock")


def test_unlock_takes_the_passphrase_from_standard_input_and_serves_commands_as_well(
    locked: AgentProgram,
) -> None:
    refusal(locked.run("list"), 3)
    assert locked.run("unlock", stdin=LINE) == said(
        "The vault is unlocked until it has been idle for 900 seconds."
    )
    assert locked.by_agent("get") == FOUND
    assert b"fabrikam" in locked.run("list").stdout
    assert locked.run("unlock", stdin=b"") == said("The vault is unlocked already.")


def test_unlock_gives_the_key_to_the_agent_that_runs(locked: AgentProgram) -> None:
    locked.run("agent", stdin=b"")
    pid = locked.pid()
    assert locked.run("unlock", stdin=LINE).status == 0
    assert locked.pid() == pid
    assert locked.by_agent("get") == FOUND


@pytest.mark.parametrize("stdin", [b"wrong passphrase\n", LINE[:-2], b"\n", b"", b"\0\xff\n"])
def test_a_wrong_passphrase_is_the_same_refusal_every_time(locked: AgentProgram, stdin: bytes) -> None:
    expected = f"no passphrase opened the vault {locked.vault}; try again"
    assert [refusal(locked.run("unlock", stdin=stdin), 3) for _ in range(2)] == [expected] * 2
    assert not locked.socket.exists()


def test_the_agent_of_a_vault_with_a_passphrase_and_a_key_file_needs_no_unlock(program: AgentProgram) -> None:
    program.run("vault", "add-slot", "passphrase", stdin=LINE)
    program.start()
    assert program.run("unlock", stdin=b"") == said("The vault is unlocked already.")

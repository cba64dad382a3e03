"""`agent`, `agent status`, `agent stop`, `lock` and `unlock`: what they say, and their statuses."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from support.agents import FOUND, PHRASE, REQUEST, eventually, frozen, in_foreground, is_free, is_gone
from support.checks import refusal
from support.program import Run

from git_credential_pat import __version__

if TYPE_CHECKING:
    from support.agents import AgentProgram

LINE = f"{PHRASE}\n".encode()
NONE = {"running": False, "pid": None, "version": None, "locked": None, "seconds_left": None}


def said(line: str) -> Run:
    return Run(0, f"{line}\n".encode(), "")


def facts(program: AgentProgram, status: int) -> dict[str, object]:
    """Return what `agent status --json` says, which must end with this status."""
    done = program.run("agent", "status", "--json")
    assert (done.status, done.stderr) == (status, "")
    assert done.stdout.count(b"\n") == 1
    told: dict[str, object] = json.loads(done.stdout)
    return told


# agent


def test_agent_starts_one_in_the_background(program: AgentProgram) -> None:
    done = program.run("agent")
    assert done == said(f"The agent runs (process {program.pid()}, unlocked).")
    assert program.by_agent("get") == FOUND


def test_agent_twice_says_which_runs_already(served: AgentProgram) -> None:
    pid = served.pid()
    assert served.run("agent") == said(f"The agent runs (process {pid}, unlocked) already.")
    assert served.pid() == pid


def test_a_second_one_in_the_foreground_is_refused(served: AgentProgram) -> None:
    line = refusal(served.run("agent", "--foreground"), 1)
    assert line == "an agent runs already; stop it by: git credential-pat agent stop"
    assert served.by_agent("get") == FOUND


def test_one_in_the_foreground_answers_as_any(program: AgentProgram) -> None:
    with in_foreground(program) as agent:
        assert program.pid() == agent.pid
        assert program.by_agent("get") == FOUND


def test_it_can_be_started_where_there_is_no_vault_yet(program: AgentProgram) -> None:
    program.vault.unlink()
    assert program.run("agent").status == 0
    assert facts(program, 0)["locked"] is True
    assert program.run("get", stdin=REQUEST) == Run(0, b"", "")
    approval = REQUEST[:-1] + b"username=pat\npassword=t\n\n"
    assert program.run("store", stdin=approval) == Run(0, b"", "")
    assert program.by_agent("get") == Run(0, b"username=pat\npassword=t\n", "")


@pytest.mark.parametrize("seconds", ["0", "-1", "100000", "soon", ""])
def test_idle_seconds_that_make_no_sense_are_a_usage_error(program: AgentProgram, seconds: str) -> None:
    refusal(program.run("agent", "--timeout", seconds), 2)
    assert not program.socket.exists()


def test_an_agent_without_a_place_for_its_socket_is_refused_with_the_reason(program: AgentProgram) -> None:
    program.folder.parent.write_bytes(b"in the way")
    assert refusal(program.run("agent"), 1) == (
        "the agent does not start; see why by: git credential-pat agent --foreground"
    )
    assert refusal(program.run("agent", "--foreground"), 1) == (
        f"an agent needs a folder of yours, closed to others; none of these is one: {program.folder}"
    )
    program.folder.parent.unlink()


def test_an_agent_that_would_depend_on_the_working_folder_is_refused(program: AgentProgram) -> None:
    relative = {"GIT_CONFIG_SYSTEM": "system.gitconfig"}
    assert refusal(program.run("agent", "--foreground", environment=relative), 1) == (
        "HOME, GIT_CONFIG_GLOBAL or GIT_CONFIG_SYSTEM is no absolute path, "
        "so that no agent can serve; make it one"
    )


def test_no_agent_is_started_for_a_backend_that_there_is_not(program: AgentProgram) -> None:
    assert refusal(program.run("--backend", "nowhere", "agent"), 2).startswith('unknown backend "nowhere"; ')
    assert not program.socket.exists()


# agent status


def test_status_tells_that_none_runs(program: AgentProgram) -> None:
    assert program.run("agent", "status") == Run(1, b"No agent runs.\n", "")
    assert facts(program, 1) == NONE


def test_status_tells_process_lock_and_seconds(served: AgentProgram) -> None:
    done = served.run("agent", "status")
    assert (done.status, done.stderr) == (0, "")
    assert re.fullmatch(
        rf"The agent runs \(process {served.pid()}, unlocked\) "
        r"and ends in (900|8\d\d) seconds if nothing asks it\.\n",
        done.stdout.decode(),
    )
    told = facts(served, 0)
    seconds = told.pop("seconds_left")
    assert isinstance(seconds, int)
    assert 850 < seconds <= 900
    assert told == {"running": True, "pid": served.pid(), "version": __version__, "locked": False}


def test_status_tells_that_the_key_is_not_known(locked: AgentProgram) -> None:
    assert locked.run("agent", stdin=b"").status == 0
    assert ", locked)" in locked.run("agent", "status").stdout.decode()
    assert facts(locked, 0)["locked"] is True


def test_a_stopped_process_is_told_to_whoever_wants_to_end_it(served: AgentProgram) -> None:
    pid = served.pid()
    with frozen(pid):
        line = refusal(served.run("agent", "stop"), 1)
    assert line == f"the agent (process {pid}) does not answer; run: kill -KILL {pid}"


# agent stop, lock


@pytest.mark.parametrize(
    ("arguments", "running", "not_running"),
    [
        (["agent", "stop"], "The agent is stopped.", "No agent runs."),
        (["lock"], "The key is forgotten.", "Nothing was unlocked."),
    ],
)
def test_stop_and_lock_say_what_they_did(
    served: AgentProgram, arguments: list[str], running: str, not_running: str
) -> None:
    pid = served.pid()
    assert served.run(*arguments) == said(running)
    assert is_free(served.folder / "agent.lock"), "the kernel has taken its memory"
    eventually(lambda: is_gone(pid), "it ends", 1)
    assert served.run(*arguments) == said(not_running)


def test_after_lock_a_vault_with_a_passphrase_stays_closed(locked: AgentProgram) -> None:
    assert locked.run("unlock", stdin=LINE).status == 0
    assert locked.run("get", stdin=REQUEST) == FOUND
    assert locked.run("lock").status == 0
    line = refusal(locked.run("get", stdin=REQUEST), 3)
    assert line == (f"the vault {locked.vault} is locked by a passphrase; run: git credential-pat unlock")


# unlock


def test_unlock_takes_the_passphrase_from_standard_input(locked: AgentProgram) -> None:
    assert locked.run("unlock", stdin=LINE) == said(
        "The vault is unlocked, until it was not used for 900 seconds."
    )
    assert locked.by_agent("get") == FOUND
    assert locked.run("unlock", stdin=b"") == said("The vault is unlocked already.")


def test_unlock_gives_the_key_to_the_agent_that_runs(locked: AgentProgram) -> None:
    locked.run("agent", stdin=b"")
    pid = locked.pid()
    assert locked.run("unlock", stdin=LINE).status == 0
    assert locked.pid() == pid
    assert locked.by_agent("get") == FOUND


def test_unlock_serves_commands_as_well(locked: AgentProgram) -> None:
    refusal(locked.run("list"), 3)
    locked.run("unlock", stdin=LINE)
    assert b"fabrikam" in locked.run("list").stdout


@pytest.mark.parametrize("stdin", [b"wrong passphrase\n", LINE[:-2], b"\n", b"", b"\0\xff\n"])
def test_a_wrong_passphrase_is_the_same_refusal_every_time(locked: AgentProgram, stdin: bytes) -> None:
    expected = f"no passphrase opened the vault {locked.vault}; try again"
    assert [refusal(locked.run("unlock", stdin=stdin), 3) for _ in range(2)] == [expected] * 2
    assert locked.by_agent("get") is None
    assert not locked.socket.exists()


def test_unlock_without_a_vault_is_refused(program: AgentProgram) -> None:
    program.vault.unlink()
    line = refusal(program.run("unlock", stdin=LINE), 1)
    assert line == f"there is no vault at {program.vault} yet; run: git credential-pat seed URL"


def test_the_agent_of_a_vault_with_a_passphrase_and_a_key_file_needs_no_unlock(program: AgentProgram) -> None:
    program.run("vault", "add-slot", "passphrase", stdin=LINE)
    program.start()
    assert program.run("unlock", stdin=b"") == said("The vault is unlocked already.")


def test_a_locked_agent_that_nobody_asks_ends_as_any(locked: AgentProgram) -> None:
    locked.run("agent", "--timeout", "1", stdin=b"")
    assert facts(locked, 0)["locked"] is True
    pid = locked.pid()
    eventually(lambda: is_gone(pid), "it ends", 4)
    assert facts(locked, 1) == NONE

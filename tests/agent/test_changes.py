"""What changes while the agent holds the vault in memory is reported by its very next answer.

That a backend sees every change of its file is tested in vault/test_memory.py, and that the agent reads every
file of git's configuration again in test_watch.py.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from support.agents import FOUND, JANE, MISS, OTHER, REQUEST, asked, eventually, is_gone
from support.checks import keep, line_of
from support.program import AZURE_TOKEN, FABRIKAM, OTHER_AZURE_TOKEN, Program, Run, attributes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.agents import AgentProgram


# The vault


def test_what_another_process_keeps_is_answered_at_once(served: AgentProgram) -> None:
    for token, expected in ((OTHER_AZURE_TOKEN, OTHER), (AZURE_TOKEN, FOUND)):
        served.seed(FABRIKAM, token)
        assert served.by_agent("get") == expected


def test_what_is_not_there_any_more_is_not_answered(served: AgentProgram) -> None:
    served.gitconfig.write_text(
        "[pat]\n\tprompt = never\n"
    )  # a miss that may end in a question is the client's
    kept = served.vault.rename(served.data / "kept")
    assert served.by_agent("get") == MISS
    kept.rename(served.vault)
    assert served.by_agent("get") == FOUND
    assert served.run("remove", "--yes", FABRIKAM).status == 0
    assert served.by_agent("get") == MISS


def test_a_key_of_before_takes_none_away_from_it(served: AgentProgram) -> None:
    stale = asked(served, b"key", os.fsencode(served.vault))[1]
    assert served.run("vault", "rekey").status == 0
    assert served.by_agent("get") == FOUND, "whoever rekeys gives it the other key"
    assert asked(served, b"unlock", os.fsencode(served.vault), stale) == [b"declined"]
    assert served.by_agent("get") == FOUND


@pytest.fixture
def replaced(served: AgentProgram, tmp_path: Path) -> AgentProgram:
    """An agent whose vault another one has taken the place of, with another key."""
    other = Program(tmp_path / "other")
    keep(other, FABRIKAM, OTHER_AZURE_TOKEN)
    shutil.copy2(other.key, served.key)
    os.replace(shutil.copy2(other.vault, served.home / "copy"), served.vault)
    return served


def test_of_another_vault_in_the_place_of_the_first_the_agent_is_given_the_key(
    replaced: AgentProgram,
) -> None:
    assert replaced.by_agent("get") is None
    assert replaced.run("get", stdin=REQUEST) == OTHER
    assert replaced.by_agent("get") == OTHER


@pytest.mark.parametrize("operation", ["get", "store", "erase"])
def test_every_call_gives_it_the_key_also_one_that_finds_nothing(
    replaced: AgentProgram, operation: str
) -> None:
    elsewhere = attributes("protocol=https", "host=git.example.com", "username=jane")
    assert replaced.run(operation, stdin=elsewhere) == MISS
    assert replaced.by_agent("get") == OTHER


def replace_by_link(vault: Path) -> None:
    vault.rename(vault.with_name("elsewhere"))
    vault.symlink_to("elsewhere")


MISTREATED: dict[str, tuple[Callable[[Path], object], int]] = {
    "readable by others": (lambda vault: vault.chmod(0o644), 1),
    "in a folder that other users can read": (lambda vault: vault.parent.chmod(0o755), 1),
    "a link": (replace_by_link, 1),
    "cut short": (lambda vault: os.truncate(vault, 100), 4),
}


@pytest.mark.parametrize("way", MISTREATED)
def test_a_mistreated_vault_is_reported_as_it_is_without_an_agent_which_can_be_stopped(
    served: AgentProgram, way: str
) -> None:
    mistreat, status = MISTREATED[way]
    pid = served.pid()
    mistreat(served.vault)
    found = served.run("get", stdin=REQUEST)
    assert found == served.alone("get") == Run(status, b"", found.stderr)
    assert line_of(found)
    assert f"process {pid}" in served.run("agent", "status").stdout.decode()
    assert served.run("agent", "stop").status == 0
    eventually(lambda: is_gone(pid), "it ends")


# Git's configuration


def test_a_username_that_is_set_changed_and_unset_is_obeyed_at_once(served: AgentProgram) -> None:
    name = f"pat.{FABRIKAM}.username"
    for value in ("bobo", "jane"):  # of one length
        assert served.git("config", "--global", name, value).status == 0
        answered = served.by_agent("get")
        assert answered is not None
        assert answered.stdout.startswith(f"username={value}\n".encode())
    assert answered == JANE
    served.git("config", "--global", "--unset", name)
    assert served.by_agent("get") == FOUND


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("[pat]\n\tbackend = nowhere\n", 2),
        ("[broken\n", 1),
        ("[pat]\n\tagentTimeout = soon\n", 1),
        ("[pat]\n\tagent = perhaps\n", 1),
    ],
)
def test_a_configuration_that_is_wrong_is_reported_as_it_is_without_an_agent(
    served: AgentProgram, text: str, status: int
) -> None:
    served.gitconfig.write_text(text)
    found = served.run("get", stdin=REQUEST)
    assert found == served.alone("get") == Run(status, b"", found.stderr)
    served.gitconfig.write_text("")
    assert served.by_agent("get") == FOUND


def test_an_agent_that_runs_goes_on_with_the_settings_of_now_also_where_pat_agent_becomes_never(
    served: AgentProgram,
) -> None:
    served.gitconfig.write_text("[pat]\n\tagent = never\n\tagentTimeout = 77\n")
    assert served.by_agent("get") == FOUND
    status = served.status()
    assert status is not None
    assert 30 < status.seconds_left <= 77


# What calls change through the agent

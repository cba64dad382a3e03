"""What changes while the agent holds the vault in memory is told by its very next answer."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from support.agents import ANSWER, FOUND, REQUEST, asked, eventually, is_gone
from support.checks import entries, keep, told
from support.program import AZURE_TOKEN, FABRIKAM, OTHER_AZURE_TOKEN, Program, Run, attributes

if TYPE_CHECKING:
    from pathlib import Path

    from support.agents import AgentProgram

MISS = Run(0, b"", "")
OTHER = Run(0, f"username=pat\npassword={OTHER_AZURE_TOKEN}\n".encode(), "")
JANE = Run(0, ANSWER.replace(b"username=pat", b"username=jane"), "")
USERNAME = f'[pat "{FABRIKAM}"]\n\tusername = jane\n'


def have_misses_answered(program: AgentProgram) -> None:
    """Forbid questions: a miss that could end in one is for the client alone."""
    program.gitconfig.write_text("[pat]\n\tprompt = never\n")


# The vault


def test_what_another_process_keeps_is_answered_at_once(served: AgentProgram) -> None:
    for token, expected in ((OTHER_AZURE_TOKEN, OTHER), (AZURE_TOKEN, FOUND)):
        served.seed(FABRIKAM, token)
        assert served.by_agent("get") == expected


def test_what_another_process_removes_is_answered_no_more(served: AgentProgram) -> None:
    have_misses_answered(served)
    assert served.run("remove", "--yes", FABRIKAM).status == 0
    assert served.by_agent("get") == MISS


def test_a_vault_that_was_given_another_data_key_is_answered_at_once(served: AgentProgram) -> None:
    assert served.run("vault", "rekey").status == 0
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


def test_a_key_of_before_takes_none_away_from_it(served: AgentProgram) -> None:
    stale = asked(served, b"key", os.fsencode(served.vault))[1]
    assert served.run("vault", "rekey").status == 0
    assert served.by_agent("get") == FOUND
    assert asked(served, b"unlock", os.fsencode(served.vault), stale) == [b"declined"]
    assert served.by_agent("get") == FOUND


def test_an_older_copy_written_over_the_vault_is_answered(served: AgentProgram) -> None:
    before = served.vault.read_bytes()
    served.seed(FABRIKAM, OTHER_AZURE_TOKEN)
    assert served.by_agent("get") == OTHER
    served.vault.write_bytes(before)
    assert served.by_agent("get") == FOUND


def test_of_a_vault_that_is_gone_nothing_is_answered(served: AgentProgram) -> None:
    have_misses_answered(served)
    kept = served.vault.rename(served.data / "kept")
    assert served.by_agent("get") == MISS
    kept.rename(served.vault)
    assert served.by_agent("get") == FOUND


def test_a_store_where_the_vault_is_gone_makes_another(served: AgentProgram) -> None:
    served.vault.unlink()
    approval = REQUEST[:-1] + f"username=pat\npassword={OTHER_AZURE_TOKEN}\n\n".encode()
    assert served.run("store", stdin=approval) == MISS
    assert served.run("get", stdin=REQUEST) == OTHER


def make_readable(program: AgentProgram) -> None:
    program.vault.chmod(0o644)


def open_folder(program: AgentProgram) -> None:
    program.data.chmod(0o755)


def link(program: AgentProgram) -> None:
    os.link(program.vault, program.home / "linked")


def replace_by_link(program: AgentProgram) -> None:
    program.vault.rename(program.data / "elsewhere")
    program.vault.symlink_to("elsewhere")


def damage_head(program: AgentProgram) -> None:
    data = program.vault.read_bytes()
    program.vault.write_bytes(b"X" + data[1:])


def damage_end(program: AgentProgram) -> None:
    data = program.vault.read_bytes()
    program.vault.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))


def cut(program: AgentProgram) -> None:
    os.truncate(program.vault, 100)


MISTREATED = {
    "readable by others": (make_readable, 1),
    "in a folder that others can read": (open_folder, 1),
    "with another name": (link, 1),
    "a link": (replace_by_link, 1),
    "another beginning": (damage_head, 4),
    "another last byte": (damage_end, 4),
    "cut short": (cut, 4),
}


@pytest.mark.parametrize("way", MISTREATED)
def test_a_mistreated_vault_is_told_as_it_is_without_an_agent(served: AgentProgram, way: str) -> None:
    mistreat, status = MISTREATED[way]
    assert served.by_agent("get") == FOUND
    mistreat(served)
    told = served.run("get", stdin=REQUEST)
    assert (told.status, told.stdout) == (status, b"")
    assert told == served.alone("get")
    assert told.stderr.startswith("git-credential-pat: ")


def test_a_vault_that_was_mended_is_answered_again(served: AgentProgram) -> None:
    served.vault.chmod(0o644)
    assert served.by_agent("get") is None
    served.vault.chmod(0o600)
    assert served.by_agent("get") == FOUND


@pytest.mark.parametrize("way", ["readable by others", "another last byte"])
def test_the_agent_of_a_mistreated_vault_can_be_asked_and_stopped(served: AgentProgram, way: str) -> None:
    pid = served.pid()
    MISTREATED[way][0](served)
    told = served.run("agent", "status")
    assert (told.status, told.stderr) == (0, "")
    assert f"process {pid}" in told.stdout.decode()
    stopped = served.run("agent", "stop")
    assert (stopped.status, stopped.stdout, stopped.stderr) == (0, b"The agent is stopped.\n", "")
    eventually(lambda: is_gone(pid), "it ends")


# Git's configuration


def test_a_username_that_is_set_changed_and_unset_is_obeyed_at_once(served: AgentProgram) -> None:
    name = f"pat.{FABRIKAM}.username"
    for value in ("jane", "bobo"):  # of one length
        assert served.git("config", "--global", name, value).status == 0
        answered = served.by_agent("get")
        assert answered is not None
        assert answered.stdout.startswith(f"username={value}\n".encode())
    served.git("config", "--global", "--unset", name)
    assert served.by_agent("get") == FOUND


def test_the_file_below_xdg_config_home_counts_too(served: AgentProgram) -> None:
    (served.home / ".config" / "git").mkdir()
    (served.home / ".config" / "git" / "config").write_text(USERNAME)
    assert served.by_agent("get") == JANE


def test_included_files_are_followed_also_those_that_come_later(program: AgentProgram) -> None:
    program.gitconfig.write_text("[include]\n\tpath = first\n\tpath = ~/second\n")
    program.start()
    (program.home / "second").write_text(USERNAME)
    assert program.by_agent("get") == JANE
    (program.home / "second").write_text("[include]\n\tpath = third\n")
    assert program.by_agent("get") == FOUND
    (program.home / "third").write_text(USERNAME)
    assert program.by_agent("get") == JANE
    (program.home / "third").unlink()
    assert program.by_agent("get") == FOUND
    (program.home / "first").write_text(USERNAME)
    assert program.by_agent("get") == JANE


def test_a_system_configuration_that_comes_later_is_followed(program: AgentProgram) -> None:
    system = program.home / "system"
    program.environment.update({"GIT_CONFIG_NOSYSTEM": "0", "GIT_CONFIG_SYSTEM": str(system)})
    program.start()
    system.write_text(USERNAME)
    assert program.by_agent("get") == JANE


def test_another_backend_is_obeyed_at_once_and_so_is_the_way_back(served: AgentProgram) -> None:
    served.gitconfig.write_text("[pat]\n\tbackend = nowhere\n")
    told = served.run("get", stdin=REQUEST)
    assert (told.status, told.stdout) == (2, b"")
    assert told.stderr.startswith('git-credential-pat: unknown backend "nowhere"; ')
    served.gitconfig.write_text("")
    assert served.by_agent("get") == FOUND


@pytest.mark.parametrize(
    "text", ["[broken\n", "[pat]\n\tagentTimeout = soon\n", "[pat]\n\tagent = perhaps\n"]
)
def test_a_configuration_that_is_wrong_is_told_as_it_is_without_an_agent(
    served: AgentProgram, text: str
) -> None:
    served.gitconfig.write_text(text)
    told = served.run("get", stdin=REQUEST)
    assert told == served.alone("get") == Run(1, b"", told.stderr)
    served.gitconfig.write_text("")
    assert served.by_agent("get") == FOUND


def test_the_idle_seconds_of_the_settings_are_followed(served: AgentProgram) -> None:
    served.gitconfig.write_text("[pat]\n\tagentTimeout = 77\n")
    assert served.by_agent("get") == FOUND
    status = served.status()
    assert status is not None
    assert 70 < status.seconds_left <= 77


def test_an_agent_that_runs_goes_on_answering_where_pat_agent_becomes_never(served: AgentProgram) -> None:
    served.gitconfig.write_text("[pat]\n\tagent = never\n")
    assert served.by_agent("get") == FOUND


# What calls change through the agent


def test_a_store_through_the_agent_is_kept(served: AgentProgram) -> None:
    approval = REQUEST[:-1] + f"username=pat\npassword={OTHER_AZURE_TOKEN}\n\n".encode()
    assert served.by_agent("store", approval) == MISS
    assert served.by_agent("get") == OTHER
    assert served.alone("get") == OTHER


def test_an_erase_through_the_agent_puts_aside(served: AgentProgram) -> None:
    rejection = REQUEST[:-1] + f"username=pat\npassword={AZURE_TOKEN}\n\n".encode()
    have_misses_answered(served)
    assert served.by_agent("erase", rejection) == MISS
    asked_again = served.by_agent("get")
    assert asked_again is not None
    assert (asked_again.status, asked_again.stdout) == (0, b"")
    assert told(asked_again).startswith(f"the token for {FABRIKAM} was rejected by its host; ")
    assert [entry["state"] for entry in entries(served)] == ["rejected"]


@pytest.mark.parametrize(
    ("operation", "password"), [("store", AZURE_TOKEN), ("erase", "stale"), ("erase", OTHER_AZURE_TOKEN)]
)
def test_what_changes_nothing_writes_nothing(served: AgentProgram, operation: str, password: str) -> None:
    def look() -> dict[str, tuple[int, int]]:
        return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in served.data.iterdir()}

    (served.data / "vault.lock").unlink()
    before = look()
    message = REQUEST[:-1] + f"username=pat\npassword={password}\n\n".encode()
    assert served.by_agent(operation, message) == MISS
    assert look() == before

"""Tokens that expire soon: each is reported once a day, by any process, by notes that reveal nothing."""

from __future__ import annotations

import os
import re
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.agents import AgentProgram, agent_program
from support.checks import keep
from support.conversations import NOW
from support.core import ask
from support.faked_clock import LIBFAKETIME
from support.memory_backend import MemoryBackend
from support.program import AZURE_TOKEN, FABRIKAM, NO_AGENT, Program, Run, attributes

from git_credential_pat.git.settings import Settings
from git_credential_pat.model.entry import DAY, SECOND, Entry, Nanoseconds, Seconds
from git_credential_pat.model.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REQUEST = attributes("protocol=https", "host=dev.azure.com", "path=fabrikam/web/_git/web")
LATER = "create a new one at https://dev.azure.com/fabrikam/_usersSettings/tokens, then run: "
LATER += "git credential-pat seed https://dev.azure.com/fabrikam"
SOON = Entry(
    Scope(b"https", b"dev.azure.com", (b"fabrikam",)),
    b"",
    b"canary-token",
    updated=Nanoseconds(1),
    expires=Seconds(NOW // SECOND + 3 * DAY),
)
NOON = NOW + DAY // 2 * SECOND


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(str(tmp_path / "data"), str(tmp_path / "config"))


def said(settings: Settings, *entries: Entry, now: int = NOW) -> tuple[str, ...]:
    """Return the notices of one `get`, which must be answered."""
    given = ask("get", REQUEST, MemoryBackend(entries), settings, now)
    assert given.output
    return given.notices


def notes(settings: Settings) -> dict[str, int]:
    """Return the notes that are kept: their names and sizes."""
    return {path.name: path.stat().st_size for path in Path(settings.data_folder).iterdir()}


# When


@pytest.mark.parametrize(
    ("seconds", "left"),
    [
        (7 * DAY, "in 7 days, on 2030-01-08"),
        (2 * DAY - 1, "in 1 day, on 2030-01-02"),
        (DAY, "in 1 day, on 2030-01-02"),
        (DAY - 1, "today, on 2030-01-01"),
        (1, "today, on 2030-01-01"),
    ],
)
def test_the_line_says_which_token_how_many_days_are_left_the_page_and_the_command(
    settings: Settings, seconds: int, left: str
) -> None:
    line = f"the token for https://dev.azure.com/fabrikam expires {left}; {LATER}"
    assert said(settings, SOON._replace(expires=Seconds(NOW // SECOND + seconds))) == (line,)


def test_a_second_before_the_setting_s_days_nothing_is_reported(settings: Settings) -> None:
    assert said(settings, SOON._replace(expires=Seconds(NOW // SECOND + 7 * DAY + 1))) == ()
    assert said(settings, SOON._replace(expires=None)) == ()
    lines = [len(said(settings._replace(expiry_warning=days * DAY), SOON)) for days in (0, 2, 3)]
    assert lines == [0, 0, 1]


def test_once_a_day_and_again_the_next_day(settings: Settings) -> None:
    assert [len(said(settings, SOON, now=NOON + second * SECOND)) for second in range(3)] == [1, 0, 0]
    tomorrow = NOW + DAY * SECOND
    assert said(settings, SOON, now=tomorrow - 1) == ()
    assert [len(said(settings, SOON, now=tomorrow + second * SECOND)) for second in range(3)] == [1, 0, 0]


# Notes


def test_a_note_is_empty_private_and_its_name_cannot_be_computed_without_the_token(
    settings: Settings, tmp_path: Path
) -> None:
    assert [len(said(settings, SOON._replace(secret=secret))) for secret in (b"1", b"2", b"1")] == [
        1,
        1,
        0,
    ]
    first, second = sorted(notes(settings))
    assert set(notes(settings).values()) == {0}
    for name in (first, second):
        assert re.fullmatch("told-21915-[0-9a-f]{32}", name)
        assert stat.S_IMODE((tmp_path / "data" / name).stat().st_mode) == 0o600
    # The scope is the same, so that only the token can make the difference.
    assert first != second


def test_notes_of_other_days_are_removed_and_nothing_else(settings: Settings, tmp_path: Path) -> None:
    said(settings, SOON)
    (tmp_path / "data" / "vault").write_bytes(b"x")
    (tmp_path / "data" / "told-1-00").touch()
    said(settings, SOON, now=NOW + DAY * SECOND)
    first, last = sorted(notes(settings))
    assert first.startswith("told-21916-")
    assert last == "vault"


@pytest.mark.parametrize(
    "put", [os.mkfifo, lambda path: path.symlink_to("elsewhere"), lambda path: path.mkdir()]
)
def test_what_stands_in_a_note_s_place_is_neither_followed_nor_waited_for(
    settings: Settings, tmp_path: Path, put: Callable[[Path], object]
) -> None:
    said(settings, SOON)
    (name,) = notes(settings)
    for place in (name, "told-1-0123456789abcdef"):
        (tmp_path / "data" / place).unlink(missing_ok=True)
        put(tmp_path / "data" / place)
    said(settings, SOON)
    said(settings, SOON, now=NOW + DAY * SECOND)
    assert not (tmp_path / "data" / "elsewhere").exists()


def test_where_no_note_can_be_kept_it_is_reported_each_time(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in ("/proc/nowhere", str(tmp_path / "file"), str(tmp_path / "file" / "data")):
        unusable = settings._replace(data_folder=folder)
        assert [len(said(unusable, SOON)) for _ in range(2)] == [1, 1], folder


# The real program


@pytest.fixture
def program() -> Iterator[AgentProgram]:
    """A user whose token ends in an hour; no agent runs."""
    with agent_program() as program:
        keep(program, FABRIKAM, expires=int(time.time()) + 3600)
        yield program


def get(program: Program) -> Run:
    run = program.run("get", stdin=REQUEST)
    assert run.status == 0
    assert f"password={AZURE_TOKEN}\n".encode() in run.stdout
    return run


@pytest.mark.parametrize("by_agent", [True, False])
def test_of_sixteen_calls_at_once_one_prints_the_line(program: AgentProgram, *, by_agent: bool) -> None:
    if by_agent:
        other = attributes("protocol=https", "host=git.example.com")
        keep(program, "https://git.example.com", "secret", "jane")
        assert program.run("get", stdin=other).stdout == b"username=jane\npassword=secret\n"
        assert program.by_agent("get", other) is not None
    else:
        program.environment.update(NO_AGENT)
    with ThreadPoolExecutor(16) as pool:
        runs = list(pool.map(lambda _: get(program), range(16)))
    lines = [run.stderr for run in runs if run.stderr]
    assert len(lines) == 1
    assert lines[0].startswith("git-credential-pat: the token for https://dev.azure.com/fabrikam expires ")
    assert [get(program).stderr for _ in range(2)] == ["", ""]


def test_what_the_agent_reported_is_not_reported_again_without_it(program: AgentProgram) -> None:
    assert get(program).stderr != ""
    assert program.by_agent("get") is not None
    assert program.alone("get").stderr == ""


@pytest.mark.needs("faketime")
def test_the_real_program_prints_the_line_again_the_next_day(program: AgentProgram) -> None:
    program.environment.update(NO_AGENT)
    program.seed(FABRIKAM, AZURE_TOKEN, "--days", "5")
    seen = []
    for days in ("+0d", "+0d", "+1d", "+1d", "+2d"):
        program.environment.update(LIBFAKETIME, FAKETIME=days)
        seen.append("fabrikam expires" in get(program).stderr)
    assert seen == [True, False, True, False, True]

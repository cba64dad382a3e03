"""Tokens that expire soon: told of once a day for each, whoever asks, by notes that tell nobody anything."""

from __future__ import annotations

import re
import stat
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.agents import AgentProgram, agent_program
from support.checks import keep
from support.conversations import NOW
from support.memory_backend import MemoryBackend
from support.program import AZURE_TOKEN, NO_AGENT, OTHER_AZURE_TOKEN, Program, Run, attributes

from git_credential_pat.entry import SECOND, Entry
from git_credential_pat.helper import answer
from git_credential_pat.protocol import parse
from git_credential_pat.scope import Scope
from git_credential_pat.settings import DAY, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

FABRIKAM = Scope(b"https", b"dev.azure.com", (b"fabrikam",))
REQUEST = attributes("protocol=https", "host=dev.azure.com", "path=fabrikam/web/_git/web")
LATER = "make another at https://dev.azure.com/fabrikam/_usersSettings/tokens, then run: "
LATER += "git credential-pat seed https://dev.azure.com/fabrikam"
SOON = Entry(FABRIKAM, b"", b"canary-token", updated=1, expires=NOW // SECOND + 3 * DAY)
NOON = NOW + DAY // 2 * SECOND


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(str(tmp_path / "data"), str(tmp_path / "config"))


def told(settings: Settings, *entries: Entry, now: int = NOW) -> tuple[str, ...]:
    """Return what is told beside the answer to one `get`, which must be answered."""
    given = answer("get", parse(REQUEST), MemoryBackend(entries), settings, now)
    assert given.output
    return given.notices


def notes(settings: Settings) -> dict[str, int]:
    """Return the notes that are kept: their names and sizes."""
    return {path.name: path.stat().st_size for path in Path(settings.data_folder).iterdir()}


# When


def test_the_line_says_which_token_how_long_the_page_and_the_command(settings: Settings) -> None:
    assert told(settings, SOON) == (
        f"the token for https://dev.azure.com/fabrikam expires in 3 days, on 2030-01-04; {LATER}",
    )


@pytest.mark.parametrize(
    ("seconds", "left"),
    [
        (7 * DAY, "in 7 days, on 2030-01-08"),
        (2 * DAY, "in 2 days, on 2030-01-03"),
        (2 * DAY - 1, "in 1 day, on 2030-01-02"),
        (DAY, "in 1 day, on 2030-01-02"),
        (DAY - 1, "today, on 2030-01-01"),
        (1, "today, on 2030-01-01"),
    ],
)
def test_the_time_that_is_left_is_told_in_days(settings: Settings, seconds: int, left: str) -> None:
    (line,) = told(settings, SOON._replace(expires=NOW // SECOND + seconds))
    assert line.startswith(f"the token for https://dev.azure.com/fabrikam expires {left}; ")


def test_a_second_before_the_warning_s_days_nothing_is_told(settings: Settings) -> None:
    assert told(settings, SOON._replace(expires=NOW // SECOND + 7 * DAY + 1)) == ()
    assert told(settings, SOON._replace(expires=None)) == ()


@pytest.mark.parametrize(("days", "lines"), [(0, 0), (2, 0), (3, 1), (10, 1)])
def test_how_many_days_before_is_a_setting(settings: Settings, days: int, lines: int) -> None:
    assert len(told(settings._replace(expiry_warning=days * DAY), SOON)) == lines


def test_once_a_day_and_again_the_next_day(settings: Settings) -> None:
    assert [len(told(settings, SOON, now=NOON + second * SECOND)) for second in range(3)] == [1, 0, 0]
    tomorrow = NOW + DAY * SECOND
    assert told(settings, SOON, now=tomorrow - 1) == ()
    assert [len(told(settings, SOON, now=tomorrow + second * SECOND)) for second in range(3)] == [1, 0, 0]


def test_each_token_has_its_own_line(settings: Settings) -> None:
    second = SOON._replace(secret=b"another")
    assert [len(told(settings, entry)) for entry in (SOON, second, SOON, second)] == [1, 1, 0, 0]


def test_a_token_that_is_not_answered_is_not_told_of(settings: Settings) -> None:
    good = SOON._replace(username=b"jane", updated=2, expires=None)
    assert told(settings, SOON, good) == ()


# Notes


def test_a_note_is_empty_private_and_its_name_cannot_be_computed_without_the_token(
    settings: Settings, tmp_path: Path
) -> None:
    told(settings, SOON)
    told(settings, SOON._replace(secret=b"another"))
    first, second = sorted(notes(settings))
    assert set(notes(settings).values()) == {0}
    for name in (first, second):
        assert re.fullmatch("told-21915-[0-9a-f]{32}", name)
        assert stat.S_IMODE((tmp_path / "data" / name).stat().st_mode) == 0o600
    # The scope is the same, so that only the token can make the difference.
    assert first != second


def test_notes_of_other_days_are_removed_and_nothing_else(settings: Settings, tmp_path: Path) -> None:
    told(settings, SOON)
    (tmp_path / "data" / "vault").write_bytes(b"x")
    (tmp_path / "data" / "told-1-00").touch()
    told(settings, SOON, now=NOW + DAY * SECOND)
    first, last = sorted(notes(settings))
    assert first.startswith("told-21916-")
    assert last == "vault"


def test_where_no_note_can_be_kept_it_is_told_each_time(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in ("/proc/nowhere", str(tmp_path / "file"), str(tmp_path / "file" / "data")):
        unusable = settings._replace(data_folder=folder)
        assert [len(told(unusable, SOON)) for _ in range(2)] == [1, 1], folder


# The real program


@pytest.fixture
def program() -> Iterator[AgentProgram]:
    """A user whose token ends in an hour; no agent runs."""
    with agent_program() as program:
        keep(program, "https://dev.azure.com/fabrikam", expires=int(time.time()) + 3600)
        yield program


def get(program: Program) -> Run:
    run = program.run("get", stdin=REQUEST)
    assert run.status == 0
    assert f"password={AZURE_TOKEN}\n".encode() in run.stdout
    return run


@pytest.mark.parametrize("by_agent", [True, False])
def test_of_sixteen_calls_at_once_one_tells(program: AgentProgram, *, by_agent: bool) -> None:
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


def test_who_was_told_by_the_agent_is_not_told_again_without_it(program: AgentProgram) -> None:
    assert get(program).stderr != ""
    assert program.by_agent("get") is not None
    assert program.alone("get").stderr == ""


def test_a_new_token_in_its_place_is_told_of_anew(program: AgentProgram) -> None:
    assert get(program).stderr != ""
    program.seed("https://dev.azure.com/fabrikam", OTHER_AZURE_TOKEN, "--days", "1")
    assert "expires in" in program.run("get", stdin=REQUEST).stderr


@pytest.mark.needs("root")
@pytest.mark.parametrize("option", ["remount,ro", "remount,nr_inodes=5"])
def test_on_a_full_or_read_only_disk_the_token_is_answered_and_told_of(tmp_path: Path, option: str) -> None:
    program = Program(tmp_path)
    program.data.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=700", "tmpfs", str(program.data)], check=True)
    try:
        keep(program, "https://dev.azure.com/fabrikam", expires=int(time.time()) + 3600)
        while option.endswith("5") and len(list(program.data.iterdir())) < 4:  # the folder is the fifth
            (program.data / f"filler {time.time_ns()}").touch()
        subprocess.run(["mount", "-o", option, str(program.data)], check=True)
        assert ["fabrikam expires" in get(program).stderr for _ in range(2)] == [True, True]
    finally:
        subprocess.run(["umount", str(program.data)], check=True)


@pytest.mark.needs("faketime")
def test_the_real_program_tells_again_the_next_day(program: AgentProgram) -> None:
    program.environment.update(NO_AGENT)
    program.seed("https://dev.azure.com/fabrikam", AZURE_TOKEN, "--days", "5")
    lines = [at(program, days) for days in ("+0d", "+0d", "+1d", "+1d", "+2d")]
    assert ["fabrikam expires" in line for line in lines] == [True, False, True, False, True]


@pytest.mark.needs("faketime")
@pytest.mark.parametrize(("clock", "expires"), [("+10y", 60), ("-10y", -11 * 365 * DAY)])
def test_a_clock_ten_years_off_answers_no_token_that_has_expired_by_it(
    program: AgentProgram, clock: str, expires: int
) -> None:
    program.environment.update(NO_AGENT)
    assert program.run("remove", "--yes", "https://dev.azure.com/fabrikam").status == 0
    keep(program, "https://dev.azure.com/fabrikam", expires=int(time.time()) + expires)
    run = faked(program, clock)
    assert (run.returncode, run.stdout) == (0, b"")
    assert b"the token for https://dev.azure.com/fabrikam expired on " in run.stderr


def at(program: Program, clock: str) -> str:
    """Return what the user is told beside an answer at another time."""
    run = faked(program, clock)
    assert b"password=" in run.stdout, run
    return run.stderr.decode()


def faked(program: Program, clock: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["faketime", "-f", clock, str(program.launcher), "get"],
        env=program.environment,
        input=REQUEST,
        capture_output=True,
        check=False,
        timeout=30,
    )

"""The benchmark tells what it found: which rows, which targets are missed, and who answers wrongly."""

import json
import re
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from reliability.speed import report
from reliability.speed.agents import Fact
from reliability.speed.contender import FLOOR, Contender, Home, NotHereError
from reliability.speed.measure import Figure, figures
from reliability.speed.targets import BY_AGENT, CAPABILITY, KEY_FILE, LIBSECRET

from git_credential_pat import __version__

BENCH = Path(__file__).with_name("bench.py")


def figure(name: str, ratio: float, mebibytes: float = 10) -> Figure:
    return Figure(name, ratio * 10, ratio, mebibytes)


def script(code: str, *answer: bytes) -> Contender:
    return Contender([sys.executable, "-I", "-S", "-c", code], {}, answer=frozenset(answer))


def test_it_measures_the_floor_and_the_rows_that_are_asked_for() -> None:
    command = [sys.executable, str(BENCH), "--rounds", "1", "--only", CAPABILITY, "--json"]
    finished = subprocess.run(command, capture_output=True, check=False)
    measured = json.loads(finished.stdout)["rows"]
    assert [row["name"] for row in measured] == [FLOOR, CAPABILITY]
    assert all(row["milliseconds"] > 0 and row["mebibytes"] > 1 for row in measured)


def test_a_ratio_above_its_target_is_missed() -> None:
    assert report.missed([figure(FLOOR, 1), figure(KEY_FILE, 4.5), figure(CAPABILITY, 1.31)], []) == [
        "capability: 1.31; the target is ≤ 1.30"
    ]


def test_a_row_is_compared_with_another_one_if_that_is_here() -> None:
    assert report.missed([figure(FLOOR, 1), figure(BY_AGENT, 1.25)], []) == []
    assert report.missed([figure(FLOOR, 1), figure(BY_AGENT, 1.25), figure(LIBSECRET, 1.2)], []) == [
        "get by agent, 1 entry: 1.25; the target is ≤ 1.00 of git-credential-libsecret (C)"
    ]


def test_a_slow_crowd_is_missed() -> None:
    assert report.missed([], [Fact("the slowest", 2.1, "s", 2), Fact("memory", 45, "MiB", 45)]) == [
        "the slowest: 2.1 s; the target is ≤ 2 s"
    ]


def test_memory_above_its_target_is_missed_by_our_rows_only() -> None:
    assert report.missed(
        [figure(KEY_FILE, 4, 20.1), figure("Git Credential Manager (.NET)", 18, 47)], []
    ) == ["get without agent, key file: 20.1 MiB; the target is ≤ 20 MiB"]


def test_the_table_for_the_documentation_says_what_was_measured() -> None:
    first, *rest = report.markdown(
        [figure(FLOOR, 1), figure(KEY_FILE, 4)], [Fact("the slowest", 1.5, "s", 2)]
    ).splitlines()
    assert re.fullmatch(
        rf"git-credential-pat {re.escape(__version__)} on \w+ 3\.[\d.]+, \w+, \d+ cores:", first
    )
    assert rest == [
        "",
        "| command | ms | ratio | MiB | targets |",
        "|---|---|---|---|---|",
        "| python -I -S -c pass | 10.0 | 1.00 | 10 |  |",
        "| **get without agent, key file** | 40.0 | 4.00 | 10 | ≤ 4.50; ≤ 20 MiB |",
        "",
        "- the slowest: 1.50 s (≤ 2 s)",
    ]


def test_a_wrong_answer_ends_the_run() -> None:
    with pytest.raises(SystemExit, match="liar: wrong answer"):
        figures({FLOOR: script("pass"), "liar": script("print('username=x')", b"username=fabrikam")}, 1)


def test_a_program_that_is_missing_is_not_here(tmp_path: Path) -> None:
    with pytest.raises(NotHereError, match="there is no git-credential-unheard-of"):
        Home(tmp_path / "home", "/usr/bin", ExitStack()).find("git-credential-unheard-of")


def test_a_passphrase_is_typed_when_the_command_asks() -> None:
    asking = "import getpass; print(getpass.getpass('Passphrase: '))"
    contender = Contender(
        [sys.executable, "-c", asking], {}, answer=frozenset([b"open sesame"]), passphrase=b"open sesame"
    )
    assert figures({FLOOR: contender}, 1)[0].ratio == 1

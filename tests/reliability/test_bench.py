"""The benchmark reports its rows, which targets are missed, and which helper answers wrongly."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from reliability.speed import report
from reliability.speed.agents import Fact, medians
from reliability.speed.contender import FLOOR, Contender
from reliability.speed.measure import Figure, figures, take_turns
from reliability.speed.targets import BY_AGENT, CAPABILITY, KEY_FILE, LIBSECRET

BENCH = Path(__file__).with_name("bench.py")


def figure(name: str, ratio: float, mebibytes: float = 10) -> Figure:
    return Figure(name, ratio * 10, ratio, mebibytes)


def script(code: str, *answer: bytes, passphrase: bytes = b"") -> Contender:
    command = [sys.executable, "-I", "-S", "-c", code]
    return Contender(command, {}, answer=frozenset(answer), passphrase=passphrase)


@pytest.mark.slow
def test_it_measures_the_floor_and_the_rows_that_are_asked_for() -> None:
    command = [sys.executable, str(BENCH), "--rounds", "1", "--only", CAPABILITY, "--json"]
    finished = subprocess.run(command, capture_output=True, check=False)
    measured = json.loads(finished.stdout)["rows"]
    assert [row["name"] for row in measured] == [FLOOR, CAPABILITY]
    assert all(row["milliseconds"] > 0 and row["mebibytes"] > 1 for row in measured)


@pytest.mark.parametrize(
    ("taken", "missed"),
    [
        ([figure(KEY_FILE, 4.2), figure(CAPABILITY, 1.31)], ["capability: 1.31; the target is ≤ 1.30"]),
        ([figure(BY_AGENT, 1.25)], []),
        (
            [figure(BY_AGENT, 1.25), figure(LIBSECRET, 1.2)],
            ["get by agent, 1 entry: 1.25; the target is ≤ 1.00 of git-credential-libsecret (C)"],
        ),
        (
            [figure(KEY_FILE, 4, 20.1), figure("Git Credential Manager (.NET)", 18, 47)],
            ["get without agent, key file: 20.1 MiB; the target is ≤ 20 MiB"],
        ),
    ],
    ids=["ratio", "other row not here", "other row", "memory of ours"],
)
def test_a_row_above_its_target_is_missed(taken: list[Figure], missed: list[str]) -> None:
    assert report.missed([figure(FLOOR, 1), *taken], []) == missed


def test_a_slow_crowd_is_missed() -> None:
    assert report.missed([], [Fact("the slowest", 2.1, "s", 2), Fact("memory", 45, "MiB", 45)]) == [
        "the slowest: 2.1 s; the target is ≤ 2 s"
    ]


def test_a_wrong_answer_ends_the_run() -> None:
    with pytest.raises(SystemExit, match="liar: wrong answer"):
        take_turns({"liar": script("print('username=x')", b"username=fabrikam")}, 1, {})


def test_all_attempts_count() -> None:
    contenders = {FLOOR: script("pass"), "other": script("pass")}
    (_, other) = figures(contenders, {FLOOR: [0.01], "other": [0.02, 0.05, 0.03]})
    assert other.milliseconds == pytest.approx(30)
    assert other.ratio == pytest.approx(3)
    assert medians([[Fact("the slowest", value, "s", 2)] for value in (1, 3, 2)]) == [
        Fact("the slowest", 2, "s", 2)
    ]

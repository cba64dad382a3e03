"""Tests and rows that a person starts at a terminal ask nothing there, and still end at Ctrl-C."""

from __future__ import annotations

import sys
from pathlib import Path

import pexpect
import pytest

TESTS = Path(__file__).parents[1]
PROBE = """
import time
def test_probe():
    try:
        open("/dev/tty").close()
    except OSError:
        print("no terminal")
    else:
        print("a terminal")
    time.sleep(60)
"""
ROW = f"""
from reliability.campaign.row import Row, main
{PROBE}
main(Row("asks nobody", lambda trial: test_probe(), 1, 1, (), ()), [])
"""


def at_terminal(*command: str) -> pexpect.spawn[bytes]:
    """Start a command below a shell, as at a user's terminal."""
    return pexpect.spawn("/bin/sh", ["-c", '"$@"; :', "sh", *command], cwd=str(TESTS), timeout=20)


@pytest.mark.parametrize("what", ["test", "row"])
def test_what_a_person_starts_asks_nothing_on_his_terminal(what: str, tmp_path: Path) -> None:
    probe = tmp_path / "test_probe.py"
    probe.write_text(PROBE if what == "test" else ROW)
    pytest_here = ("-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "-c", "../pyproject.toml")
    as_test = (*pytest_here, "--confcutdir=.", "-p", "conftest")
    command = (*as_test, str(probe)) if what == "test" else (str(probe),)
    child = at_terminal("env", f"PYTHONPATH={TESTS}", sys.executable, *command)
    assert child.expect_exact(["no terminal", "a terminal"]) == 0
    child.sendintr()
    child.expect(pexpect.EOF)

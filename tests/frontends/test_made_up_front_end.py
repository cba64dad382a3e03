"""One file and one row make a front end: its tool starts the launcher by the name in the row."""

import shutil
from pathlib import Path

import pytest
from support.made_up import Row, installed_with
from support.program import AZURE_TOKEN, FABRIKAM, LAUNCHER, Program

NAME = "echo-credential-pat"
FILE = """
from git_credential_pat.model.request import Call, Request
from git_credential_pat.model.scope import parse_url


def talk(words, read):
    while line := read(1000):
        url = parse_url(line.decode().strip()).scope
        answer = yield Call("get", Request(url.protocol, url.host, b"/".join(url.path)))
        found = answer.credential
        yield b"login %b password %b\\n" % (found.username, found.password) if found else b"none\\n"
"""
ROW = f'    "echo": ("{NAME}", ("",)),\n'
BEFORE = '    GIT: ("git-credential-pat", OPERATIONS),\n'

pytestmark = pytest.mark.slow


def test_a_front_end_of_one_file_and_one_row_is_started_by_its_name(tmp_path: Path) -> None:
    made_up = Row("frontends/__init__.py", BEFORE, ROW)
    programs = installed_with(tmp_path / "made-up", made_up, "echo.py", FILE)
    shutil.copy(LAUNCHER, programs / NAME)
    tool = Program(tmp_path / "home", programs / NAME)
    git = Program(tmp_path / "home", programs / LAUNCHER.name)
    git.seed(FABRIKAM, AZURE_TOKEN)
    assert (
        tool.run(stdin=f"{FABRIKAM}/web\n".encode()).stdout == f"login pat password {AZURE_TOKEN}\n".encode()
    )
    assert tool.run(stdin=b"https://dev.azure.com/contoso\n").stdout == b"none\n"
    refused = tool.run(stdin=b"nonsense\n")
    assert (refused.status, refused.stdout) == (1, b"")
    assert "that is not a URL" in refused.stderr

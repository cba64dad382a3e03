"""`import tfx`: what `tfx login` writes, as its sources (tfx-cli 0.23) say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.checks import refusal
from support.importing import Row, import_, scopes, token, write
from support.program import AZURE_TOKEN, Program

if TYPE_CHECKING:
    from pathlib import Path

AMBIGUOUS = "its folder's name can mean several addresses; give the URL as PLACE"


def login(program: Program, url: str, text: str = f"pat:{AZURE_TOKEN}", *, last: bool = False) -> Path:
    """Write what `tfx login --service-url URL` writes; the last login's address is noted."""
    folder = url.replace(":", "").replace("/", "_")
    if last:
        write(program.home / ".tfx/cache/.connection", url)
    return write(program.home / ".tfx" / folder / ".allusers", text)


@pytest.mark.parametrize(
    "url",
    [
        "https://dev.azure.com/fabrikam",
        "https://dev.azure.com/fabrikam/",
        "https://fabrikam.visualstudio.com",
        "https://fabrikam.visualstudio.com/DefaultCollection",
    ],
)
def test_an_organization_is_known_by_its_folder(program: Program, url: str) -> None:
    login(program, url)
    import_(program, "tfx")
    assert scopes(program) == [("https://dev.azure.com/fabrikam", "pat")]
    assert token(program, "https://dev.azure.com/fabrikam") == AZURE_TOKEN


SERVER = "http://tfs:8080/tfs/Main_Collection"


def test_a_server_cannot_be_told_from_its_folder(program: Program) -> None:
    login(program, SERVER)
    assert import_(program, "tfx") == [Row(None, None, "not-taken", AMBIGUOUS)]


def test_a_server_is_known_as_the_one_used_last(program: Program) -> None:
    login(program, SERVER, last=True)
    import_(program, "tfx")
    assert scopes(program) == [("http://tfs:8080/tfs", "pat")]


def test_a_server_is_known_when_its_url_is_given(program: Program) -> None:
    login(program, SERVER)
    import_(program, "tfx", SERVER)
    assert scopes(program) == [("http://tfs:8080/tfs", "pat")]


def test_a_username_with_a_password_is_no_token(program: Program) -> None:
    login(program, "https://dev.azure.com/fabrikam", "basic:jane:word")
    assert [row.reason for row in import_(program, "tfx")] == ["it is a username and password, no token"]


def test_scrub_deletes_the_file_alone(program: Program) -> None:
    taken = login(program, "https://dev.azure.com/fabrikam", last=True)
    left = login(program, SERVER)
    import_(program, "tfx", "--scrub", "--yes")
    assert (taken.exists(), left.exists()) == (False, True)
    assert (program.home / ".tfx/cache/.connection").exists()


def test_where_there_is_nothing_it_says_so(program: Program) -> None:
    assert refusal(program.run("import", "tfx"), 1) == (
        f"tfx keeps no token here: there is none below {program.home}/.tfx"
    )

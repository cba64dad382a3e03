"""`import tfx`: what `tfx login` writes, as its sources (tfx-cli 0.23) say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.importing import import_, scopes, token, write
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


@pytest.mark.parametrize(
    ("is_last", "place", "kept"),
    [(False, [], []), (True, [], [SERVER]), (False, [SERVER], [SERVER])],
    ids=["not known", "used last", "given"],
)
def test_a_server_is_known_as_the_one_used_last_or_when_its_url_is_given(
    program: Program, *, is_last: bool, place: list[str], kept: list[str]
) -> None:
    login(program, SERVER, last=is_last)
    (row,) = import_(program, "tfx", *place)
    assert row.reason == ("" if kept else AMBIGUOUS)
    assert scopes(program) == [("http://tfs:8080/tfs", "pat") for _ in kept]


def test_a_username_with_a_password_is_no_token(program: Program) -> None:
    login(program, "https://dev.azure.com/fabrikam", "basic:jane:word")
    assert [row.reason for row in import_(program, "tfx")] == ["it is a username and password, no token"]


def test_scrub_deletes_the_file_alone(program: Program) -> None:
    taken = login(program, "https://dev.azure.com/fabrikam", last=True)
    left = login(program, SERVER)
    import_(program, "tfx", "--scrub", "--yes")
    assert (taken.exists(), left.exists()) == (False, True)
    assert (program.home / ".tfx/cache/.connection").exists()

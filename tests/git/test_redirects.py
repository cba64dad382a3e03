"""Where a server sends Git, the token of the place that it was asked for does not go along."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from support.api_server import Answer, ApiServer, basic
from support.program import AZURE_TOKEN, Program

WEB = "https://dev.azure.com/fabrikam/web/_git/web"
REFS = "/info/refs?service=git-upload-pack"
RIGHT = basic("pat", AZURE_TOKEN)


@pytest.fixture
def program(visitor: Program) -> Program:
    visitor.seed("https://dev.azure.com/fabrikam", AZURE_TOKEN)
    return visitor


def send_to(place: str) -> Answer:
    return Answer(302, (("Location", f"{place}{REFS}"),))


def with_a_login(server: ApiServer) -> set[str]:
    """Return the URLs that were sent a login of any kind."""
    return {record.url for record in server.log if "Authorization" in record.headers}


@pytest.mark.parametrize(
    "place",
    [
        "https://elsewhere.example.com/fabrikam/web/_git/web",
        "https://fabrikam@elsewhere.example.com/fabrikam/web/_git/web",
        "https://dev.azure.com@elsewhere.example.com/fabrikam/web/_git/web",
        "https://elsewhere.example.com/https://dev.azure.com/fabrikam/web/_git/web",
    ],
)
def test_another_host_gets_no_token(server: ApiServer, program: Program, place: str) -> None:
    there = "https://elsewhere.example.com/" + place.partition("elsewhere.example.com/")[2]
    server.serve(f"{WEB}{REFS}", send_to(place), RIGHT)
    server.serve(f"{there}{REFS}", Answer(200), basic("nobody", "nothing"))
    assert program.git("clone", WEB).status == 128
    assert f"{there}{REFS}" in {record.url for record in server.log}
    assert with_a_login(server) == {f"{WEB}{REFS}"}


def test_another_organization_gets_no_token(server: ApiServer, program: Program) -> None:
    contoso = "https://dev.azure.com/contoso/web/_git/web"
    server.serve(f"{contoso}{REFS}", send_to("https://dev.azure.com/fabrikam2/web/_git/web"), None)
    server.serve(f"https://dev.azure.com/fabrikam2/web/_git/web{REFS}", Answer(200), basic("no", "no"))
    assert program.git("clone", contoso).status == 128
    assert with_a_login(server) == set()


def test_a_host_that_sends_to_the_token_s_own_does_not_see_it(server: ApiServer, program: Program) -> None:
    hostile = "https://git.example.com/team/repo.git"
    server.serve(f"{hostile}{REFS}", send_to(WEB), None)
    server.serve(f"{WEB}{REFS}", Answer(200), RIGHT)
    program.git("clone", hostile)
    assert {urlsplit(url).hostname for url in with_a_login(server)} == {"dev.azure.com"}

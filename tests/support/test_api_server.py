"""The mock of the hosts: which credential it takes for right, and what its log has in place of it."""

from __future__ import annotations

import ssl
import urllib.request
from typing import TYPE_CHECKING

import pytest

from support.api_server import RIGHT, WRONG, Answer, basic

if TYPE_CHECKING:
    from support.api_server import ApiServer

URL = "https://dev.azure.com/Fabrikam/_apis/connectionData"
LOGIN = basic("", "secret")


def ask(server: ApiServer, url: str, *headers: str) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body of an answer; redirects are not followed."""
    request = urllib.request.Request(url, headers=dict(line.split(": ", 1) for line in headers))  # noqa: S310  # a URL of the test
    tls = ssl.create_default_context(cafile=str(server.ca_file))
    opener = urllib.request.OpenerDirector()
    opener.add_handler(urllib.request.ProxyHandler({"https": server.proxy.url}))
    opener.add_handler(urllib.request.HTTPSHandler(context=tls))
    answer = opener.open(request, timeout=5)
    assert answer
    with answer:
        return answer.status, dict(answer.headers), answer.read()


def test_a_served_url_answers_the_right_credential_as_it_was_given(server: ApiServer) -> None:
    server.serve(URL, Answer(203, (("X-One", "1"),), b"body"), LOGIN)
    for url in (URL, URL.lower()):
        assert ask(server, url, LOGIN, "X-Other: 1") == (203, {"X-One": "1", "Content-Length": "4"}, b"body")
    assert [(record.url, record.headers["Authorization"]) for record in server.log] == [
        (URL, RIGHT),
        (URL.lower(), RIGHT),
    ]
    assert server.proxy.asked == ["dev.azure.com:443"] * 2


@pytest.mark.parametrize(
    "headers", [[], [basic("", "other")], [LOGIN, "PRIVATE-TOKEN: secret"], ["PRIVATE-TOKEN: secret"]]
)
def test_any_other_credential_is_refused_and_no_record_shows_it(
    server: ApiServer, headers: list[str]
) -> None:
    server.serve(URL, Answer(200), LOGIN)
    assert ask(server, URL, *headers)[0] == 401
    assert "secret" not in str(server.log)
    assert LOGIN.split()[-1] not in str(server.log)
    assert list(server.log[0].headers.values()).count(WRONG) == len(headers)


@pytest.mark.parametrize("url", [f"{URL}?x=1", "https://elsewhere.example.com/"])
def test_what_is_not_served_is_not_found_whoever_asks(server: ApiServer, url: str) -> None:
    server.serve(URL, Answer(200), LOGIN)
    assert ask(server, url, LOGIN)[0] == 404
    assert server.log[0].headers["Authorization"] == WRONG

"""The mock of the hosts itself, asked with the standard library's client."""

from __future__ import annotations

import contextlib
import http.client
import ssl
import time
import urllib.request
from typing import TYPE_CHECKING

import pytest

from support.api_replies import Crawling, Endless, HangUp, Silent
from support.api_server import RIGHT, WRONG, Answer, ApiServer, basic
from support.connect_proxy import ConnectProxy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.api_server import Reply

URL = "https://dev.azure.com/Fabrikam/_apis/connectionData"
LOGIN = basic("", "secret")


def ask(server: ApiServer, url: str, *headers: str, proxy: str = "") -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body of an answer; redirects are not followed."""
    request = urllib.request.Request(url, headers=dict(line.split(": ", 1) for line in headers))  # noqa: S310  # a URL of the test
    tls = ssl.create_default_context(cafile=str(server.ca_file))
    opener = urllib.request.OpenerDirector()
    opener.add_handler(urllib.request.ProxyHandler({"https": proxy or server.proxy.url}))
    opener.add_handler(urllib.request.HTTPSHandler(context=tls))
    answer = opener.open(request, timeout=1)
    assert answer
    with answer:
        return answer.status, dict(answer.headers), answer.read()


def test_a_served_url_answers_the_right_credential_as_it_was_told(server: ApiServer) -> None:
    server.serve(URL, Answer(203, (("X-One", "1"),), b"body"), LOGIN)
    headers = {"X-One": "1", "Content-Length": "4"}
    assert ask(server, URL, LOGIN) == (203, headers, b"body")
    assert ask(server, URL.lower(), LOGIN, "X-Other: 1") == (203, headers, b"body")
    assert [record.headers["Authorization"] for record in server.log] == [RIGHT, RIGHT]
    assert server.log[1].headers["X-Other"] == "1"
    assert server.log[0].url == URL
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


def test_what_is_not_served_is_not_found(server: ApiServer) -> None:
    server.serve(URL, Answer(200), LOGIN)
    assert ask(server, f"{URL}?x=1", LOGIN)[0] == 404
    assert ask(server, "https://elsewhere.example.com/", LOGIN)[0] == 404
    assert {record.headers["Authorization"] for record in server.log} == {WRONG}


@pytest.mark.parametrize("reply", [Silent(), HangUp(), HangUp(b"HTTP/1.1 2")])
def test_what_is_no_answer_never_becomes_one(server: ApiServer, reply: Reply) -> None:
    server.serve(URL, reply, LOGIN)
    with pytest.raises((OSError, http.client.HTTPException)):
        ask(server, URL, LOGIN)
    assert len(server.log) == 1


def test_an_endless_body_flows_until_the_client_goes(server: ApiServer) -> None:
    endless = Endless()
    server.serve("https://localhost/", endless, LOGIN)
    with directly(server) as connection:
        answer = connection.getresponse()
        assert answer.read(1_000_000) == b" " * 1_000_000
        answer.close()
    assert endless.sent >= 1_000_000


def test_a_crawling_answer_outlives_any_limit_on_a_single_read(server: ApiServer) -> None:
    server.serve("https://localhost/", Crawling(b"HTTP/1.1 200 OK\r\n"), LOGIN)
    began = time.monotonic()
    with directly(server, timeout=0.5) as connection:
        assert b"".join(connection.sock.recv(1) for _ in range(9)) == b"HTTP/1.1 "
    assert 0.8 < time.monotonic() - began < 5


@contextlib.contextmanager
def directly(server: ApiServer, timeout: float = 5) -> Iterator[http.client.HTTPSConnection]:
    """Ask for https://localhost/ without a proxy, and leave the answer to be read."""
    tls = ssl.create_default_context(cafile=str(server.ca_file))
    address = ("localhost", server.address[1])
    connection = http.client.HTTPSConnection(*address, context=tls, timeout=timeout)
    connection.request("GET", "/", headers={"Authorization": LOGIN.partition(": ")[2]})
    yield connection
    connection.close()


def test_a_proxy_with_a_login_refuses_whoever_has_none(server: ApiServer) -> None:
    server.serve(URL, Answer(200), LOGIN)
    with ConnectProxy(server.proxy.route, login="jane:opensesame") as proxy:
        with pytest.raises(OSError, match="407"):
            ask(server, URL, LOGIN, proxy=proxy.url)
        assert server.log == []
        named = proxy.url.replace("://", "://jane:opensesame@")
        assert ask(server, URL, LOGIN, proxy=named)[0] == 200

"""A question that changes something: only a whole answer is one, and nothing is ever sent twice.

Without a whole answer it is open whether the host did what it was asked, unless the question was never sent.
"""

from __future__ import annotations

import contextlib
import socket
import socketserver
import ssl
import struct
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from support.connect_proxy import BackgroundServer, ConnectProxy, QuietHandler
from support.program import Program

from git_credential_pat.errors import AnswerLostError, UnreachableError
from git_credential_pat.web import Question, Reply
from git_credential_pat.web.asking import Web

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BODY = b'{"id": 7, "name": "B\xc3\xbcro", "token": "glpat-new"}\n'
HEADERS = b"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: application/json\r\n"
CHUNKS = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (BODY[:20], BODY[20:])) + b"0\r\n\r\n"
ANSWERS = {
    "length": HEADERS + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY,
    "chunks": HEADERS + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKS,
    "close": HEADERS + b"Connection: close\r\n\r\n" + BODY,
    "no body": b"HTTP/1.1 204 No Content\r\nServer: nginx\r\n\r\n",
}
LAST_NEEDED = {
    "length": 0,
    "chunks": len(b"\r\n\r\n"),
    "close": len(b"\n"),
    "no body": len(b" No Content\r\nServer: nginx\r\n\r\n"),
}
"""How many bytes may be missing at the end, because those before them say that nothing else is."""


class Host(BackgroundServer):
    """Answers every request with the same bytes, then ends the connection; keeps the requests."""

    def __init__(self) -> None:
        super().__init__(_Handler)
        self.answer = b""
        self.reset = False
        self.requests: list[bytes] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.address[1]}/rotate"


class _Handler(QuietHandler):
    server: Host

    def handle(self) -> None:
        """Read requests as they come, until the client ends the connection or one was answered."""
        connection: socket.socket = self.request
        request = b""
        while b"\r\n\r\n" not in request:
            data = connection.recv(65536)
            if not data:
                return
            request += data
        if b"Content-Length: 2" in request and not request.endswith(b"{}"):
            request += connection.recv(2)
        self.server.requests.append(request)
        connection.sendall(self.server.answer)
        if self.server.reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()


@pytest.fixture
def host() -> Iterator[Host]:
    with Host() as host:
        yield host


@pytest.fixture
def web(tmp_path: Path) -> Web:
    environment = dict(Program(tmp_path / "home").environment)
    environment.pop("https_proxy")
    return web_of(environment)


def web_of(environment: dict[str, str]) -> Web:
    return Web({name.encode(): value.encode() for name, value in environment.items()})


def ask(web: Web, url: str, method: str = "POST", seconds: float = 10) -> Reply:
    body = b"{}" if method == "POST" else b""
    return web.ask(Question(url, {"PRIVATE-TOKEN": "glpat-old"}, method, body), time.monotonic() + seconds)


@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT", "GET", "HEAD"])
def test_a_question_is_sent_as_it_is(host: Host, web: Web, method: str) -> None:
    host.answer = ANSWERS["length"] if method != "HEAD" else HEADERS + b"Content-Length: 5\r\n\r\n"
    reply = ask(web, host.url, method)
    (request,) = host.requests
    assert reply.status == 200
    assert reply.body == (BODY if method != "HEAD" else b"")
    assert request.startswith(f"{method} /rotate HTTP/1.1\r\n".encode())
    assert b"\r\nPRIVATE-TOKEN: glpat-old\r\n" in request
    assert request.endswith(b"\r\n\r\n{}" if method == "POST" else b"\r\n\r\n")


def test_a_question_shows_nothing_of_what_it_sends() -> None:
    question = Question("https://gitlab.com/", {"PRIVATE-TOKEN": "glpat-old"}, "POST", b"glpat-other")
    assert "glpat" not in repr(question)
    assert not question.is_safe


@pytest.mark.slow
@pytest.mark.parametrize("reset", [False, True], ids=["end", "reset"])
@pytest.mark.parametrize("kind", ANSWERS)
def test_only_a_whole_answer_is_one_wherever_it_is_cut(
    host: Host, web: Web, kind: str, *, reset: bool
) -> None:
    host.reset = reset
    whole, method = ANSWERS[kind], "DELETE" if kind == "no body" else "POST"
    for size in range(len(whole)):
        host.answer = whole[:size]
        if len(whole) - size > LAST_NEEDED[kind]:
            with pytest.raises(AnswerLostError):
                ask(web, host.url, method)
        elif not reset:  # which may take what was sent before it along
            assert ask(web, host.url, method).body in (BODY, BODY[:-1], b"")
    assert len(host.requests) == len(whole) if not reset else len(host.requests) <= len(whole)
    assert len(set(host.requests)) == 1


@pytest.mark.parametrize("kind", ANSWERS)
def test_a_whole_answer_is_taken(host: Host, web: Web, kind: str) -> None:
    host.answer = ANSWERS[kind]
    assert ask(web, host.url).body == (b"" if kind == "no body" else BODY)


def test_an_answer_that_is_cut_is_no_lost_one_if_nothing_was_to_change(host: Host, web: Web) -> None:
    host.answer = ANSWERS["length"][:-1]
    with pytest.raises(UnreachableError) as failed:
        ask(web, host.url, "GET")
    assert type(failed.value) is UnreachableError


@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(host: Host, web: Web, method: str, status: int) -> None:
    with Host() as elsewhere:
        elsewhere.answer = ANSWERS["length"]
        location = f"Location: {elsewhere.url}\r\nContent-Length: 0\r\n\r\n"
        host.answer = b"HTTP/1.1 %d Moved\r\n%b" % (status, location.encode())
        assert ask(web, host.url, method).status == status
        assert elsewhere.requests == []
    assert len(host.requests) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_host_that_is_out_of_order_is_not_asked_again(host: Host, web: Web, status: int) -> None:
    host.answer = b"HTTP/1.1 %d No\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n" % status
    assert ask(web, host.url).status == status
    assert len(host.requests) == 1


def test_each_question_has_a_connection_of_its_own(host: Host, web: Web) -> None:
    host.answer = ANSWERS["length"]  # after it the host ends the connection, though it could be kept
    for _ in range(3):
        assert ask(web, host.url).body == BODY
    assert len(host.requests) == 3


def test_a_host_that_does_not_answer_in_time_may_have_done_it(web: Web) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(AnswerLostError, match="in time"):
        ask(web, f"http://127.0.0.1:{silent.getsockname()[1]}/", seconds=0.3)


class Unanswered(socketserver.BaseRequestHandler):
    """A host that ends what does not speak TLS as it does."""

    def handle(self) -> None:
        self.request.recv(65536)


def unsent(web: Web, url: str, seconds: float = 10) -> str:
    """Return why a question was never sent."""
    with pytest.raises(UnreachableError) as failed:
        ask(web, url, seconds=seconds)
    assert type(failed.value) is UnreachableError
    return str(failed.value)


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def test_a_question_that_finds_no_host_changed_nothing(web: Web) -> None:
    assert "refuses the connection" in unsent(web, f"https://127.0.0.1:{closed_port()}/")
    assert "name cannot be found" in unsent(web, "https://no-such-host.invalid/")


def test_a_question_that_ends_in_the_handshake_changed_nothing(web: Web) -> None:
    with BackgroundServer(Unanswered) as host:  # type: ignore[arg-type]  # no handler of HTTP is needed
        unsent(web, f"https://127.0.0.1:{host.address[1]}/")


def test_a_question_to_a_host_whose_certificate_is_bad_changed_nothing(tmp_path: Path) -> None:
    trusted, other = trustme.CA(), trustme.CA()
    trusted.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    environment = {**Program(tmp_path / "home").environment, "GIT_SSL_CAINFO": str(tmp_path / "ca.pem")}
    host = Host()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    other.issue_cert("localhost").configure_cert(tls)
    host.socket = tls.wrap_socket(host.socket, server_side=True, do_handshake_on_connect=False)
    with host:
        why = unsent(web_of(environment), f"https://localhost:{host.address[1]}/")
    assert "its certificate is not trusted" in why
    assert host.requests == []


def test_a_question_that_a_proxy_does_not_let_through_changed_nothing(tmp_path: Path) -> None:
    environment = dict(Program(tmp_path / "home").environment)
    for proxy in (ConnectProxy(lambda _: None), ConnectProxy(lambda _: None, "jane:password")):
        with proxy:
            environment["https_proxy"] = proxy.url
            assert "proxy" in unsent(web_of(environment), "https://gitlab.com/")
        assert proxy.asked == ["gitlab.com:443"]
    environment["https_proxy"] = f"http://127.0.0.1:{closed_port()}"
    assert "proxy" in unsent(web_of(environment), "https://gitlab.com/")


def test_a_question_is_not_sent_after_its_deadline(
    host: Host, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = threading.Event()
    look_up = socket.getaddrinfo

    def slowly(*name: Any, **options: Any) -> Any:  # noqa: ANN401  # as the system's own
        found.wait(10)
        return look_up(*name, **options)

    monkeypatch.setattr(socket, "getaddrinfo", slowly)
    host.answer = ANSWERS["length"]
    assert "in time" in unsent(web, host.url, seconds=0.3)
    before = set(threading.enumerate())
    found.set()
    with contextlib.suppress(RuntimeError):
        for thread in before - {threading.current_thread(), threading.main_thread()}:
            thread.join(0.5)
    assert host.requests == []

"""One verification lasts ten seconds at most, whatever the host does; the run ends then."""

from __future__ import annotations

import socket
import time
import zlib
from typing import TYPE_CHECKING

import pytest
from support.api_replies import Crawling, Endless, Silent
from support.api_server import Answer, ApiServer, basic
from support.checks import keep
from support.connect_proxy import ConnectProxy
from support.program import AZURE_TOKEN
from support.pty_program import Script
from support.verdicts import JANE, results, serve_organization, verify

if TYPE_CHECKING:
    from support.api_server import Reply
    from support.program import Program

LIMIT = 10.0
START_UP = 8.0
"""Seconds: a quarter on an idle machine; a busy one starts programs more slowly."""

SLOW: dict[str, Reply] = {
    "silent": Silent(),
    "crawling-headers": Crawling(b"HTTP/1.1 200 OK\r\nContent-Type: " + b"x" * 500),
    "crawling-body": Crawling(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + b" " * 500),
    "crawling-chunks": Crawling(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\n \r\n" * 90
    ),
}


@pytest.mark.slow
def test_whoever_never_comes_to_an_end_is_given_up_in_time(server: ApiServer, program: Program) -> None:
    for organization, reply in SLOW.items():
        serve_organization(server, organization, AZURE_TOKEN, reply)
        keep(program, f"https://dev.azure.com/{organization}")
    serve_organization(server, "quick", AZURE_TOKEN)
    keep(program, "https://dev.azure.com/quick")
    keep(program, "https://github.com/silent-proxy")
    keep(program, "https://codeberg.org/silent-before-tls")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = silent.getsockname()
        with ConnectProxy(lambda _: address) as proxy:
            through = "http://{}:{}".format(*address)
            program.git("config", "--global", "http.https://api.github.com.proxy", through)
            program.git("config", "--global", "http.https://codeberg.org.proxy", proxy.url)
            began = time.monotonic()
            run = program.run("verify", "--json")
            took = time.monotonic() - began
    found = {row["scope"].rpartition("/")[2]: (row["verdict"], row["why"]) for row in results(run)}
    late = ("not-verified", "dev.azure.com: it does not answer in time")
    assert {name: found[name] for name in SLOW} == dict.fromkeys(SLOW, late)
    assert found["quick"] == ("valid", "")
    assert [found[name][0] for name in ("silent-proxy", "silent-before-tls")] == ["not-verified"] * 2
    assert run.status == 5
    assert LIMIT - 1 < took < LIMIT + START_UP


@pytest.mark.slow
def test_several_questions_about_one_token_share_the_time(server: ApiServer, program: Program) -> None:
    remote = "https://dev.azure.com/fabrikam/web/_git/web"
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(JANE.body), JANE.body)
    serve_organization(server, "fabrikam", AZURE_TOKEN, Crawling(answer, 0.03))
    refs = f"{remote}/info/refs?service=git-upload-pack"
    server.serve(refs, Silent(), basic("pat", AZURE_TOKEN))
    keep(program, "https://dev.azure.com/fabrikam")
    began = time.monotonic()
    row = verify(program, remote)
    took = time.monotonic() - began
    assert len(server.log) == 2
    assert "it does not answer in time" in row["why"]
    assert took < LIMIT + START_UP


def test_of_an_endless_answer_only_the_beginning_is_read(server: ApiServer, program: Program) -> None:
    endless = Endless()
    serve_organization(server, "fabrikam", AZURE_TOKEN, endless)
    keep(program, "https://dev.azure.com/fabrikam")
    assert verify(program)["verdict"] == "not-verified"
    assert endless.sent < 32 << 20, "buffers on the way included"


@pytest.mark.slow
def test_an_answer_that_unfolds_to_hundreds_of_times_its_size_fills_no_memory(
    server: ApiServer, program: Program
) -> None:
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    packed = b"".join(packer.compress(b" " * (1 << 20)) for _ in range(400)) + packer.flush()
    serve_organization(server, "fabrikam", AZURE_TOKEN, Answer(200, (("Content-Encoding", "gzip"),), packed))
    keep(program, "https://dev.azure.com/fabrikam")
    terminal = Script(program, f"ulimit -v 500000; {program.launcher} verify --json")  # KiB
    assert terminal.finish() == 5
    assert '"why": "the answer is not that of Azure DevOps"' in terminal.seen

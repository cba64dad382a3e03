"""What asking a host never does: show a token, send it elsewhere, or ask on Git's behalf."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from support.agents import agent_program
from support.api_server import Answer, ApiServer, basic
from support.checks import files, keep
from support.leaks import Secrets
from support.program import AZURE_TOKEN, FABRIKAM, OTHER_AZURE_TOKEN, Program, attributes
from support.verdicts import EXPIRED, JANE, serve_organization, verify

if TYPE_CHECKING:
    from support.api_server import Reply

WEB = f"{FABRIKAM}/web/_git/web"
CANARY = "Canary" + "z9Y8" * 17 + "xw" + "AZDO" + "c4n4"
TRACES = dict.fromkeys(("GIT_TRACE", "GIT_TRACE_CURL", "GIT_CURL_VERBOSE", "PYTHONDEVMODE"), "1")
OTHER_ANSWER = Answer(200, (("Content-Type", "text/html"),), b"<html></html>")


def user_named(name: str) -> Answer:
    """Return how Azure DevOps answers of a user with this name, which is JSON's."""
    user = f'{{"id": "1", "providerDisplayName": "{name}", "properties": {{}}}}'
    return Answer(200, (), f'{{"authenticatedUser": {user}}}'.encode())


@pytest.mark.parametrize("reply", [JANE, EXPIRED, OTHER_ANSWER], ids=["valid", "invalid", "not verified"])
@pytest.mark.parametrize("options", [["--json"], []], ids=["json", "table"])
def test_no_output_and_no_file_has_the_token(
    server: ApiServer, program: Program, reply: Reply, options: list[str]
) -> None:
    serve_organization(server, "fabrikam", CANARY, reply)
    keep(program, FABRIKAM, CANARY)
    secrets = Secrets(token=CANARY.encode())
    for arguments in ([], [WEB]):
        run = program.run("verify", *arguments, *options, environment=TRACES)
        assert secrets.within(run.stdout + run.stderr.encode()) == set()
    assert len(server.log) >= 2
    assert [name for name, content in files(program).items() if secrets.within(content)] == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        pytest.param(CANARY, "(a token)", id="the token itself"),
        pytest.param("Jane\\u001b[2J\\r\\u202eDoe", "Jane[2JDoe", id="controls"),
    ],
)
def test_the_name_of_an_owner_steers_no_terminal(
    server: ApiServer, program: Program, name: str, shown: str
) -> None:
    serve_organization(server, "fabrikam", CANARY, user_named(name))
    keep(program, FABRIKAM, CANARY)
    assert verify(program)["who"] == shown
    for output in (program.run("verify").stdout, program.run("list", "--json").stdout):
        assert CANARY.encode() not in output
        assert b"\x1b" not in output


def test_a_host_that_repeats_a_token_of_no_known_shape_does_not_get_it_shown_or_kept(
    server: ApiServer, program: Program
) -> None:
    token = "acme-Canary5z9Y8"
    place = "https://gitlab.example.com/group"
    facts = f'{{"name": "of {token}.", "scopes": ["api", "{token}"], "user_id": 7}}'
    own = "https://gitlab.example.com/api/v4/personal_access_tokens/self"
    server.serve(own, Answer(200, (), facts.encode()), f"PRIVATE-TOKEN: {token}")
    server.serve_unsigned(own, Answer(401, (), b'{"message": "401 Unauthorized"}'))
    program.git("config", "--global", "pat.https://gitlab.example.com.provider", "gitlab")
    keep(program, place, token)
    row = verify(program)
    assert (row["who"], row["permissions"]) == ('user 7, "of (a token)."', ["api", "(a token)"])
    assert token.encode() not in program.run("list", "--json").stdout


def test_a_name_that_looks_like_a_token_of_another_place_is_not_shown(
    server: ApiServer, program: Program
) -> None:
    serve_organization(server, "fabrikam", CANARY, user_named(OTHER_AZURE_TOKEN))
    keep(program, FABRIKAM, CANARY)
    assert verify(program)["who"] == "(a token)"


@pytest.mark.needs("strace")
def test_no_command_line_of_any_process_has_the_token(server: ApiServer, program: Program) -> None:
    serve_organization(server, "fabrikam", CANARY)
    keep(program, FABRIKAM, CANARY)
    trace = traced(program, "execve", "verify", FABRIKAM)
    assert len(server.log) == 1
    assert "execve(" in trace
    assert Secrets(token=CANARY.encode()).within(trace.encode()) == set()


@pytest.mark.needs("strace")
@pytest.mark.parametrize("operation", ["get", "store", "erase"])
def test_gits_operations_use_no_network(server: ApiServer, program: Program, operation: str) -> None:
    keep(program, FABRIKAM)
    lines = ("protocol=https", "host=dev.azure.com", "path=fabrikam/web", "username=pat")
    trace = traced(program, "network", operation, stdin=attributes(*lines, f"password={AZURE_TOKEN}"))
    assert internet(trace) == []
    assert (server.log, server.proxy.asked) == ([], [])


@pytest.mark.needs("strace")
def test_the_agent_that_a_get_starts_uses_none_either(server: ApiServer) -> None:
    with agent_program() as program:
        server.configure_client(program.home)
        keep(program, FABRIKAM)
        program.git("config", "--global", "pat.agentTimeout", "1")  # strace waits for its end
        lines = ("protocol=https", "host=dev.azure.com", "path=fabrikam/web")
        trace = traced(program, "network", "get", stdin=attributes(*lines))
    assert "listen(" in trace, "there was an agent"
    assert internet(trace) == []
    assert server.proxy.asked == []


@pytest.mark.needs("strace")
def test_asking_a_host_uses_the_network_so_that_the_trace_would_show_it(
    server: ApiServer, program: Program
) -> None:
    serve_organization(server, "fabrikam", AZURE_TOKEN)
    keep(program, FABRIKAM)
    calls = "\n".join(call for call in internet(traced(program, "network", "verify")) if "connect(" in call)
    assert set(re.findall(r"htons\((\d+)\)", calls)) == {str(server.proxy.address[1])}


def test_a_repeated_question_is_asked_once(server: ApiServer, program: Program) -> None:
    serve_organization(server, "fabrikam", AZURE_TOKEN, Answer(503))
    keep(program, FABRIKAM)
    assert program.run("verify").status == 5
    assert len(server.log) == 1


def test_a_redirect_gets_no_token_wherever_it_leads(server: ApiServer, program: Program) -> None:
    places = (
        f"{FABRIKAM}/_apis/other",
        "https://elsewhere.example.com/",
        "http://dev.azure.com/fabrikam",
        "//elsewhere.example.com/",
    )
    keep(program, FABRIKAM)
    for place in places:
        server.serve(place, JANE, basic("", AZURE_TOKEN))
        serve_organization(server, "fabrikam", AZURE_TOKEN, Answer(307, (("Location", place),)))
        assert program.run("verify", "--json").status == 5
    assert {record.url for record in server.log} == {f"{FABRIKAM}/_apis/connectionData"}
    assert set(server.proxy.asked) == {"dev.azure.com:443"}


def test_cookies_of_a_host_are_not_sent_back(server: ApiServer, program: Program) -> None:
    keep(program, FABRIKAM)
    cookie = Answer(401, (("Set-Cookie", "session=1; Path=/"), ("WWW-Authenticate", 'Basic realm="x"')))
    serve_organization(server, "fabrikam", AZURE_TOKEN, cookie)
    assert program.run("verify", WEB).status == 1
    assert len(server.log) == 2
    assert [record for record in server.log if "Cookie" in record.headers] == []


def traced(program: Program, calls: str, *arguments: str, stdin: bytes = b"") -> str:
    """Run the program under strace and return what it did, in all its processes."""
    file = program.home / "trace"
    command = ["strace", "-f", "-s", "400", "-e", f"trace={calls}", "-o", str(file), str(program.launcher)]
    finished = subprocess.run(
        [*command, *arguments],
        input=stdin,
        env=program.environment,
        cwd=program.home,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert finished.returncode == 0, finished
    return file.read_text("utf-8", "backslashreplace")


def internet(trace: str) -> list[str]:
    """Return the calls that concern the internet's families of addresses."""
    return [line for line in trace.splitlines() if re.search(r"\b(AF|PF)_INET6?\b", line)]

"""The way to a host is Git's: its proxies and variables, and nothing of a repository."""

from __future__ import annotations

import socket
import subprocess
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from support.api_replies import Crawling, HangUp
from support.api_server import ApiServer, basic
from support.checks import keep
from support.connect_proxy import BackgroundServer, ConnectProxy, QuietHandler
from support.program import AZURE_TOKEN, FABRIKAM, Program, attributes
from support.verdicts import JANE, results, serve_organization, verify
from support.ways import ask, configure

from git_credential_pat.errors import UnreachableError
from git_credential_pat.web import Question
from git_credential_pat.web.asking import Web

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.api_server import Reply

PASSWORD = "open @sesame"
LOGIN = f"jane:{PASSWORD}"
ENCODED = "jane:open%20%40sesame"
CANARY = "canary-of-the-proxy"


@pytest.fixture
def program(server: ApiServer, tmp_path: Path) -> Program:
    """A user with a token of fabrikam, whose configuration and environment say nothing of the way to it."""
    serve_organization(server, "fabrikam", AZURE_TOKEN)
    program = Program(tmp_path / "home")
    for name in ("https_proxy", "no_proxy"):
        program.environment.pop(name, None)
    keep(program, FABRIKAM)
    return program


@pytest.fixture
def closed() -> str:
    """The URL of a proxy that is not there."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def keep_at_server(program: Program, server: ApiServer, reply: Reply = JANE) -> None:
    """Keep a token for Azure DevOps Server on this machine, which no proxy leads to."""
    server.serve("https://localhost/main/_apis/connectionData", reply, basic("", AZURE_TOKEN))
    keep_elsewhere(program, f"https://localhost:{server.address[1]}/main")
    configure(program, sslCAInfo=str(server.ca_file))


def keep_elsewhere(program: Program, place: str) -> None:
    program.run("remove", FABRIKAM, "--yes")
    keep(program, place)
    program.git("config", "--global", f"pat.{place}.provider", "azure-devops-server")


# Proxies


@pytest.mark.parametrize(
    ("settings", "variables"),
    [
        pytest.param(["PROXY"], {}, id="Git's configuration"),
        pytest.param(
            ["CLOSED", "https://dev.azure.com PROXY"], {}, id="the one for the host before the other"
        ),
        pytest.param([], {"https_proxy": "PROXY"}, id="https_proxy"),
        pytest.param([], {"HTTPS_PROXY": "PROXY"}, id="HTTPS_PROXY"),
        pytest.param([], {"all_proxy": "PROXY"}, id="all_proxy"),
        pytest.param([], {"ALL_PROXY": "PROXY"}, id="ALL_PROXY"),
        pytest.param(["PROXY"], {"https_proxy": "CLOSED"}, id="the configuration before the variables"),
        pytest.param(["ADDRESS"], {}, id="one without a scheme"),
    ],
)
def test_the_proxy_that_git_would_take_leads_to_the_host(
    server: ApiServer, program: Program, closed: str, settings: list[str], variables: dict[str, str]
) -> None:
    def named(text: str) -> str:
        url = server.proxy.url
        return text.replace("PROXY", url).replace("CLOSED", closed).replace("ADDRESS", url.partition("//")[2])

    configure(program, sslCAInfo=str(server.ca_file))
    for setting in settings:
        configure(program, proxy=named(setting))
    assert ask(program, **{name: named(value) for name, value in variables.items()}) == ("valid", "")
    assert server.proxy.asked == ["dev.azure.com:443"]


@pytest.mark.parametrize("names", ["localhost", "example.com,localhost", "*"])
@pytest.mark.parametrize("variable", ["no_proxy", "NO_PROXY"])
def test_what_needs_no_proxy_is_asked_directly(
    server: ApiServer, program: Program, closed: str, variable: str, names: str
) -> None:
    keep_at_server(program, server)
    configure(program, proxy=closed)
    assert ask(program, **{variable: names}) == ("valid", "")
    assert server.proxy.asked == []


@pytest.mark.parametrize("names", ["::1", "example.com, [::1]"])
def test_an_address_of_ipv6_needs_no_proxy_either(program: Program, closed: str, names: str) -> None:
    place = f"https://[::1]:{urlsplit(closed).port}/team/repo"
    keep(program, place, "word", "jane")
    configure(program, proxy=closed)
    program.environment["no_proxy"] = names
    assert verify(program, place)["why"] == "::1: it refuses the connection"


def test_an_empty_setting_means_no_proxy(server: ApiServer, program: Program, closed: str) -> None:
    keep_at_server(program, server)
    program.git("config", "--global", "http.proxy", "")
    assert ask(program, https_proxy=closed) == ("valid", "")


def test_a_dead_proxy_is_no_verdict_on_the_token(program: Program, closed: str) -> None:
    configure(program, proxy=closed)
    assert ask(program) == (
        "not-verified",
        "dev.azure.com: the proxy does not let through or cannot be reached; check http.proxy",
    )


def test_a_proxy_that_knows_no_such_host_is_no_verdict(server: ApiServer, program: Program) -> None:
    with ConnectProxy(lambda _: None) as proxy:
        configure(program, proxy=proxy.url, sslCAInfo=str(server.ca_file))
        verdict, why = ask(program)
    assert (verdict, "check http.proxy" in why) == ("not-verified", True)


@pytest.mark.parametrize(
    ("login", "encoded"),
    [("jane:open @sesame", "jane:open%20%40sesame"), ("jäne:1€", "j%C3%A4ne:1%E2%82%AC"), ("jane:", "jane")],
)
def test_a_proxy_gets_its_login_from_the_setting(
    server: ApiServer, program: Program, login: str, encoded: str
) -> None:
    with ConnectProxy(server.proxy.route, login) as proxy:
        named = proxy.url.replace("://", f"://{encoded}@")
        configure(program, proxy=named, sslCAInfo=str(server.ca_file))
        assert ask(program) == ("valid", "")


@pytest.fixture
def guarded(server: ApiServer, program: Program) -> Iterator[ConnectProxy]:
    """A proxy that wants a login, of which Git's configuration has the username."""
    program.git("config", "--global", "credential.helper", "pat")
    with ConnectProxy(server.proxy.route, LOGIN) as proxy:
        configure(program, proxy=proxy.url.replace("://", "://jane@"), sslCAInfo=str(server.ca_file))
        yield proxy


def approve(program: Program, proxy: ConnectProxy, password: str) -> None:
    """Have Git keep a login of the proxy, as it does once the proxy has let it through."""
    host = proxy.url.removeprefix("http://")
    lines = ("protocol=http", f"host={host}", "username=jane", f"password={password}")
    assert program.git("credential", "approve", stdin=attributes(*lines)).status == 0


def seed_of(proxy: ConnectProxy) -> str:
    return f"git credential-pat seed --allow-http {proxy.url} --username jane"


def test_the_password_that_git_keeps_for_a_proxy_is_used_for_it_alone(
    server: ApiServer, program: Program, guarded: ConnectProxy
) -> None:
    approve(program, guarded, PASSWORD)
    assert ask(program, FABRIKAM) == ("valid", "")
    assert guarded.asked == ["dev.azure.com:443"]
    headers = {name.lower() for request in server.log for name in request.headers}
    assert "authorization" in headers
    assert "proxy-authorization" not in headers


def test_for_a_proxy_of_the_environment_it_is_used_too(program: Program, guarded: ConnectProxy) -> None:
    approve(program, guarded, PASSWORD)
    program.git("config", "--global", "--unset", "http.proxy")
    assert ask(program, FABRIKAM, https_proxy=guarded.url.replace("://", "://jane@")) == ("valid", "")


def test_another_helper_s_password_is_used_as_well(program: Program, guarded: ConnectProxy) -> None:
    stored = program.home / "credentials"
    stored.write_text(f"{guarded.url}\n".replace("://", f"://{ENCODED}@"))
    program.git("config", "--global", "credential.helper", f"store --file {stored}")
    assert ask(program) == ("valid", "")


def test_a_username_with_a_line_end_gets_no_other_host_s_password(
    program: Program, guarded: ConnectProxy
) -> None:
    keep(program, "https://git.example.com", PASSWORD, "jane")
    other = "jane%0Aprotocol=https%0Ahost=git.example.com%0Ausername=jane"
    configure(program, proxy=guarded.url.replace("://", f"://{other}@"))
    assert ask(program, FABRIKAM)[0] == "not-verified"


def test_the_password_in_a_url_goes_before_the_one_that_is_kept(
    program: Program, guarded: ConnectProxy
) -> None:
    approve(program, guarded, "stale")
    configure(program, proxy=guarded.url.replace("://", f"://{ENCODED}@"))
    assert ask(program, FABRIKAM) == ("valid", "")


def test_where_none_is_kept_the_command_that_is_named_helps(program: Program, guarded: ConnectProxy) -> None:
    assert ask(program) == (
        "not-verified",
        f"dev.azure.com: the proxy wants a password, and none is stored for it; run: {seed_of(guarded)}",
    )
    run = program.shell(f"{seed_of(guarded)} --no-verify", stdin=f"{PASSWORD}\n".encode())
    assert run.status == 0, run
    assert ask(program, FABRIKAM) == ("valid", "")


def test_a_kept_password_that_the_proxy_rejects_is_reported_and_stays(
    server: ApiServer, program: Program, guarded: ConnectProxy
) -> None:
    approve(program, guarded, CANARY)
    before = program.run("list", "--json").stdout
    run = program.run("verify", FABRIKAM, "--json")
    (row,) = results(run)
    assert row["why"] == (
        f"dev.azure.com: the proxy rejects the password that is stored for it; run: {seed_of(guarded)}"
    )
    assert CANARY not in run.stdout.decode() + run.stderr
    assert program.run("list", "--json").stdout == before
    assert server.log == []


@pytest.mark.usefixtures("guarded")
def test_for_a_proxy_s_password_nobody_is_asked_and_nothing_of_a_repository_runs(
    program: Program, tmp_path: Path
) -> None:
    ran = tmp_path / "ran"
    askpass = tmp_path / "askpass"
    askpass.write_text(f"#!/bin/sh\ntouch {ran}\necho {PASSWORD}\n")
    askpass.chmod(0o755)
    repository = tmp_path / "hostile"
    subprocess.run(["git", "init", "--quiet", str(repository)], check=True, env=program.environment)
    program.git("config", "credential.helper", f"!{askpass};:", cwd=repository)
    for variables in ({"GIT_ASKPASS": str(askpass)}, {"GIT_DIR": str(repository / ".git")}):
        run = program.run("verify", "--json", cwd=repository, environment=variables)
        assert "none is stored for it" in results(run)[0]["why"]
    assert not ran.exists()


def test_a_proxy_that_wants_a_login_without_a_username_is_reported(
    server: ApiServer, program: Program, guarded: ConnectProxy
) -> None:
    configure(program, proxy=guarded.url)
    approve(program, guarded, PASSWORD)  # Git does not ask for it either
    assert ask(program, FABRIKAM)[1] == (
        "dev.azure.com: the proxy wants a login; put the username into http.proxy, "
        f"as NAME@{guarded.url.removeprefix('http://')}, and Git asks for the password"
    )
    assert server.log == []


def test_a_proxy_that_rejects_the_login_in_its_url_is_reported_without_it(
    server: ApiServer, program: Program, guarded: ConnectProxy
) -> None:
    configure(program, proxy=guarded.url.replace("://", f"://jane:{CANARY}@"))
    run = program.run("verify", "--json")
    (row,) = results(run)
    assert row["why"] == (
        "dev.azure.com: the proxy rejects the username and the password in its URL; correct http.proxy"
    )
    assert CANARY not in run.stdout.decode() + run.stderr
    assert server.log == []


class RefusingProxy(QuietHandler):
    """Passes requests of plain HTTP on to nobody, but wants a login first."""

    def do_GET(self) -> None:  # noqa: N802  # as http.server calls it
        self.send_response(407)
        self.send_header("Content-Length", "0")
        self.end_headers()


def test_a_proxy_of_plain_http_that_wants_a_login_is_no_answer_of_the_host(program: Program) -> None:
    with BackgroundServer(RefusingProxy) as proxy:
        configure(program, proxy="http://{}:{}".format(*proxy.address))
        web = Web({name.encode(): value.encode() for name, value in program.environment.items()})
        with pytest.raises(UnreachableError, match=r"git\.example\.com: the proxy wants a login; "):
            web.ask(Question("http://git.example.com/"), time.monotonic() + 10)


def test_a_proxy_of_a_kind_that_only_git_can_use_is_said_to_be_one(program: Program) -> None:
    configure(program, proxy="socks5h://127.0.0.1:9050")
    verdict, why = ask(program)
    assert verdict == "not-verified"
    assert "it is behind a socks5h proxy, which only Git can use" in why


# What a repository says


def test_a_repository_has_no_say_in_where_a_token_is_sent(
    server: ApiServer, program: Program, closed: str, tmp_path: Path
) -> None:
    configure(program, proxy=server.proxy.url, sslCAInfo=str(server.ca_file))
    repository = tmp_path / "hostile"
    subprocess.run(["git", "init", "--quiet", str(repository)], check=True, env=program.environment)
    for name, value in [("proxy", closed), ("sslVerify", "false"), ("sslCAInfo", "/dev/null")]:
        program.git("config", f"http.{name}", value, cwd=repository)
        program.git("config", f"http.https://dev.azure.com.{name}", value, cwd=repository)
    for variables in ({}, {"GIT_DIR": str(repository / ".git")}):
        run = program.run("verify", "--json", cwd=repository, environment=variables)
        assert [row["verdict"] for row in results(run)] == ["valid"], run


# No way at all


def test_a_name_that_is_not_known_is_no_verdict(program: Program) -> None:
    program.run("remove", FABRIKAM, "--yes")
    keep(program, "https://git.example.invalid/team/repo.git", username="jane")
    assert ask(program) == (
        "not-verified",
        "git.example.invalid: its name cannot be found; are you online?",
    )


def test_a_host_that_refuses_the_connection_is_no_verdict(program: Program, closed: str) -> None:
    keep_elsewhere(program, f"https://localhost:{closed.rpartition(':')[2]}/main")
    assert ask(program) == ("not-verified", "localhost: it refuses the connection")


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"HTTP/1.",
        b"\x16\x03\x01garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + JANE.body[:-1],
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n" % (len(JANE.body), JANE.body),
    ],
    ids=["at once", "in the status", "with garbage", "in the body", "between chunks"],
)
def test_a_connection_that_breaks_off_is_no_verdict(server: ApiServer, program: Program, sent: bytes) -> None:
    keep_at_server(program, server, HangUp(sent))
    assert ask(program)[0] == "not-verified"
    assert len(server.log) == 1, "it is asked once"


def test_what_a_host_says_that_speaks_no_http_is_not_repeated(server: ApiServer, program: Program) -> None:
    said = f"{AZURE_TOKEN} \x1b[2J\r\n".encode()
    keep_at_server(program, server, Crawling(said, 0.001))
    assert ask(program) == ("not-verified", "localhost: what it answers is not HTTP")


def test_a_host_that_speaks_no_tls_is_no_verdict(program: Program, server: ApiServer) -> None:
    with ConnectProxy(lambda _: server.proxy.address) as proxy:  # one that speaks HTTP without TLS
        configure(program, proxy=proxy.url)
        assert ask(program) == ("not-verified", "dev.azure.com: it does not speak TLS as it should")

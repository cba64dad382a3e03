"""Faults that only hosts can show: Windows logins, IIS, the clock, the proxy. No token is ever sent."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

import pytest
from support.agents import agent_program
from support.challenge_server import ChallengeServer
from support.checks import keep
from support.connect_proxy import ConnectProxy
from support.doctor import Found, after, doctor, fixes, pretend_version, problems
from support.program import AZURE_TOKEN, Program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SERVER = "https://tfs.example.com"
BASE = f"{SERVER}/tfs/main"
REALM = 'Basic realm="http://tfs.example.com:8080/tfs"'
OWN = {"X-TFS-ProcessId": "1"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ChallengeServer]:
    with ChallengeServer(tmp_path, "tfs.example.com") as server:
        server.challenges, server.headers = [REALM], OWN
        yield server


@pytest.fixture
def member(program: Program, server: ChallengeServer) -> Program:
    """Return a program with a token of the server, which it can reach."""
    program.seed(BASE, AZURE_TOKEN)
    server.configure_client(program.home)
    return program


def online(program: Program) -> list[Found]:
    return problems(program, "--json")


def test_a_server_that_asks_for_tokens_is_well_and_sees_none(
    member: Program, server: ChallengeServer
) -> None:
    assert online(member) == []
    assert ("hosts", "ok", "https://tfs.example.com answers", None) in doctor(member, "--json")
    assert [path for path, _ in server.seen] == ["/tfs/main/_apis/connectionData"] * 2
    assert all("authorization" not in headers for _, headers in server.seen)


@pytest.mark.parametrize("challenges", [["Negotiate", "NTLM"], ["NTLM, Negotiate"]], ids=" ".join)
def test_an_old_git_spends_tokens_on_ntlm(
    member: Program, server: ChallengeServer, challenges: list[str]
) -> None:
    server.challenges = [REALM, *challenges]
    (finding,) = online(member)
    assert finding.check == "hosts"
    assert "spends tokens for https://tfs.example.com/tfs/main on NTLM, where they fail. " in finding.text
    assert "Git 2.46 or newer fixes this" in finding.text
    assert "writes the token into a config file in plain text" in finding.text
    assert finding.fix == (
        f'git config --global http.{SERVER}.extraHeader "$(git credential-pat header {BASE})"'
    )
    left = after(member, finding, "--json")
    assert [found for found in left if found.state == "problem"] == []
    (noted,) = [found for found in left if found.check == "left-over-headers"]
    assert noted.text == f"http.extraHeader for {SERVER} contains a token or password in plain text"
    assert noted.fix == (
        f"git config --file {member.gitconfig} --unset-all http.{SERVER}.extraheader '^Authorization:'"
    )


@pytest.mark.parametrize(("version", "challenges"), [("2.46.0", ["Negotiate", "NTLM"]), ("", ["Negotiate"])])
def test_a_newer_git_sends_tokens_beside_ntlm_and_any_git_beside_negotiate(
    member: Program, server: ChallengeServer, version: str, challenges: list[str]
) -> None:
    server.challenges = [REALM, *challenges]
    if version:
        pretend_version(member, version)
    assert online(member) == []


def test_windows_logins_alone_want_a_setting_too(member: Program, server: ChallengeServer) -> None:
    server.challenges = ["Negotiate", "NTLM"]
    pretend_version(member, "2.46.0")
    (finding,) = online(member)
    assert finding == Found(
        "hosts",
        "problem",
        f"{BASE} asks for Windows logins only (NTLM, Negotiate), which Git tries before tokens",
        f"git config --global http.{SERVER}.emptyAuth false && "
        f"git config --global http.{SERVER}.proxyAuthMethod basic",
    )
    assert fixes(member, finding, "--json")


@pytest.mark.parametrize(
    ("challenge", "headers"), [('Basic realm="tfs.example.com"', OWN), ('Basic realm=""', {}), ("Basic", {})]
)
def test_basic_authentication_of_iis_is_suspected(
    member: Program, server: ChallengeServer, challenge: str, headers: dict[str, str]
) -> None:
    server.challenges, server.headers = [challenge], headers
    (finding,) = online(member)
    assert finding.text.startswith(f"possible: IIS Basic Authentication at {BASE}, which takes tokens for")
    assert "appcmd set config -section:basicAuthentication /enabled:false" in finding.text
    assert finding.fix is None


@pytest.mark.parametrize(("minutes", "side"), [(120, "behind"), (-120, "ahead of"), (4, "")])
def test_a_clock_that_is_far_from_the_host_s_is_wrong(
    member: Program, server: ChallengeServer, minutes: int, side: str
) -> None:
    theirs = time.gmtime(time.time() + minutes * 60 + (30 if minutes > 0 else -30))
    server.date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", theirs)
    said = f"the clock is 120 minutes {side} that of https://tfs.example.com"
    expected = Found("hosts", "problem", said, "sudo timedatectl set-ntp true")
    assert online(member) == [expected] * bool(side)


def test_what_is_wrong_on_the_way_to_a_host_is_reported(member: Program, server: ChallengeServer) -> None:
    keep(member, "https://gone.example.com/", "secret", "jane")
    (finding,) = online(member)
    assert finding.text.startswith("gone.example.com: ")
    assert server.seen
    assert member.git("config", "--global", "--unset", "http.sslCAInfo").status == 0
    said = [finding.text for finding in online(member)]
    assert any(text.startswith("tfs.example.com: its certificate is not trusted (") for text in said)


@pytest.mark.parametrize("userinfo", ["", "jane:the-canary@"])
def test_the_proxy_of_the_configuration_is_gone(program: Program, userinfo: str, tmp_path: Path) -> None:
    with ChallengeServer(tmp_path, "localhost") as server:
        server.challenges = ['Basic realm="git"']
        place = f"https://localhost:{server.address[1]}/"
        program.seed(place, "secret", "--username", "jane")
        server.configure_client(program.home)
        program.environment.update({"no_proxy": ""})
        del program.environment["https_proxy"]
        dead = f"http://{userinfo}127.0.0.1:1"
        assert program.git("config", "--global", "http.proxy", dead).status == 0
        (finding,) = online(program)
        assert finding == Found(
            "proxy",
            "problem",
            "the proxy 127.0.0.1:1 cannot be reached",
            f"git config --file {program.gitconfig} --unset-all http.proxy",
        )
        assert fixes(program, finding, "--json")


def test_the_proxy_of_the_environment_is_gone(healthy: Program) -> None:
    assert healthy.environment["https_proxy"] == "http://127.0.0.1:1"
    (finding,) = online(healthy)
    assert finding == Found(
        "proxy", "problem", "the proxy 127.0.0.1:1 cannot be reached", "unset https_proxy"
    )
    left = after(healthy, finding, "--json")
    assert [found.check for found in left if found.check == "proxy"] == []


@pytest.mark.parametrize(
    ("proxy", "named"),
    [
        ("jane:the-canary", "jane"),
        ("http://jane:the/canary@127.0.0.1:1", "jane"),
        ("http://jane:the-canary@127.0.0.1:1", "127.0.0.1:1"),
        ("http://127.0.0.1:1/the-canary", "127.0.0.1:1"),
        ("[::1]:1", "[::1]:1"),
        ("http://:the-canary", "without a host"),
        ("jane:the-canary@", "without a host"),
        ("http://[the-canary", "without a host"),
    ],
)
def test_a_proxy_is_named_by_nothing_that_may_be_a_password(healthy: Program, proxy: str, named: str) -> None:
    assert healthy.git("config", "--global", "http.proxy", proxy).status == 0
    (finding,) = online(healthy)
    assert (finding.check, finding.text) == ("proxy", f"the proxy {named} cannot be reached")
    verify = healthy.run("verify", "https://dev.azure.com/fabrikam")
    assert b"not-verified" in verify.stdout
    assert "canary" not in verify.stdout.decode() + verify.stderr


def test_the_password_of_a_proxy_is_stored_nowhere_then_wrong_then_right() -> None:
    with agent_program() as program, ConnectProxy(lambda _: None, "jane:right") as proxy:
        del program.environment["https_proxy"]
        keep(program, "https://dev.azure.com/fabrikam")
        program.git("config", "--global", "credential.helper", str(program.launcher))
        program.git("config", "--global", "http.proxy", proxy.url.replace("://", "://jane@"))
        seed = f"git credential-pat seed --allow-http {proxy.url} --username jane"
        wanted = "dev.azure.com: the proxy wants a password, and none is stored for it"
        assert Found("hosts", "problem", wanted, seed) in online(program)
        keep(program, proxy.url, "wrong", "jane")
        rejected = "dev.azure.com: the proxy rejects the password that is stored for it"
        assert Found("hosts", "problem", rejected, seed) in online(program)
        assert program.run("remove", "--yes", proxy.url).status == 0
        keep(program, proxy.url, "right", "jane")
        let_through = "dev.azure.com: the proxy does not let through or cannot be reached; check http.proxy"
        assert let_through in [finding.text for finding in online(program)]
        assert program.status() is None, "no agent was started"


@pytest.mark.slow
def test_hosts_that_do_not_answer_take_no_longer_than_the_limit(program: Program) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for number in range(12):
            keep(program, f"https://host{number}.example.com/", "secret", "jane")
        assert program.git("config", "--global", "credential.helper", str(program.launcher)).status == 0
        proxy = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert program.git("config", "--global", "http.proxy", proxy).status == 0
        start = time.monotonic()
        found = online(program)
        assert time.monotonic() - start < 20
    silent_hosts = [finding for finding in found if finding.text.endswith("it does not answer in time")]
    assert len(silent_hosts) == 12


def test_offline_nobody_is_asked(member: Program, server: ChallengeServer) -> None:
    only = [finding for finding in doctor(member, "--offline") if finding.check in ("hosts", "proxy")]
    assert only == []
    assert server.seen == []

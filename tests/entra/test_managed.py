"""A token for this machine itself, which its platform gives."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from support.connect_proxy import BackgroundServer, ConnectProxy, QuietHandler
from support.signing_in import CLIENT, HOUR, Hosts, json_reply, made_up_token, surroundings

from git_credential_pat.entra import RESOURCE, AbsentError, SignInError, from_web, managed
from git_credential_pat.errors import UnreachableError
from git_credential_pat.git.settings import Settings
from git_credential_pat.web import Question, Reply

if TYPE_CHECKING:
    from pathlib import Path

MACHINE = "http://169.254.169.254/metadata/identity/oauth2/token"
TOKEN = made_up_token(idtyp="app")
SERVICE = "http://127.0.0.1:41741/msi/token"


def answer() -> Reply:
    later = str(int(time.time()) + HOUR)
    return json_reply(200, {"access_token": TOKEN, "expires_on": later, "token_type": "Bearer"})


def query_of(question: Question) -> dict[str, list[str]]:
    return parse_qs(urlsplit(question.url).query)


@pytest.mark.parametrize("client", [{}, {"AZURE_CLIENT_ID": CLIENT}])
def test_a_virtual_machine_asks_its_own_service_directly(client: dict[str, str]) -> None:
    hosts, direct = Hosts(), Hosts({MACHINE: answer()})
    token = managed.token(surroundings(hosts, direct=direct, variables=client))
    assert (token.value, hosts.asked) == (TOKEN, [])
    probe, question = direct.asked
    assert (probe.url, dict(probe.headers)) == (MACHINE, {})
    assert question.headers["Metadata"] == "true"
    identity = {"client_id": [CLIENT]} if client else {}
    assert query_of(question) == {"api-version": ["2018-02-01"], "resource": [RESOURCE], **identity}


def test_elsewhere_than_in_azure_it_is_absent() -> None:
    with pytest.raises(AbsentError, match=r"^this machine has no managed identity of Azure's$"):
        managed.token(surroundings(Hosts()))


def test_a_machine_that_never_answers_is_waited_for_two_seconds() -> None:
    limits = []

    def ask(question: Question, deadline: float) -> Reply:
        limits.append(deadline - time.monotonic())
        raise UnreachableError(f"{question.host}: it does not answer in time")

    with pytest.raises(AbsentError):
        managed.token(surroundings(Hosts())._replace(ask_directly=ask))
    (limit,) = limits
    assert 0 < limit <= 2


def test_a_machine_without_an_identity_says_so() -> None:
    refusal = json_reply(400, {"error": "invalid_request", "error_description": "Identity not found"})
    with pytest.raises(SignInError, match=r"^the managed identity's service refuses: Identity not found$"):
        managed.token(surroundings(Hosts(), direct=Hosts({MACHINE: refusal})))


def test_app_service_has_a_service_of_its_own() -> None:
    hosts, direct = Hosts(), Hosts({SERVICE: answer()})
    variables = {"IDENTITY_ENDPOINT": SERVICE, "IDENTITY_HEADER": "header-secret", "AZURE_CLIENT_ID": CLIENT}
    assert managed.token(surroundings(hosts, direct=direct, variables=variables)).value == TOKEN
    (question,) = direct.asked
    assert question.headers["X-IDENTITY-HEADER"] == "header-secret"
    assert query_of(question) == {
        "api-version": ["2019-08-01"],
        "resource": [RESOURCE],
        "client_id": [CLIENT],
    }


@pytest.mark.parametrize(
    ("endpoint", "is_asked"),
    [
        ("http://localhost:42356/msi/token", True),
        ("http://169.254.129.3:8081/msi/token", True),
        ("http://[::1]:80/msi/token", True),
        ("http://10.0.0.1/msi/token", False),
        ("http://identity.example.com/", False),
        ("http://127.0.0.1@example.com/", False),
        ("http://example.com\\@127.0.0.1/", False),
        ("https://127.0.0.1/", False),
    ],
)
def test_the_services_secret_stays_on_this_machine(endpoint: str, *, is_asked: bool) -> None:
    direct = Hosts()
    variables = {"IDENTITY_ENDPOINT": endpoint, "IDENTITY_HEADER": "header-secret"}
    with pytest.raises((SignInError, UnreachableError)) as refusal:
        managed.token(surroundings(Hosts(), direct=direct, variables=variables))
    assert bool(direct.asked) == is_asked
    assert "header-secret" not in str(refusal.value)


@pytest.mark.parametrize("variable", ["IDENTITY_SERVER_THUMBPRINT", "IMDS_ENDPOINT"])
def test_other_platforms_are_named(variable: str) -> None:
    with pytest.raises(SignInError, match="Service Fabric and Azure Arc cannot be used"):
        managed.token(
            surroundings(Hosts(), variables={variable: "x", "IDENTITY_ENDPOINT": "https://localhost"})
        )


class _Service(QuietHandler):
    def do_GET(self) -> None:  # noqa: N802  # http.server's name for it
        body = answer().body if self.headers["X-IDENTITY-HEADER"] == "header-secret" else b""
        self.send_response(200 if body else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def test_no_proxy_is_used_whatever_the_settings_say(tmp_path: Path) -> None:
    with BackgroundServer(_Service) as service, ConnectProxy(lambda _: None) as proxy:
        (tmp_path / ".gitconfig").write_text(f"[http]\n\tproxy = {proxy.url}\n")
        endpoint = "http://{}:{}/msi/token".format(*service.address)
        variables = {
            "HOME": str(tmp_path),
            "PATH": os.environ["PATH"],
            "GIT_CONFIG_NOSYSTEM": "1",
            "http_proxy": proxy.url,
            "NO_PROXY": "example.com",
            "IDENTITY_ENDPOINT": endpoint,
            "IDENTITY_HEADER": "header-secret",
        }
        environment = {os.fsencode(name): os.fsencode(value) for name, value in variables.items()}
        around = from_web(environment, "/", Settings("/data", "/config"))
        assert managed.token(around).value == TOKEN
        by_proxy = around.ask(Question(endpoint), time.monotonic() + 5)
        assert by_proxy.status == 501  # it takes CONNECT alone

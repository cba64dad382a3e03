"""Sign-in by an own app registration: the real msal in a process of its own, at a mock of Entra over TLS."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest
from support import sign_in_process
from support.program import FABRIKAM
from support.signing_in import Hosts, surroundings
from support.token_hosts.azure import TENANT
from support.token_hosts.browser import Browser
from support.token_hosts.entra import CLIENT
from support.token_hosts.faults import Fault, asks
from support.token_hosts.host import json_answer, redirect

from git_credential_pat.entra import RESOURCE, AbsentError, SignInError, own
from git_credential_pat.entra.refusals import ADMIN_APPROVAL, CONDITIONAL_ACCESS, DEVICE_CODE_BLOCKED

if TYPE_CHECKING:
    from pathlib import Path

    from support.program import Program
    from support.token_hosts.fixtures import TokenHosts

needs_msal = pytest.mark.needs("msal")
START = f"cannot sign in to {FABRIKAM}: az is not installed, and "


class SignIn(NamedTuple):
    """How it ended, and what the person was shown."""

    said: dict[str, Any]
    shown: str

    @property
    def token(self) -> str:
        assert "token" in self.said, self
        return str(self.said["token"])

    @property
    def error(self) -> str:
        assert "error" in self.said, self
        return str(self.said["error"]).removeprefix(START)


class Person:
    """Someone with an app registration, and no az."""

    def __init__(self, program: Program, hosts: TokenHosts) -> None:
        self.program, self.hosts = program, hosts
        self.cache = program.home / "cache.json"
        self.browser = Browser(program, hosts.server)
        self.set(CLIENT)

    def set(self, client: str) -> None:
        self.program.git("config", "--global", "pat.entraClientId", client)

    def sign_in(self, *, may_ask: bool = True, browser: str | bool = False, limit: int = 30) -> SignIn:
        """Sign in to an organization; `browser` is a program, or whether there is one that works."""
        facts = {"url": FABRIKAM, "may_ask": may_ask, "cache": str(self.cache), "browser_limit": limit}
        words = json.dumps(facts)
        named = {"BROWSER": browser} if isinstance(browser, str) else self.browser.environment
        environment = self.program.environment | (named if browser else {})
        done = subprocess.run(
            [sys.executable, "-I", sign_in_process.__file__, words],
            env={**environment, "PATH": "/usr/bin:/bin"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            text=True,
            timeout=60,
        )
        return SignIn(json.loads(done.stdout), done.stderr)

    @property
    def asked(self) -> list[str]:
        """What Entra was asked, each as a method and the last segment of the path, without the metadata."""
        every = [f"{request.method} {request.path.rpartition('/')[2]}" for request in self.hosts.entra.log]
        return [one for one in every if one != "GET openid-configuration"]


@pytest.fixture
def person(program: Program, token_hosts: TokenHosts) -> Person:
    return Person(program, token_hosts)


@needs_msal
@pytest.mark.slow
def test_a_code_on_another_device_signs_in(person: Person) -> None:
    person.hosts.entra.polls = 1
    done = person.sign_in()
    assert done.token in person.hosts.azure.sign_ins
    assert person.asked == ["POST devicecode", "POST token", "POST token"]
    code = "https://microsoft.com/devicelogin and enter the code "
    assert done.shown.startswith(f"git-credential-pat: to sign in to Azure DevOps, go to {code}")
    assert done.shown.count("\n") == 1
    (first, *_) = [request for request in person.hosts.entra.log if request.method == "POST"]
    assert f"{RESOURCE}/.default" in first.form["scope"].split()
    assert first.path.startswith(f"/{TENANT}/")


@needs_msal
@pytest.mark.slow
def test_a_browser_signs_in_with_pkce(person: Person) -> None:
    done = person.sign_in(browser=True)
    assert done.token in person.hosts.azure.sign_ins
    assert person.asked == ["GET authorize", "POST token"]
    (page,) = person.browser.pages
    query = parse_qs(urlsplit(page).query)
    assert query["code_challenge_method"] == ["S256"]
    assert query["redirect_uri"][0].startswith("http://localhost:")
    assert (
        done.shown
        == "git-credential-pat: sign in to Azure DevOps in the browser that opens; Ctrl-C ends it\n"
    )
    assert person.browser.errors == ""


@needs_msal
@pytest.mark.slow
@pytest.mark.parametrize("browser", ["/bin/true", "/bin/false"])
def test_where_nobody_comes_back_from_the_browser_a_code_signs_in(person: Person, browser: str) -> None:
    done = person.sign_in(browser=browser, limit=1)
    assert done.token in person.hosts.azure.sign_ins
    assert person.asked == ["POST devicecode", "POST token"]
    shown = [line.removeprefix("git-credential-pat: ") for line in done.shown.splitlines()]
    starts = ["sign in to Azure DevOps in the browser", "to sign in to Azure DevOps, go to "]
    if browser == "/bin/false":
        starts.insert(1, "no browser opens; on this machine, go to https://login.microsoftonline.com/")
    assert [line.startswith(start) for line, start in zip(shown, starts, strict=True)] == [True] * len(starts)


@needs_msal
@pytest.mark.slow
def test_the_next_sign_in_needs_no_person(person: Person) -> None:
    first = person.sign_in()
    saved = json.loads(person.cache.read_text())
    saved["AccessToken"] = {}
    person.cache.write_text(json.dumps(saved))
    before = len(person.asked)
    later = person.sign_in(may_ask=False)
    assert later.token not in ("", first.token)
    assert person.asked[before:] == ["POST token"]
    assert later.shown == ""
    again = person.sign_in(may_ask=False)
    assert again.token == later.token
    assert person.asked[before + 1 :] == []


@needs_msal
@pytest.mark.slow
@pytest.mark.parametrize("content", ["", "no JSON", "[]", '{"Account": 5}', '{"RefreshToken": {"x": {}}}'])
def test_a_cache_that_cannot_be_read_is_as_nothing(person: Person, content: str) -> None:
    person.cache.write_text(content)
    assert person.sign_in(may_ask=False).error == (
        "the sign-in by pat.entraClientId needs a person; "
        f"run on a terminal: git credential-pat rotate {FABRIKAM}"
    )


@needs_msal
@pytest.mark.slow
def test_a_sign_in_that_has_ended_says_so_and_needs_a_person(person: Person) -> None:
    person.sign_in()
    saved = json.loads(person.cache.read_text())
    saved["AccessToken"] = {}
    person.cache.write_text(json.dumps(saved))
    person.hosts.entra.refuses["refresh_token"] = ("invalid_grant", 700082, "Expired due to inactivity.")
    assert person.sign_in(may_ask=False).error.startswith(
        "the sign-in by pat.entraClientId needs a person "
        "(the sign-in has ended, so sign in again (AADSTS700082)); run on a terminal: "
    )
    assert person.sign_in().token


@needs_msal
@pytest.mark.slow
@pytest.mark.parametrize(
    ("grant", "refusal", "browser", "why"),
    [
        (
            "device_code",
            ("access_denied", 53003, "Access has been blocked by Conditional Access policies."),
            False,
            f"{CONDITIONAL_ACCESS} (AADSTS53003)",
        ),
        (
            "device_code",
            ("access_denied", 530035, "Access has been blocked by security defaults."),
            False,
            f"{DEVICE_CODE_BLOCKED} (AADSTS530035)",
        ),
        (
            "device_code",
            ("invalid_client", 7000218, "The request body must contain the following parameter: ..."),
            False,
            'the app\'s registration does not "allow public client flows" (AADSTS7000218)',
        ),
        ("device_code", ("authorization_declined", 70000, "Declined."), False, "AADSTS70000: Declined"),
        (
            "authorize",
            ("consent_required", 90094, "Admin consent is required."),
            True,
            f"{ADMIN_APPROVAL} (AADSTS90094)",
        ),
    ],
)
def test_a_refusal_has_clear_words(
    person: Person, grant: str, refusal: tuple[str, int, str], *, browser: bool, why: str
) -> None:
    person.hosts.entra.refuses[grant] = refusal
    done = person.sign_in(browser=browser)
    assert done.error.startswith(
        f"Entra refuses the sign-in by pat.entraClientId: {why}; install the Azure CLI, "
    )
    assert not person.cache.exists()


@needs_msal
@pytest.mark.slow
def test_an_id_that_the_tenant_does_not_know_names_the_setting(person: Person) -> None:
    person.set("deadbeef-1111-4222-8333-444455556666")
    assert person.sign_in().error.startswith(
        "Entra refuses the sign-in by pat.entraClientId: "
        "the tenant has no app of that id, see pat.entraClientId (AADSTS700016); "
    )


@needs_msal
@pytest.mark.slow
def test_a_redirect_is_not_followed(person: Person) -> None:
    elsewhere = redirect("https://elsewhere.example.com/devicecode")
    person.hosts.faults.add(Fault(asks("POST", "/devicecode"), answer=elsewhere))
    assert person.sign_in().error.startswith(
        "login.microsoftonline.com answers with something else (status 302); "
    )
    assert "elsewhere.example.com" not in {request.host for request in person.hosts.server.log}


@needs_msal
@pytest.mark.slow
def test_no_other_host_is_asked_where_entra_names_one(person: Person) -> None:
    elsewhere = "https://elsewhere.example.com/oauth2/v2.0"
    names = ("authorization_endpoint", "token_endpoint", "device_authorization_endpoint")
    metadata = json_answer(200, {"issuer": elsewhere, **dict.fromkeys(names, f"{elsewhere}/token")})
    person.hosts.faults.add(Fault(asks("GET", "openid-configuration"), answer=metadata))
    assert person.sign_in().error.startswith("login.microsoftonline.com sends the sign-in to another host; ")
    assert "elsewhere.example.com" not in {request.host for request in person.hosts.server.log}


@needs_msal
@pytest.mark.slow
def test_gits_settings_choose_proxy_and_certificates_and_only_two_hosts_are_asked(person: Person) -> None:
    person.sign_in()
    assert {request.host for request in person.hosts.server.log} == {
        "dev.azure.com",
        "login.microsoftonline.com",
    }
    person.program.git("config", "--global", "--unset", "http.sslCAInfo")
    done = person.sign_in()
    assert "its certificate is not trusted" in done.error
    assert done.said["signs_in"] is False


@needs_msal
@pytest.mark.slow
def test_no_token_is_shown_where_the_library_itself_fails(person: Person) -> None:
    person.hosts.faults.add(
        Fault(asks("GET", "openid-configuration"), answer=json_answer(200, {"issuer": "eyJhbGciOiJub25lIn0"}))
    )
    assert person.sign_in().error.startswith("the sign-in by pat.entraClientId fails (KeyError); ")


def test_without_an_id_this_way_is_absent() -> None:
    with pytest.raises(AbsentError) as refusal:
        own.token(FABRIKAM, TENANT, "", surroundings(Hosts()))
    assert str(refusal.value) == (
        "pat.entraClientId is not set; register an app, then run: git config --global pat.entraClientId ID"
    )


@pytest.mark.parametrize(
    ("files", "modules", "command"),
    [
        ((), ("pip",), "{python} -m pip install msal"),
        ((), (), "uv pip install --python {python} msal"),
        (("pipx_metadata.json",), ("pip",), "pipx inject git-credential-pat msal"),
    ],
)
def test_without_the_library_the_command_that_installs_it_is_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    files: tuple[str, ...],
    modules: tuple[str, ...],
    command: str,
) -> None:
    for file in files:
        (tmp_path / file).touch()
    python = str(tmp_path / "bin" / "python3")
    monkeypatch.setattr(sys, "executable", python)
    monkeypatch.setitem(sys.modules, "msal", None)
    monkeypatch.setattr(own, "find_spec", lambda name: find_spec("os") if name in modules else None)
    with pytest.raises(SignInError) as refusal:
        own.token(FABRIKAM, TENANT, CLIENT, surroundings(Hosts()))
    assert str(refusal.value) == (
        f"pat.entraClientId needs the Python library msal; run: {command.format(python=python)}"
    )


@pytest.mark.parametrize(
    ("variables", "platform", "has_one"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"BROWSER": "wslview"}, "linux", True),
        ({}, "darwin", True),
        ({"SSH_CONNECTION": "x"}, "darwin", False),
    ],
)
def test_a_browser_is_opened_where_there_is_a_desktop(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], platform: str, *, has_one: bool
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert own._has_browser(surroundings(Hosts(), variables=variables)) is has_one  # noqa: SLF001  # a pure rule

"""Sign-ins and the agent: it holds the tokens that calls give it, and gets the next ones ahead of time."""

from __future__ import annotations

import ast
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.agents import AgentProgram, agent_program, eventually
from support.checks import keep
from support.program import CONTOSO, NO_AGENT, Run, attributes
from support.token_hosts.az import Az
from support.token_hosts.azure import TENANT, Azure
from support.token_hosts.serving import TokenServer

from git_credential_pat import entra
from git_credential_pat.agent import identity, sign_ins
from git_credential_pat.agent.sign_ins import Lent, SignIns
from git_credential_pat.entra import SignInError
from git_credential_pat.model.credential import SignIn
from git_credential_pat.model.entry import Seconds
from git_credential_pat.model.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

REQUEST = attributes("protocol=https", "host=dev.azure.com", "path=contoso/app/_git/app")
NEWER = b"capability[]=authtype\n" + REQUEST


# Real agents


class Contoso(AgentProgram):
    """A user who signs in to contoso by az."""

    az: Az
    token: str

    def answer(self) -> Run:
        """Return how a `get` ends that is answered with the token."""
        return Run(0, f"username=pat\npassword={self.token}\n{self.end_line}".encode(), "")

    @property
    def end_line(self) -> str:
        return f"password_expiry_utc={self.az.expires}\n"

    def becomes(self, token: str) -> None:
        self.token = token
        self.az.tokens = {TENANT: token}


@pytest.fixture(scope="module")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TokenServer]:
    with TokenServer(tmp_path_factory.mktemp("azure") / "hosts", [Azure()]) as server:
        yield server


@pytest.fixture
def contoso(azure: TokenServer) -> Iterator[Contoso]:
    with agent_program() as plain:
        program = Contoso(plain.home)
        azure.configure_client(program.home)
        keep(program, CONTOSO, "", sign_in="entra")
        program.az = Az(program)
        program.becomes("eyJ-first")
        assert program.run("agent").status == 0  # one that is starting may not take a token in time
        yield program


def test_the_first_call_gets_a_token_and_the_agent_answers_the_next_at_once(contoso: Contoso) -> None:
    assert contoso.run("get", stdin=REQUEST) == contoso.answer()
    assert contoso.by_agent("get", REQUEST) == contoso.answer()
    header = f"authtype=Bearer\ncredential={contoso.token}\nephemeral=1\n{contoso.end_line}"
    by_header = contoso.by_agent("get", NEWER)
    assert by_header == Run(0, f"capability[]=authtype\n{header}".encode(), "")
    assert len(contoso.az.calls) == 1


@pytest.mark.parametrize("message", [REQUEST, NEWER])
def test_a_get_is_the_same_without_an_agent(contoso: Contoso, message: bytes) -> None:
    alone = contoso.alone("get", message)
    assert contoso.run("get", stdin=message) == alone
    assert contoso.by_agent("get", message) == alone
    assert contoso.alone("get", message) == alone


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("docker", "get"), b"contoso.pkgs.visualstudio.com"),
        (("keyring", "get", f"{CONTOSO}/_packaging/x", "--mode", "creds"), b""),
        (("header", CONTOSO), b""),
        (("go", CONTOSO), b""),
        (("terraform", "get", "contoso.visualstudio.com"), b""),
    ],
)
def test_another_tool_is_answered_alike(contoso: Contoso, words: tuple[str, ...], said: bytes) -> None:
    alone = contoso.run("answer", *words, stdin=said, environment=NO_AGENT)
    assert contoso.token.encode() in alone.stdout
    contoso.run("get", stdin=REQUEST)
    calls = len(contoso.az.calls)
    assert contoso.run("answer", *words, stdin=said) == alone
    assert len(contoso.az.calls) == calls


def test_a_tool_hears_of_a_failure_as_of_a_miss(contoso: Contoso) -> None:
    contoso.az.mode = "signed-out"
    done = contoso.run("answer", "header", CONTOSO)
    assert (done.status, done.stdout) == (1, b"")
    assert done.stderr.startswith(f"git-credential-pat: cannot sign in to {CONTOSO}: az is not signed in")


def test_a_token_that_git_refused_is_forgotten_and_the_next_call_gets_another(contoso: Contoso) -> None:
    contoso.run("get", stdin=REQUEST)
    refused = REQUEST[:-1] + f"username=pat\npassword={contoso.token}\n\n".encode()
    other = refused.replace(contoso.token.encode(), b"eyJ-of-before")
    assert contoso.by_agent("erase", other) == Run(0, b"", "")
    assert contoso.by_agent("get", REQUEST) == contoso.answer(), "it was another token"
    assert contoso.by_agent("erase", refused) == Run(0, b"", "")
    assert contoso.by_agent("get", REQUEST) is None
    contoso.becomes("eyJ-second")
    assert contoso.run("get", stdin=REQUEST) == contoso.answer()
    assert contoso.by_agent("get", REQUEST) == contoso.answer()


def test_the_agent_knows_every_variable_that_a_sign_in_reads() -> None:
    calls = [
        node
        for file in Path(entra.__file__).parent.glob("[!o]*.py")  # without a person's own sign-in
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "around.variable"
    ]
    names = {argument.value for node in calls for argument in node.args if isinstance(argument, ast.Constant)}
    assert {"AZURE_CLIENT_ID", "SYSTEM_ACCESSTOKEN", "IDENTITY_HEADER"} <= names
    environment = {str(name).encode(): b"x" for name in names - {"PATH"}}
    assert identity.of_ways(environment).count(b"=") == len(environment)


@pytest.mark.parametrize("variable", ["AZURE_CLIENT_ID", "AZURE_CONFIG_DIR", "SYSTEM_ACCESSTOKEN"])
def test_a_call_that_would_sign_in_as_another_does_so_itself(contoso: Contoso, variable: str) -> None:
    contoso.run("get", stdin=REQUEST)
    other = {variable: "another"}
    assert contoso.by_agent("get", REQUEST, environment=other) is None
    contoso.becomes("eyJ-of-another")
    assert contoso.run("get", stdin=REQUEST, environment=other) == contoso.answer()
    assert contoso.by_agent("get", REQUEST, environment=other) == contoso.answer()
    assert contoso.by_agent("get", REQUEST) is None, "the newer token is for calls with that variable"


def test_locking_forgets_the_token(contoso: Contoso) -> None:
    contoso.run("get", stdin=REQUEST)
    assert contoso.run("lock").status == 0
    contoso.becomes("eyJ-second")
    assert contoso.run("get", stdin=REQUEST) == contoso.answer()


def test_the_token_is_on_no_disk(contoso: Contoso) -> None:
    contoso.run("get", stdin=REQUEST)
    files = [path for path in contoso.home.rglob("*") if path.is_file() and path.name != "az.json"]
    assert [path for path in files if contoso.token.encode() in path.read_bytes()] == []


def test_a_token_that_is_about_to_end_is_not_answered(contoso: Contoso) -> None:
    contoso.az.expires = int(time.time()) + 30
    assert contoso.run("get", stdin=REQUEST) == contoso.answer()
    assert contoso.by_agent("get", REQUEST) is None


@pytest.mark.parametrize(("mode", "seconds"), [("signed-out", 8), ("hangs", 14)])
def test_a_way_that_fails_is_one_line_in_time(contoso: Contoso, mode: str, seconds: float) -> None:
    contoso.az.mode = mode  # type: ignore[assignment]  # one of them
    begun = time.monotonic()
    done = contoso.run("get", stdin=REQUEST)
    assert time.monotonic() - begun < seconds
    assert (done.status, done.stdout) == (1, b"")
    assert done.stderr.startswith(f"git-credential-pat: cannot sign in to {CONTOSO}: az ")
    assert done.stderr.count("\n") == 1


# Ahead of time

WAY = SignIn("entra", Scope(b"https", b"dev.azure.com", (b"contoso",)), b"pat")
HOUR = 3600


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(sign_ins, "time", clock)
    return clock


class Walking:
    """Gives the next token when it is let, or fails."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.may_go = threading.Event()
        self.begun = 0
        self.ended = 0
        self.fails = False

    def __call__(self, way: str, organization: str, lent: Lent) -> tuple[bytes, Seconds]:
        assert (way, organization) == (WAY.way, WAY.organization.text)
        assert lent.variables == b"A=1"
        self.begun += 1
        assert self.may_go.wait(10)
        self.ended += 1
        if self.fails:
            raise SignInError("az is not signed in")
        return b"token-%d" % self.begun, Seconds(int(self.clock.now) + HOUR)


def token_of(held: SignIns) -> bytes | None:
    lent = held.find(WAY, b"A=1")
    return lent and lent.token


@pytest.fixture
def walking(clock: Clock) -> Walking:
    return Walking(clock)


@pytest.fixture
def held(walking: Walking, clock: Clock) -> SignIns:
    held = SignIns(walking)
    held.take("entra", WAY.organization.text, Lent(b"token-0", Seconds(int(clock.now) + HOUR), b"A=1"))
    return held


def test_the_next_token_is_got_at_half_a_life_and_no_answer_waits(
    held: SignIns, walking: Walking, clock: Clock
) -> None:
    clock.now += HOUR / 2 - 1
    held.tend()
    assert walking.begun == 0
    clock.now += 2
    held.tend()
    eventually(lambda: walking.begun == 1, "the way is walked")
    held.tend()
    assert token_of(held) == b"token-0"
    walking.may_go.set()
    eventually(lambda: token_of(held) == b"token-1", "the next token is there")
    assert walking.begun == 1


def test_a_failure_is_tried_again_a_minute_later(held: SignIns, walking: Walking, clock: Clock) -> None:
    walking.may_go.set()
    walking.fails = True
    clock.now += HOUR / 2
    held.tend()
    eventually(lambda: walking.ended == 1, "the way is walked")
    walking.fails = False
    held.tend()
    assert walking.begun == 1
    clock.now += 60
    held.tend()
    eventually(lambda: token_of(held) == b"token-2", "the next token is there")


def test_what_was_refused_meanwhile_does_not_come_back(held: SignIns, walking: Walking, clock: Clock) -> None:
    clock.now += HOUR / 2
    held.tend()
    eventually(lambda: walking.begun == 1, "the way is walked")
    held.forget(WAY, b"token-0")
    walking.may_go.set()
    eventually(lambda: walking.ended == 1, "the way is walked")
    time.sleep(0.05)
    assert token_of(held) is None


def test_a_token_that_has_ended_is_dropped(held: SignIns, walking: Walking, clock: Clock) -> None:
    clock.now += HOUR - 59
    assert token_of(held) is None
    clock.now += HOUR
    held.tend()
    assert walking.begun == 0
    clock.now -= 2 * HOUR
    assert token_of(held) is None

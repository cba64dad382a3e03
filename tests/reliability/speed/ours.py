"""The program's own rows: OURS maps a row's name to what sets it up."""

import sys
import time
from base64 import b64encode
from dataclasses import replace

from reliability.speed.contender import Contender, Home, NotHereError, SetUp
from reliability.speed.secret_service import start_secret_service
from reliability.speed.targets import (
    BY_AGENT,
    BY_AGENT_1_000,
    BY_AGENT_100_000,
    CAPABILITY,
    KEY_FILE,
    STORE_CHANGED,
    STORE_KNOWN,
    TOOLS,
    tool_alone,
    tool_by_agent,
)
from support.program import AZURE_TOKEN, LAUNCHER, OTHER_AZURE_TOKEN, Program, attributes

from git_credential_pat.backends import Change
from git_credential_pat.backends.vault import VaultBackend
from git_credential_pat.git.settings import Settings
from git_credential_pat.model.entry import Entry, Nanoseconds
from git_credential_pat.model.scope import Scope

URL = "https://dev.azure.com/fabrikam"
WHERE = ("protocol=https", "host=dev.azure.com", "path=fabrikam/web/_git/web")
GET = attributes(*WHERE, "username=fabrikam")
ANSWER = attributes("username=fabrikam", f"password={AZURE_TOKEN}").rstrip()
PASSPHRASE = b"a made-up passphrase"
FEED = f"{URL}/_packaging/web/x"
_QUESTIONS = {
    "keyring": (("get", FEED, "pat"), b""),
    "header": ((FEED,), b""),
    "docker": (("get",), b"dev.azure.com"),
    "cargo": (
        ("--cargo-plugin",),
        b'{"v":1,"kind":"get","registry":{"index-url":"%b"}}\n' % FEED.encode(),
    ),
    "go": ((FEED,), b""),
    "bazel": (("get",), b'{"uri":"%b"}' % FEED.encode()),
    "terraform": (("get", "dev.azure.com"), b""),
    "nuget": (
        ("-Plugin",),
        b'{"RequestId":"1","Type":"Request","Method":"GetAuthenticationCredentials","Payload":{"Uri":"%b"}}\n'
        % FEED.encode(),
    ),
}
"""What each front end is asked: its words, and what it reads."""
_AGENT_START = 10
"""Seconds in which an agent must be there."""
_EVERY = 1000
"""Of this many entries in a large vault one is for dev.azure.com; each of the others has another host."""


def floor(home: Home) -> Contender:
    """Start Python and nothing else."""
    return home.contender(sys.executable, "-I", "-S", "-c", "pass")


def _by_agent(count: int) -> SetUp:
    def set_up(home: Home) -> Contender:
        program = _filled(home, count)
        _start_agent(program, home)
        return _get(home)

    return set_up


def _key_file(home: Home) -> Contender:
    _without_agent(home)
    return _get(home)


def _passphrase(home: Home) -> Contender:
    _without_agent(home)
    for change in (("add-slot", "passphrase"), ("remove-slot", "1")):
        home.run(str(LAUNCHER), "vault", *change, stdin=PASSPHRASE + b"\n")
    return replace(_get(home), passphrase=PASSPHRASE)


def _keyring(home: Home) -> Contender:
    start_secret_service(home)
    _without_agent(home)
    if b'"keyring"' not in home.run(str(LAUNCHER), "vault", "info", "--json"):
        raise NotHereError("the Secret Service does not take a key")
    return _get(home)


def _tool_by_agent(tool: str) -> SetUp:
    def set_up(home: Home) -> Contender:
        _start_agent(_filled(home, 1), home)
        return _tool(home, tool)

    return set_up


def _tool_alone(tool: str) -> SetUp:
    def set_up(home: Home) -> Contender:
        _without_agent(home)
        return _tool(home, tool)

    return set_up


def _tool(home: Home, tool: str) -> Contender:
    """Return the contender of a front end; what it answers now, with the token, it must answer each time."""
    words, question = _QUESTIONS[tool]
    command = [str(LAUNCHER), "answer", tool, *words]
    answer = home.run(*command, stdin=question)
    login = b64encode(f"pat:{AZURE_TOKEN}".encode())
    if AZURE_TOKEN.encode() not in answer and login not in answer:
        raise SystemExit(f"{tool}: wrong answer")
    return home.contender(*command, request=question, answer=answer)


def _store_known(home: Home) -> Contender:
    _start_agent(_filled(home, 1), home)
    return home.contender(str(LAUNCHER), "store", request=_approval(AZURE_TOKEN))


def _store_changed(home: Home) -> Contender:
    _start_agent(_filled(home, 1), home)
    requests = (_approval(OTHER_AZURE_TOKEN), _approval(AZURE_TOKEN))
    return Contender([str(LAUNCHER), "store"], home.environment, requests)


def _capability(home: Home) -> Contender:
    return home.contender(str(LAUNCHER), "capability", answer=b"version 0\ncapability authtype\n")


def _get(home: Home) -> Contender:
    return home.contender(str(LAUNCHER), "get", request=GET, answer=ANSWER)


def _approval(token: str) -> bytes:
    """Return what git sends after a token worked."""
    return attributes(*WHERE, "username=pat", f"password={token}")


def _filled(home: Home, count: int) -> Program:
    """Return the program with so many entries in its vault: one seeded, the others written directly."""
    program = _program(home)
    program.seed(URL, AZURE_TOKEN)
    backend = VaultBackend(Settings(str(program.data), str(program.key.parent)))
    backend.apply([Change(None, _entry(number)) for number in range(1, count)])
    return program


def _entry(number: int) -> Entry:
    residue = number % _EVERY
    host = f"host-{residue}.example" if residue else "dev.azure.com"
    scope = Scope(b"https", host.encode(), (f"organization-{number}".encode(),))
    return Entry(scope, b"fabrikam", AZURE_TOKEN.encode(), created=Nanoseconds(1), updated=Nanoseconds(1))


def _without_agent(home: Home) -> Program:
    program = _program(home)
    program.git("config", "--global", "pat.agent", "never")
    program.seed(URL, AZURE_TOKEN)
    return program


def _program(home: Home) -> Program:
    program = Program(home.folder)
    program.environment = home.environment
    return program


def _start_agent(program: Program, home: Home) -> None:
    """Start the agent as Git does, by a call, and wait until it is there."""
    program.run("get", stdin=GET)
    home.at_end(str(LAUNCHER), "agent", "stop")
    end = time.monotonic() + _AGENT_START
    while program.run("agent", "status").status:
        if time.monotonic() > end:
            raise SystemExit("the agent does not start")
        time.sleep(0.05)


OURS: dict[str, SetUp] = {
    BY_AGENT: _by_agent(1),
    BY_AGENT_1_000: _by_agent(1_000),
    BY_AGENT_100_000: _by_agent(100_000),
    KEY_FILE: _key_file,
    "get without agent, keyring": _keyring,
    "get without agent, passphrase": _passphrase,
    STORE_KNOWN: _store_known,
    STORE_CHANGED: _store_changed,
    CAPABILITY: _capability,
    **{tool_by_agent(tool): _tool_by_agent(tool) for tool in TOOLS},
    **{tool_alone(tool): _tool_alone(tool) for tool in TOOLS},
}

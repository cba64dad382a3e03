"""Through the agent everything is as without it: bytes, words, statuses, and what becomes of the entries."""

from __future__ import annotations

import fcntl
import os
import subprocess
import time
from typing import TYPE_CHECKING, NamedTuple

import pytest
from support.agents import ANSWER, FOUND, NEEDS_GIT, NO_GIT, REQUEST, agent_program, said_by_git
from support.checks import entries, keep, line_of
from support.conversations import NOW, settings_of, stored
from support.core import ask
from support.memory_backend import MemoryBackend
from support.program import CONTOSO, FABRIKAM, NO_AGENT, OTHER_AZURE_TOKEN, attributes
from support.pty_program import Script
from support.vectors import CONVERSATIONS, Case, as_message, cases

from git_credential_pat.agent import pack, service, unpack
from git_credential_pat.agent.service import Service
from git_credential_pat.agent.watch import SettingsWatch
from git_credential_pat.backends import BACKENDS, Change
from git_credential_pat.backends.vault import VaultBackend
from git_credential_pat.errors import PatError
from git_credential_pat.model.entry import SECOND, Entry
from git_credential_pat.stdio import notice_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.agents import AgentProgram

    from git_credential_pat.git.settings import Settings

STAND = b"HOME=/home/jane"
GENERIC = "https://git.example.com"


# Conversations


class FixedSettings(SettingsWatch):
    """The settings of a vector."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._fixed = settings

    def current(self) -> Settings:
        return self._fixed


class Given(NamedTuple):
    """What a call printed on standard output and on standard error."""

    output: bytes
    notices: bytes


class ByAgent:
    """The agent's service over a vault on the disk, asked through frames."""

    def __init__(self, settings: Settings, rows: list[Entry], folder: Path) -> None:
        settings = settings._replace(data_folder=f"{folder}/data", config_folder=f"{folder}/config")
        self.backend = VaultBackend(settings)
        self.backend.apply([Change(None, entry) for entry in rows])
        self._service = Service(STAND, FixedSettings(settings), self.backend.data_key())

    def ask(self, operation: str, message: bytes) -> Given | None:
        frame = pack(operation.encode(), STAND, b"", message)
        outcome, *fields = unpack(pack(*self._service.reply(unpack(frame))))
        return Given(*fields[:2]) if outcome == b"done" else None


def test_what_shares_a_key_is_served_whatever_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(BACKENDS, "third", BACKENDS["vault"])
    settings = settings_of({})._replace(backend="third")
    served = ByAgent(settings, list(stored([{"scope": FABRIKAM, "token": "t"}])), tmp_path)
    given = served.ask("get", REQUEST)
    assert given is not None
    assert b"password=t\n" in given.output


def without_agent(
    operation: str, message: bytes, backend: MemoryBackend, settings: Settings, now: int
) -> Given | None:
    try:
        result = ask(operation, message, backend, settings, now)
    except PatError:
        return None
    if result.lack is not None:
        return None
    return Given(result.output, b"".join(map(notice_line, result.notices)))


@pytest.mark.slow
@pytest.mark.parametrize("prompt", ["auto", "never"])
@cases("scopes", *CONVERSATIONS)
def test_a_conversation_is_the_same_by_agent_and_leaves_the_same_entries(
    case: Case, prompt: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the user may be asked for a token the agent declines, and its client does it all itself."""
    settings, rows = settings_of(case.get("settings", {})), list(stored(case.get("stored", ())))
    if prompt == "never":
        settings = settings._replace(against_prompts=frozenset(("pat.prompt",)))
    memory = MemoryBackend(rows)
    by_agent = ByAgent(settings, rows or [AN_ENTRY], tmp_path)
    if not rows:
        by_agent.backend.apply([Change(AN_ENTRY, None)])
    for second, step in enumerate(case["steps"]):
        now = NOW + second * SECOND
        monkeypatch.setattr(service, "now", lambda now=now: now)
        (operation,) = step.keys() & {"get", "store", "erase"}
        message = as_message(step[operation])
        expected = without_agent(operation, message, memory, settings, now)
        assert by_agent.ask(operation, message) == expected
        assert by_agent.backend.entries() == memory.entries()


AN_ENTRY = next(stored([{"scope": "https://nowhere.example", "username": "x", "token": "x"}]))


# Calls


@pytest.fixture(scope="module")
def shared() -> Iterator[AgentProgram]:
    """An agent and the entries of all sorts that the calls below ask for."""
    with agent_program() as program:
        keep(program, FABRIKAM)
        keep(program, GENERIC, "t-jane", "jane")
        keep(program, GENERIC, "t-bob", "bob")
        keep(program, "https://old.example.com", username="jane", expires=1_577_836_800)
        keep(program, CONTOSO, expires=1_577_836_800)
        keep(program, "https://github.com/octo", "header", authtype=b"Bearer")
        program.start()
        yield program


HOST = "host=git.example.com"
ANSWERED = {
    "an answer": REQUEST,
    "an answer for a username": attributes("protocol=https", HOST, "username=bob"),
    "a ready header": attributes("capability[]=authtype", "protocol=https", "host=github.com", "path=octo/x"),
    "a miss": attributes("protocol=https", "host=elsewhere.example"),
    "an organization that is left open": attributes("protocol=https", "host=dev.azure.com"),
    "an expired token": attributes("protocol=https", "host=old.example.com"),
    "no empty line": attributes("protocol=https", HOST)[:-1],
    "no line end": attributes("protocol=https", HOST)[:-2],
    "more behind the empty line": REQUEST + b"protocol=https\nhost=evil.example\n\n",
    "lines that end as on Windows": REQUEST.replace(b"\n", b"\r\n"),
    "exactly a mebibyte": REQUEST[:-1] + b"x=%0*d\n\n" % ((1 << 20) - len(REQUEST) - 3, 0),
    "bytes that are no text": REQUEST[:-1] + b"username=\xff\xfe\n\n",
}
LEFT_TO_THE_CLIENT = {
    "a miss at a host that takes tokens": attributes("protocol=https", "host=codeberg.org", "path=x/y"),
    "an expired token of such a host": attributes("protocol=https", "host=dev.azure.com", "path=contoso/web"),
}
"""The user may be asked for these, on a terminal that only the client has."""
REFUSED = {
    "nothing": b"",
    "no equals sign": attributes("protocol=https", HOST, "garbage"),
    "a null byte": attributes("protocol=https", HOST, "path=a\0b"),
    "another protocol": attributes("protocol=ssh", HOST),
    "more than a mebibyte": b"protocol=https\n" + b"x=" + b"y" * (1 << 20) + b"\n\n",
}


@pytest.mark.parametrize("name", [*ANSWERED, *LEFT_TO_THE_CLIENT])
def test_a_get_is_the_same_to_the_last_byte(shared: AgentProgram, name: str) -> None:
    request = {**ANSWERED, **LEFT_TO_THE_CLIENT}[name]
    assert shared.run("get", stdin=request) == shared.alone("get", request)


@pytest.mark.parametrize("operation", ["get", "store", "erase"])
@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_is_the_same_to_the_last_byte(shared: AgentProgram, name: str, operation: str) -> None:
    assert shared.run(operation, stdin=REFUSED[name]) == shared.alone(operation, REFUSED[name])


def test_what_can_be_answered_the_agent_answers(shared: AgentProgram) -> None:
    done = {name: shared.by_agent("get", stdin) for name, stdin in ANSWERED.items()}
    assert [name for name, run in done.items() if run is None] == []
    expired = done["an expired token"]
    assert expired is not None
    assert (expired.status, expired.stdout) == (0, b"")
    assert "expired on 2020-01-01; " in line_of(expired), "the agent's notice is printed"


@pytest.mark.parametrize("name", LEFT_TO_THE_CLIENT)
@pytest.mark.parametrize("why", [{"GIT_TERMINAL_PROMPT": "0"}, {"GIT_ASKPASS": "/bin/true"}])
def test_what_the_user_may_be_asked_for_the_agent_answers_where_nobody_can_be_asked(
    shared: AgentProgram, name: str, why: dict[str, str]
) -> None:
    done = shared.by_agent("get", LEFT_TO_THE_CLIENT[name], environment=why)
    assert done is not None
    assert done.stdout == b""


def test_what_the_user_may_be_asked_for_the_agent_leaves_to_a_client_with_a_terminal(
    shared: AgentProgram,
) -> None:
    (shared.home / "request").write_bytes(LEFT_TO_THE_CLIENT["a miss at a host that takes tokens"])
    for prompt, expected in (("auto", NEEDS_GIT), ("never", "")):
        shared.gitconfig.write_text(f"[pat]\n\tprompt = {prompt}\n")
        terminal = Script(shared, f"PATH={NO_GIT['PATH']} '{shared.launcher}' get <request")
        terminal.finish()
        assert "".join(f"{line}\n" for line in terminal.lines()) == expected
    shared.gitconfig.unlink()


# Standard streams


NOT_WRITTEN = "git-credential-pat: cannot write the answer: "


@pytest.mark.parametrize(
    ("command", "status", "line_of"),
    [
        ("exec git-credential-pat get >/dev/full", 1, f"{NOT_WRITTEN}No space left on device\n"),
        ("exec git-credential-pat get >&-", 1, f"{NOT_WRITTEN}Bad file descriptor\n"),
        ("exec git-credential-pat get 2>&-", 0, ""),
        ("exec git-credential-pat get 2>/dev/full", 0, ""),
        ("exec git-credential-pat get >/dev/full 2>&-", 1, ""),
        (
            "exec git-credential-pat get <&-",
            1,
            "git-credential-pat: the request names no protocol; nothing was done\n",
        ),
        ("{ git-credential-pat get; echo $? >&2; } | sleep 0.5", 0, "0\n"),
        ("{ sleep 0.2; git-credential-pat get; echo $? >&2; } | true", 0, "0\n"),
    ],
)
def test_unusual_standard_streams_are_no_other_by_agent(
    shared: AgentProgram, command: str, status: int, line_of: str
) -> None:
    for environment in ({}, NO_AGENT):
        run = shared.shell(command, environment, REQUEST)
        assert (run.status, run.stderr) == (status, line_of)


@pytest.mark.parametrize("by_agent", [True, False])
def test_the_request_is_read_once_and_no_further_than_to_its_end(
    shared: AgentProgram, *, by_agent: bool
) -> None:
    environment = {**shared.environment, **({} if by_agent else NO_AGENT)}
    with subprocess.Popen(
        [str(shared.launcher), "get"], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(REQUEST[:20])
        process.stdin.flush()
        time.sleep(0.05)
        process.stdin.write(REQUEST[20:])
        process.stdin.flush()
        assert process.stdout.read() == ANSWER, "it waits for no end of input"
        assert process.wait(5) == 0


# The way round the agent


def test_a_store_waits_for_the_vault_s_lock_and_the_agent_does_not(served: AgentProgram) -> None:
    approval = said_by_git(OTHER_AZURE_TOKEN)
    with (served.data / "vault.lock").open("rb+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert served.by_agent("store", approval) is None
        assert served.by_agent("get") == FOUND
        store = subprocess.Popen(
            [str(served.launcher), "store"], env=served.environment, stdin=subprocess.PIPE
        )
        assert store.stdin is not None
        store.stdin.write(approval)
        store.stdin.close()
        time.sleep(0.5)
        assert store.poll() is None
    assert store.wait(10) == 0
    assert [entry["answers"] for entry in entries(served)] == [True, False]
    assert served.by_agent("get") == FOUND


def test_nothing_is_left_among_the_temporary_files(program: AgentProgram) -> None:
    folder = program.home / "tmp"
    folder.mkdir()
    program.environment.update(dict.fromkeys(("TMPDIR", "TMP", "TEMP"), str(folder)))
    program.start()
    assert program.by_agent("get") == FOUND
    program.end()
    assert os.listdir(folder) == []

"""Where nobody is asked for a token: a miss is answered at once, with nothing, and nothing hangs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from support.agents import agent_program
from support.checks import keep
from support.program import CONTOSO, FABRIKAM, NO_AGENT, OTHER_AZURE_TOKEN, Program, attributes
from support.pty_program import Script

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from support.agents import AgentProgram

LIMIT = 3000
"""Milliseconds: ten times what a miss may take, for a busy machine; `-s` shows what it took."""
REQUEST = ("protocol=https", "host=dev.azure.com", "path=initech/web/_git/web")
ASKPASS = {"GIT_ASKPASS": "/bin/true"}
GET = "git-credential-pat get <request >answer 2>error"
TIMED = "a=$(date +%s%N); {}; s=$?; b=$(date +%s%N); echo took $(((b - a) / 1000000)) ms status $s"


@pytest.fixture(scope="module", params=["by agent", "alone"])
def shared(request: pytest.FixtureRequest) -> Iterator[AgentProgram]:
    """A user with two organizations' tokens, for tests that change no more than settings."""
    with agent_program() as program:
        keep(program, FABRIKAM)
        keep(program, CONTOSO, OTHER_AZURE_TOKEN)
        if request.param == "alone":
            program.environment.update(NO_AGENT)
        else:
            program.start()
        yield program


@pytest.fixture
def program(shared: AgentProgram) -> Iterator[AgentProgram]:
    environment = dict(shared.environment)
    yield shared
    shared.environment = environment
    shared.gitconfig.unlink(missing_ok=True)


def unasked(
    program: Program, *lines: str, command: str = GET, environment: Mapping[str, str] | None = None
) -> str:
    """Return what a call on a terminal told on standard error; fail if it asked, answered or took long."""
    (program.home / "request").write_bytes(attributes(*lines))
    program.environment.update(environment or {})
    terminal = Script(program, TIMED.format(command))
    assert terminal.finish() == 0
    took = re.fullmatch(r"took (\d+) ms status 0\r\n", terminal.seen)
    assert took, terminal.seen
    print(f"\na miss took {took[1]} ms")  # noqa: T201  # the figure, for who wants to see it
    assert int(took[1]) < LIMIT
    assert (program.home / "answer").read_bytes() == b""
    return (program.home / "error").read_text(encoding="utf-8")


def expect_question(program: AgentProgram) -> None:
    (program.home / "request").write_bytes(attributes(*REQUEST))
    terminal = Script(program, GET)
    terminal.wait_for("Paste a token for dev.azure.com/initech (")
    terminal.press("c")
    assert terminal.finish() == 130
    assert (program.home / "answer").read_bytes() == b"quit=1\n"


def test_where_the_tests_below_differ_in_one_thing_there_is_a_question(program: AgentProgram) -> None:
    expect_question(program)


@pytest.mark.parametrize(
    "lines",
    [
        ["protocol=https", "host=git.example.com"],
        ["protocol=http", "host=git.example.com"],
        ["protocol=http", "host=dev.azure.com", "path=initech/web"],
        ["protocol=smtp", "host=mail.example.com"],
        ["protocol=https", "host=dev.azure.com.evil.example", "path=initech/web"],
        ["protocol=https", "host=dev.azure.com", "path=../web"],
    ],
)
def test_of_hosts_that_are_not_known_nothing_is_asked(program: AgentProgram, lines: list[str]) -> None:
    assert unasked(program, *lines) == ""


def test_over_http_nothing_is_asked_of_a_server_that_is_known(program: AgentProgram) -> None:
    program.gitconfig.write_text('[pat "http://tfs.example.com"]\n\tprovider = azure-devops-server\n')
    assert unasked(program, "protocol=http", "host=tfs.example.com", "path=tfs/web/_git/web") == ""


def test_where_several_organizations_could_be_meant_nothing_is_asked(program: AgentProgram) -> None:
    assert "credential.https://dev.azure.com.useHttpPath true" in unasked(
        program, "protocol=https", "host=dev.azure.com"
    )


@pytest.mark.parametrize(
    ("environment", "gitconfig"),
    [
        (ASKPASS, ""),
        ({"SSH_ASKPASS": "/bin/true"}, ""),
        ({}, "[core]\n\taskPass = /bin/true\n"),
        ({"SSH_ASKPASS": "/bin/true", "GIT_TERMINAL_PROMPT": "1"}, "[core]\n\taskPass = /bin/false\n"),
        ({"GIT_TERMINAL_PROMPT": "0"}, ""),
        ({"GIT_TERMINAL_PROMPT": "false"}, ""),
        ({}, "[credential]\n\tinteractive = false\n"),
        ({}, "[credential]\n\tinteractive = never\n"),
        ({}, "[pat]\n\tprompt = never\n"),
    ],
)
def test_where_git_would_not_ask_on_the_terminal_nothing_is_asked(
    program: AgentProgram, environment: dict[str, str], gitconfig: str
) -> None:
    program.gitconfig.write_text(gitconfig)
    assert unasked(program, *REQUEST, environment=environment) == ""


@pytest.mark.parametrize(
    ("environment", "gitconfig"),
    [
        ({"GIT_ASKPASS": ""}, ""),
        ({"GIT_ASKPASS": "", "SSH_ASKPASS": "/bin/true"}, "[core]\n\taskPass = /bin/true\n"),
        ({"SSH_ASKPASS": "/bin/true"}, "[core]\n\taskPass =\n"),
        ({}, "[core]\n\taskPass = /bin/true\n\taskPass =\n"),
        ({"SSH_ASKPASS": ""}, ""),
    ],
)
def test_where_the_first_that_is_set_names_no_program_git_asks_on_the_terminal_and_so_does_it(
    program: AgentProgram, environment: dict[str, str], gitconfig: str
) -> None:
    program.gitconfig.write_text(gitconfig)
    program.environment.update(environment)
    expect_question(program)


def test_without_a_terminal_nothing_is_asked(program: AgentProgram) -> None:
    assert unasked(program, *REQUEST, command=f"setsid --wait sh -c '{GET}'") == ""


def test_in_the_background_of_a_terminal_nothing_is_asked_and_nothing_stops(program: AgentProgram) -> None:
    assert unasked(program, *REQUEST, command=f"{GET} & wait $!") == ""


@pytest.mark.parametrize("operation", ["store", "erase"])
@pytest.mark.parametrize("more", [[], ["username=x", "password=refused"]])
def test_store_and_erase_ask_nothing(program: AgentProgram, operation: str, more: list[str]) -> None:
    if operation == "store" and more:
        more = [*more, "password_expiry_utc=1"]  # which is not kept
    command = GET.replace("get", operation)
    assert unasked(program, *REQUEST, *more, command=command) == ""


def test_an_expired_token_is_told_of_where_nothing_is_asked(program: AgentProgram) -> None:
    keep(program, "https://codeberg.org/jane", "x" * 40, expires=1_700_000_000)
    told = unasked(program, "protocol=https", "host=codeberg.org", "path=jane/x.git", environment=ASKPASS)
    assert told == (
        "git-credential-pat: the token for https://codeberg.org/jane expired on 2023-11-14; make another at "
        "https://codeberg.org/user/settings/applications, then run: git credential-pat seed "
        "https://codeberg.org/jane\n"
    )
    assert program.run("remove", "--yes", "https://codeberg.org/jane").status == 0

"""Where nobody is asked for a token: a miss is answered with nothing, and nothing hangs.

Which settings forbid questions is a matter of core/test_settings.py, and of which hosts tokens are asked for
one of core/test_answering.py; that both count on a terminal, by an agent and alone, is tried here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.agents import agent_program
from support.checks import keep
from support.program import CONTOSO, FABRIKAM, NO_AGENT, OTHER_AZURE_TOKEN, Program, attributes
from support.pty_program import Script

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from support.agents import AgentProgram

REQUEST = ("protocol=https", "host=dev.azure.com", "path=initech/web/_git/web")
ASKPASS = {"GIT_ASKPASS": "/bin/true"}
GET = "git-credential-pat get <request >answer 2>error"


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


def unasked(program: Program, *lines: str, command: str = GET) -> str:
    """Return what a call on a terminal said on standard error; fail if it asked, answered or hangs."""
    (program.home / "request").write_bytes(attributes(*lines))
    terminal = Script(program, f"{command}; echo status $?")
    assert terminal.finish() == 0
    assert terminal.seen == "status 0\r\n"
    assert (program.home / "answer").read_bytes() == b""
    return (program.home / "error").read_text(encoding="utf-8")


def expect_question(program: AgentProgram) -> None:
    (program.home / "request").write_bytes(attributes(*REQUEST))
    terminal = Script(program, GET)
    terminal.wait_for("Password for 'https://dev.azure.com/initech': ")
    terminal.press("c")
    assert terminal.finish() == 130
    assert (program.home / "answer").read_bytes() == b"quit=1\n"


@pytest.mark.parametrize(
    "lines",
    [
        ["protocol=https", "host=git.example.com"],
        ["protocol=http", "host=dev.azure.com", "path=initech/web"],
        ["protocol=https", "host=dev.azure.com.evil.example", "path=initech/web"],
        ["protocol=http", "host=tfs.example.com", "path=tfs/web/_git/web"],
    ],
)
def test_of_hosts_that_are_not_known_to_take_tokens_over_tls_nothing_is_asked(
    program: AgentProgram, lines: list[str]
) -> None:
    program.gitconfig.write_text('[pat "http://tfs.example.com"]\n\tprovider = azure-devops-server\n')
    assert unasked(program, *lines) == ""


def test_where_several_organizations_could_be_meant_nothing_is_asked(program: AgentProgram) -> None:
    assert "credential.https://dev.azure.com.useHttpPath true" in unasked(program, *REQUEST[:2])


@pytest.mark.parametrize(
    ("environment", "gitconfig"),
    [
        (ASKPASS, ""),
        ({}, "[core]\n\taskPass = /bin/true\n"),
        ({"GIT_TERMINAL_PROMPT": "0"}, ""),
        ({}, "[credential]\n\tinteractive = false\n"),
        ({}, "[pat]\n\tprompt = never\n"),
    ],
)
def test_where_git_would_not_ask_on_the_terminal_nothing_is_asked(
    program: AgentProgram, environment: Mapping[str, str], gitconfig: str
) -> None:
    program.gitconfig.write_text(gitconfig)
    program.environment.update(environment)
    assert unasked(program, *REQUEST) == ""


def test_where_the_first_that_is_set_names_no_program_git_asks_on_the_terminal_and_so_does_it(
    program: AgentProgram,
) -> None:
    program.gitconfig.write_text("[core]\n\taskPass = /bin/true\n")
    program.environment.update({"GIT_ASKPASS": "", "SSH_ASKPASS": "/bin/true"})
    expect_question(program)


@pytest.mark.parametrize("command", [f"setsid --wait sh -c '{GET}'", f"{GET} & wait $!"])
def test_without_a_terminal_or_in_its_background_nothing_is_asked_and_nothing_stops(
    program: AgentProgram, command: str
) -> None:
    expect_question(program)
    assert unasked(program, *REQUEST, command=command) == ""


@pytest.mark.parametrize("operation", ["store", "erase"])
def test_store_and_erase_ask_nothing(program: AgentProgram, operation: str) -> None:
    command = GET.replace("get", operation)
    more = ["username=x", "password=refused", "password_expiry_utc=1"]  # which is not kept
    assert unasked(program, *REQUEST, *more, command=command) == ""


def test_an_expired_token_is_reported_where_nothing_is_asked(program: AgentProgram) -> None:
    keep(program, "https://codeberg.org/jane", "x" * 40, expires=1_700_000_000)
    program.environment.update(ASKPASS)
    said = unasked(program, "protocol=https", "host=codeberg.org", "path=jane/x.git")
    assert said.startswith(
        "git-credential-pat: the token for https://codeberg.org/jane expired on 2023-11-14; "
    )
    assert program.run("remove", "--yes", "https://codeberg.org/jane").status == 0

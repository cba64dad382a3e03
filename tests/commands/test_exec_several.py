"""`exec URL URL -- CMD`: which words are URLs, which variable holds which token, what `--show` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.checks import keep, refusal
from support.program import AZURE_TOKEN, CONTOSO, FABRIKAM, OTHER_AZURE_TOKEN, Program, Run
from support.variables import given

if TYPE_CHECKING:
    from pathlib import Path

GITHUB = "https://github.com/acme"
GITHUB_TOKEN = "ghp_" + "g" * 36


@pytest.fixture
def program(tmp_path: Path) -> Program:
    program = Program(tmp_path / "home")
    keep(program, FABRIKAM)
    keep(program, CONTOSO, token=OTHER_AZURE_TOKEN)
    keep(program, GITHUB, token=GITHUB_TOKEN)
    return program


ECHO = ["printf", "%s|", "-n", "fabrikam", "--", "x"]
SAID = Run(0, b"-n|fabrikam|--|x|", "")


@pytest.mark.parametrize(
    "urls",
    [
        [FABRIKAM, GITHUB, "--"],
        ["fabrikam", "acme", "--"],
        ["fabrikam", "--username", "pat", "fabrikam", "--"],
        ["--tool", "npm", "fabrikam", "contoso", "--tool", "nuget", "--"],
        ["fabrikam"],
        ["--", "fabrikam"],
    ],
    ids=" ".join,
)
def test_urls_end_at_two_dashes_and_the_rest_is_the_command_s(program: Program, urls: list[str]) -> None:
    run = program.run("exec", *urls, *ECHO)
    assert run._replace(stderr="") == SAID, run


@pytest.mark.parametrize(
    "command",
    [
        ["printf", "%s|", "contoso", "--", "x"],
        ["printf", "%s|", "contoso", "--env", "X", "--", "x"],
        ["env", "printf", "%s|", "--show", "--", "x"],
    ],
)
def test_a_command_s_own_two_dashes_end_no_urls(program: Program, command: list[str]) -> None:
    words = [word for word in command if word not in ("env", "printf", "%s|")]
    run = program.run("exec", "fabrikam", *command)
    assert run == Run(0, "".join(f"{word}|" for word in words).encode(), "")


def test_a_word_that_is_no_program_and_no_organization_may_have_been_meant_for_either(
    program: Program,
) -> None:
    run = program.run("exec", "fabrikam", "contso", "--", "true")
    assert refusal(run, 127) == (
        '"contso" is neither a program nor a known organization; to store a token for it, '
        "run: git credential-pat seed https://dev.azure.com/contso"
    )


def test_each_host_s_tools_get_their_token(program: Program) -> None:
    found = given(program, "fabrikam", GITHUB)
    assert found["AZURE_DEVOPS_EXT_PAT"] == AZURE_TOKEN
    assert found["GH_TOKEN"] == GITHUB_TOKEN
    assert found["GH_HOST"] == "github.com"


def test_a_variable_for_one_token_is_set_for_none_of_two_and_said_in_one_line(program: Program) -> None:
    run = program.run("exec", "fabrikam", "contoso", GITHUB, "--", "env")
    assert b"AZ" not in run.stdout
    assert f"GH_TOKEN={GITHUB_TOKEN}\n".encode() in run.stdout
    assert run.stderr == (
        "git-credential-pat: not set, because each holds one token: AZURE_DEVOPS_EXT_PAT, AZURE_DEVOPS_PAT, "
        f"SYSTEM_ACCESSTOKEN, AZDO_PERSONAL_ACCESS_TOKEN; give only one of {CONTOSO}, {FABRIKAM}\n"
    )


def test_tools_that_would_be_led_to_one_of_two_servers_get_neither_token(program: Program) -> None:
    assert program.git("config", "--global", "pat.https://git.acme.test.provider", "github").status == 0
    keep(program, "https://git.acme.test/acme", token="ghp_" + "h" * 36)
    found = given(
        program,
        "fabrikam",
        GITHUB,
        "https://git.acme.test/acme",
        says="GH_TOKEN, GITHUB_TOKEN, GH_ENTERPRISE",
    )
    assert [name for name in found if name.startswith(("GH_", "GITHUB"))] == []


def test_the_same_token_twice_is_one(program: Program) -> None:
    assert given(program, "fabrikam", f"{FABRIKAM}/web/_git/web") == given(program, "fabrikam")


@pytest.mark.parametrize("option", ["--env", "--feed"])
def test_an_option_for_one_token_is_refused_for_two(program: Program, option: str) -> None:
    assert "one" in refusal(program.run("exec", "fabrikam", "contoso", option, "X", "--", "true"), 2)


def test_a_second_url_without_a_token_is_refused(program: Program) -> None:
    run = program.run("exec", "fabrikam", "https://github.com/other", "--", "true")
    assert refusal(run, 1).startswith("there is no token for https://github.com/other; run: ")


@pytest.mark.parametrize(
    "words",
    [
        ["fabrikam", "acme", "--show"],
        ["--show", "fabrikam", "acme"],
        ["fabrikam", "--show", "acme", "--", "false"],
    ],
    ids=" ".join,
)
def test_show_prints_names_and_for_whom_and_runs_nothing(program: Program, words: list[str]) -> None:
    run = program.run("exec", *words)
    assert (run.status, run.stderr) == (0, "")
    rows = [line.split() for line in run.stdout.decode().splitlines()]
    assert rows[0] == ["VARIABLE", "FOR"]
    assert ["AZURE_DEVOPS_EXT_PAT", FABRIKAM] in rows
    assert ["GH_TOKEN", GITHUB] in rows
    assert AZURE_TOKEN not in run.stdout.decode()

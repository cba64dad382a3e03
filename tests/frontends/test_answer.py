"""Tools start the installed program: the agent answers them as it does alone, and nothing is asked."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pexpect
import pytest
from support.agents import NO_GIT, AgentProgram, agent_program
from support.checks import keep
from support.program import (
    AZURE_TOKEN,
    CONTOSO,
    FABRIKAM,
    LAUNCHER,
    NO_AGENT,
    OTHER_AZURE_TOKEN,
    Program,
    Run,
)
from support.pty_program import Terminal
from support.slots import lock_by_passphrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

FEED = "https://pkgs.dev.azure.com/{}/_packaging/web/pypi/simple/"
WORDS = {
    "keyring": (["get", FEED.format("fabrikam"), "pat"], b""),
    "header": ([FEED.format("fabrikam")], b""),
    "docker": (["get"], b"fabrikam.visualstudio.com"),
    "cargo": (
        ["--cargo-plugin"],
        b'{"v":1,"kind":"get","registry":{"index-url":"sparse+https://dev.azure.com/fabrikam/"}}\n' * 2,
    ),
    "go": ([FEED.format("fabrikam")], b"HTTP/1.1 401\n\n"),
    "bazel": (["get"], b'{"uri":"https://dev.azure.com/fabrikam"}'),
    "terraform": (["get", "fabrikam.visualstudio.com"], b""),
    "nuget": (
        ["-Plugin"],
        (
            b'{"RequestId":"1","Type":"Request","Method":"Initialize","Payload":{}}\nnonsense\n'
            b'{"RequestId":"2","Type":"Request","Method":"GetAuthenticationCredentials",'
            b'"Payload":{"Uri":"https://dev.azure.com/fabrikam/x"}}\n'
            b'{"RequestId":"3","Type":"Request","Method":"Close"}\n'
        ),
    ),
}
"""What each tool asks, so that fabrikam's token answers."""

PER_HOST = {"docker": (["get"], b"dev.azure.com"), "terraform": (["get", "dev.azure.com"], b"")}
"""What tools ask that name a host alone."""


@pytest.fixture(scope="module")
def program() -> Iterator[AgentProgram]:
    """Give the program with two organizations, and an agent that runs."""
    with agent_program() as program:
        program.seed(FABRIKAM, AZURE_TOKEN)
        program.seed(CONTOSO, OTHER_AZURE_TOKEN)
        assert program.run("answer", "header", FABRIKAM).status == 0
        assert program.status() is not None
        yield program


def both_ways(program: AgentProgram, words: Sequence[str], stdin: bytes = b"") -> Run:
    """Run the program by its agent and without one; return the run, which must be the same."""
    by_agent = program.run("answer", *words, stdin=stdin, environment=NO_GIT)
    assert program.run("answer", *words, stdin=stdin, environment=NO_AGENT) == by_agent
    return by_agent


@pytest.mark.parametrize("tool", WORDS)
def test_each_tool_is_given_its_organization_s_token_by_the_agent_and_without(
    program: AgentProgram, tool: str
) -> None:
    words, stdin = WORDS[tool]
    run = both_ways(program, [tool, *words], stdin)
    assert (run.status, run.stderr) == (0, "")
    shown = run.stdout.decode()
    decoded = Program(program.home).run("header", FABRIKAM).stdout.decode().split()[-1]
    assert AZURE_TOKEN in shown or decoded[8:] in shown
    assert OTHER_AZURE_TOKEN not in shown


BEARERS = {
    "https://github.com/octo": ("ghp_" + "a" * 36, "https://npm.pkg.github.com/"),
    "https://gitlab.com/group": (
        "glpat-" + "b" * 20,
        "https://gitlab.com/api/v4/groups/group/-/packages/npm/",
    ),
    "https://codeberg.org/team": ("c" * 40, "https://codeberg.org/api/packages/team/npm/"),
}
"""Hosts whose registries want no Basic, a token, and a registry."""


@pytest.mark.parametrize("url", BEARERS)
def test_a_registry_that_wants_a_bearer_gets_the_token_itself(program: AgentProgram, url: str) -> None:
    token, registry = BEARERS[url]
    program.seed(url, token, *(("--username", "me") if "codeberg" in url else ()))
    assert both_ways(program, ["header", registry]).stdout == f"Bearer {token}\n".encode()
    question = f'{{"v":1,"kind":"get","registry":{{"index-url":"sparse+{registry}"}}}}\n'.encode()
    run = both_ways(program, ["cargo", "--cargo-plugin"], question)
    assert f'"token": "Bearer {token}"'.encode() in run.stdout


@pytest.mark.parametrize("tool", PER_HOST)
def test_of_several_organizations_a_host_alone_names_none_and_a_line_says_so(
    program: AgentProgram, tool: str
) -> None:
    words, stdin = PER_HOST[tool]
    run = both_ways(program, [tool, *words], stdin)
    assert AZURE_TOKEN.encode() not in run.stdout
    assert run.stderr.startswith(
        f"git-credential-pat: {tool} does not say which organization of https://dev.azure.com it means"
    )


def test_a_username_names_the_organization(program: AgentProgram) -> None:
    run = both_ways(program, ["keyring", "get", "https://pkgs.dev.azure.com/", "contoso"])
    assert run == Run(0, f"{OTHER_AZURE_TOKEN}\n".encode(), "")


def test_a_token_that_expired_is_a_miss_and_a_line_says_why() -> None:
    with agent_program() as program:
        keep(program, FABRIKAM, expires=1)
        keep(program, CONTOSO)
        program.run("answer", "header", CONTOSO)
        run = both_ways(program, ["header", FABRIKAM])
    assert (run.status, run.stdout) == (1, b"")
    assert "expired on 1970-01-01; create a new one" in run.stderr


def test_a_vault_that_nobody_can_open_is_a_miss_in_the_tool_s_words_and_a_line_says_why(
    tmp_path: Path,
) -> None:
    broken = Program(tmp_path / "home")
    broken.vault.parent.mkdir(parents=True)
    broken.vault.write_bytes(b"no vault")
    broken.vault.chmod(0o600)
    broken.vault.parent.chmod(0o700)
    for tool, (words, stdin) in WORDS.items():
        run = broken.run("answer", tool, *words, stdin=stdin)
        assert run.status in (0, 1), (tool, run)
        assert "vault" in run.stderr, tool
        assert "internal error" not in run.stderr
        assert broken.vault.read_bytes() == b"no vault"


def test_nothing_is_asked_even_on_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = Program(tmp_path / "home")
    words = ("answer", "keyring", "get", FEED.format("fabrikam"), "pat")
    empty = Terminal(program, *words)
    empty.child.expect_exact(pexpect.EOF)
    assert empty.seen == ""
    keep(program, FABRIKAM)
    lock_by_passphrase(program, monkeypatch)
    program.key.unlink()
    locked = Terminal(program, *words)
    locked.child.expect_exact(pexpect.EOF)
    assert "run: git credential-pat unlock" in " ".join(locked.seen.split())
    assert "assphrase for" not in locked.seen


def test_docker_lists_what_the_agent_knows_and_opens_nothing_else() -> None:
    with agent_program() as program:
        keep(program, "https://github.com/acme")
        keep(program, "https://gitlab.com/group", state="rejected", put_aside=1)
        keep(program, CONTOSO)
        listing = ("answer", "docker", "list")
        assert program.run(*listing) == Run(0, b"{}\n", "")
        assert program.status() is None
        program.run("answer", "header", CONTOSO)
        assert program.run(*listing) == Run(0, b'{"ghcr.io": "pat"}\n', "")


NAMES = ("docker-credential-pat", "cargo-credential-pat", "bazel-credential-pat")


@pytest.mark.parametrize("name", NAMES)
def test_programs_that_tools_look_for_are_installed_beside_the_program(
    program: AgentProgram, name: str
) -> None:
    tool = name.partition("-")[0]
    words, stdin = WORDS[tool]
    named = Program(program.home, LAUNCHER.parent / name)
    run = named.run(*words, stdin=stdin)
    assert (run.status, run.stdout) == (0, program.run("answer", tool, *words, stdin=stdin).stdout)


@pytest.fixture
def keyring(program: AgentProgram, tmp_path: Path) -> Program:
    """Give the program under the name `keyring`, and another `keyring` behind it on PATH."""
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.mkdir()
    theirs.mkdir()
    (ours / "keyring").symlink_to(LAUNCHER)
    (theirs / "keyring").write_text('#!/bin/sh\necho "theirs: $*"\npwd\nexit 7\n')
    (theirs / "keyring").chmod(0o755)
    named = Program(program.home, ours / "keyring")
    named.environment["PATH"] = os.pathsep.join([str(ours), str(theirs), named.environment["PATH"]])
    return named


@pytest.mark.parametrize(
    "words",
    [["set", "a", "b"], ["del", "a", "b"], ["get", "service", "user"], ["get", "https://x.example.com", "u"]],
)
def test_what_is_not_ours_is_answered_by_the_next_keyring(
    keyring: Program, words: list[str], tmp_path: Path
) -> None:
    run = keyring.run(*words, cwd=tmp_path)
    assert run == Run(7, f"theirs: {' '.join(words)}\n{tmp_path}\n".encode(), "")


def test_what_is_ours_is_answered_before_the_next_keyring(keyring: Program) -> None:
    assert keyring.run("get", FEED.format("fabrikam"), "pat").stdout == f"{AZURE_TOKEN}\n".encode()


def test_without_another_keyring_the_question_ends_also_where_a_copy_follows(
    program: AgentProgram, tmp_path: Path
) -> None:
    folders = [tmp_path / name for name in ("link", "copy", "other")]
    for folder in folders:
        folder.mkdir()
    (folders[0] / "keyring").symlink_to(LAUNCHER)
    named = Program(program.home, folders[0] / "keyring")
    named.environment["PATH"] = os.pathsep.join([str(folders[0]), "/usr/bin", "/bin"])
    assert named.run("get", "service", "user") == Run(1, b"", "")
    prefix = folders[1] / "bin"
    prefix.mkdir()
    shutil.copy(LAUNCHER, prefix / "keyring")
    (folders[1] / "lib").symlink_to(LAUNCHER.parent.parent / "lib")
    (prefix / "python3.11").symlink_to(os.path.realpath(LAUNCHER.parent / "python3"))
    named.environment["PATH"] = os.pathsep.join([str(folders[0]), str(prefix), "/usr/bin", "/bin"])
    assert named.run("get", "service", "user") == Run(1, b"", "")


@pytest.mark.parametrize(
    "words", [["docker", "list"], ["docker", "version"], ["keyring", "get", FABRIKAM], ["go", FABRIKAM]]
)
def test_standard_input_is_not_waited_for_where_it_says_nothing(
    program: AgentProgram, words: list[str]
) -> None:
    reader, writer = os.pipe()
    try:
        command = [str(LAUNCHER), "answer", *words]
        ended = subprocess.run(command, env=program.environment, stdin=reader, timeout=20, check=False)
        assert ended.returncode == 0
    finally:
        os.close(reader)
        os.close(writer)

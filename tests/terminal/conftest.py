"""Users who are asked for tokens by real Git on a terminal: with nothing kept, with and without an agent."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from support.agents import agent_program
from support.asking import meet, serve
from support.cloning import NEWER
from support.newer_git import lead_with_newer_git
from support.program import NO_AGENT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.git_server import GitServer
    from support.program import Program


@pytest.fixture(scope="module")
def git_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    with serve(tmp_path_factory.mktemp("question") / "server") as server:
        yield server


@contextmanager
def made(git_server: GitServer, kind: str) -> Iterator[Program]:
    with agent_program() as program:
        if kind != "by agent":
            program.environment.update(NO_AGENT)
        if kind == NEWER.values[0]:
            lead_with_newer_git(program)
        yield meet(git_server, program)


@pytest.fixture
def lone(git_server: GitServer) -> Iterator[Program]:
    """A user with nothing kept, and no agent."""
    with made(git_server, "alone") as program:
        yield program


@pytest.fixture(params=["by agent", "alone"])
def user(request: pytest.FixtureRequest, git_server: GitServer) -> Iterator[Program]:
    """A user with nothing kept, where calls may start an agent and where not."""
    with made(git_server, request.param) as program:
        yield program


@pytest.fixture(params=["by agent", "alone", NEWER])
def anyone(request: pytest.FixtureRequest, git_server: GitServer) -> Iterator[Program]:
    """The same, and one with a newer Git."""
    with made(git_server, request.param) as program:
        yield program

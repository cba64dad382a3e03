"""A credential of a path, through real `git credential`: which paths it answers, and which it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.git_credential import GitCredential, asked_by_git, states

if TYPE_CHECKING:
    from pathlib import Path

    from support.program import Program

HTTPS = ("protocol=https", "host=example.com")


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return asked_by_git(tmp_path / "home")


@pytest.fixture
def git(program: Program) -> GitCredential:
    """Git that tells its helpers the path too."""
    return GitCredential(program, "credential.useHttpPath=true")


def test_a_path_answers_at_and_below_itself(git: GitCredential) -> None:
    git.approve(*HTTPS, "path=group/web.git", "username=jane", "password=secret")
    assert git.fill(*HTTPS, "path=group/web.git") == ("jane", "secret")
    assert git.fill(*HTTPS, "path=group/web.git/info/lfs") == ("jane", "secret")


@pytest.mark.parametrize("path", ["group/api.git", "group/web.git2", "group", "Group/web.git", "web.git"])
def test_a_path_does_not_answer_beside_or_above_itself(git: GitCredential, path: str) -> None:
    git.approve(*HTTPS, "path=group/web.git", "username=jane", "password=secret")
    question = git.asks(*HTTPS, f"path={path}")
    assert question == f"Username for 'https://example.com/{path}'"


def test_git_without_use_http_path_asks_and_keeps_for_the_whole_host(
    git: GitCredential, program: Program
) -> None:
    without = GitCredential(program)
    git.approve(*HTTPS, "path=web.git", "username=jane", "password=of web")
    assert without.asks(*HTTPS, "path=web.git") == "Username for 'https://example.com'"
    without.approve(*HTTPS, "path=web.git", "username=jane", "password=of the host")
    assert git.fill(*HTTPS, "path=api.git") == ("jane", "of the host")


def test_the_longest_path_answers(git: GitCredential) -> None:
    git.approve(*HTTPS, "path=group/web.git", "username=jane", "password=of web")
    git.approve(*HTTPS, "username=jane", "password=of the host")
    assert git.fill(*HTTPS, "path=group/web.git") == ("jane", "of web")
    assert git.fill(*HTTPS, "path=group/api.git") == ("jane", "of the host")


@pytest.mark.parametrize("path", ["group/../web.git", "./web.git", "group//web.git"])
def test_a_path_that_readers_could_take_differently_gets_nothing(
    git: GitCredential, program: Program, path: str
) -> None:
    git.approve(*HTTPS, f"path={path}", "username=jane", "password=other")
    assert states(program) == {}
    git.approve(*HTTPS, "username=jane", "password=secret")
    assert git.asks(*HTTPS, f"path={path}") == f"Username for 'https://example.com/{path}'"

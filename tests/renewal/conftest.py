from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.program import Program
from support.token_hosts.azure import Azure
from support.token_hosts.gitea import Gitea
from support.token_hosts.github import GitHub
from support.token_hosts.gitlab import GitLab
from support.token_hosts.serving import TokenServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def gitlab() -> GitLab:
    return GitLab()


@pytest.fixture
def azure() -> Azure:
    return Azure()


@pytest.fixture
def hosts(tmp_path: Path, gitlab: GitLab, azure: Azure) -> Iterator[TokenServer]:
    """Return the server of every host's tokens."""
    with TokenServer(tmp_path / "hosts", [gitlab, azure, GitHub(), Gitea()]) as server:
        yield server


@pytest.fixture
def jane(hosts: TokenServer, tmp_path: Path) -> Program:
    """Return a program whose user reaches these hosts and keeps no token."""
    program = Program(tmp_path / "home")
    hosts.configure_client(program.home)
    return program

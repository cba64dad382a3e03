"""The mocked hosts as fixtures; tests/conftest.py has them known everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from support.token_hosts.az import Az
from support.token_hosts.azure import Azure
from support.token_hosts.browser import Browser
from support.token_hosts.entra import Entra
from support.token_hosts.gitea import Gitea
from support.token_hosts.github import GitHub
from support.token_hosts.gitlab import GitLab
from support.token_hosts.serving import TokenServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.program import Program
    from support.token_hosts.faults import Faults


class TokenHosts(NamedTuple):
    """One host of each family, served under its names."""

    server: TokenServer
    azure: Azure
    entra: Entra
    gitea: Gitea
    github: GitHub
    gitlab: GitLab

    @property
    def faults(self) -> Faults:
        return self.server.faults

    @property
    def now(self) -> float:
        """The hosts' time."""
        return self.server.clock()


@pytest.fixture
def token_hosts(tmp_path: Path, program: Program) -> Iterator[TokenHosts]:
    """Return the hosts, which `program` reaches, and which have no tokens yet."""
    azure, gitea, github, gitlab = Azure(), Gitea(), GitHub(), GitLab()
    entra = Entra(azure)
    with TokenServer(tmp_path / "token-hosts", [azure, entra, gitea, github, gitlab]) as server:
        server.configure_client(program.home)
        yield TokenHosts(server, azure, entra, gitea, github, gitlab)


@pytest.fixture
def az(program: Program) -> Az:
    """Return the stand-in for Azure's program, which `program` finds on its PATH."""
    return Az(program)


@pytest.fixture
def browser(program: Program, token_hosts: TokenHosts) -> Browser:
    """Return the browser of a person who agrees, for those that `browser.environment` is given to."""
    return Browser(program, token_hosts.server)

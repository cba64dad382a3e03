"""The server of packages as a fixture; tests/conftest.py has it known everywhere."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from support.packages.clients import ORGANIZATIONS
from support.packages.customers import Customer
from support.packages.server import PackageServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def _letters(name: str, count: int) -> str:
    """Return letters that occur nowhere else: a token is looked for in caches and archives."""
    return hashlib.sha512(name.encode()).hexdigest()[:count]


TOKENS = {
    **{name: f"{_letters(name, 76)}AZDO{_letters(name[1:], 4)}" for name in ORGANIZATIONS},
    "github.com/octo": f"ghp_{_letters('octo', 36)}",
    "gitlab.com/group": f"glpat-{_letters('group', 20)}",
}


@pytest.fixture
def packages(tmp_path: Path) -> Iterator[PackageServer]:
    """Return a server of two organizations of Azure DevOps, an owner at GitHub and a group at GitLab."""
    with PackageServer(tmp_path / "packages", TOKENS) as server:
        yield server


@pytest.fixture
def customer(packages: PackageServer, tmp_path: Path) -> Customer:
    """Return a user who has seeded the tokens of both organizations of Azure DevOps."""
    customer = Customer(tmp_path, packages)
    for organization in ORGANIZATIONS:
        customer.seed(f"https://dev.azure.com/{organization}", TOKENS[organization], "--no-configure")
    return customer

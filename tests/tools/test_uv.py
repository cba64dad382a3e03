"""uv, which asks the program `keyring`, with two organizations in one command."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from support.packages.clients import ORGANIZATIONS, both, logins, served
from support.packages.pypi import wheel

if TYPE_CHECKING:
    from support.packages.customers import Customer

pytestmark = pytest.mark.needs("uv", "strace")

PROJECT = """\
[project]
name = "web"
version = "1"
requires-python = ">=3.10"
dependencies = ["fabrikam-tool", "contoso-tool"]

[tool.uv.sources]
fabrikam-tool = { index = "fabrikam" }
contoso-tool = { index = "contoso" }

[[tool.uv.index]]
name = "fabrikam"
url = "https://pkgs.dev.azure.com/fabrikam/_packaging/feed/pypi/simple/"
explicit = true

[[tool.uv.index]]
name = "contoso"
url = "https://pkgs.dev.azure.com/contoso/_packaging/feed/pypi/simple/"
explicit = true
"""
"""The feeds of a project, as Azure DevOps says them: without a username."""

INDEX_URLS = [f"https://pkgs.dev.azure.com/{name}/_packaging/feed/pypi/simple/" for name in ORGANIZATIONS]


@pytest.fixture
def customer(customer: Customer) -> Customer:
    customer.install("uv", shutil.which("uv") or "uv")
    customer.configure("uv")
    customer.write("pyproject.toml", PROJECT)
    return customer


def test_sync_locks_and_installs_the_packages_of_both(customer: Customer) -> None:
    assert customer.faults(customer.use("uv", "sync")) == []
    assert served(customer.server) == both("pypi")


def test_sync_frozen_fetches_both_with_nothing_in_its_cache(customer: Customer) -> None:
    locked = customer.use("uv", "lock")
    shutil.rmtree(customer.home / ".cache" / "uv")
    customer.server.log.clear()
    assert customer.faults(locked, customer.use("uv", "sync", "--frozen")) == []
    assert served(customer.server) == both("pypi")
    assert all("/pypi/download/" in each.path for each in customer.server.log)


def test_pip_install_takes_a_package_from_each(customer: Customer) -> None:
    made = customer.use("uv", "venv")
    options = [part for index in INDEX_URLS for part in ("--index", index)]
    (customer.project / "pyproject.toml").unlink()
    installed = customer.use("uv", "pip", "install", *options, "fabrikam-tool", "contoso-tool")
    assert customer.faults(made, installed) == []
    assert served(customer.server) == both("pypi")


@pytest.mark.parametrize("organization", ORGANIZATIONS)
def test_publish_uploads_to_the_organization_in_the_url(customer: Customer, organization: str) -> None:
    name, content = wheel("made-here")
    (customer.project / name).write_bytes(content)
    url = customer.server.url(organization, "pypi", "upload/")
    published = customer.use("uv", "publish", "--publish-url", url, "--username", "pat", name)
    assert customer.faults(published) == []
    assert logins(customer.server) == {(organization, "pypi", "pat", 202)}

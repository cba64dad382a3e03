"""pdm, which runs the program `keyring` where it has no library, with two organizations in one command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.packages.clients import ORGANIZATIONS, both, served
from support.requirements import package_tool

if TYPE_CHECKING:
    from support.packages.customers import Customer

pytestmark = pytest.mark.needs("pdm", "strace")

PROJECT = """\
[project]
name = "web"
version = "1"
requires-python = ">=3.10"
dependencies = ["fabrikam-tool", "contoso-tool"]

[tool.pdm]
distribution = false

[[tool.pdm.source]]
name = "pypi"
url = "https://fabrikam@pkgs.dev.azure.com/fabrikam/_packaging/feed/pypi/simple/"

[[tool.pdm.source]]
name = "contoso"
url = "https://contoso@pkgs.dev.azure.com/contoso/_packaging/feed/pypi/simple/"
"""
"""The usernames are the organizations', which keeps their logins apart; the first takes the place of PyPI."""


def test_install_takes_a_package_from_each_by_usernames_that_name_the_organization(
    customer: Customer,
) -> None:
    customer.install("pdm", package_tool("pdm"))
    customer.configure("pdm")
    customer.write("pyproject.toml", PROJECT)
    assert customer.faults(customer.use("pdm", "install")) == []
    assert served(customer.server) == both("pypi")
    modules = {f"{organization}_tool.py" for organization in ORGANIZATIONS}
    assert {each.name for each in customer.project.rglob("*_tool.py")} == modules

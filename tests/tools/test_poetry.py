"""poetry, whose `keyring` library asks our backend, with two organizations in one command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.packages.clients import ORGANIZATIONS, both, served
from support.requirements import package_tool

if TYPE_CHECKING:
    from support.packages.customers import Customer

pytestmark = pytest.mark.needs("poetry", "strace")

PROJECT = """\
[tool.poetry]
name = "web"
version = "1"
package-mode = false

[tool.poetry.dependencies]
python = ">=3.10"
fabrikam-tool = { version = "1.0", source = "fabrikam" }
contoso-tool = { version = "1.0", source = "contoso" }

[[tool.poetry.source]]
name = "fabrikam"
url = "https://pkgs.dev.azure.com/fabrikam/_packaging/feed/pypi/simple/"
priority = "explicit"

[[tool.poetry.source]]
name = "contoso"
url = "https://pkgs.dev.azure.com/contoso/_packaging/feed/pypi/simple/"
priority = "explicit"
"""


@pytest.fixture
def customer(customer: Customer) -> Customer:
    customer.install("poetry", package_tool("poetry"))
    customer.configure("poetry")
    return customer


def test_install_takes_a_package_from_each(customer: Customer) -> None:
    customer.write("pyproject.toml", PROJECT)
    assert customer.faults(customer.use("poetry", "install", "--no-interaction")) == []
    assert served(customer.server) == both("pypi")
    modules = {f"{organization}_tool.py" for organization in ORGANIZATIONS}
    assert {each.name for each in customer.home.rglob("*_tool.py")} == modules

"""pip, which runs the program `keyring`, with two organizations in one command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.packages.clients import ORGANIZATIONS, both, served
from support.requirements import package_tool

if TYPE_CHECKING:
    from support.packages.customers import Customer

pytestmark = pytest.mark.needs("strace")


@pytest.fixture(params=[pytest.param(name, marks=pytest.mark.needs(name)) for name in ("pip", "pip-23")])
def customer(request: pytest.FixtureRequest, customer: Customer) -> Customer:
    customer.install("pip", package_tool(request.param))
    customer.configure("pip")
    return customer


def test_install_takes_a_package_from_each_by_usernames_that_name_the_organization(
    customer: Customer,
) -> None:
    customer.write(
        "requirements.txt",
        "--index-url https://fabrikam@pkgs.dev.azure.com/fabrikam/_packaging/feed/pypi/simple/\n"
        "--extra-index-url https://contoso@pkgs.dev.azure.com/contoso/_packaging/feed/pypi/simple/\n"
        "fabrikam-tool\ncontoso-tool\n",
    )
    installed = customer.use("pip", "install", "--target", "here", "-r", "requirements.txt")
    assert customer.faults(installed) == []
    assert served(customer.server) == both("pypi")
    assert {each.name for each in (customer.project / "here").glob("*.py")} == {
        "fabrikam_tool.py",
        "contoso_tool.py",
    }


@pytest.mark.parametrize("customer", [pytest.param("pip", marks=pytest.mark.needs("pip"))], indirect=True)
@pytest.mark.parametrize("organization", ORGANIZATIONS)
def test_one_organization_needs_no_username(customer: Customer, organization: str) -> None:
    index = customer.server.url(organization, "pypi", "simple/")
    options = ("--no-input", "--target", "here", "--index-url", index)
    installed = customer.use("pip", "install", *options, f"{organization}-tool")
    assert customer.faults(installed) == []
    assert served(customer.server) == {(organization, "pypi")}

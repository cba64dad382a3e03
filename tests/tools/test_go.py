"""Go, which runs the command in GOAUTH, with a module proxy of each organization."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.packages.clients import ORGANIZATIONS, both, served
from support.packages.go import module
from support.requirements import package_tool

if TYPE_CHECKING:
    from support.packages.customers import Customer

pytestmark = pytest.mark.needs("go", "strace")


@pytest.fixture
def customer(customer: Customer) -> Customer:
    proxies = ",".join(customer.server.url(organization, "go")[:-1] for organization in ORGANIZATIONS)
    customer.environment |= {"GOPROXY": proxies, "GOSUMDB": "off"}
    customer.install("go", package_tool("go"))
    customer.configure("go")
    return customer


def test_download_takes_a_module_from_each(customer: Customer) -> None:
    required = "".join(f"require {module(organization)} v1.0.0\n" for organization in ORGANIZATIONS)
    customer.write("go.mod", f"module example.com/web\n\ngo 1.24\n\n{required}")
    assert customer.faults(customer.use("go", "mod", "download")) == []
    assert served(customer.server) == both("go")
    fetched = {each.parents[1].name for each in (customer.home / "go").rglob("*.zip")}
    assert len(list((customer.home / "go").rglob("*.zip"))) == len(ORGANIZATIONS), fetched

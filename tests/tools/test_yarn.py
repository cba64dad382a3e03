"""yarn, whose plugin runs `answer header`, with a scope of each organization."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support.packages.clients import ORGANIZATIONS, both, served
from support.packages.fixtures import TOKENS
from support.packages.npm import installed, project
from support.requirements import package_tool

if TYPE_CHECKING:
    from support.packages.customers import Customer

pytestmark = pytest.mark.needs("yarn", "strace")


def scope(customer: Customer, organization: str) -> str:
    url = customer.server.url(organization, "npm", "registry/")
    settings = {"npmAlwaysAuth": "true", "npmRegistryServer": url, "npmPublishRegistry": url}
    return "".join(f"    {name}: {value}\n" for name, value in settings.items())


@pytest.fixture
def customer(customer: Customer) -> Customer:
    scopes = "".join(f"  {name}:\n{scope(customer, name)}" for name in ORGANIZATIONS)
    customer.write(".yarnrc.yml", f"nodeLinker: node-modules\nnpmScopes:\n{scopes}")
    customer.write("package.json", project(ORGANIZATIONS))
    customer.write("yarn.lock", "")
    customer.environment |= {
        "YARN_HTTPS_PROXY": customer.server.proxy.url,
        "YARN_NPM_MINIMAL_AGE_GATE": "0",
        "YARN_ENABLE_TELEMETRY": "0",
    }
    customer.install("yarn", package_tool("yarn"))
    customer.configure("yarn")
    return customer


def test_install_takes_a_package_from_each(customer: Customer) -> None:
    assert customer.faults(customer.use("yarn", "install")) == []
    assert served(customer.server) == both("npm")
    assert installed(customer.project) == set(ORGANIZATIONS)


@pytest.mark.parametrize("organization", ORGANIZATIONS)
def test_publish_uploads_to_the_scope_s_organization(customer: Customer, organization: str) -> None:
    customer.write("package.json", json.dumps({"name": f"@{organization}/made-here", "version": "1.0.0"}))
    locked = customer.use("yarn", "install")
    published = customer.use("yarn", "npm", "publish")
    assert customer.faults(locked, published) == []
    assert ("PUT", 200) in {(each.method, each.status) for each in customer.server.log}
    assert served(customer.server) == {(organization, "npm")}


def test_install_takes_a_package_of_github(customer: Customer) -> None:
    customer.seed("https://github.com/octo", TOKENS["github.com/octo"], "--no-configure")
    customer.write(
        ".yarnrc.yml", f"nodeLinker: node-modules\nnpmScopes:\n  octo:\n{scope(customer, 'github.com/octo')}"
    )
    customer.write("package.json", project(["octo"]))
    assert customer.faults(customer.use("yarn", "install")) == []
    assert served(customer.server) == {("github.com/octo", "npm")}
    assert installed(customer.project) == {"octo"}

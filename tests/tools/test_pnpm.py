"""pnpm, which runs a `tokenHelper` for each organization's key, with a scope of each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support.cloning import done
from support.packages.clients import ORGANIZATIONS, both, served
from support.packages.fixtures import TOKENS
from support.packages.npm import installed, project
from support.program import attributes
from support.requirements import package_tool

if TYPE_CHECKING:
    from support.packages.customers import Customer

pytestmark = pytest.mark.needs("strace")


@pytest.fixture
def customer(customer: Customer) -> Customer:
    registries = [
        f"@{each}:registry={customer.server.url(each, 'npm', 'registry/')}" for each in ORGANIZATIONS
    ]
    customer.write(".npmrc", "\n".join([*registries, ""]))
    customer.write("package.json", project(ORGANIZATIONS))
    return customer


@pytest.fixture(params=[pytest.param(name, marks=pytest.mark.needs(name)) for name in ("pnpm", "pnpm-10")])
def configured(request: pytest.FixtureRequest, customer: Customer) -> Customer:
    """Give pnpm of version 12, whose helpers have arguments, and 10, whose failing helper ends an install."""
    customer.install("pnpm", package_tool(request.param))
    customer.configure("pnpm")
    return customer


def test_install_takes_a_package_from_each(configured: Customer) -> None:
    assert configured.faults(configured.use("pnpm", "install")) == []
    assert served(configured.server) == both("npm")
    assert installed(configured.project) == set(ORGANIZATIONS)


def test_install_takes_packages_of_azure_and_of_github(configured: Customer) -> None:
    configured.seed("https://github.com/octo", TOKENS["github.com/octo"], "--no-configure")
    owners = {"fabrikam": "fabrikam", "octo": "github.com/octo"}
    urls = {scope: configured.server.url(owner, "npm", "registry/") for scope, owner in owners.items()}
    configured.write(".npmrc", "".join(f"@{scope}:registry={url}\n" for scope, url in urls.items()))
    configured.write("package.json", project(owners))
    assert configured.faults(configured.use("pnpm", "install")) == []
    assert served(configured.server) == {(owner, "npm") for owner in owners.values()}
    assert installed(configured.project) == set(owners)


def test_a_token_that_was_rejected_does_not_keep_pnpm_from_the_other_s_package(configured: Customer) -> None:
    refused = ("protocol=https", "host=dev.azure.com", "path=contoso", f"password={TOKENS['contoso']}")
    done(configured.run("erase", stdin=attributes(*refused)))
    configured.write("package.json", project(["fabrikam"]))
    assert configured.faults(configured.use("pnpm", "install")) == []
    assert installed(configured.project) == {"fabrikam"}


@pytest.mark.needs("pnpm")
@pytest.mark.parametrize("organization", ORGANIZATIONS)
def test_publish_uploads_to_the_scope_s_organization(customer: Customer, organization: str) -> None:
    customer.install("pnpm", package_tool("pnpm"))
    customer.configure("pnpm")
    customer.write("package.json", json.dumps({"name": f"@{organization}/made-here", "version": "1.0.0"}))
    published = customer.use("pnpm", "publish", "--no-git-checks")
    assert customer.faults(published) == []
    assert ("PUT", 200) in {(each.method, each.status) for each in customer.server.log}
    assert served(customer.server) == {(organization, "npm")}

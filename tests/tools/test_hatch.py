"""hatch, whose `keyring` library asks our backend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.packages.clients import ORGANIZATIONS, served
from support.packages.fixtures import TOKENS
from support.packages.pypi import wheel
from support.requirements import package_tool

if TYPE_CHECKING:
    from support.packages.customers import Customer

pytestmark = pytest.mark.needs("hatch", "strace")


@pytest.mark.parametrize("organization", ORGANIZATIONS)
def test_publish_uploads_to_the_collection_in_the_url(customer: Customer, organization: str) -> None:
    server = f"https://localhost:{customer.server.address[1]}"  # hatch knows of no proxy
    for each in ORGANIZATIONS:
        customer.seed(f"{server}/{each}", TOKENS[each], "--no-configure", "--provider", "azure-devops-server")
    customer.install("hatch", package_tool("hatch"))
    customer.configure("hatch")
    name, content = wheel("made-here")
    (customer.project / name).write_bytes(content)
    customer.write("pyproject.toml", '[project]\nname = "made-here"\nversion = "1.0"\n')
    url = f"{server}/{organization}/_packaging/feed/pypi/upload/"
    options = ("--no-prompt", "--ca-cert", customer.server.ca_file, "--repo", url, "--user", "pat")
    assert customer.faults(customer.use("hatch", "publish", *options, name)) == []
    assert served(customer.server) == {(organization, "pypi")}
    assert ("POST", 202) in {(each.method, each.status) for each in customer.server.log}

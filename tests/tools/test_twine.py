"""twine, whose `keyring` library asks our backend, though nothing of ours is in its environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.packages.clients import ORGANIZATIONS, logins
from support.packages.pypi import wheel
from support.requirements import package_tool

if TYPE_CHECKING:
    from support.packages.customers import Customer

pytestmark = pytest.mark.needs("twine", "strace")


@pytest.fixture
def customer(customer: Customer) -> Customer:
    customer.install("twine", package_tool("twine"))
    customer.configure("twine")
    name, content = wheel("made-here")
    (customer.project / name).write_bytes(content)
    return customer


def test_two_uploads_go_to_the_organizations_in_their_urls(customer: Customer) -> None:
    for organization in ORGANIZATIONS:
        customer.server.log.clear()
        url = customer.server.url(organization, "pypi", "upload/")
        (file,) = customer.project.glob("*.whl")
        uploaded = customer.use("twine", "upload", "--non-interactive", "--repository-url", url, file)
        assert customer.faults(uploaded) == []
        assert {(login[0], login[3]) for login in logins(customer.server)} == {(organization, 202)}

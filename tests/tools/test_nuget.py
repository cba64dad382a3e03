"""NuGet's plugin, in a conversation with a client that is written from the contract."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support.cloning import done
from support.packages.clients import ORGANIZATIONS, both, logins, served, strayed
from support.packages.nuget_client import NuGetClient

if TYPE_CHECKING:
    from support.packages.customers import Customer


@pytest.fixture
def customer(customer: Customer) -> Customer:
    customer.configure("nuget")
    return customer


def restore(customer: Customer, client: NuGetClient, organization: str) -> bytes:
    """Fetch an organization's package by its source's index; b"" if that is refused."""
    index = client.get(customer.server.url(organization, "nuget", "v3/index.json"))
    if not index:
        return b""
    address = json.loads(index)["resources"][0]["@id"]
    name = f"{organization}-tool"
    return client.get(f"{address}{name}/1.0.0/{name}.1.0.0.nupkg")


@pytest.mark.parametrize("organization", ORGANIZATIONS)
def test_a_restore_takes_a_package(customer: Customer, organization: str) -> None:
    with NuGetClient(customer) as client:
        assert restore(customer, client, organization)[:2] == b"PK"
    assert (client.status, client.said) == (0, ("", ""))
    assert customer.faults() == []
    assert served(customer.server) == {(organization, "nuget")}


def test_a_restore_from_both_succeeds_though_nuget_sends_the_first_token_to_the_second(
    customer: Customer,
) -> None:
    with NuGetClient(customer) as client:
        assert all(restore(customer, client, organization)[:2] == b"PK" for organization in ORGANIZATIONS)
    assert client.status == 0
    assert served(customer.server) == both("nuget")
    index = customer.server.url("contoso", "nuget", "v3/index.json")
    assert strayed(customer.server) == [("fabrikam", index)]
    assert ("fabrikam", "nuget", "pat", 401) not in logins(customer.server)


def test_what_is_not_kept_is_not_found_and_nothing_breaks_the_restore(customer: Customer) -> None:
    done(customer.run("remove", "https://dev.azure.com/contoso", "--yes"))
    with NuGetClient(customer) as client:
        assert restore(customer, client, "fabrikam")[:2] == b"PK"
        client.send_garbage()
        assert restore(customer, client, "contoso") == b""
        assert restore(customer, client, "fabrikam")[:2] == b"PK"
    assert client.status == 0
    assert served(customer.server) == {("fabrikam", "nuget")}

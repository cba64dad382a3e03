"""Cargo, which talks to `cargo-credential-pat`, with a registry of each organization."""

from __future__ import annotations

import os
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.cloning import done
from support.packages.clients import ORGANIZATIONS, both, logins, served
from support.packages.fixtures import TOKENS

if TYPE_CHECKING:
    from support.packages.customers import Customer

pytestmark = pytest.mark.needs("cargo", "strace")

REGISTRIES = """\
[registries.fabrikam]
index = "sparse+https://pkgs.dev.azure.com/fabrikam/_packaging/feed/Cargo/index/"

[registries.contoso]
index = "sparse+https://pkgs.dev.azure.com/contoso/_packaging/feed/Cargo/index/"
"""
PROJECT = """\
[package]
name = "made-here"
version = "1.0.0"
edition = "2021"
description = "A tool"
license = "MIT"

[dependencies]
"""
DEPENDENCIES = """\
fabrikam-tool = { version = "1", registry = "fabrikam" }
contoso-tool = { version = "1", registry = "contoso" }
"""


@pytest.fixture
def customer(customer: Customer) -> Customer:
    customer.write(".cargo/config.toml", REGISTRIES)
    customer.write("Cargo.toml", PROJECT)
    customer.write("src/lib.rs", "")
    # Where rustup starts Cargo, its toolchains are in the home of whoever runs the tests.
    customer.environment["RUSTUP_HOME"] = os.environ.get("RUSTUP_HOME", str(Path.home() / ".rustup"))
    customer.configure("cargo")
    return customer


def test_fetch_takes_a_crate_from_each(customer: Customer) -> None:
    customer.write("Cargo.toml", PROJECT + DEPENDENCIES)
    assert customer.faults(customer.use("cargo", "fetch")) == []
    assert served(customer.server) == both("cargo")
    fetched = {each.name for each in customer.home.rglob("*.crate")}
    assert fetched == {f"{organization}-tool-1.0.0.crate" for organization in ORGANIZATIONS}


@pytest.mark.parametrize("organization", ORGANIZATIONS)
def test_publish_uploads_to_the_registry_s_organization(customer: Customer, organization: str) -> None:
    published = customer.use("cargo", "publish", "--registry", organization, "--no-verify")
    assert customer.faults(published) == []
    assert served(customer.server) == {(organization, "cargo")}
    assert ("PUT", 200) in {(each.method, each.status) for each in customer.server.log}


def test_a_registry_that_is_not_ours_is_left_to_the_next_provider(customer: Customer) -> None:
    done(customer.run("remove", "https://dev.azure.com/contoso", "--yes"))
    login = b64encode(f"me:{TOKENS['contoso']}".encode()).decode()
    customer.environment["CARGO_REGISTRIES_CONTOSO_TOKEN"] = f"Basic {login}"
    customer.write("Cargo.toml", PROJECT + DEPENDENCIES)
    fetched = customer.use("cargo", "fetch")
    assert fetched.status == 0, fetched
    assert {login[2] for login in logins(customer.server) if login[0] == "contoso"} == {"me"}

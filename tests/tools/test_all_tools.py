"""Every tool beside the others, after `configure all`, which `unconfigure all` takes back."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from support.cloning import done
from support.packages.clients import ORGANIZATIONS, both, served
from support.packages.fixtures import TOKENS
from support.packages.go import module
from support.packages.npm import project
from support.packages.pypi import wheel
from support.requirements import package_tool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.packages.customers import Customer

TOOLS = ("pip", "twine", "poetry", "hatch", "pdm", "npm", "pnpm", "bun", "yarn", "go")
OWN = {
    "~/.npmrc": "fund=false\n",
    "~/.cargo/config.toml": '# mine\n[registry]\nglobal-credential-providers = ["cargo:token"]\n',
    "~/.docker/config.json": '{"credHelpers": {"quay.io": "pass"}}',
    "~/.config/pip/pip.conf": "[global]\ntimeout = 60\n",
}
"""What the user has written before."""


def files(customer: Customer) -> dict[Path, bytes]:
    """Return the files and links of the home, but not those of our own."""
    own = (customer.data, customer.key.parent)
    return {
        path: bytes(path.readlink()) if path.is_symlink() else path.read_bytes()
        for path in customer.home.rglob("*")
        if not path.is_dir() and not set(own) & set(path.parents)
    }


def commands(customer: Customer) -> Iterator[tuple[tuple[str, ...], set[tuple[str, str]]]]:
    """Give a tool's ordinary command, and who serves it which packages."""
    first, second = (
        f"https://{name}@pkgs.dev.azure.com/{name}/_packaging/feed/pypi/simple/" for name in ORGANIZATIONS
    )
    packages = [f"{name}-tool" for name in ORGANIZATIONS]
    yield (
        ("uv", "pip", "install", "--target", "uv", "--default-index", first, "--index", second, *packages),
        both("pypi"),
    )
    indexes = ("--index-url", first, "--extra-index-url", second)
    yield ("pip", "install", "--target", "pip", *indexes, *packages), both("pypi")
    registries = [
        f"@{name}:registry={customer.server.url(name, 'npm', 'registry/')}" for name in ORGANIZATIONS
    ]
    customer.write(".npmrc", "\n".join([*registries, ""]))
    customer.write("package.json", project(ORGANIZATIONS))
    yield ("pnpm", "install"), both("npm")
    name, content = wheel("made-here")
    (customer.project / name).write_bytes(content)
    upload = customer.server.url("contoso", "pypi", "upload/")
    yield ("twine", "upload", "--non-interactive", "--repository-url", upload, name), {("contoso", "pypi")}
    proxies = ",".join(customer.server.url(organization, "go")[:-1] for organization in ORGANIZATIONS)
    customer.environment |= {"GOPROXY": proxies, "GOSUMDB": "off"}
    required = "".join(f"require {module(organization)} v1.0.0\n" for organization in ORGANIZATIONS)
    customer.write("go.mod", f"module example.com/web\n\ngo 1.24\n\n{required}")
    yield ("go", "mod", "download"), both("go")
    yield ("docker", "manifest", "inspect", "ghcr.io/octo/tool:1.0"), {("github.com/octo", "docker")}


@pytest.mark.needs("uv", "cargo", "docker", "strace", *TOOLS)
def test_all_tools_work_for_both_after_configure_all_and_unconfigure_all_takes_all_back(
    customer: Customer,
) -> None:
    for name in TOOLS:
        customer.install(name, package_tool(name))
    customer.install("uv", shutil.which("uv") or "uv")
    customer.seed("https://github.com/octo", TOKENS["github.com/octo"], "--no-configure")
    for name, text in OWN.items():
        customer.write(name, text)
    before = files(customer)
    customer.configure("all")
    for command, expected in commands(customer):
        customer.server.log.clear()
        assert customer.faults(customer.use(*command)) == []
        assert served(customer.server) == expected, command

    done(customer.run("unconfigure", "all"))
    after = files(customer)
    assert {path: after.get(path) for path in before} == before
    assert [
        path for path, content in after.items() if b"credential-pat" in content and path not in before
    ] == []

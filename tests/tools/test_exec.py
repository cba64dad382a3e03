"""Tools that `exec` gives the tokens of two organizations to, in variables, in one command."""

from __future__ import annotations

import base64
import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest
from support.checks import keep
from support.connect_proxy import QuietHandler
from support.packages.clients import ORGANIZATIONS, both, served
from support.program import Program
from support.requirements import package_tool
from support.tls_server import TlsServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.packages.customers import Customer, Shown

pytestmark = pytest.mark.needs("strace")

UV_PROJECT = """\
[project]
name = "web"
version = "1"
requires-python = ">=3.10"
dependencies = ["fabrikam-tool", "contoso-tool"]

[tool.uv.sources]
fabrikam-tool = { index = "fabrikam-feed" }
contoso-tool = { index = "contoso.feed" }

[[tool.uv.index]]
name = "fabrikam-feed"
url = "https://pkgs.dev.azure.com/fabrikam/_packaging/feed/pypi/simple/"
explicit = true

[[tool.uv.index]]
name = "contoso.feed"
url = "https://pkgs.dev.azure.com/contoso/_packaging/feed/pypi/simple/"
explicit = true
"""
NPMRC = "".join(
    f"@{name}:registry=https://pkgs.dev.azure.com/{name}/_packaging/feed/npm/registry/\n"
    for name in ORGANIZATIONS
)
PACKAGE = '{"name": "web", "version": "1.0.0", "dependencies": {"@fabrikam/tool": "1", "@contoso/tool": "1"}}'
CARGO = "".join(
    f'[registries.{name}]\nindex = "sparse+https://pkgs.dev.azure.com/{name}/_packaging/feed/Cargo/index/"\n'
    for name in ORGANIZATIONS
)
CRATE = """\
[package]
name = "made-here"
version = "1.0.0"
edition = "2021"

[dependencies]
fabrikam-tool = { version = "1", registry = "fabrikam" }
contoso-tool = { version = "1", registry = "contoso" }
"""


def is_well(customer: Customer, shown: Shown, kind: str) -> bool:
    """Return whether both organizations served their packages, and no token strayed or was left behind."""
    assert customer.faults(shown) == []
    return served(customer.server) == both(kind)


@pytest.mark.needs("uv")
def test_uv_locks_and_installs_from_both_with_nothing_in_its_cache(customer: Customer) -> None:
    customer.write("pyproject.toml", UV_PROJECT)
    uv = shutil.which("uv") or "uv"
    assert is_well(customer, customer.use_by_exec(ORGANIZATIONS, uv, "sync"), "pypi")
    shutil.rmtree(customer.home / ".cache" / "uv")
    shutil.rmtree(customer.project / ".venv")
    customer.server.log.clear()
    assert is_well(customer, customer.use_by_exec(ORGANIZATIONS, uv, "sync", "--frozen"), "pypi")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.needs(name)) for name in ("npm", "pnpm", "pnpm-10", "bun")]
)
def test_node_s_tools_install_from_both(customer: Customer, name: str) -> None:
    customer.write(".npmrc", NPMRC)
    customer.write("package.json", PACKAGE)
    ours = (f"cafile={customer.server.ca_file}", "audit=false", "update-notifier=false", "")
    customer.write("~/.npmrc", "\n".join(ours))  # where the machine's own npmrc has another authority
    tool = ("--tool", "bun") if name == "bun" else ()
    assert is_well(
        customer, customer.use_by_exec((*ORGANIZATIONS, *tool), package_tool(name), "install"), "npm"
    )
    assert (customer.project / "node_modules" / "@contoso" / "tool" / "index.js").exists()


@pytest.mark.needs("cargo")
def test_cargo_fetches_from_both(customer: Customer) -> None:
    customer.write(".cargo/config.toml", CARGO)
    customer.write("Cargo.toml", CRATE)
    customer.write("src/lib.rs", "")
    customer.environment["RUSTUP_HOME"] = os.environ.get("RUSTUP_HOME", str(Path.home() / ".rustup"))
    assert is_well(customer, customer.use_by_exec(ORGANIZATIONS, "cargo", "fetch"), "cargo")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.needs(name)) for name in ("pip", "pip-23")]
)
def test_pip_asks_our_keyring_for_both(customer: Customer, name: str) -> None:
    indexes = [
        f"https://{name}@pkgs.dev.azure.com/{name}/_packaging/feed/pypi/simple/" for name in ORGANIZATIONS
    ]
    options = ("--index-url", indexes[0], "--extra-index-url", indexes[1], "--target", "here")
    packages = [f"{name}-tool" for name in ORGANIZATIONS]
    installed = customer.use_by_exec(
        (*ORGANIZATIONS, "--tool", "pip"), package_tool(name), "install", *options, *packages
    )
    assert is_well(customer, installed, "pypi")


PUBLISHERS = {"npm": ("publish",), "pnpm-10": ("publish", "--no-git-checks"), "bun": ("publish",)}


@pytest.mark.parametrize("organization", ORGANIZATIONS)
@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.needs(name)) for name in PUBLISHERS])
def test_node_s_tools_publish_to_the_scope_s_organization(
    customer: Customer, name: str, organization: str
) -> None:
    customer.write(".npmrc", NPMRC)
    customer.write("package.json", f'{{"name": "@{organization}/made-here", "version": "1.0.0"}}')
    tool = ("--tool", "bun") if name == "bun" else ()
    options = (*ORGANIZATIONS, *tool)
    published = customer.use_by_exec(options, package_tool(name), *PUBLISHERS[name])
    assert customer.faults(published) == []
    assert ("PUT", 200) in {(each.method, each.status) for each in customer.server.log}
    assert served(customer.server) == {(organization, "npm")}


@pytest.mark.needs("artifacts-keyring")
@pytest.mark.parametrize("organization", ORGANIZATIONS)
def test_the_credential_provider_of_artifacts_keyring_is_given_the_token_of_one_organization(
    customer: Customer, organization: str
) -> None:
    source = customer.server.url(organization, "nuget", "v3/index.json")
    sources = f'<packageSources><add key="feed" value="{source}" /></packageSources>'
    customer.write("nuget.config", f"<configuration>{sources}</configuration>")
    index = customer.server.url(organization, "pypi", "simple/")
    asked = (package_tool("artifacts-keyring"), "get", index, "VssSessionToken")
    shown = customer.use_by_exec([organization], *asked)
    assert (shown.status, shown.output) == (0, f"{customer.server.tokens[organization]}\n")
    assert customer.faults() == []
    assert served(customer.server) == {(organization, "pypi")}


# Tools that have one login for a host

GROUP_TOKEN = "glpat-" + "a" * 20


class _Noting(QuietHandler):
    """Wants a login, notes it, and has nothing but an empty index."""

    seen: ClassVar[set[tuple[str, str]]] = set()

    def do_GET(self) -> None:  # noqa: N802  # the name is the method's
        login = self.headers.get("Authorization", "")
        if login:
            self.seen.add((self.path, base64.b64decode(login.removeprefix("Basic ")).decode()))
        body = b'{"packages": []}'
        self.send_response(200 if login else 401)
        self.send_header("WWW-Authenticate", 'Basic realm="packages"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815  # the name of a method of HTTP


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[tuple[Program, Path]]:
    """Return a user of GitLab and a folder for a project."""
    _Noting.seen.clear()
    with TlsServer(_Noting, tmp_path / "gitlab", ["gitlab.com"]) as server:
        program = Program(tmp_path / "home")
        keep(program, "https://gitlab.com/group", token=GROUP_TOKEN, username="jane")
        program.environment |= dict.fromkeys(("https_proxy", "http_proxy"), server.proxy.url)
        program.environment |= dict.fromkeys(("SSL_CERT_FILE", "BUNDLE_SSL_CA_CERT"), str(server.ca_file))
        yield program, tmp_path


@pytest.mark.needs("composer")
def test_composer_signs_in_at_the_host_of_its_repository(asked: tuple[Program, Path]) -> None:
    program, project = asked
    url = "https://gitlab.com/api/v4/group/group/-/packages/composer/packages.json"
    repositories = [{"packagist": False}, {"type": "composer", "url": url}]
    (project / "composer.json").write_text(json.dumps({"repositories": repositories, "require": {}}))
    quiet = {"COMPOSER_ALLOW_SUPERUSER": "1", "COMPOSER_NO_INTERACTION": "1"}
    words = ("composer", "show", "--no-plugins", "--available", "group/web")
    program.run("exec", "group", "--", *words, cwd=project, environment=quiet)
    assert _Noting.seen == {(url.removeprefix("https://gitlab.com"), f"jane:{GROUP_TOKEN}")}


@pytest.mark.needs("bundler")
def test_bundler_signs_in_at_the_host_of_its_source(asked: tuple[Program, Path]) -> None:
    program, project = asked
    source = "/api/v4/projects/1/packages/rubygems"
    (project / "Gemfile").write_text(f'source "https://gitlab.com{source}"\ngem "web"\n')
    program.run("exec", "group", "--", "bundle", "install", cwd=project)
    assert {login for _, login in _Noting.seen} == {f"jane:{GROUP_TOKEN}"}
    assert all(path.startswith(source) for path, _ in _Noting.seen)

"""The server of packages: what would make other tests pass for nothing if it were lenient."""

from __future__ import annotations

import subprocess
from base64 import b64encode
from typing import TYPE_CHECKING

import pytest

from support.packages.clients import logins, reaching, strayed
from support.packages.feeds import guid
from support.packages.fixtures import TOKENS
from support.packages.server import AZURE, NOBODYS, PROTOCOLS

if TYPE_CHECKING:
    from pathlib import Path

    from support.packages.customers import Customer
    from support.packages.server import PackageServer

pytestmark = pytest.mark.needs("curl")
FIRST = {
    "pypi": ("simple/fabrikam-tool/", b"fabrikam_tool-1.0-py3-none-any.whl"),
    "npm": ("registry/@fabrikam%2ftool", b'"@fabrikam/tool"'),
    "cargo": ("index/fa/br/fabrikam-tool", b'"fabrikam-tool"'),
    "go": ("fabrikam.example.com/tool/@v/list", b"v1.0.0"),
    "nuget": ("v3/index.json", b"PackageBaseAddress/3.0.0"),
}
IMAGE = "https://ghcr.io/v2/octo/tool/manifests/1.0"


def fetch(server: PackageServer, url: str, login: str | None = None, *options: str) -> tuple[int, bytes]:
    """Ask curl for a URL; return the status and the body."""
    sending = ["--user", login] if login is not None else []
    command = ["curl", "--silent", "--write-out", "\n%{http_code}", *sending, *options, url]
    output = subprocess.run(command, env=reaching(server), check=True, capture_output=True).stdout
    body, _, status = output.rpartition(b"\n")
    return int(status), body


def of(organization: str, username: str = "anyone") -> str:
    return f"{username}:{TOKENS[organization]}"


@pytest.mark.parametrize("kind", FIRST)
def test_every_kind_is_served_to_the_organization_s_own_token_alone(
    packages: PackageServer, kind: str
) -> None:
    path, expected = FIRST[kind]
    url = packages.url("fabrikam", kind, path)
    status, body = fetch(packages, url, of("fabrikam"))
    assert status == 200
    assert expected in body
    for login in (None, of("contoso"), "pat:wrong", TOKENS["fabrikam"], f"{TOKENS['fabrikam']}:"):
        assert fetch(packages, url, login) == (401, b""), login
    assert logins(packages) >= {("fabrikam", kind, "anyone", 200), ("fabrikam", kind, "anyone", 401)}


def test_every_protocol_is_tried_here() -> None:
    assert {*FIRST, "docker"} == set(PROTOCOLS)


def test_a_file_s_address_has_guids_and_names_the_organization(packages: PackageServer) -> None:
    _, body = fetch(packages, packages.url("contoso", "pypi", "simple/contoso-tool/"), of("contoso"))
    address = body.split(b'"')[1].decode()
    assert address.startswith(f"https://{AZURE}/contoso/{guid('contoso', 'project')}/_packaging/")
    assert fetch(packages, address, of("fabrikam"))[0] == 401
    status, wheel = fetch(packages, address, of("contoso"))
    assert (status, wheel[:2]) == (200, b"PK")


def test_the_older_address_of_an_organization_serves_the_same(packages: PackageServer) -> None:
    url = "https://fabrikam.pkgs.visualstudio.com/_packaging/feed/pypi/simple/fabrikam-tool"
    status, body = fetch(packages, url, of("fabrikam"))
    assert status == 200
    assert (
        body == fetch(packages, packages.url("fabrikam", "pypi", "simple/fabrikam-tool/"), of("fabrikam"))[1]
    )


def test_an_image_is_served_to_its_owner_s_token_and_not_to_that_of_another_registry(
    packages: PackageServer,
) -> None:
    assert fetch(packages, "https://ghcr.io/v2/")[0] == 401
    assert fetch(packages, "https://ghcr.io/v2/", of("github.com/octo"))[0] == 200
    assert fetch(packages, IMAGE, of("gitlab.com/group"))[0] == 401
    status, body = fetch(packages, IMAGE, of("github.com/octo"), "--dump-header", "-")
    assert status == 200
    assert b"Docker-Content-Digest: sha256:" in body
    assert strayed(packages) == [("gitlab.com/group", IMAGE)]


def test_the_server_knows_whose_token_went_astray(packages: PackageServer) -> None:
    url = packages.url("fabrikam", "npm", "registry/@fabrikam%2ftool")
    fetch(packages, url)
    fetch(packages, url, of("fabrikam"))
    assert strayed(packages) == []
    for login in (of("contoso"), "pat:wrong"):
        fetch(packages, url, login)
    assert strayed(packages) == [("contoso", url), (NOBODYS, url)]
    for token in (TOKENS["fabrikam"], TOKENS["contoso"]):
        assert fetch(packages, url, None, "--header", f"Authorization: Bearer {token}")[0] == 401
    assert strayed(packages)[2:] == [("contoso", url)]
    assert not any(token in repr(packages.log) for token in TOKENS.values())


def test_npm_at_github_takes_bearers_alone(packages: PackageServer) -> None:
    url = packages.url("github.com/octo", "npm", "registry/@octo%2ftool")
    assert url == "https://npm.pkg.github.com/@octo%2ftool"
    assert fetch(packages, url, of("github.com/octo"))[0] == 401
    bearer = f"Authorization: Bearer {TOKENS['github.com/octo']}"
    assert fetch(packages, url, None, "--header", bearer)[0] == 200


def test_what_is_uploaded_is_served(packages: PackageServer, tmp_path: Path) -> None:
    wheel = tmp_path / "new-2.0-py3-none-any.whl"
    wheel.write_bytes(b"a wheel")
    fields = (":action=file_upload", "name=new", "version=2.0", f"content=@{wheel}")
    options = [part for field in fields for part in ("--form", field)]
    upload = packages.url("fabrikam", "pypi", "upload/")
    assert fetch(packages, upload, of("contoso"), *options)[0] == 401
    assert fetch(packages, upload, of("fabrikam"), *options)[0] == 202
    _, body = fetch(packages, packages.url("fabrikam", "pypi", "simple/new/"), of("fabrikam"))
    assert fetch(packages, body.split(b'"')[1].decode(), of("fabrikam")) == (200, b"a wheel")


@pytest.mark.needs("strace")
def test_a_token_that_a_tool_leaves_somewhere_is_found(customer: Customer) -> None:
    token = TOKENS["fabrikam"]
    assert customer.faults(customer.use("sh", "-c", "cat; true", given="nothing")) == []
    shown = customer.use("sh", "-c", "cat", given=b64encode(f"pat:{token}".encode()).decode())
    assert customer.faults(shown) == ["fabrikam in the output"]
    customer.use("sh", "-c", f"echo {token} >file")
    log = customer.project / "file"
    assert set(customer.faults()) == {"fabrikam in an argument or a variable", f"fabrikam in {log}"}
    assert "status 1: " in customer.faults(customer.use("false"))

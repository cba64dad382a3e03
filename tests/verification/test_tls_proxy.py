"""A proxy that speaks TLS itself is checked as any host is: it gets the login of `http.proxy`."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest
import trustme
from support.checks import keep
from support.connect_proxy import ConnectProxy
from support.program import AZURE_TOKEN, FABRIKAM, attributes
from support.verdicts import serve_organization, verify

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.api_server import ApiServer
    from support.program import Program

LOGIN = "jane:opensesame"


class TlsProxy(ConnectProxy):
    """A proxy behind TLS, which wants a login and notes the ones that come."""

    def __init__(self, server: ApiServer, authority: trustme.CA) -> None:
        super().__init__(server.route, LOGIN)
        self.logins: list[str] = []
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(tls)
        self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def admits(self, authorization: str) -> bool:
        self.logins.append(authorization)
        return super().admits(authorization)


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """The file with the certificate of the proxy's own authority."""
    return tmp_path / "proxy-ca.pem"


@pytest.fixture
def proxy(server: ApiServer, program: Program, authority: Path) -> Iterator[TlsProxy]:
    """The way to Azure DevOps, whose own certificate is not to be checked."""
    issuer = trustme.CA()
    issuer.cert_pem.write_to_path(str(authority))
    serve_organization(server, "fabrikam", AZURE_TOKEN)
    keep(program, FABRIKAM)
    with TlsProxy(server, issuer) as proxy:
        url = f"https://{LOGIN}@localhost:{proxy.address[1]}"
        program.git("config", "--global", "http.proxy", url)
        program.git("config", "--global", "--unset", "http.sslCAInfo")
        program.git("config", "--global", "http.https://dev.azure.com.sslVerify", "false")
        yield proxy


def test_a_proxy_that_is_trusted_leads_to_the_host(
    program: Program, proxy: TlsProxy, authority: Path
) -> None:
    program.git("config", "--global", "http.sslCAInfo", str(authority))
    run = program.run("verify")
    assert run.status == 0, run
    assert proxy.logins == ["Basic amFuZTpvcGVuc2VzYW1l"]
    assert proxy.asked == ["dev.azure.com:443"]


def test_a_password_that_git_keeps_for_it_is_used(program: Program, proxy: TlsProxy, authority: Path) -> None:
    host = f"localhost:{proxy.address[1]}"
    name, _, password = LOGIN.partition(":")
    lines = ("protocol=https", f"host={host}", f"username={name}", f"password={password}")
    program.git("config", "--global", "credential.helper", "pat")
    assert program.git("credential", "approve", stdin=attributes(*lines)).status == 0
    program.git("config", "--global", "http.proxy", f"https://{name}@{host}")
    program.git("config", "--global", "http.sslCAInfo", str(authority))
    assert program.run("verify", FABRIKAM).status == 0
    assert proxy.logins == ["Basic amFuZTpvcGVuc2VzYW1l"]


def test_a_host_that_is_not_checked_leaves_its_proxy_checked(program: Program, proxy: TlsProxy) -> None:
    program.git("config", "--global", "http.https://dev.azure.com.sslVerify", "true")
    assert "its certificate is not trusted" in verify(program)["why"]
    program.git("config", "--global", "http.https://dev.azure.com.sslVerify", "false")
    run = program.run("verify", "--json")
    assert run.status == 5, run
    assert b"its certificate is not trusted" in run.stdout
    assert (proxy.logins, proxy.asked) == ([], [])

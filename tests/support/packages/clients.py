"""What the clients of the server are given, and what the server saw of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.packages.server import PackageServer

_CA_VARIABLES = (
    *("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT"),
    *("NODE_EXTRA_CA_CERTS", "npm_config_cafile", "YARN_HTTPS_CA_FILE_PATH"),
    *("CARGO_HTTP_CAINFO", "GIT_SSL_CAINFO"),
)
"""By these OpenSSL and Go, requests, curl, pip, Node, npm, yarn, Cargo and Git trust an authority."""


REFUSED = 300
ORGANIZATIONS = ("fabrikam", "contoso")
"""Those of Azure DevOps."""


def reaching(server: PackageServer) -> dict[str, str]:
    """Return the variables with which any client reaches the server, and nothing beyond it."""
    proxies = dict.fromkeys(("https_proxy", "HTTPS_PROXY"), server.proxy.url)
    return {**proxies, **dict.fromkeys(_CA_VARIABLES, str(server.ca_file)), "no_proxy": "127.0.0.1,localhost"}


def logins(server: PackageServer) -> set[tuple[str, str, str, int]]:
    """Return who was answered what, of the requests with a token: (organization, kind, username, status)."""
    return {
        (each.organization, each.kind, each.username or "", each.status)
        for each in server.log
        if each.token_of is not None
    }


def served(server: PackageServer) -> set[tuple[str, str]]:
    """Return which organizations' packages of which kind somebody with a token was given, or gave."""
    return {(organization, kind) for organization, kind, _, status in logins(server) if status < REFUSED}


def both(kind: str) -> set[tuple[str, str]]:
    """Return what `served` returns after both organizations of Azure DevOps were asked."""
    return {(organization, kind) for organization in ORGANIZATIONS}


def strayed(server: PackageServer) -> list[tuple[str, str]]:
    """Return where a token was sent that is not the organization's: (whose token, URL), in order."""
    return [
        (each.token_of, f"https://{each.host}{each.path}")
        for each in server.log
        if each.token_of not in (None, each.organization)
        and not f"{each.token_of}".startswith(f"{each.organization}/")
    ]

"""The server of packages: it finds the organization, demands its token, and notes what it was sent."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

from support.connect_proxy import QuietHandler
from support.packages.cargo import Cargo
from support.packages.docker import Docker
from support.packages.feeds import NOT_FOUND, Asked, Feed, Protocol, Reply, guid
from support.packages.go import Go
from support.packages.npm import Npm
from support.packages.nuget import NuGet
from support.packages.pypi import PyPI
from support.tls_server import TlsServer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PROTOCOLS: dict[str, type[Protocol]] = {
    "pypi": PyPI,
    "npm": Npm,
    "cargo": Cargo,
    "go": Go,
    "nuget": NuGet,
    "docker": Docker,
}
"""What is served, by the name that Azure Artifacts has for it in its URLs."""

AZURE, OLDER_AZURE = "pkgs.dev.azure.com", ".pkgs.visualstudio.com"
REGISTRIES = {"ghcr.io": "github.com", "registry.gitlab.com": "gitlab.com"}
"""Where images are, and whose: the organizations there are known as "github.com/octo"."""
NPM_OF_GITHUB = "npm.pkg.github.com"
"""It takes tokens by Bearer, and nobody else here does."""
NAMES = (AZURE, f"*{OLDER_AZURE}", *REGISTRIES, NPM_OF_GITHUB, "localhost")
"""By the last one the server is an Azure DevOps Server that is reached without a proxy."""

_AZURE_CHALLENGES = (
    "Bearer authorization_uri=https://login.windows.net/00000000-0000-0000-0000-000000000000",
    f'Basic realm="https://{AZURE}/"',
    "TFS-Federated",
)
NOBODYS = "?"
"""Whose a token is that no organization has."""
BEARER = "(Bearer)"
"""The username of a login by Bearer, or by anything that is no Basic."""


class PackageRequest(NamedTuple):
    """One answered request. `token_of` says whose token came with it: None for none, or `NOBODYS`.

    `kind` is the protocol, and "" where the path is none of a package. No token is kept.
    """

    organization: str
    kind: str
    method: str
    host: str
    path: str
    username: str | None
    token_of: str | None
    status: int


class Place(NamedTuple):
    """What a URL means: whose packages of which kind, and the path below them."""

    organization: str
    kind: str
    path: str


class PackageServer(TlsServer):
    """Serves each organization's packages to its own token alone, inside a `with` block.

    The token goes by Basic, with any username, but for npm at GitHub. `tokens` are keyed by the name of an
    organization of Azure DevOps, or by host and name: "github.com/octo". `log` has every request in order.
    """

    def __init__(self, folder: Path, tokens: Mapping[str, str]) -> None:
        self.log: list[PackageRequest] = []
        self.tokens = dict(tokens)
        self._served: dict[tuple[str, str], Protocol] = {}
        super().__init__(_Handler, folder, NAMES)

    def url(self, organization: str, kind: str, path: str = "", feed: str = "feed") -> str:
        """Return the URL of an organization's packages of a kind, and what is below it."""
        host, _, owner = organization.rpartition("/")
        if host and kind == "npm":
            return f"https://{NPM_OF_GITHUB}/{path.removeprefix('registry/')}"
        if host:
            (registry,) = (each for each, of in REGISTRIES.items() if of == host)
            return f"https://{registry}/v2/{owner}/{path}"
        return f"https://{AZURE}/{organization}/_packaging/{feed}/{kind}/{path}"

    def owner_of(self, token: str) -> str:
        """Return the organization whose token this is, else `NOBODYS`."""
        return next((owner for owner, own in self.tokens.items() if own == token), NOBODYS)

    def protocol(self, organization: str, kind: str) -> Protocol:
        """Return an organization's packages of a kind."""
        key = (organization, kind)
        if key not in self._served:
            url, owner = self.url(organization, kind), organization.rpartition("/")[2]
            names = f"{AZURE}/{organization}/_packaging/feed/"
            guids = f"{AZURE}/{organization}/{guid(owner, 'project')}/_packaging/{guid(owner, 'feed')}/"
            self._served[key] = PROTOCOLS[kind](Feed(owner, url, url.replace(names, guids)))
        return self._served[key]


def locate(host: str, path: str) -> Place:
    """Find what a host and a path stand for; GUIDs and names of projects and feeds are not told apart."""
    segments = unquote(path).split("/")[1:]
    if host == NPM_OF_GITHUB:
        below = [segment for segment in segments if segment != "registry"]
        return Place(f"github.com/{below[0][1:]}", "npm", "/".join(["registry", *below]))
    if host in REGISTRIES:
        match segments:
            case ["v2", owner, *rest] if owner:
                return Place(f"{REGISTRIES[host]}/{owner}", "docker", "/".join(rest))
        return Place(REGISTRIES[host], "docker", "")
    if host.endswith(OLDER_AZURE):
        segments = [host.removesuffix(OLDER_AZURE), *segments]
    match segments:
        case [organization, "_packaging", _, kind, *rest] | [organization, _, "_packaging", _, kind, *rest]:
            return Place(organization.lower(), kind.lower(), "/".join(rest))
    return Place(segments[0].lower(), "", "")


class _Handler(QuietHandler):
    server: PackageServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:  # noqa: N802 - http.server's name for it
        host = self.headers.get("Host", "").partition(":")[0].lower()
        parts = urlsplit(self.path)
        place = locate(host, parts.path)
        username, token = self._login() or (None, None)
        token_of = self.server.owner_of(token) if token else None
        kind, body = self.headers.get("Content-Type", ""), b"".join(self.body())
        asked = Asked(self.command, place.path, parts.query, kind, body)
        reply = self._answer(host, place, username, token_of, asked)
        self.server.log.append(
            PackageRequest(
                *(place.organization, place.kind, self.command, host, self.path),
                *(username, token_of, reply.status),
            )
        )
        self._send(reply)

    do_HEAD = do_POST = do_PUT = do_PATCH = do_GET  # noqa: N815 - as above

    def _answer(
        self, host: str, place: Place, username: str | None, token_of: str | None, asked: Asked
    ) -> Reply:
        if not place.path and token_of and token_of.startswith(f"{place.organization}/"):
            return Reply(200)  # a registry of images says that it is there
        if token_of != place.organization or (username == BEARER) != (host == NPM_OF_GITHUB):
            challenges = (f'Basic realm="{host}"',) if host in REGISTRIES else _AZURE_CHALLENGES
            return Reply(401, headers=tuple(("WWW-Authenticate", each) for each in challenges))
        if place.kind not in PROTOCOLS:
            return NOT_FOUND
        return self.server.protocol(place.organization, place.kind).answer(asked)

    def _login(self) -> tuple[str, str] | None:
        """Return the username and the token that were sent."""
        sent = self.headers.get("Authorization")
        if sent is None:
            return None
        scheme, _, value = sent.partition(" ")
        if scheme.lower() != "basic":
            return BEARER, value or scheme
        username, _, token = base64.b64decode(value).decode().partition(":")
        return username, token

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in (("Content-Type", reply.kind), *reply.headers):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

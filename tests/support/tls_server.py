"""A server behind real TLS under the names that a test needs, with an authority and a proxy of its own."""

from __future__ import annotations

import ssl
import subprocess
from typing import TYPE_CHECKING

import trustme

from support.connect_proxy import Address, BackgroundServer, ConnectProxy, QuietHandler

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from typing_extensions import Self


class TlsServer(BackgroundServer):
    """Serves inside a `with` block. `ca_file`, in `folder`, lets clients trust it; `proxy` leads them to it.

    `names` are those in the certificate, which ends at `until`.
    """

    def __init__(
        self, handler: type[QuietHandler], folder: Path, names: Iterable[str], until: datetime | None = None
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.ca_file = folder / "ca.pem"
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(self.ca_file))
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*sorted(names), not_after=until).configure_cert(tls)
        super().__init__(handler)
        # The handshake is left to the connection's thread: a slow client must not hold up the others.
        self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.proxy = ConnectProxy(self.route)

    def __enter__(self) -> Self:
        super().__enter__()
        self.proxy.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.proxy.__exit__()
        super().__exit__()

    def route(self, place: str) -> Address | None:
        """Return where the proxy leads who wants "host:port": to this server, if it is the port of https."""
        return self.address if place.endswith(":443") else None

    def configure_client(self, home: Path) -> None:
        """Let Git, and who follows its configuration, reach the server by the home's `.gitconfig`."""
        for name, value in (("http.proxy", self.proxy.url), ("http.sslCAInfo", str(self.ca_file))):
            command = ["git", "config", "--file", str(home / ".gitconfig"), name, value]
            subprocess.run(command, check=True)

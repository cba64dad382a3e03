"""What NuGet's own client does with a plugin for logins, as far as the contract says it.

It takes the place of `dotnet restore`, which cannot be had here. Like that one it starts the plugin once,
remembers by server which login it has or that there is none, and asks again, with IsRetry, where a server
refuses the login.
"""

from __future__ import annotations

import json
import ssl
import subprocess
import urllib.error
import urllib.request
from base64 import b64encode
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from typing_extensions import Self

    from support.packages.customers import Customer

_VERSIONS = {"ProtocolVersion": "2.0.0", "MinimumProtocolVersion": "1.0.0"}
_AGREED = {"ResponseCode": "Success", "ProtocolVersion": "2.0.0"}
_UNAUTHORIZED = 401


class NuGetClient:
    """One restore, inside a `with` block, which ends with the plugin's end."""

    def __init__(self, customer: Customer) -> None:
        plugin = [str(customer.bin / "nuget-plugin-pat"), "-Plugin"]
        pipe = subprocess.PIPE
        self._plugin = subprocess.Popen(
            plugin, env=customer.environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True
        )
        server = customer.server
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({"https": server.proxy.url}),
            urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=str(server.ca_file))),
        )
        self._logins: dict[str, str] = {}
        self._not_found: set[str] = set()
        self._count = 0

    def __enter__(self) -> Self:
        self.introduce()
        return self

    def __exit__(self, *_: object) -> None:
        self._send({"RequestId": "close", "Type": "Request", "Method": "Close"})
        self.said = self._plugin.communicate(timeout=10)
        self.status = self._plugin.returncode

    def introduce(self) -> None:
        """Shake hands, both ways, and learn what the plugin can do."""
        self.ask("Handshake", _VERSIONS)
        self.ask("MonitorNuGetProcessExit", {"ProcessId": 1})
        self.ask("Initialize", {"ClientVersion": "6.13.0", "Culture": "en-US", "RequestTimeout": "00:00:05"})
        claims = self.ask("GetOperationClaims", {"PackageSourceRepository": None, "ServiceIndex": None})
        assert claims == {"Claims": ["Authentication"]}
        self.ask("SetLogLevel", {"LogLevel": "Information"})

    def ask(self, method: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Send a request and return the payload of its answer; requests of the plugin's are answered."""
        self._count += 1
        name = f"r{self._count}"
        self._send({"RequestId": name, "Type": "Request", "Method": method, "Payload": payload})
        assert self._plugin.stdout
        for line in self._plugin.stdout:
            message = json.loads(line)
            if message["Type"] == "Request":
                assert (message["Method"], message["Payload"]) == ("Handshake", _VERSIONS)
                self._send({**message, "Type": "Response", "Payload": _AGREED})
            else:
                assert (message["RequestId"], message["Method"]) == (name, method)
                return dict(message["Payload"])
        raise AssertionError("the plugin ended")

    def send_garbage(self) -> None:
        """Send a line that is no message."""
        assert self._plugin.stdin
        self._plugin.stdin.write("no message\n")

    def get(self, url: str) -> bytes:
        """Fetch what is at a URL, with the login of its server or what the plugin says; b"" if refused."""
        server = urlsplit(url).netloc
        answer = self._fetch(url, self._logins.get(server))
        if answer is None and server not in self._not_found:
            question = {"IsRetry": server in self._logins, "IsNonInteractive": True, "CanShowDialog": False}
            login = self.ask("GetAuthenticationCredentials", {"Uri": url, **question})
            if login["ResponseCode"] == "NotFound":
                self._not_found.add(server)
                return b""
            assert login["AuthenticationTypes"] == ["Basic"]
            self._logins[server] = b64encode(f"{login['Username']}:{login['Password']}".encode()).decode()
            answer = self._fetch(url, self._logins[server])
        return answer or b""

    def _fetch(self, url: str, login: str | None) -> bytes | None:
        headers = {"Authorization": f"Basic {login}"} if login else {}
        try:
            with self._opener.open(urllib.request.Request(url, headers=headers)) as answer:  # noqa: S310  # the test's own https
                return bytes(answer.read())
        except urllib.error.HTTPError as refusal:
            refusal.close()
            if refusal.code != _UNAUTHORIZED:
                raise
            return None

    def _send(self, message: dict[str, Any]) -> None:
        assert self._plugin.stdin
        self._plugin.stdin.write(f"{json.dumps(message)}\n")
        self._plugin.stdin.flush()

"""What vouches for a workload: GitHub Actions, and the service inside a machine of Azure's.

They follow GitHub's documentation ("OpenID Connect reference") and Microsoft's ("How to use managed
identities on a virtual machine to acquire an access token"). That of Azure Pipelines is in azure.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from support.token_hosts.azure import RESOURCE, encoded
from support.token_hosts.host import Host, Request, json_answer

if TYPE_CHECKING:
    from support.api_server import Answer
    from support.token_hosts.azure import Azure
    from support.token_hosts.entra import Entra

_METADATA_LIFE = 86_399


class Actions(Host):
    """Where a job of GitHub Actions asks who it is; `token` is the job's own."""

    def __init__(self, entra: Entra) -> None:
        super().__init__("pipelines.actions.githubusercontent.com")
        self.entra = entra
        self.url = f"https://{self.names[0]}/abc123/idtoken?api-version=2.0"
        self.token = f"eyJ{self._letters(200)}"

    def reply(self, request: Request) -> Answer:
        if request.method != "GET" or not request.path.endswith("/idtoken"):
            return json_answer(404, {"message": "Not Found"})
        if request.bearer() != self.token:
            return json_answer(401, {"message": "Bad credentials"})
        audience = request.query.get("audience", "https://github.com/octo")
        claims = {"aud": audience, "sub": "repo:octo/web:ref:refs/heads/main", "jti": self._uuid()}
        assertion = f"{encoded({'typ': 'JWT', 'alg': 'RS256'})}.{encoded(claims)}.{self._letters(86)}"
        if audience == "api://AzureADTokenExchange":
            self.entra.assertions.add(assertion)
        return json_answer(200, {"count": len(assertion), "value": assertion})


class Metadata(Host):
    """The service at http://169.254.169.254 of a machine with `identities`, which are client ids."""

    IDENTITY: ClassVar[str] = "d0d0caca-1111-4222-8333-444455556666"
    path: ClassVar[str] = "/metadata/identity/oauth2/token"
    version: ClassVar[str] = "2018-02-01"

    def __init__(self, azure: Azure, identities: tuple[str, ...] = (IDENTITY,)) -> None:
        super().__init__("169.254.169.254")
        self.azure = azure
        self.identities = identities

    def is_local(self, request: Request) -> bool:
        """Return whether a request shows that it comes from the machine's own programs."""
        return request.headers.get("metadata") == "true"

    def reply(self, request: Request) -> Answer:
        asked = request.query
        wanted = asked.get("client_id") or (self.identities[0] if len(self.identities) == 1 else "")
        several = "Multiple user assigned identities exist, please specify the clientId of the identity"
        wrong = (
            (not self.is_local(request), "Required metadata header not specified"),
            ("x-forwarded-for" in request.headers, "Request was forwarded"),
            (asked.get("api-version") != self.version, "Required query variable 'api-version' is missing"),
            (asked.get("resource") != RESOURCE, "Required audience parameter not specified"),
            (not wanted and len(self.identities) > 1, several),
            (wanted not in self.identities, "Identity not found"),
        )
        reason = next((words for holds, words in wrong if holds), "")
        if not request.path.startswith(self.path):
            return json_answer(404, {"error": "Not found"})
        if reason:
            return json_answer(400, {"error": "invalid_request", "error_description": reason})
        token = self.azure.sign_in(request.now, user=wanted, seconds=_METADATA_LIFE, is_person=False)
        facts = {
            "access_token": token,
            "client_id": wanted,
            "expires_in": str(_METADATA_LIFE),
            "expires_on": str(int(request.now) + _METADATA_LIFE),
            "ext_expires_in": str(_METADATA_LIFE),
            "not_before": str(int(request.now)),
            "resource": RESOURCE,
            "token_type": "Bearer",
        }
        return json_answer(200, facts)


class AppService(Metadata):
    """The service of an app or a function, whose variables name it and have its secret."""

    path: ClassVar[str] = "/msi/token"
    version: ClassVar[str] = "2019-08-01"

    def __init__(self, azure: Azure) -> None:
        super().__init__(azure)
        self.secret = self._letters(32)

    def is_local(self, request: Request) -> bool:
        return request.headers.get("x-identity-header") == self.secret

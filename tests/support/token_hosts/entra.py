"""Microsoft Entra: sign-in by browser, by device code, by an earlier sign-in, and for workloads.

It follows Microsoft's documentation of the identity platform's protocols (OAuth 2.0 authorization code flow
with PKCE, device authorization grant, client credentials with a federated credential, refresh tokens, OpenID
Connect) as far as the library msal needs it. A code is used once; a refresh token lives on, beside
the one that it gets.

    entra = Entra(azure)
    entra.refuses["device_code"] = ("access_denied", 53003, "Access has been blocked by Conditional Access.")
"""

from __future__ import annotations

import base64
import hashlib
import html
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlencode

from support.token_hosts.azure import RESOURCE, TENANT, encoded
from support.token_hosts.host import Host, Request, json_answer, page, redirect, segments

if TYPE_CHECKING:
    from support.api_server import Answer
    from support.token_hosts.azure import Azure

CLIENT = "c0ffee00-1111-4222-8333-444455556666"
"""The app registration of a user's own."""
_GRANTS = {
    "authorization_code": "authorization_code",
    "refresh_token": "refresh_token",
    "client_credentials": "client_credentials",
    "urn:ietf:params:oauth:grant-type:device_code": "device_code",
}
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_OF_ANY_TENANT = ("organizations", "common")
_PAGE = "https://microsoft.com/devicelogin"
_LIFE = 3599
_CODE_LIFE = 900
_USER = "9f4880d8-80ba-4c40-97bc-f7a23c703084"


@dataclass
class Grant:
    """What a code or a refresh token stands for."""

    client: str
    scope: str
    tenant: str
    until: float
    redirect: str = ""
    challenge: str = ""
    nonce: str = ""
    polls: int = 0
    """How often a device asks before its person has entered the code."""


@dataclass
class Entra(Host):
    """Entra with one tenant, one app registration and one person. What it knows are attributes."""

    url: ClassVar[str] = "https://login.microsoftonline.com"

    azure: Azure
    """Where its tokens are good."""
    tenants: set[str] = field(default_factory=lambda: {TENANT})
    clients: set[str] = field(default_factory=lambda: {CLIENT})
    user: str = "jane@fabrikam.example"
    assertions: set[str] = field(default_factory=set)
    """What other services say of workloads, which a federated credential trusts; `azure` has its own."""
    refuses: dict[str, tuple[str, int, str]] = field(default_factory=dict)
    """The error, the number after AADSTS and the words, by a grant's name; "authorize" is the page's."""
    polls: int = 0
    """How often a device asks in vain before its person is done."""
    interval: int = 1
    """Seconds between two such requests."""
    _grants: dict[str, Grant] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__("login.microsoftonline.com", "login.windows.net")

    def reply(self, request: Request) -> Answer:
        first, *rest = segments(request.path)
        path = f"{request.method} {'/'.join(rest)}"
        if path == "GET discovery/instance":
            return _instances(self.url)
        tenant = TENANT if first in _OF_ANY_TENANT else first
        if tenant not in self.tenants:
            return _refused(("invalid_tenant", 90002, f"Tenant '{first}' not found."))
        if path == "GET v2.0/.well-known/openid-configuration":
            return self._configuration(first)
        answers = {
            "GET oauth2/v2.0/authorize": self._authorize,
            "POST oauth2/v2.0/devicecode": self._device,
            "POST oauth2/v2.0/token": self._token,
        }
        return answers[path](request, tenant) if path in answers else page(404, "Not Found")

    def _configuration(self, tenant: str) -> Answer:
        start = f"{self.url}/{tenant}"
        facts = {
            "issuer": f"{start}/v2.0",
            "authorization_endpoint": f"{start}/oauth2/v2.0/authorize",
            "token_endpoint": f"{start}/oauth2/v2.0/token",
            "device_authorization_endpoint": f"{start}/oauth2/v2.0/devicecode",
            "jwks_uri": f"{start}/discovery/v2.0/keys",
        }
        return json_answer(200, facts)

    def _authorize(self, request: Request, tenant: str) -> Answer:
        """Answer the browser of a person who agrees, with the form that it posts to the app."""
        asked = request.query
        wrong = self._unknown_client(asked) or _unknown_scope(asked)
        if wrong or asked.get("code_challenge_method") != "S256":
            return page(400, "Sign in to your account", (wrong or ("", 0, "No PKCE."))[2])
        refusal = self.refuses.get("authorize")
        fields = {"state": asked.get("state", "")}
        if refusal:
            fields |= {"error": refusal[0], "error_description": f"AADSTS{refusal[1]}: {refusal[2]}"}
        else:
            fields["code"] = self._grant(
                Grant(
                    asked["client_id"],
                    asked["scope"],
                    tenant,
                    request.now + _CODE_LIFE,
                    asked["redirect_uri"],
                    asked["code_challenge"],
                    asked.get("nonce", ""),
                )
            )
        if asked.get("response_mode") != "form_post":
            return redirect(f"{asked['redirect_uri']}?{urlencode(fields)}")
        inputs = "".join(
            f'<input type="hidden" name="{name}" value="{html.escape(value)}"/>'
            for name, value in fields.items()
        )
        form = f'<form method="POST" action="{html.escape(asked["redirect_uri"])}">{inputs}</form>'
        return page(200, "Working...", form)

    def _device(self, request: Request, tenant: str) -> Answer:
        wrong = self._unknown_client(request.form) or _unknown_scope(request.form)
        if wrong:
            return _refused(wrong)
        asked = request.form
        grant = Grant(asked["client_id"], asked["scope"], tenant, request.now + _CODE_LIFE, polls=self.polls)
        code = self._letters(9, "BCDFGHJKLMNPQRSTVWXZ")
        facts = {
            "user_code": code,
            "device_code": self._grant(grant),
            "verification_uri": _PAGE,
            "expires_in": _CODE_LIFE,
            "interval": self.interval,
            "message": f"To sign in, open the page {_PAGE} and enter the code {code}.",
        }
        return json_answer(200, facts)

    def _token(self, request: Request, tenant: str) -> Answer:
        asked = request.form
        kind = _GRANTS.get(asked.get("grant_type", ""), "")
        wrong = self._unknown_client(asked) or self.refuses.get(kind)
        if wrong:
            return _refused(wrong)
        if kind == "client_credentials":
            return self._for_workload(request, tenant)
        return self._for_person(request, kind)

    def _for_workload(self, request: Request, tenant: str) -> Answer:
        asked = request.form
        trusted = self.assertions | self.azure.assertions
        if asked.get("scope") != f"{RESOURCE}/.default":
            return _refused(_WRONG_SCOPE)
        if asked.get("client_assertion_type") != _ASSERTION or asked.get("client_assertion") not in trusted:
            return _refused(_UNTRUSTED, 401)
        token = self.azure.sign_in(
            request.now, user=asked["client_id"], tenant=tenant, seconds=_LIFE, is_person=False
        )
        return json_answer(200, _issued(token))

    def _for_person(self, request: Request, kind: str) -> Answer:
        asked = request.form
        code = asked.get({"authorization_code": "code"}.get(kind, kind), "")
        grant = self._grants.get(code)
        if grant is None or grant.until <= request.now or grant.client != asked["client_id"]:
            return _refused(_EXPIRED)
        if grant.polls:
            grant.polls -= 1
            return _refused(_PENDING)
        if kind != "refresh_token":
            del self._grants[code]
        proof = asked.get("redirect_uri"), _challenge(asked.get("code_verifier", ""))
        if kind == "authorization_code" and proof != (grant.redirect, grant.challenge):
            return _refused(_UNPROVED)
        token = self.azure.sign_in(request.now, user=self.user, tenant=grant.tenant, seconds=_LIFE)
        later = Grant(grant.client, grant.scope, grant.tenant, request.now + 90 * 86_400)
        claims = {
            "iss": f"{self.url}/{grant.tenant}/v2.0",
            "aud": grant.client,
            "sub": "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ",
            "iat": int(request.now),
            "exp": int(request.now) + _LIFE,
            "oid": _USER,
            "tid": grant.tenant,
            "preferred_username": self.user,
            **({"nonce": grant.nonce} if grant.nonce else {}),
        }
        more = {
            "scope": f"{RESOURCE}/user_impersonation {RESOURCE}/.default",
            "refresh_token": self._grant(later),
            "id_token": f"{encoded({'typ': 'JWT', 'alg': 'RS256'})}.{encoded(claims)}.{self._letters(86)}",
            "client_info": encoded({"uid": _USER, "utid": grant.tenant}),
        }
        return json_answer(200, {**_issued(token), **more})

    def _unknown_client(self, asked: dict[str, str]) -> tuple[str, int, str] | None:
        client = asked.get("client_id", "")
        if client in self.clients:
            return None
        return ("unauthorized_client", 700016, f"Application with identifier '{client}' was not found.")

    def _grant(self, grant: Grant) -> str:
        code = f"1.{self._letters(80)}"
        self._grants[code] = grant
        return code


_WRONG_SCOPE = ("invalid_scope", 70011, "The provided value for the input parameter 'scope' is not valid.")
_UNTRUSTED = (
    "invalid_client",
    700213,
    "No matching federated identity record found for presented assertion.",
)
_EXPIRED = ("invalid_grant", 70008, "The provided authorization code or refresh token has expired.")
_PENDING = ("authorization_pending", 70016, "OAuth 2.0 device flow error. Authorization is pending.")
_UNPROVED = ("invalid_grant", 501481, "The Code_Verifier does not match the code_challenge.")


def _unknown_scope(asked: dict[str, str]) -> tuple[str, int, str] | None:
    if f"{RESOURCE}/" in asked.get("scope", ""):
        return None
    return _WRONG_SCOPE


def _refused(refusal: tuple[str, int, str], status: int = 400) -> Answer:
    error, number, words = refusal
    trace = "Trace ID: 2f8ccb7a-459e-44fb-b615-232475945800 Timestamp: 2026-11-30 18:39:09Z"
    facts = {
        "error": error,
        "error_description": f"AADSTS{number}: {words} {trace}",
        "error_codes": [number],
        "timestamp": "2026-11-30 18:39:09Z",
    }
    return json_answer(status, facts)


def _issued(token: str) -> dict[str, object]:
    return {"token_type": "Bearer", "expires_in": _LIFE, "ext_expires_in": _LIFE, "access_token": token}


def _instances(url: str) -> Answer:
    names = ["login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"]
    cloud = {"preferred_network": names[0], "preferred_cache": names[1], "aliases": names}
    facts = {
        "tenant_discovery_endpoint": f"{url}/{TENANT}/v2.0/.well-known/openid-configuration",
        "api-version": "1.1",
        "metadata": [cloud],
    }
    return json_answer(200, facts)


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")

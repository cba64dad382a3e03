"""Azure DevOps Services: its interface for personal access tokens, and who a token or sign-in is.

It follows Microsoft's specification of the interface (MicrosoftDocs/vsts-rest-api-specs, tokens 7.2) and
what users published of its answers:

- Most errors have status 200 and a `patTokenError` that is not "none".
- Only a person who signs in by Entra may ask. Others get a redirect, a page, or a message.
- A policy of the tenant shortens a token's life in silence; the answer has what came of it.
- A token is shown once, when it is made; its `authorizationId` stands for it afterwards.
- Moments have 0 to 7 digits after the second.

What the host does with a service principal's status code and with `DELETE` of an unknown token is published
nowhere; 403 and 404 here are guesses.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, ClassVar, Literal
from urllib.parse import quote

from support.api_server import Answer
from support.token_hosts.host import DAY, Host, Request, json_answer, page, redirect, segments

if TYPE_CHECKING:
    from collections.abc import Mapping

RESOURCE = "499b84ac-1321-427f-aa17-267ca6975798"
"""Azure DevOps, as Entra knows it."""
TENANT = "72f988bf-0000-4000-8000-00000000abcd"
PERSONAL_ACCOUNTS = "00000000-0000-0000-0000-000000000000"
"""The tenant of organizations whose users have Microsoft's personal accounts."""
GLOBAL_TOKENS_END = datetime(2026, 12, 1, tzinfo=timezone.utc).timestamp()

_ANONYMOUS = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"
_SIGN_IN = "https://spsprodweu1.vssps.visualstudio.com/_signin?realm={}&reply_to={}"
_BASIC = ("WWW-Authenticate", 'Basic realm="https://tfsprodweu1.visualstudio.com/"')
_E2EID = ("X-VSS-E2EID", "8f7d3c1e-5a60-4a0c-9a4b-1c2d3e4f5a6b")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,7}))?(?:Z|\+00:00)?", re.ASCII)
_SCOPE = re.compile(r"vso\.[a-z_.]+", re.ASCII)
_MOST = 100

Refusal = Literal["redirect", "page", "message"]


@dataclass
class Pat:
    id: str
    token: str
    name: str
    scope: str
    organization: str
    """The only organization that it is for; empty for all of them."""
    user: str
    valid_from: float
    valid_to: float
    revoked: bool = False

    def state(self, now: float) -> str:
        if self.revoked:
            return "revoked"
        return "expired" if self.valid_to <= now else "active"


@dataclass
class SignIn:
    """What an Entra token stands for."""

    user: str
    tenant: str
    until: float
    is_person: bool = True


@dataclass
class Organization:
    name: str
    tenant: str = TENANT
    longest: int | None = None
    """Days that a policy lets a token live; a longer life is shortened in silence."""
    refuses: str = ""
    """The error that every request to make a token gets, such as disablePatCreationPolicyViolation."""
    full_access: bool = True
    all_organizations: bool = True
    """Whether a policy allows tokens for full access, and for all organizations."""
    conditional_access: bool = False
    """Whether a policy keeps tokens out from where the test is."""


@dataclass
class Azure(Host):
    """The service with two organizations. Its settings are attributes, which tests may change."""

    url: ClassVar[str] = "https://vssps.dev.azure.com"

    organizations: dict[str, Organization] = field(
        default_factory=lambda: {name: Organization(name) for name in ("fabrikam", "contoso")}
    )
    pats: dict[str, Pat] = field(default_factory=dict)
    """By `authorizationId`."""
    sign_ins: dict[str, SignIn] = field(default_factory=dict)
    refuses_by: Refusal = "redirect"
    """How it refuses who is no person of the tenant."""
    refuses: str = ""
    """The `patTokenError` that every request gets."""
    drops: frozenset[str] = frozenset()
    """Scopes that a token does not get, in silence."""
    extends_expired: bool = False
    page_size: int = _MOST
    deletes_with: int = 204
    tenant_by: Literal["challenge", "header"] = "challenge"
    """Where the answer to who does not sign in names the tenant."""
    authority: str = "https://login.microsoftonline.com"
    job_token: str = ""
    """The token of a job of Azure Pipelines, which may ask who vouches for it."""
    assertions: set[str] = field(default_factory=set)
    """What Azure Pipelines said of jobs, which Entra trusts."""
    unknown_is_anonymous: bool = False
    """Whether an unknown token is let in as nobody, as where there are public projects."""

    def __post_init__(self) -> None:
        super().__init__("vssps.dev.azure.com", "dev.azure.com", "*.visualstudio.com")

    def sign_in(
        self,
        now: float,
        *,
        user: str = "jane@fabrikam.example",
        tenant: str = TENANT,
        seconds: float = 3600,
        is_person: bool = True,
    ) -> str:
        """Return an Entra token, as Entra would give it."""
        claims = {"aud": RESOURCE, "tid": tenant, "upn": user, "exp": int(now + seconds), "jti": self._uuid()}
        token = f"{encoded({'typ': 'JWT', 'alg': 'RS256'})}.{encoded(claims)}.{self._letters(86)}"
        self.sign_ins[token] = SignIn(user, tenant, now + seconds, is_person)
        return token

    def add(  # noqa: PLR0913  # all of them by name
        self,
        *,
        now: float,
        organization: str = "fabrikam",
        name: str = "laptop",
        scope: str = "vso.code_write",
        days: float = 30,
        user: str = "jane@fabrikam.example",
    ) -> Pat:
        """Make a token as its owner would, on a page."""
        token = f"{self._letters(76)}AZDO{self._letters(4)}"
        pat = Pat(self._uuid(), token, name, scope, organization, user, now, now + days * DAY)
        self.pats[pat.id] = pat
        return pat

    def find(self, token: str) -> Pat | None:
        return next((pat for pat in self.pats.values() if pat.token == token), None)

    def lives(self, token: str, now: float) -> bool:
        pat, sign_in = self.find(token), self.sign_ins.get(token)
        return (pat is not None and pat.state(now) == "active") or (
            sign_in is not None and sign_in.until > now
        )

    def living(self, now: float) -> list[Pat]:
        return [pat for pat in self.pats.values() if pat.state(now) == "active"]

    def reply(self, request: Request) -> Answer:
        first, *rest = segments(request.path)
        if request.host.endswith(".visualstudio.com"):
            first, rest = request.host.partition(".")[0], [first, *rest]
        organization = self.organizations.get(first.lower())
        path = "/".join(rest).lower()
        if organization is None:
            return page(404, "The resource cannot be found.")
        if request.host == "vssps.dev.azure.com":
            return (
                self._pats(request, organization)
                if path == "_apis/tokens/pats"
                else page(404, "Page not found")
            )
        if path.endswith("/oidctoken") and request.method == "POST":
            return self._vouch(request, organization)
        if path.removeprefix("defaultcollection/") == "_apis/connectiondata":
            return self._connection_data(request, organization)
        return self._unsigned(request, organization)

    def _pats(self, request: Request, organization: Organization) -> Answer:
        sign_in = self._person(request, organization)
        if isinstance(sign_in, Answer):
            return sign_in
        if "-preview" not in request.query.get("api-version", ""):
            return _message(400, _NOT_PREVIEW, "VssInvalidPreviewVersionException")
        if self.refuses:
            return _error(self.refuses)
        if request.method in ("POST", "PUT"):
            return self._write(request, organization, sign_in)
        if request.method == "DELETE":
            return self._delete(request, sign_in)
        return self._show(request, sign_in) if "authorizationId" in request.query else self._list(request)

    def _write(self, request: Request, organization: Organization, sign_in: SignIn) -> Answer:
        try:
            fields = request.json()
            valid_to = _parsed(fields["validTo"]) if fields.get("validTo") else None
        except (ValueError, TypeError, AttributeError):
            return _message(400, "TF400898: An Internal Error Occurred. Activity Id: 0.", "InvalidRequest")
        write = self._create if request.method == "POST" else self._update
        return write(fields, valid_to, request.now, organization, sign_in)

    def _create(
        self,
        fields: dict[str, Any],
        valid_to: float | None,
        now: float,
        organization: Organization,
        sign_in: SignIn,
    ) -> Answer:
        scope, is_global = fields.get("scope") or "", bool(fields.get("allOrgs"))
        wrong = (
            (organization.refuses, organization.refuses),
            (not fields.get("displayName"), "displayNameRequired"),
            (not _is_scope(scope), "invalidScope"),
            (not _is_within_a_year(valid_to, now), "invalidValidTo"),
            (is_global and not organization.all_organizations, "globalPatPolicyViolation"),
            (is_global and now >= GLOBAL_TOKENS_END, "globalPATCreationBlocked"),
            (scope == "app_token" and not organization.full_access, "fullScopePatPolicyViolation"),
        )
        error = next((name for holds, name in wrong if holds), "")
        if error or valid_to is None:
            return _error(error)
        pat = self.add(now=now, organization="" if is_global else organization.name, user=sign_in.user)
        pat.name = fields["displayName"]
        pat.scope = self._granted(scope)
        pat.valid_to = _clamped(valid_to, now, organization)
        return _result(self.shown(pat, pat.token))

    def _update(
        self,
        fields: dict[str, Any],
        valid_to: float | None,
        now: float,
        organization: Organization,
        sign_in: SignIn,
    ) -> Answer:
        pat = self._of(fields.get("authorizationId"), sign_in)
        if isinstance(pat, str):
            return _error(pat)
        if pat.state(now) == "expired" and not self.extends_expired:
            return _error("expiredPatCannotBeExtended")
        if "scope" in fields and not _is_scope(fields["scope"]):
            return _error("invalidScope")
        if valid_to is not None:
            if not _is_within_a_year(valid_to, now):
                return _error("invalidValidTo")
            pat.valid_to = _clamped(valid_to, pat.valid_from, organization)
        pat.name = fields.get("displayName") or pat.name
        pat.scope = self._granted(fields["scope"]) if "scope" in fields else pat.scope
        return _result(self.shown(pat))

    def _delete(self, request: Request, sign_in: SignIn) -> Answer:
        pat = self._of(request.query.get("authorizationId"), sign_in, revoked=True)
        if isinstance(pat, str):
            return _message(404, "The authorization does not exist.", "TokenNotFoundException")
        pat.revoked = True
        return Answer(self.deletes_with)

    def _show(self, request: Request, sign_in: SignIn) -> Answer:
        pat = self._of(request.query["authorizationId"], sign_in, revoked=True)
        return _error(pat) if isinstance(pat, str) else _result(self.shown(pat))

    def _list(self, request: Request) -> Answer:
        sign_in = self.sign_ins[request.bearer() or ""]
        wanted = request.query.get("displayFilterOption", "active").lower()
        size = min(self.page_size, _MOST, int(request.query.get("$top") or _MOST))
        own = [
            pat
            for pat in self.pats.values()
            if pat.user == sign_in.user and wanted in ("all", pat.state(request.now))
        ]
        at = int(base64.b64decode(request.query.get("continuationToken") or "MA=="))
        rest = at + size < len(own)
        mark = base64.b64encode(str(at + size).encode()).decode() if rest else ""
        shown = [self.shown(pat) for pat in own[at : at + size]]
        return json_answer(200, {"continuationToken": mark, "patTokens": shown}, (_E2EID,))

    def _of(self, authorization: object, sign_in: SignIn, *, revoked: bool = False) -> Pat | str:
        """Return the token that an id stands for, or the error."""
        if not isinstance(authorization, str) or not re.fullmatch(r"[0-9a-f-]{36}", authorization.lower()):
            return "invalidAuthorizationId"
        pat = self.pats.get(authorization.lower())
        if pat is None or pat.user != sign_in.user or (pat.revoked and not revoked):
            return "authorizationNotFound"
        return pat

    def _person(self, request: Request, organization: Organization) -> SignIn | Answer:
        token = request.bearer()
        sign_in = self.sign_ins.get(token) if token else None
        if sign_in is None or not sign_in.is_person:
            return self._refused(request, is_known=sign_in is not None)
        if sign_in.until <= request.now or sign_in.tenant != organization.tenant:
            return self._unsigned(request, organization, _NOT_AUTHORIZED)
        return sign_in

    def _refused(self, request: Request, *, is_known: bool) -> Answer:
        if self.refuses_by == "page":
            return page(203, "Azure DevOps Services | Sign In", "<form action='/_signin'></form>")
        if self.refuses_by == "message":
            reason = (
                "Service principals are not allowed to perform this action."
                if is_known
                else "The requested operation is not allowed."
            )
            return _message(403, reason, "InvalidAccessException")
        return _to_sign_in(request)

    def _connection_data(self, request: Request, organization: Organization) -> Answer:
        token = request.login[1] if request.login else request.bearer()
        pat, sign_in = self.find(token or ""), self.sign_ins.get(token or "")
        if sign_in and sign_in.until > request.now and sign_in.tenant == organization.tenant:
            return _who(sign_in.user)
        if sign_in or token is None:
            return self._unsigned(request, organization, _NOT_AUTHORIZED if sign_in else "")
        if pat is None or pat.organization.lower() not in ("", organization.name):
            return _who("", _ANONYMOUS) if self.unknown_is_anonymous else _to_sign_in(request)
        state = pat.state(request.now)
        if organization.conditional_access:
            return _message(403, _CONDITIONAL, "VssServiceException")
        if state == "active":
            return _who(pat.user)
        said = (("X-TFS-ServiceError", quote(_EXPIRED)),) if state == "expired" else ()
        return Answer(401, (_BASIC, _E2EID, *said))

    def _vouch(self, request: Request, organization: Organization) -> Answer:
        """Answer a job of Azure Pipelines that wants to sign in to Entra as a service connection."""
        if not self.job_token or request.bearer() != self.job_token:
            return self._unsigned(request, organization, _NOT_AUTHORIZED)
        connection = request.query.get("serviceConnectionId", "")
        if not connection:
            return _message(400, "The service connection is missing.", "ArgumentException")
        claims = {"aud": "api://AzureADTokenExchange", "sub": f"sc://{organization.name}/web/{connection}"}
        claims["jti"] = self._uuid()
        assertion = f"{encoded({'typ': 'JWT', 'alg': 'RS256'})}.{encoded(claims)}.{self._letters(86)}"
        self.assertions.add(assertion)
        return json_answer(200, {"oidcToken": assertion}, (_E2EID,))

    def _unsigned(self, request: Request, organization: Organization, error: str = "") -> Answer:
        """Answer who does not sign in, or not for this organization; the answer names its tenant."""
        said = (("X-TFS-ServiceError", quote(error)),) if error else ()
        tenant = ("X-VSS-ResourceTenant", organization.tenant)
        if self.tenant_by == "header":
            there = _to_sign_in(request)
            return there._replace(headers=(*there.headers, tenant, _E2EID, *said))
        bearer = ("WWW-Authenticate", f"Bearer authorization_uri={self.authority}/{organization.tenant}")
        federated = ("WWW-Authenticate", "TFS-Federated")
        return Answer(401, (bearer, _BASIC, federated, tenant, _E2EID, *said))

    def _granted(self, scope: str) -> str:
        return " ".join(part for part in scope.split() if part not in self.drops)

    def shown(self, pat: Pat, token: str | None = None) -> dict[str, Any]:
        return {
            "displayName": pat.name,
            "validTo": self._moment(pat.valid_to),
            "scope": pat.scope,
            "targetAccounts": [_account(pat.organization)] if pat.organization else None,
            "validFrom": self._moment(pat.valid_from),
            "authorizationId": pat.id,
            "token": token,
        }

    def _moment(self, at: float) -> str:
        """Return a moment with some number of digits after the second, another each time."""
        self._made += 1
        digits = f"{at - int(at):.7f}"[2:][: self._made % 8]
        text = datetime.fromtimestamp(int(at), timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
        return f"{text}.{digits}Z" if digits else f"{text}Z"


_EXPIRED = "Access Denied: The Personal Access Token used has expired."
_NOT_AUTHORIZED = f"TF400813: The user '{_ANONYMOUS}' is not authorized to access this resource."
_NOT_PREVIEW = (
    "The requested version of the resource is under preview. The -preview flag must be supplied in the "
    "api-version for such requests."
)
_CONDITIONAL = (
    "VS403463: The conditional access policy defined by your Microsoft Entra administrator has failed."
)


def _to_sign_in(request: Request) -> Answer:
    return redirect(_SIGN_IN.format(request.host, quote(request.url, safe="")))


def _error(name: str) -> Answer:
    return json_answer(200, {"patToken": None, "patTokenError": name, "patTokenErrorMessage": ""}, (_E2EID,))


def _result(pat: dict[str, Any]) -> Answer:
    return json_answer(
        200, {"patToken": pat, "patTokenError": "none", "patTokenErrorMessage": None}, (_E2EID,)
    )


def _message(status: int, message: str, key: str) -> Answer:
    space = "Microsoft.TeamFoundation.Framework.Server"
    facts = {
        "$id": "1",
        "innerException": None,
        "message": message,
        "typeName": f"{space}.{key}, {space}",
        "typeKey": key,
        "errorCode": 0,
        "eventId": 3000,
    }
    return json_answer(status, facts, (_E2EID,))


def _who(user: str, identity: str = "d6245f20-2af8-44f4-9451-8107cb2767db") -> Answer:
    account = {"Account": {"$type": "System.String", "$value": user}} if user else {}
    facts = {"id": identity, "providerDisplayName": user.partition("@")[0].title() or "Anonymous"}
    return json_answer(200, {"authenticatedUser": {**facts, "properties": account}}, (_E2EID,))


def _is_within_a_year(valid_to: float | None, now: float) -> bool:
    return valid_to is not None and now < valid_to <= now + 366 * DAY


def _is_scope(scope: object) -> bool:
    parts = scope.split() if isinstance(scope, str) else []
    return bool(parts) and (parts == ["app_token"] or all(map(_SCOPE.fullmatch, parts)))


def _clamped(valid_to: float, since: float, organization: Organization) -> float:
    return valid_to if organization.longest is None else min(valid_to, since + organization.longest * DAY)


def _parsed(text: str) -> float:
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise ValueError(text)
    whole = datetime.fromisoformat(f"{found[1]}+00:00").timestamp()
    return whole + float(f"0.{found[2] or '0'}")


def _account(organization: str) -> str:
    """Return an organization's identifier: any that is always the same."""
    return f"0d55247a-1c47-4462-9b1f-{organization.encode().hex()[:12]:0<12}"


def encoded(part: Mapping[str, object]) -> str:
    """Return a part of a JSON Web Token."""
    return base64.urlsafe_b64encode(json.dumps(part, separators=(",", ":")).encode()).decode().rstrip("=")

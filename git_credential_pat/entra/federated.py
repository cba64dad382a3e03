"""A token for a workload, for which another service vouches: Kubernetes, GitHub or Azure Pipelines.

That service's word, an assertion, is exchanged for a token of Entra's (RFC 7523). It comes from a file
(`AZURE_FEDERATED_TOKEN_FILE`), or is asked for where the job's variables say. The app registration that
trusts it is `AZURE_CLIENT_ID`, else `pat.entraClientId`; the tenant `AZURE_TENANT_ID`, else the
organization's own.
"""

import os
from time import monotonic
from urllib.parse import quote, urlencode, urlsplit

from git_credential_pat.entra import SCOPE, AbsentError, Around, EntraToken, SignInError
from git_credential_pat.entra.tenant import guid, host_of, tenant_of
from git_credential_pat.entra.tokens import replied
from git_credential_pat.model import NamedTuple
from git_credential_pat.model.scope import parse_url
from git_credential_pat.model.token import LIMIT
from git_credential_pat.text import quoted, shown
from git_credential_pat.web import Question

AUTHORITY_HOSTS = (
    "login.microsoftonline.com",
    "login.microsoftonline.us",
    "login.partner.microsoftonline.cn",
)
"""Entra's hosts: of the public cloud, of the United States' government, of China."""
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_AUDIENCE = "api://AzureADTokenExchange"
_GITHUB_HOSTS = (".githubusercontent.com",)
_PIPELINES_HOSTS = ("dev.azure.com", ".dev.azure.com", ".visualstudio.com")
_OK = 200
_LIMIT = 10.0
"""Seconds for each of both answers."""


class _Word(NamedTuple):
    """What another service says of this workload."""

    assertion: str
    """A secret, while it lives."""
    client_id: str = ""
    tenant: str = ""


def token(organization_url: str, around: Around) -> EntraToken:
    """Return a token for an organization; raise SignInError, or UnreachableError."""
    word = _word(around)
    settings = around.settings
    client_id = word.client_id or settings.entra_client_for(parse_url(organization_url).scope)
    if not guid(client_id):
        raise SignInError("nothing says which app signs in", "set AZURE_CLIENT_ID or pat.entraClientId")
    tenant = guid(word.tenant) or tenant_of(organization_url, around.ask)
    if not tenant:
        raise SignInError("nothing says which tenant to sign in to", "set AZURE_TENANT_ID")
    host = _authority(around)
    form = {
        "grant_type": "client_credentials",
        "client_id": client_id,
        "scope": SCOPE,
        "client_assertion_type": _ASSERTION_TYPE,
        "client_assertion": word.assertion,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    question = Question(
        f"https://{host}/{tenant}/oauth2/v2.0/token", headers, "POST", urlencode(form).encode("ascii")
    )
    return replied(around.ask(question, monotonic() + _LIMIT), host)


def _authority(around: Around) -> str:
    named = around.variable("AZURE_AUTHORITY_HOST")
    if not named:
        return AUTHORITY_HOSTS[0]
    host = named.removeprefix("https://").rstrip("/").lower()
    if host in AUTHORITY_HOSTS:
        return host
    raise SignInError(
        f"AZURE_AUTHORITY_HOST is {shown(named)}, which is none of Entra's hosts",
        f"set it to https://{AUTHORITY_HOSTS[0]}, or to nothing",
    )


def _word(around: Around) -> _Word:
    """Return what the first service says that is there."""
    if around.variable("AZURE_FEDERATED_TOKEN_FILE"):
        return _of_file(around)
    if around.variable("ACTIONS_ID_TOKEN_REQUEST_URL"):
        return _of_github(around)
    if around.variable("SYSTEM_OIDCREQUESTURI"):
        return _of_pipelines(around)
    if around.variable("GITHUB_ACTIONS"):
        raise SignInError(
            "the job may not ask GitHub for an identity", 'give it "permissions: id-token: write"'
        )
    raise AbsentError(
        "no service vouches for what runs here",
        "set AZURE_FEDERATED_TOKEN_FILE, or run it in GitHub Actions or Azure Pipelines",
    )


def _of_file(around: Around) -> _Word:
    path = around.variable("AZURE_FEDERATED_TOKEN_FILE")
    try:
        with open(os.path.join("/", path), "rb") as file:  # every time: it changes within the hour
            assertion = file.read(LIMIT + 1).strip().decode("ascii")
    except (OSError, ValueError):
        raise SignInError(f"the file {quoted(path)} of AZURE_FEDERATED_TOKEN_FILE cannot be read") from None
    return _checked(assertion, "AZURE_FEDERATED_TOKEN_FILE", *_named(around))


def _of_github(around: Around) -> _Word:
    """Ask as docs.github.com has it ("OpenID Connect reference", "Methods for requesting the OIDC token")."""
    url = around.variable("ACTIONS_ID_TOKEN_REQUEST_URL")
    server = host_of(around.variable("GITHUB_SERVER_URL"))
    own = (server, f".{server}") if server else ()
    _require_host(url, "ACTIONS_ID_TOKEN_REQUEST_URL", (*_GITHUB_HOSTS, *own))
    bearer = around.variable("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
    join = "&" if urlsplit(url).query else "?"
    question = Question(f"{url}{join}audience={quote(_AUDIENCE, safe='')}", _signed(bearer))
    return _checked(_asked(question, "value", around), "GitHub", *_named(around))


def _of_pipelines(around: Around) -> _Word:
    """Ask as learn.microsoft.com has it ("Oidctoken - Create"); Azure's tasks set the other variables."""
    url = around.variable("SYSTEM_OIDCREQUESTURI").rstrip("/")
    _require_host(url, "SYSTEM_OIDCREQUESTURI", _PIPELINES_HOSTS)
    bearer = around.variable("SYSTEM_ACCESSTOKEN")
    if not bearer:
        raise SignInError(
            "SYSTEM_ACCESSTOKEN is not set", 'give the step "env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)"'
        )
    connection = guid(around.variable("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"))
    if not connection:
        raise SignInError(
            "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID is not set",
            "the task AzureCLI@2 sets it",
        )
    headers = {"Content-Type": "application/json", "X-TFS-FedAuthRedirect": "Suppress", **_signed(bearer)}
    query = f"?api-version=7.1&serviceConnectionId={connection}"
    assertion = _asked(Question(url + query, headers, "POST"), "oidcToken", around)
    client_id = around.variable("AZURESUBSCRIPTION_CLIENT_ID")
    tenant = around.variable("AZURESUBSCRIPTION_TENANT_ID")
    named_client, named_tenant = _named(around)
    return _checked(assertion, "Azure Pipelines", client_id or named_client, tenant or named_tenant)


def _named(around: Around) -> tuple[str, str]:
    return around.variable("AZURE_CLIENT_ID"), around.variable("AZURE_TENANT_ID")


def _signed(bearer: str) -> dict[str, str]:
    return {"Accept": "application/json", "Authorization": f"Bearer {bearer}"}


def _require_host(url: str, variable: str, hosts: tuple[str, ...]) -> None:
    """Raise SignInError if a URL is none of these hosts'; ".example.com" stands for those below it."""
    host = host_of(url)
    is_known = any(host.endswith(name) if name.startswith(".") else host == name for name in hosts)
    if not url.startswith("https://") or not is_known:
        raise SignInError(f"{variable} names {shown(host)}, to which its token does not belong")


def _asked(question: Question, name: str, around: Around) -> str:
    """Return the assertion in the answer of another service."""
    reply = around.ask(question, monotonic() + _LIMIT)
    said = reply.json()
    value = said.get(name) if reply.status == _OK and isinstance(said, dict) else None
    if not isinstance(value, str):
        raise SignInError(f"{question.host} does not vouch for what runs here (status {reply.status})")
    return value


def _checked(assertion: str, of: str, client_id: str, tenant: str) -> _Word:
    if not assertion.startswith("eyJ") or len(assertion) > LIMIT or not assertion.isascii():
        raise SignInError(f"what {of} has is no assertion")
    return _Word(assertion, client_id, tenant)

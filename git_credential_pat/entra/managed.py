"""A token for this machine itself, as a managed identity of Azure's: virtual machine, App Service, container.

The platform answers on an address that no other machine can reach, without TLS and never by a proxy. Where a
machine has several identities, `AZURE_CLIENT_ID` says which.
"""

from ipaddress import ip_address
from time import monotonic
from urllib.parse import urlencode

from git_credential_pat.entra import RESOURCE, AbsentError, Around, EntraToken, SignInError
from git_credential_pat.entra.tenant import host_of
from git_credential_pat.entra.tokens import replied
from git_credential_pat.errors import UnreachableError
from git_credential_pat.text import shown
from git_credential_pat.web import Question

_MACHINE = "http://169.254.169.254/metadata/identity/oauth2/token"
_PROBE_LIMIT, _LIMIT = 2.0, 10.0
"""Seconds: for an answer at all, which comes at once where there is one, and for a token."""
_ABSENT = "this machine has no managed identity of Azure's"


def token(around: Around) -> EntraToken:
    """Return a token; raise SignInError where no identity is there, or where it may not have one."""
    client_id = around.variable("AZURE_CLIENT_ID")
    identity = {"client_id": client_id} if client_id else {}
    endpoint, secret = around.variable("IDENTITY_ENDPOINT"), around.variable("IDENTITY_HEADER")
    if around.variable("IDENTITY_SERVER_THUMBPRINT") or around.variable("IMDS_ENDPOINT"):
        raise SignInError("managed identities of Service Fabric and Azure Arc cannot be used")
    if endpoint and secret:
        _require_local(endpoint)
        query = {"api-version": "2019-08-01", "resource": RESOURCE, **identity}
        return _asked(endpoint, query, {"X-IDENTITY-HEADER": secret}, around)
    try:  # without its header the service refuses at once
        around.ask_directly(Question(_MACHINE), monotonic() + _PROBE_LIMIT)
    except UnreachableError:
        raise AbsentError(_ABSENT) from None
    query = {"api-version": "2018-02-01", "resource": RESOURCE, **identity}
    return _asked(_MACHINE, query, {"Metadata": "true"}, around)


def _asked(endpoint: str, query: dict[str, str], headers: dict[str, str], around: Around) -> EntraToken:
    question = Question(f"{endpoint}?{urlencode(query)}", headers)
    return replied(around.ask_directly(question, monotonic() + _LIMIT), "the managed identity's service")


def _require_local(endpoint: str) -> None:
    """Raise SignInError if what is to get the secret of `IDENTITY_HEADER` lies beyond this machine."""
    host = host_of(endpoint)
    try:
        address = ip_address(host)
        is_local = address.is_loopback or address.is_link_local
    except ValueError:
        is_local = host == "localhost"
    if not is_local or not endpoint.startswith("http://"):
        raise SignInError(f"IDENTITY_ENDPOINT names {shown(host)}, which is not on this machine")

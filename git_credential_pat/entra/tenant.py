"""Which tenant of Entra an organization of Azure DevOps belongs to, as its host says."""

from string import ascii_letters, digits
from time import monotonic
from urllib.parse import urlsplit
from uuid import UUID

from git_credential_pat.entra import Ask
from git_credential_pat.web import Question, Reply

_LIMIT = 10.0
"""Seconds."""
_AUTHORITY = "login.microsoftonline.com"
_MICROSOFT_ACCOUNTS = str(UUID(int=0))
_GUID_LENGTH, _DASHES = 36, 4
_PLAIN = f"{ascii_letters}{digits}.:-[]"


def tenant_of(organization_url: str, ask: Ask) -> str:
    """Return the tenant's id; empty where the host names none, as where Microsoft accounts sign in.

    Raises UnreachableError. No credential is sent; the host names the tenant as it refuses the question.
    """
    question = Question(organization_url, {"X-TFS-FedAuthRedirect": "Suppress"}, method="HEAD")
    return _named_by(ask(question, monotonic() + _LIMIT))


def _named_by(reply: Reply) -> str:
    for challenge in reply.values("www-authenticate"):
        scheme, _, rest = challenge.strip().partition(" ")
        name, _, uri = rest.strip().partition("=")
        if (scheme.lower(), name.strip().lower()) == ("bearer", "authorization_uri"):
            parts = urlsplit(uri.partition(",")[0].strip(' "'))
            tenant = guid(parts.path.strip("/"))
            if tenant and (parts.scheme, parts.netloc) == ("https", _AUTHORITY):
                return _real(tenant)
    return _real(guid(reply.value("x-vss-resourcetenant").strip()))


def _real(tenant: str) -> str:
    return "" if tenant == _MICROSOFT_ACCOUNTS else tenant


def host_of(url: str) -> str:
    """Return the host of a URL, without the port; empty for a URL of which programs may read another host."""
    authority = urlsplit(url).netloc
    is_plain = authority.isascii() and not authority.strip(_PLAIN)
    return (urlsplit(url).hostname or "") if is_plain else ""


def guid(text: str) -> str:
    """Return a GUID in its usual form, or an empty text for what is none: no option of a program is one."""
    try:
        return str(UUID(text)) if len(text) == _GUID_LENGTH and text.count("-") == _DASHES else ""
    except ValueError:
        return ""

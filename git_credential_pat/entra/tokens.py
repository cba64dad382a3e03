"""Tokens of Entra's as they come: what they say of themselves, and whether they can be used.

What a token says is read without checking its signature: it only spares a question that the host would
refuse. Whether a token is genuine, its host decides.
"""

import json
from base64 import urlsafe_b64decode

from git_credential_pat import suggest
from git_credential_pat.entra import RESOURCE, EntraToken, SignInError
from git_credential_pat.entra.refusals import why
from git_credential_pat.model.entry import SECOND, Seconds
from git_credential_pat.model.token import LIMIT, of_host
from git_credential_pat.system import clock
from git_credential_pat.text import printable, shown
from git_credential_pat.web import Reply

_AUDIENCES = (RESOURCE, "https://app.vssps.visualstudio.com")
_OK = 200
_LATEST = Seconds(1 << 33)
"""Some time in the year 2242, for numbers that are none of a clock."""
_AZ = ("account", "get-access-token", "--resource", RESOURCE, "--query", "accessToken", "--output", "tsv")


def now() -> Seconds:
    """Return the time."""
    return Seconds(clock.nearest() // SECOND)


def usable(value: object, expires: object) -> EntraToken | None:
    """Return a token as another program or host gives it; None if it is nothing that a header can carry."""
    token, moment = of_host(value), seconds(expires)
    return None if token is None or moment is None else EntraToken(token.decode("ascii"), moment)


def seconds(value: object) -> Seconds | None:
    """Return a moment since 1970 that is given as a number or as the text of one; None for another thing."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= len(str(_LATEST)):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= _LATEST:
        return None
    return Seconds(int(value))


def claims(value: str) -> dict[str, object]:
    """Return what a token says of itself, unchecked; nothing where it says nothing."""
    parts = value.split(".")
    if len(value) > LIMIT or len(parts) != 3 or not value.startswith("eyJ"):  # noqa: PLR2004  # RFC 7519
        return {}
    try:
        said = json.loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def given(line: bytes) -> EntraToken:
    """Return the token that the user pipes in; raise SignInError for what cannot be one for Azure DevOps."""
    fix = f"pipe in what this prints: {suggest.az(*_AZ)}"
    value = line.decode("utf-8", "replace").strip()
    if not value:
        raise SignInError("there is no token on standard input", fix)
    said = claims(value)
    token = usable(value, said.get("exp"))
    if token is None:
        raise SignInError("what standard input has is no Entra token", fix)
    audience = said.get("aud")
    if not isinstance(audience, str) or audience.rstrip("/").lower() not in _AUDIENCES:
        of = shown(audience) if isinstance(audience, str) else "something else"
        raise SignInError(f"the Entra token on standard input is for {of}, not for Azure DevOps", fix)
    if token.expires <= now():
        raise SignInError("the Entra token on standard input has ended", fix)
    return token


def require_user(token: EntraToken) -> None:
    """Raise SignInError if a token is clearly none of a person, for only they can make access tokens."""
    said = claims(token.value)
    if said.get("idtyp") == "app" or ("scp" not in said and "oid" in said and said["oid"] == said.get("sub")):
        raise SignInError(
            "the sign-in is that of a service principal or a managed identity, which cannot make tokens",
            f"sign in as a person: {suggest.az('login', '--allow-no-subscriptions')}",
        )


def replied(reply: Reply, host: str) -> EntraToken:
    """Return the token of an answer to a question for one (RFC 6749, 5.1), or raise SignInError."""
    said = reply.json()
    answer = said if isinstance(said, dict) else {}
    if reply.status == _OK:
        lifetime = seconds(answer.get("expires_in"))  # a managed identity's counts from an earlier moment
        expires = answer.get("expires_on") or (lifetime and now() + lifetime)
        token = usable(answer.get("access_token"), expires)
        if token is not None:
            return token
    if isinstance(answer.get("error"), str):
        raise SignInError(f"{host} refuses: {why(answer)}")
    raise SignInError(f"{printable(host)} answers with no token (status {reply.status})")

"""What the interface of Azure DevOps Services for tokens answers: an object, or an error and what it means.

Errors have status 200 and a `patTokenError`; refusals of the server before it have a `message`.
"""

from collections.abc import Mapping

from git_credential_pat import suggest
from git_credential_pat.errors import AnswerLostError
from git_credential_pat.hosts.support.lifecycle import (
    DeadError,
    RefusedError,
    UnableError,
    asks_to_sign_in,
    strange,
)
from git_credential_pat.hosts.support.verdict import printable, quotation
from git_credential_pat.web import Reply

_OK, _CREATED, _NOT_FOUND = 200, 201, 404
_SIGNED_OUT = (401, 403)


def pat_of(reply: Reply, *, is_safe: bool = True) -> dict[str, object]:
    """Return the token of an answer; raise RefusedError for an error, whatever its status."""
    said = object_of(reply, is_safe=is_safe)
    pat = said.get("patToken")
    if isinstance(pat, dict):
        return pat
    missing = "the host's answer has no token in it"
    raise RefusedError(missing) if is_safe else AnswerLostError(missing)


def object_of(reply: Reply, *, is_safe: bool = True) -> dict[str, object]:
    """Return the object of an answer; raise RefusedError for another one.

    Where something may have changed at the host, and a server before it answers, it is an AnswerLostError.
    """
    found = reply.json()
    said = found if isinstance(found, dict) else {}
    error = said.get("patTokenError")
    if isinstance(error, str) and error.lower() != "none":
        raise _refusal(error, said.get("patTokenErrorMessage"))
    if reply.status in (_OK, _CREATED) and said:
        return said
    if isinstance(said.get("typeKey"), str) or isinstance(said.get("message"), str):
        raise _complaint(reply, said)
    if reply.status == _NOT_FOUND:
        raise RefusedError("there is no such organization, or its host has no interface for tokens")
    if _wants_sign_in(reply):
        raise RefusedError(_WRONG_SIGN_IN)
    raise strange(reply, "Azure DevOps", is_safe=is_safe)


def _wants_sign_in(reply: Reply) -> bool:
    """Return whether a reply is no answer but the way to sign in: a redirect, a page, a 203, a challenge."""
    return reply.status in _SIGNED_OUT or asks_to_sign_in(reply)


def _complaint(reply: Reply, said: Mapping[str, object]) -> RefusedError:
    """Return what a refusal means that has a message and the name of an exception."""
    text, key = said.get("message"), said.get("typeKey")
    message = quotation(text if isinstance(text, str) else "", ())
    if reply.status == _NOT_FOUND and isinstance(key, str):
        return DeadError(f"its host has no such token: {message}")
    if _PRINCIPALS in message:
        return RefusedError(f"{_PERSONS_ONLY} (the host says: {message})")
    advice = next((words for code, words in _CODES.items() if code in message), "")
    return RefusedError(f"{advice or 'the host refuses it'} (it says: {message})")


def _refusal(error: str, message: object) -> RefusedError:
    """Return what a `patTokenError` means."""
    kind, meaning = _ERRORS.get(error[:1].lower() + error[1:], (RefusedError, ""))
    words = quotation(message if isinstance(message, str) else "", ())
    name = printable(error)
    more = f"{name}: {words}" if words else name
    return kind(f"{meaning or 'the host refuses it'} ({more})")


_PRINCIPALS = "Service principals are not allowed"
_PERSONS_ONLY = (
    "a service principal or a managed identity cannot make tokens; sign in as a person, "
    f"run: {suggest.az('login', '--allow-no-subscriptions')}"
)
_WRONG_SIGN_IN = (
    "the host asks for another kind of sign-in: only a person of the organization may do this, who signs in "
    "by Microsoft Entra to the organization's own tenant"
)
_CODES = {
    "TF400898": "the host cannot read what it was asked (TF400898)",
    "TF400813": "the sign-in is not authorized in this organization (TF400813)",
    "VS403463": "a conditional access policy does not let this sign-in in from here (VS403463)",
    "The requested operation is not allowed": _WRONG_SIGN_IN,
}

_WITHOUT_TOKENS = suggest.seed(suggest.EXAMPLE, "--sign-in", "entra")
_BAD_REQUEST = "the host finds what it was asked wrong"
_WRONG_IDENTITY = "this kind of sign-in cannot do this; sign in as a person of the organization"
_ASK_LATER = "the host could not do it; try again later"
_DEAD = "its host has no such token: it was revoked, or is another person's"
_POLICY = "a policy of the organization forbids it; an administrator can allow it"

_ERRORS: dict[str, tuple[type[RefusedError], str]] = {
    "displayNameRequired": (RefusedError, "the host wants a name for it; give --label"),
    "invalidDisplayName": (RefusedError, "the host does not take its name; give another one by --label"),
    "invalidValidTo": (RefusedError, "the host does not take its end; give fewer --days, 365 at most"),
    "invalidScope": (
        RefusedError,
        "the host does not know its permissions; give --permission, such as vso.code_write",
    ),
    "userIdRequired": (RefusedError, _WRONG_IDENTITY),
    "invalidUserId": (RefusedError, _WRONG_IDENTITY),
    "invalidUserType": (RefusedError, _PERSONS_ONLY),
    "accessDenied": (RefusedError, "this sign-in may not do it; sign in as the person whose token it is"),
    "failedToIssueAccessToken": (RefusedError, _ASK_LATER),
    "invalidClient": (RefusedError, _WRONG_IDENTITY),
    "invalidClientType": (RefusedError, _WRONG_IDENTITY),
    "invalidClientId": (RefusedError, _WRONG_IDENTITY),
    "invalidTargetAccounts": (RefusedError, "the organization is none of this sign-in's; check the URL"),
    "hostAuthorizationNotFound": (DeadError, _DEAD),
    "authorizationNotFound": (DeadError, _DEAD),
    "failedToUpdateAccessToken": (RefusedError, _ASK_LATER),
    "sourceNotSupported": (RefusedError, _BAD_REQUEST),
    "invalidSourceIP": (RefusedError, "the host does not let this in from here; use another network"),
    "invalidSource": (RefusedError, "the host does not let this in from here; use another network"),
    "duplicateHash": (RefusedError, _ASK_LATER),
    "sshPolicyDisabled": (RefusedError, _POLICY),
    "invalidToken": (DeadError, "the host does not take it for a token any more"),
    "tokenNotFound": (DeadError, _DEAD),
    "invalidAuthorizationId": (DeadError, "its host knows no token of the id that is noted"),
    "failedToReadTenantPolicy": (RefusedError, _ASK_LATER),
    "globalPatPolicyViolation": (RefusedError, "a policy forbids tokens for all organizations"),
    "fullScopePatPolicyViolation": (
        UnableError,
        "a policy forbids tokens with full access; choose its permissions",
    ),
    "patLifespanPolicyViolation": (RefusedError, "a policy forbids such a long life; give fewer --days"),
    "invalidTokenType": (UnableError, "it is no personal access token"),
    "invalidAudience": (RefusedError, _WRONG_IDENTITY),
    "invalidSubject": (RefusedError, _WRONG_IDENTITY),
    "deploymentHostNotSupported": (RefusedError, "the organization is none of this sign-in's; check the URL"),
    "disablePatCreationPolicyViolation": (
        RefusedError,
        f"a policy of the organization forbids new ones; to do without, run: {_WITHOUT_TOKENS}",
    ),
    "failedToReadOrgPolicy": (RefusedError, _ASK_LATER),
    "globalPATCreationBlocked": (RefusedError, "the host makes no tokens for all organizations any more"),
    "expiredPatCannotBeExtended": (UnableError, "it has expired, so that it cannot be extended"),
}
"""What each `patTokenError` of the specification means, and what to do."""

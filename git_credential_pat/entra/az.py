"""A token by the Azure CLI, as whoever is signed in there.

`az account get-access-token` prints JSON: `accessToken`, and when it ends: `expires_on` in seconds since
1970, in versions before 2.54 only `expiresOn`, in local time without a zone.
"""

import json
import time

from git_credential_pat import suggest
from git_credential_pat.entra import RESOURCE, AbsentError, Around, EntraToken, SignInError, login
from git_credential_pat.entra.refusals import meaning, one_line
from git_credential_pat.entra.tokens import now, usable
from git_credential_pat.errors import PatError
from git_credential_pat.system.becoming import users_environment
from git_credential_pat.system.processes import DEFAULT_PATH, Ended, find_program, run_alone
from git_credential_pat.text import quoted

_LIMIT = 10.0
"""Seconds; az takes one or two."""
_WITHOUT_TENANT = b"Tenant shouldn't be specified"
"""What az says where it signs in as a machine, or in the Cloud Shell."""
_SIGNED_OUT = ("az login", "No subscription found", "az account set")
_WORDS = ("account", "get-access-token", "--output", "json", "--resource", RESOURCE)


def token(tenant: str, around: Around) -> EntraToken:
    """Return az's token for a tenant, or for its own if that is empty; raise SignInError."""
    program = find_program("az", around.variable("PATH") or DEFAULT_PATH)
    if program is None:
        raise AbsentError("az is not installed", f"install the Azure CLI, then run: {login(tenant)}")
    ended = _run(program, around, ("--tenant", tenant) if tenant else ())
    if tenant and _WITHOUT_TENANT in ended.complaint:
        ended = _run(program, around, ())
    again = f"run: {login(tenant)}"
    if ended.status:
        raise SignInError(_why(ended.complaint), again)
    given = _read(ended.output)
    if given is None:
        raise SignInError("az prints something else than a token", again)
    if given.expires <= now():
        raise SignInError("az gives a token that has ended; is the clock right?", again)
    return given


def _run(program: str, around: Around, more: tuple[str, ...]) -> Ended:
    """Return how az ends; raise SignInError if it takes too long or cannot be started."""
    plain = {b"AZURE_CORE_NO_COLOR": b"true", b"AZURE_CORE_ONLY_SHOW_ERRORS": b"true"}
    environment = {**users_environment(around.environment), **plain}
    try:
        ended = run_alone([program, *_WORDS, *more], environment, around.seconds(_LIMIT))
    except PatError:
        fix = f"check the installation of {quoted(program)}"
        raise SignInError("az cannot be started", fix) from None
    if ended is None:
        command = suggest.az(*_WORDS, *more)
        raise SignInError(f"az does not answer within {_LIMIT:.0f} seconds", f"see what it does: {command}")
    return ended


def _why(complaint: bytes) -> str:
    lines = complaint.decode("utf-8", "replace").splitlines()
    said = "\n".join(line for line in lines if not line.startswith("WARNING"))
    of_entra = meaning(said)
    if of_entra:
        return f"az cannot sign in: {of_entra}"
    if any(words in said for words in _SIGNED_OUT):
        return "az is not signed in"
    return f"az fails: {one_line(said.removeprefix('ERROR: ')) or 'it says nothing of the reason'}"


def _read(output: bytes) -> EntraToken | None:
    try:
        said = json.loads(output)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    expires = said.get("expires_on")
    return usable(said.get("accessToken"), _local(said.get("expiresOn")) if expires is None else expires)


def _local(text: object) -> int | None:
    """Return the moment of a local time without a zone, such as `2026-11-30 21:05:09.114324`."""
    try:
        return int(time.mktime(time.strptime(str(text).partition(".")[0], "%Y-%m-%d %H:%M:%S")))
    except (ValueError, OverflowError):
        return None

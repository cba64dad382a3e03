"""nuget-plugin-pat: NuGet's plugin protocol, version 2, a JSON object a line; and its stand-in.

See "NuGet cross platform plugins". A plugin that fails breaks every restore, so whatever is not understood
is passed over, and whatever is not ours is `NotFound`. `IsRetry` does not mean that a token was rejected:
NuGet remembers logins by host, and asks again after it has sent one organization's token to another.

With `-U URL` it stands for CredentialProvider.Microsoft, as artifacts-keyring and ado-npm-auth run it.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from git_credential_pat.errors import UsageError
from git_credential_pat.frontends import MESSAGE_LIMIT, OPENINGS
from git_credential_pat.frontends.support.asking import Login, ask
from git_credential_pat.frontends.support.lines import line_of, member, object_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from git_credential_pat.frontends import Talk

_SUCCESS = {"ResponseCode": "Success"}
_NOT_FOUND = {"ResponseCode": "NotFound"}
_ANSWERS: dict[str, dict[str, str]] = {
    "Handshake": {**_SUCCESS, "ProtocolVersion": "2.0.0"},
    "Initialize": {**_SUCCESS},
    "MonitorNuGetProcessExit": {**_SUCCESS},
    "SetCredentials": {**_SUCCESS},
    "SetLogLevel": {**_SUCCESS},
}
_URI_OPTIONS = ("-u", "-uri")
_NO_LOGIN = 2
"""The status of CredentialProvider.Microsoft where it has no login."""


def talk(words: list[str], read: Callable[[int], bytes]) -> Talk:
    """Answer one line of NuGet's, or a command line of the stand-in's."""
    if ("nuget", words[0] if words else "") not in OPENINGS:
        return (yield from _stand_in(words))
    message = object_in(read(MESSAGE_LIMIT))
    if message.get("Type") != "Request":
        return None  # its answers, its progress, or nothing that is known
    method = member(message, "Method")
    if method == "Close":
        return 0
    if method == "GetAuthenticationCredentials":
        login = yield from ask("nuget", member(message, "Payload", "Uri"))
        payload = _login(login)
    elif method == "GetOperationClaims":
        is_of_source = bool(member(message, "Payload", "PackageSourceRepository"))
        payload = {"Claims": [] if is_of_source else ["Authentication"]}
    else:
        payload = {**_ANSWERS.get(method, _NOT_FOUND)}
    if request := member(message, "RequestId"):
        answer = {"RequestId": request, "Type": "Response", "Method": method, "Payload": payload}
        yield line_of(answer)
    return None


def _stand_in(words: list[str]) -> Talk:
    places = [after for option, after in pairwise(words) if option.lower() in _URI_OPTIONS]
    if len(places) != 1:
        raise UsageError("answer nuget takes -Plugin, or -U and a feed's URL")
    login = yield from ask("nuget", places[0])
    if login is None:
        return _NO_LOGIN
    yield line_of({"Username": login.username, "Password": login.password})
    return 0


def _login(login: Login | None) -> dict[str, object]:
    if login is None:
        return {**_NOT_FOUND}
    found = {"Username": login.username, "Password": login.password, "AuthenticationTypes": ["Basic"]}
    return {**_SUCCESS, **found}

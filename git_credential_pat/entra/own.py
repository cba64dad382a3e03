"""A token by an app registration of the user's own (`pat.entraClientId`), with the library msal.

First without a person, by what the cache has of an earlier sign-in. Then in the browser, with PKCE, and
where there is none by a code that the person enters on another device. The library comes with the extra
`entra` and is loaded here alone. It asks Entra by `_Asking`, so that Git's settings choose proxy and
certificates, no redirect is followed, and no host is asked but Entra's.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from importlib.util import find_spec
from time import monotonic
from typing import Any, TypeVar
from urllib.parse import urlencode

from git_credential_pat import suggest
from git_credential_pat.entra import SCOPE, AbsentError, Around, Ask, EntraToken, SignInError
from git_credential_pat.entra.refusals import one_line, why
from git_credential_pat.entra.tokens import replied
from git_credential_pat.errors import PatError
from git_credential_pat.text import printable
from git_credential_pat.web import Question, Reply

_HOST = "login.microsoftonline.com"
_ANY_TENANT = "organizations"
_LIMIT = 15.0
"""Seconds for one answer of Entra's."""
_BROWSER_LIMIT = 300
"""Seconds for the person in the browser; Entra gives a code 15 minutes."""
_NO_ANSWERS = (*range(300, 400), *range(500, 600))
_ERRORS = 400
_T = TypeVar("_T")


def token(organization_url: str, tenant: str, client_id: str, around: Around) -> EntraToken:
    """Return a token for an organization's tenant; raise SignInError, also where a person is needed."""
    if not client_id:
        setting = suggest.git_config("pat.entraClientId", "ID")
        raise AbsentError("pat.entraClientId is not set", f"register an app, then run: {setting}")
    msal = _library()
    cache = msal.SerializableTokenCache()
    saved = around.cache.load() if around.cache else ""
    if _is_cache(saved):
        cache.deserialize(saved)
    make_app = partial(msal.PublicClientApplication, client_id, token_cache=cache)
    authority = f"https://{_HOST}/{tenant or _ANY_TENANT}"
    asking = _Asking(around.ask)
    app = _careful(partial(make_app, authority=authority, instance_discovery=False, http_client=asking))
    answer = _from_cache(app)
    if "access_token" not in answer:
        answer = _from_person(app, organization_url, around, answer)
    got = replied(Reply(200, (), json.dumps(answer).encode()), _HOST)
    if around.cache and cache.has_state_changed:
        with suppress(PatError):  # then the next sign-in may need a person
            around.cache.save(cache.serialize())
    return got


def _is_cache(text: str) -> bool:
    """Return whether a text is what the library saves: objects by name, in objects by kind. Else it fails."""
    try:
        kinds = json.loads(text)
    except (ValueError, RecursionError):
        return False
    groups = kinds.values() if isinstance(kinds, dict) else [None]
    return all(
        isinstance(group, dict) and all(isinstance(one, dict) for one in group.values()) for group in groups
    )


def _from_cache(app: Any) -> dict[str, Any]:  # noqa: ANN401  # the library has no types
    """Return the answer that an earlier sign-in gets without a person; empty if there was none."""
    answer: dict[str, Any] = {}
    for account in app.get_accounts():
        answer = _careful(partial(app.acquire_token_silent_with_error, [SCOPE], account=account)) or {}
        if "access_token" in answer:
            break
    return answer


def _from_person(
    app: Any,  # noqa: ANN401  # as above
    organization_url: str,
    around: Around,
    earlier: dict[str, Any],
) -> dict[str, Any]:
    """Return the answer that a person gets; raise SignInError for a refusal.

    `earlier` is that to an earlier sign-in.
    """
    if not around.may_ask:
        because = f" ({why(earlier)})" if earlier else ""
        again = around.again or suggest.own("rotate", organization_url)
        raise SignInError(
            f"the sign-in by pat.entraClientId needs a person{because}", f"run on a terminal: {again}"
        )
    answer = None
    if _has_browser(around):
        with suppress(SignInError):  # nobody came back from the browser
            answer = _careful(lambda: _by_browser(app, around))
    answer = answer or _careful(lambda: _by_code(app, around))
    if "access_token" not in answer:
        raise SignInError(f"Entra refuses the sign-in by pat.entraClientId: {why(answer)}")
    return answer


def _by_browser(app: Any, around: Around) -> dict[str, Any]:  # noqa: ANN401  # as above
    around.say("sign in to Azure DevOps in the browser that opens; Ctrl-C ends it")
    answer = app.acquire_token_interactive(
        [SCOPE],
        timeout=_BROWSER_LIMIT,
        auth_uri_callback=lambda url: around.say(
            f"no browser opens; on this machine, go to {printable(url)}"
        ),
    )
    return dict(answer)


def _by_code(app: Any, around: Around) -> dict[str, Any]:  # noqa: ANN401  # as above
    flow = app.initiate_device_flow([SCOPE])
    if "user_code" not in flow:
        return dict(flow)
    page, code = one_line(str(flow["verification_uri"])), one_line(str(flow["user_code"]))
    around.say(f"to sign in to Azure DevOps, go to {page} and enter the code {code}")
    return dict(app.acquire_token_by_device_flow(flow))


def _has_browser(around: Around) -> bool:
    """Return whether there is a desktop, or a program that the person named."""
    if around.variable("BROWSER") or around.variable("DISPLAY") or around.variable("WAYLAND_DISPLAY"):
        return True
    return sys.platform == "darwin" and not around.variable("SSH_CONNECTION")


def _careful(call: Callable[[], _T]) -> _T:
    """Return what the library does; what it raises could show a token, so only its kind is kept."""
    try:
        return call()
    except PatError:
        raise
    except Exception as error:  # noqa: BLE001  # it is the library's to choose
        raise SignInError(f"the sign-in by pat.entraClientId fails ({type(error).__name__})") from None


def _library() -> Any:  # noqa: ANN401  # as above
    """Load msal, which is to write no log; raise SignInError if it is not installed."""
    try:
        import msal
    except ImportError:
        command = suggest.install_library("msal", sys.executable, _installer())
        raise SignInError("pat.entraClientId needs the Python library msal", f"run: {command}") from None
    import logging

    logger = logging.getLogger("msal")
    logger.propagate = False
    logger.addHandler(logging.NullHandler())
    return msal


def _installer() -> str:
    """Return which program installs libraries where this one is installed."""
    folder = os.path.dirname(os.path.dirname(sys.executable))
    if os.path.exists(os.path.join(folder, "pipx_metadata.json")):
        return "pipx"
    return "pip" if find_spec("pip") else "uv"


class _Asking:
    """What the library takes for a client of HTTP (its oauth2cli/http.py says what that has)."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def get(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **_: object,
    ) -> "_Response":
        query = f"?{urlencode(params)}" if params else ""
        return self._answer(Question(url + query, headers or {}))

    def post(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | str | None = None,
        headers: Mapping[str, str] | None = None,
        **_: object,
    ) -> "_Response":
        query = f"?{urlencode(params)}" if params else ""
        body = data if isinstance(data, str) else urlencode(data or {})
        form = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        return self._answer(Question(url + query, form, "POST", body.encode()))

    def close(self) -> None:
        """Do nothing: no connection is kept."""

    def _answer(self, question: Question) -> "_Response":
        if not question.url.startswith(f"https://{_HOST}/"):
            raise SignInError(f"{_HOST} sends the sign-in to another host")
        reply = self._ask(question, monotonic() + _LIMIT)
        if reply.status in _NO_ANSWERS or not isinstance(reply.json(), dict):
            raise SignInError(f"{_HOST} answers with something else (status {reply.status})")
        return _Response(reply)


class _Response:
    def __init__(self, reply: Reply) -> None:
        self.status_code = reply.status
        self.text = reply.text
        self.headers = dict(reply.headers)

    def raise_for_status(self) -> None:
        """Raise SignInError for a refusal."""
        if self.status_code >= _ERRORS:
            raise SignInError(f"{_HOST} refuses (status {self.status_code})")

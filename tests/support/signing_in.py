"""What the tests of sign-in to Entra share: made-up tokens, and surroundings with scripted replies."""

from __future__ import annotations

import base64
import json
import os
import time
from typing import TYPE_CHECKING, Any

from git_credential_pat.entra import RESOURCE, Around
from git_credential_pat.errors import UnreachableError
from git_credential_pat.git.settings import Settings
from git_credential_pat.web import Question, Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

TENANT = "72f988bf-0000-4000-8000-00000000abcd"
CLIENT = "c0ffee00-1111-4222-8333-444455556666"
HOUR = 3600


def made_up_token(**claims: object) -> str:
    """Return a token of Entra's form that lives for an hour, with these claims in place of the usual ones."""
    usual = {"aud": RESOURCE, "exp": int(time.time()) + HOUR, "tid": TENANT, "scp": "user_impersonation"}
    said = {name: value for name, value in {**usual, **claims}.items() if value is not None}
    parts = ({"typ": "JWT", "alg": "RS256"}, said)
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join((*encoded, "c2lnbmF0dXJl" * 20))


def json_reply(status: int, value: object) -> Reply:
    return Reply(status, (("content-type", "application/json"),), json.dumps(value).encode())


def issued(token: str, **more: object) -> Reply:
    """Return Entra's answer with a token (RFC 6749, 5.1)."""
    return json_reply(200, {"token_type": "Bearer", "expires_in": HOUR, "access_token": token, **more})


def refused(code: int, error: str = "invalid_grant", said: str = "Something is wrong.") -> Reply:
    """Return a refusal as Entra words it."""
    description = (
        f"AADSTS{code}: {said} Trace ID: 2f8ccb7a-459e-44fb-b615-232475945800 Correlation ID: "
        "824fc737-3721-428a-adb8-e51aec8c4cce Timestamp: 2026-11-30 18:39:09Z"
    )
    return json_reply(400, {"error": error, "error_description": description, "error_codes": [code]})


class Hosts:
    """Replies by URL, as far as its query; `asked` has every question. Nothing else can be reached."""

    def __init__(self, replies: Mapping[str, Reply] | None = None) -> None:
        self.replies = dict(replies or {})
        self.asked: list[Question] = []

    def ask(self, question: Question, deadline: float) -> Reply:
        self.asked.append(question)
        if time.monotonic() > deadline or question.url.partition("?")[0] not in self.replies:
            raise UnreachableError(f"{question.host}: it refuses the connection")
        return self.replies[question.url.partition("?")[0]]


def surroundings(
    hosts: Hosts,
    *,
    direct: Hosts | None = None,
    client_id: str = "",
    variables: Mapping[str, str] | None = None,
    **more: Any,  # noqa: ANN401  # as Around has them
) -> Around:
    environment = {os.fsencode(name): os.fsencode(value) for name, value in (variables or {}).items()}
    settings = Settings("/data", "/config", entra_client=client_id)
    return Around(environment, settings, hosts.ask, (direct or Hosts()).ask, **more)

"""Logins in parts, as git's own helpers keep them: the parts of a URL, and a secret with lines below it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from git_credential_pat.frontends.git import EXPIRY_LIMIT
from git_credential_pat.importing.support.found import Found, found_at
from git_credential_pat.model.entry import Seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from git_credential_pat.importing.support.scrubbing import Trace

_DIGITS = len(str(EXPIRY_LIMIT))


def url_of(protocol: str, host: str, path: str = "") -> bytes:
    """Return a URL of parts in plain text; no character of one can end it and begin the next."""
    return "".join((_quoted(protocol), "://", _quoted(host, "[]:"), "/", _quoted(path, "/"))).encode("ascii")


def found_with_lines(where: str, url: bytes, username: str | None, secret: bytes, trace: Trace) -> Found:
    """Return a login whose secret is as git's helpers write it: lines NAME=VALUE may follow the token."""
    token, _, rest = secret.partition(b"\n")
    user = None if username is None else username.encode("utf-8", "surrogateescape")
    found = found_at(where, url, username=user, password=token, trace=trace)
    return with_values(found, dict(line.partition(b"=")[::2] for line in rest.split(b"\n")))


def with_values(found: Found, values: Mapping[bytes, bytes]) -> Found:
    """Add what is kept beside a token: when it expires, and its refresh token."""
    if found.request is None:
        return found
    expiry = values.get(b"password_expiry_utc", b"")
    is_time = expiry.isdigit() and len(expiry) <= _DIGITS and int(expiry) <= EXPIRY_LIMIT
    request = found.request._replace(
        expires=Seconds(int(expiry)) if is_time else None,
        refresh_token=values.get(b"oauth_refresh_token") or None,
    )
    return replace(found, request=request)


def _quoted(part: str, safe: str = "") -> str:
    return quote(part, safe, errors="surrogateescape")

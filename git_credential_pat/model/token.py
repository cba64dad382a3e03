"""A token as it is given: by people, who paste it or pipe it in, or by a host."""

from __future__ import annotations

import string

from git_credential_pat.errors import PatError
from git_credential_pat.text import has_controls

LIMIT = 32_768
"""The most bytes of a token."""

_AROUND = string.whitespace + "\u00a0\u200b\u2060\ufeff"
"""What comes along with a token copied from a web page."""

_PASTE_BEGINS, _PASTE_ENDS = b"\x1b[200~", b"\x1b[201~"
"""What some terminals put around a paste (xterm's "bracketed paste")."""


def of_host(value: object) -> bytes | None:
    """Return a token as a host or another program gives it, in JSON; None for what no header can carry."""
    if not isinstance(value, str) or not 0 < len(value) <= LIMIT:
        return None
    return value.encode("ascii") if value.isascii() and value.isprintable() and " " not in value else None


def cleaned(value: bytes) -> bytes:
    """Return a token without the white space around it, which may be nothing; raise PatError for no token."""
    pasted = value.removeprefix(_PASTE_BEGINS).removesuffix(_PASTE_ENDS)
    token = pasted.decode("utf-8", "surrogateescape").strip(_AROUND).encode("utf-8", "surrogateescape")
    if len(token) > LIMIT or has_controls(token):
        raise PatError("that is not a token: it is too long or has control characters; nothing was changed")
    return token

"""A token as people give it: pasted, piped in, or read from somewhere."""

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


def cleaned(value: bytes) -> bytes:
    """Return a token without the white space around it, which may be nothing; raise PatError for no token."""
    pasted = value.removeprefix(_PASTE_BEGINS).removesuffix(_PASTE_ENDS)
    token = pasted.decode("utf-8", "surrogateescape").strip(_AROUND).encode("utf-8", "surrogateescape")
    if len(token) > LIMIT or has_controls(token):
        raise PatError("that is not a token: it is too long or has control characters; nothing was changed")
    return token

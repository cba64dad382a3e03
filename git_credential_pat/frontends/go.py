"""GOAUTH of Go 1.24 and later: `answer go [URL]`; see `go help goauth`.

Go runs it once without a URL, then for each that its server refuses. Go finds a header by the longest prefix
of a URL, compared as text: so each answer is for exactly the URL that is asked for, with its query, which
some versions compare, and without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_credential_pat.errors import UsageError
from git_credential_pat.frontends.support.asking import ask

if TYPE_CHECKING:
    from collections.abc import Callable

    from git_credential_pat.frontends import Talk


def talk(words: list[str], read: Callable[[int], bytes]) -> Talk:
    """Answer for one URL; what is not ours is answered with nothing."""
    del read
    if len(words) > 1:
        raise UsageError("answer go takes one URL")
    url = words[0] if words else ""
    if not url.startswith("https://"):
        return 0
    login = yield from ask("go", url, takes_header=True)
    if login is not None:
        prefixes = dict.fromkeys((url.partition("#")[0], url.partition("#")[0].partition("?")[0]))
        lines = "".join(f"{prefix}\n" for prefix in prefixes)
        yield f"{lines}\nAuthorization: {login.header}\n\n".encode("utf-8", "surrogateescape")
    return 0

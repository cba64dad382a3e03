"""The value of the header `Authorization` alone, for tools that run a command for it: `answer header URL`.

pnpm's `tokenHelper` and yarn's plugins are such. A miss is status 1 and nothing on standard output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_credential_pat.errors import UsageError
from git_credential_pat.frontends.support.asking import ask

if TYPE_CHECKING:
    from collections.abc import Callable

    from git_credential_pat.frontends import Talk


def talk(words: list[str], read: Callable[[int], bytes]) -> Talk:
    """Answer for one URL."""
    del read
    if len(words) != 1:
        raise UsageError("answer header takes one URL")
    login = yield from ask("the tool", words[0], takes_header=True, at_registry=True)
    if login is None:
        return 1
    yield f"{login.header}\n".encode()
    return 0

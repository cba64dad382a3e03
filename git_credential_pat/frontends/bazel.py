"""bazel-credential-pat: Bazel's credential helper protocol, `get` with JSON on both sides.

A status other than 0 would fail the build, so whatever is not ours is answered with `{}`.
"""

from __future__ import annotations

from time import gmtime, strftime
from typing import TYPE_CHECKING

from git_credential_pat.errors import UsageError
from git_credential_pat.frontends import MESSAGE_LIMIT
from git_credential_pat.frontends.support.asking import ask
from git_credential_pat.frontends.support.lines import line_of, member, object_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from git_credential_pat.frontends import Talk


def talk(words: list[str], read: Callable[[int], bytes]) -> Talk:
    """Answer for the URI on standard input."""
    if words != ["get"]:
        raise UsageError("bazel-credential-pat takes the word get")
    uri = member(object_in(read(MESSAGE_LIMIT)), "uri")
    login = yield from ask("bazel", uri, takes_header=True)
    found: dict[str, object] = {}
    if login is not None:
        found["headers"] = {"Authorization": [login.header]}
        if login.expires is not None:
            found["expires"] = strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(login.expires))
    yield line_of(found)
    return 0

"""docker-credential-pat: the contract of docker-credential-helpers, which podman, skopeo and others share.

Standard input has the registry, `host[:port]`, which names no owner. A login cannot be stored and none is
taken away, because a token is seeded and stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_credential_pat import __version__, suggest
from git_credential_pat.errors import UsageError
from git_credential_pat.frontends import MESSAGE_LIMIT
from git_credential_pat.frontends.support.asking import ask, request_for
from git_credential_pat.frontends.support.lines import line_of, member, object_in
from git_credential_pat.model.request import LIST
from git_credential_pat.model.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from git_credential_pat.frontends import Talk

_MISS = b"credentials not found in native keychain\n"
"""The very words by which docker knows that there are none; on standard output, as any error here."""


def talk(words: list[str], read: Callable[[int], bytes]) -> Talk:
    """Carry out one of docker's operations."""
    operation = words[0] if len(words) == 1 else ""
    if operation == "get":
        server = read(MESSAGE_LIMIT).decode("utf-8", "replace").strip()
        login = yield from ask("docker", server)
        if login is None:
            yield _MISS
            return 1
        found = {"ServerURL": server, "Username": login.username, "Secret": login.password}
        yield line_of(found)
    elif operation == "store":
        request = request_for("docker", member(object_in(read(MESSAGE_LIMIT)), "ServerURL"))
        url = Scope(request.protocol, request.host).text if request else suggest.EXAMPLE
        yield f"git-credential-pat stores no login of docker; run: {suggest.seed(url)}\n".encode()
        return 1
    elif operation == "list":
        answer = yield LIST
        yield line_of(dict.fromkeys(answer.hosts, "pat"))
    elif operation == "version":
        yield f"docker-credential-pat (git-credential-pat) {__version__}\n".encode()
    elif operation != "erase":
        raise UsageError("docker-credential-pat takes one of get, store, erase, list, version")
    return 0

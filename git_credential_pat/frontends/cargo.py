"""cargo-credential-pat: Cargo's credential provider protocol, version 1, a JSON object a line.

See "Credential Provider Protocol" in Cargo's book. What is not ours is `url-not-supported`, also a login and
a logout, so that Cargo asks its next provider: `operation-not-supported` would end the search.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_credential_pat import suggest
from git_credential_pat.errors import UsageError
from git_credential_pat.frontends import MESSAGE_LIMIT, OPENINGS
from git_credential_pat.frontends.support.asking import login_of, request_for
from git_credential_pat.frontends.support.lines import line_of, member, object_in
from git_credential_pat.model.request import Call

if TYPE_CHECKING:
    from collections.abc import Callable

    from git_credential_pat.frontends import Talk


def talk(words: list[str], read: Callable[[int], bytes]) -> Talk:
    """Answer one line; no status, for another one may follow."""
    if ("cargo", words[0] if words else "") not in OPENINGS:
        raise UsageError(f"Cargo runs this itself; run: {suggest.own('configure', 'cargo')}")
    request = request_for("cargo", _index(read(MESSAGE_LIMIT)), takes_header=True, at_registry=True)
    if request is None:
        yield line_of({"Err": {"kind": "url-not-supported"}})
        return None
    answer = yield Call("get", request)
    login = login_of(answer)
    if login is None:
        yield line_of({"Err": {"kind": "not-found" if answer.notices else "url-not-supported"}})
        return None
    found = {"kind": "get", "token": login.header, "cache": "session", "operation_independent": True}
    yield line_of({"Ok": found})
    return None


def _index(line: bytes) -> str:
    """Return the URL of the registry that a line asks a login for; nothing if it asks anything else."""
    question = object_in(line)
    asks = question.get("v") == 1 and question.get("kind") == "get"
    return member(question, "registry", "index-url") if asks else ""

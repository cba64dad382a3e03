"""Gitea and Forgejo: a password makes and deletes its user's tokens (`/users/{name}/tokens`); no token does.

So the subject of this lifecycle has the password in the token's place, and `key` is the code that a second
factor shows, where there is one. Tokens have no end. A name is used once.
"""

import json
from typing import ClassVar
from urllib.parse import quote

from git_credential_pat.errors import PatError
from git_credential_pat.hosts.support.lifecycle import (
    SUCCESSES,
    Authority,
    Facts,
    Issued,
    Lifecycle,
    RefusedError,
    SignInRefusedError,
    Steps,
    Wanted,
    asks_to_sign_in,
    host_time,
    is_done,
    issued,
    numbered,
    strange,
)
from git_credential_pat.hosts.support.verdict import member, printable
from git_credential_pat.model.entry import Seconds
from git_credential_pat.model.renewal import Intent
from git_credential_pat.web import Question, Reply

_OK, _CREATED = 200, 201
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 401, 403, 404
_CODES = ("X-Gitea-OTP", "X-Forgejo-OTP")
_PAGE, _MOST_PAGES = 50, 100
_USED = "name has been used"


class GiteaLifecycle(Lifecycle):
    """The tokens of a user who gives the password."""

    creating: ClassVar[Authority] = "password"
    creates: ClassVar[bool] = True
    endless: ClassVar[bool] = True
    names_once: ClassVar[bool] = True
    usual_permissions: ClassVar[tuple[str, ...]] = ("write:repository",)
    package_permissions: ClassVar[tuple[str, ...]] = ("read:package",)

    def clock(self) -> Steps[Seconds | None]:
        """Ask for a list, for which the password must be right."""
        reply = yield self._question("GET")
        if reply.status != _OK or asks_to_sign_in(reply):
            raise self._refusal(reply, is_safe=True)
        return host_time(reply)

    def create(self, wanted: Wanted) -> Steps[Issued]:
        """Make a token, which has no end whatever is wanted."""
        body = json.dumps({"name": wanted.name, "scopes": [*wanted.permissions]}).encode()
        reply = yield self._question("POST", body=body)
        if reply.status not in (_OK, _CREATED):
            raise self._refusal(reply)
        return issued(member(reply.json(), "sha1"), numbered(reply.json()))

    def made_for(self, intent: Intent) -> Steps[tuple[str, ...]]:
        """Return the one token of this name, whenever it was made: the host does not say."""
        found: dict[str, Facts] = {}
        for page in range(1, _MOST_PAGES):
            reply = yield self._question("GET", f"?page={page}&limit={_PAGE}")
            rows = reply.json()
            if reply.status != _OK or not isinstance(rows, list):
                raise self._refusal(reply, is_safe=True)
            more = {facts.id: facts for facts in map(numbered, rows)}
            if more.keys() <= found.keys():
                break
            found |= more
        return tuple(
            one.id for one in found.values() if one.name == intent.name and one.id not in ("", self.noted.id)
        )

    def revoke(self) -> Steps[None]:
        """Delete the token whose id is noted."""
        if not self.noted.id:
            raise self.by_hand()
        reply = yield self._question("DELETE", f"/{quote(self.noted.id, safe='')}")
        is_gone = reply.status == _NOT_FOUND and self.family.is_own(reply)
        if not (is_done(reply) or is_gone):
            raise self._refusal(reply)

    def _question(self, method: str, below: str = "", body: bytes = b"") -> Question:
        name = quote(self.subject.username, safe="")
        headers = {"Accept": "application/json", **self.subject.as_git()}
        if self.key:
            headers |= dict.fromkeys(_CODES, self.key)
        if body:
            headers["Content-Type"] = "application/json"
        return Question(f"{self.subject.server}/api/v1/users/{name}/tokens{below}", headers, method, body)

    def _refusal(self, reply: Reply, *, is_safe: bool = False) -> PatError:
        if reply.status in SUCCESSES or asks_to_sign_in(reply):
            return strange(reply, self.family.title, is_safe=is_safe)
        said = printable(member(reply.json(), "message"))
        if not self.family.is_own(reply):
            return RefusedError(f"the host answers with status {reply.status}")
        if reply.status == _UNAUTHORIZED:
            return SignInRefusedError(
                "the host does not take this username, this password or this code of a second factor"
            )
        if reply.status == _FORBIDDEN:
            return RefusedError("the host makes tokens only for the user whose password it gets")
        if _USED in said:
            return RefusedError("the host has a token of this name already; give another name with --label")
        return RefusedError(f"the host does not make it{f' (it says: {said})' if said else ''}")

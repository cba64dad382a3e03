"""GitLab: a token rotates, looks at and revokes itself (`/personal_access_tokens/self`, GitLab 16.10).

The old token is dead as soon as the host has answered. Rotating with a dead one revokes its successor
too, so nothing here is ever asked twice, and `look`, which is harmless, comes before every `rotate`. The
same calls serve the tokens of groups and projects, which are personal tokens of a bot.
"""

from dataclasses import replace
from datetime import datetime, timezone
from typing import ClassVar

from git_credential_pat.errors import PatError
from git_credential_pat.hosts.gitlab import midnight
from git_credential_pat.hosts.support.lifecycle import (
    SUCCESSES,
    Authority,
    DeadError,
    Facts,
    Issued,
    Lifecycle,
    RefusedError,
    Steps,
    UnableError,
    asks_to_sign_in,
    is_done,
    issued,
    numbered,
    strange,
    timestamp,
)
from git_credential_pat.hosts.support.verdict import member, printable
from git_credential_pat.model.entry import Seconds
from git_credential_pat.web import Question, Reply

_ROTATING = {"api", "self_rotate"}
_OK, _CREATED = 200, 201
_BAD_REQUEST, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _NOT_ALLOWED = 400, 401, 403, 404, 405


class GitLabLifecycle(Lifecycle):
    """A token of gitlab.com or of a GitLab server."""

    authority: ClassVar[Authority] = "token"
    revoking: ClassVar[Authority] = "token"
    revokes: ClassVar[bool] = True

    def look(self) -> Steps[Facts]:
        """Ask for the token itself, which any token may."""
        reply = yield self._question("GET")
        if reply.status == _UNAUTHORIZED and self.family.is_own(reply):
            raise DeadError(
                "the host does not know it: it has expired, was revoked, or another took its place"
            )
        if reply.status != _OK or not isinstance(member(reply.json(), "scopes"), list):
            raise self._refusal(reply, is_safe=True)
        facts = _facts(reply.json())
        if member(reply.json(), "active") is False or member(reply.json(), "revoked") is True:
            raise DeadError("it has expired or was revoked")
        return facts

    def obstacle(self, facts: Facts) -> str:
        """Know the permissions one of which a rotation needs."""
        return "" if {*facts.permissions} & _ROTATING else _MEANINGS[_FORBIDDEN]

    def rotate(self, expires: Seconds) -> Steps[Issued]:
        """Have the token replace itself; without an end in the request it would live for a week."""
        day = datetime.fromtimestamp(expires, timezone.utc).strftime("%Y-%m-%d")
        reply = yield self._question("POST", "/rotate", f"expires_at={day}")
        if reply.status not in (_OK, _CREATED):
            raise self._refusal(reply)
        return issued(member(reply.json(), "token"), _facts(reply.json()))

    def revoke(self) -> Steps[None]:
        """Have the token end itself."""
        reply = yield self._question("DELETE")
        is_dead = reply.status == _UNAUTHORIZED and self.family.is_own(reply)
        if not (is_done(reply) or is_dead):
            raise self._refusal(reply)

    def _question(self, method: str, below: str = "", body: str = "") -> Question:
        url = f"{self.subject.server}/api/v4/personal_access_tokens/self{below}"
        headers = {"PRIVATE-TOKEN": self.subject.text, "Accept": "application/json"}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        return Question(url, headers, method, body.encode("ascii"))

    def _refusal(self, reply: Reply, *, is_safe: bool = False) -> PatError:
        """Return why a request was refused: what GitLab says, after what its status means."""
        if reply.status in SUCCESSES or asks_to_sign_in(reply):
            return strange(reply, self.family.title, is_safe=is_safe)
        said = member(reply.json(), "message") or member(reply.json(), "error_description")
        words = f" (it says: {printable(said)})" if isinstance(said, str) and said else ""
        if reply.status == _UNAUTHORIZED and self.family.is_own(reply):
            return DeadError(f"the host does not know it any more{words}")
        kind = UnableError if reply.status in _UNABLE else RefusedError
        return kind(f"{_MEANINGS.get(reply.status, f'the host answers with status {reply.status}')}{words}")


_MEANINGS = {
    _BAD_REQUEST: "the host does not rotate it",
    _FORBIDDEN: 'it lacks the permission "api" or "self_rotate"',
    _NOT_FOUND: "this GitLab cannot rotate tokens, which needs version 16.10",
    _NOT_ALLOWED: "it is no personal, group or project token",
}
_UNABLE = (_FORBIDDEN, _NOT_FOUND, _NOT_ALLOWED)


def _facts(said: object) -> Facts:
    times = timestamp(member(said, "created_at")), midnight(member(said, "expires_at"))
    return replace(numbered(said), created=times[0], expires=times[1])

"""GitHub: whoever has a token can end it (`/credentials/revoke`), and a person does the rest.

github.com and the tenants of ghe.com are asked without any sign-in, and refuse one. A GitHub server has this
from 3.18 on and wants a sign-in, which the token itself is. GitHub answers that it has taken the request,
whatever the token is; it may be dead a moment later. Its owner gets a mail.
"""

import json
from typing import ClassVar

from git_credential_pat.errors import PatError
from git_credential_pat.hosts.support.lifecycle import (
    SUCCESSES,
    DeadError,
    Facts,
    Lifecycle,
    RefusedError,
    Steps,
    UnableError,
    asks_to_sign_in,
    strange,
)
from git_credential_pat.hosts.support.verdict import INVALID, VALID, member, printable
from git_credential_pat.web import Question, Reply

_ACCEPTED = 202
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 401, 403, 404


class GitHubLifecycle(Lifecycle):
    """A personal token, or one that an app has of its user."""

    revokes: ClassVar[bool] = True

    def look(self) -> Steps[Facts]:
        """Ask for the token's user."""
        verdict = yield from self.family.verify(self.subject)
        if verdict.outcome == INVALID:
            raise DeadError(verdict.why)
        if verdict.outcome != VALID:
            raise RefusedError(verdict.why)
        return Facts(permissions=verdict.permissions, expires=verdict.expires)

    def revoke(self) -> Steps[None]:
        """Hand the token in; one that is dead on a server cannot even sign in for that."""
        interface = self.family.also_asked(self.subject.scope.server)
        headers = {"Accept": "application/vnd.github+json", "Content-Type": "application/json"}
        if not interface:
            headers["Authorization"] = f"token {self.subject.text}"
        url = f"{interface or f'{self.subject.server}/api/v3'}/credentials/revoke"
        body = json.dumps({"credentials": [self.subject.text]}).encode()
        reply = yield Question(url, headers, "POST", body)
        is_dead = not interface and reply.status == _UNAUTHORIZED and self.family.is_own(reply)
        if reply.status != _ACCEPTED and not is_dead:
            raise self._refusal(reply)

    def _refusal(self, reply: Reply) -> PatError:
        if reply.status == _NOT_FOUND:
            return UnableError("this GitHub cannot revoke tokens, which needs version 3.18")
        if reply.status == _FORBIDDEN and "rate limit" in reply.text.lower():
            return RefusedError("GitHub was asked too often; try again in an hour")
        if reply.status in SUCCESSES or asks_to_sign_in(reply):
            return strange(reply, self.family.title, is_safe=False)
        said = printable(member(reply.json(), "message"))
        words = f" (it says: {said})" if said else ""
        return RefusedError(f"the host answers with status {reply.status}{words}")

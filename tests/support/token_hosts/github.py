"""GitHub: who a token is, and how anybody ends tokens that leaked.

It follows GitHub's documentation of `GET /user` and `POST /credentials/revoke`: on github.com the latter is
asked without a sign-in, 60 times an hour, up to 1000 tokens at a time; 202 comes whatever the tokens are. A
GitHub server has it from 3.18 on, and wants a sign-in. Nothing makes or rotates a token.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from support.token_hosts.host import DAY, Host, Request, json_answer

if TYPE_CHECKING:
    from support.api_server import Answer

_MOST, _HOURLY, _HOUR = 1000, 60, 3600
_DOCUMENTATION = "https://docs.github.com/rest/credentials/revoke#revoke-a-list-of-credentials"


@dataclass
class Token:
    value: str
    login: str
    scopes: tuple[str, ...] | None
    """None for a fine-grained token, whose permissions the host does not say."""
    expires: float | None
    revoked_at: float | None = None

    def lives(self, now: float) -> bool:
        return (self.expires is None or now < self.expires) and (
            self.revoked_at is None or now < self.revoked_at
        )


class GitHub(Host):
    """github.com with its interface at api.github.com; or with `server` one of one's own."""

    def __init__(self, server: str = "") -> None:
        super().__init__(*([server] if server else ["api.github.com", "github.com"]))
        self.server = server
        self.url = f"https://{server}/api/v3" if server else "https://api.github.com"
        self.version = (3, 18)
        """Of a server."""
        self.tokens: dict[str, Token] = {}
        self.notified: list[str] = []
        """Whom it wrote to that a token of theirs was revoked."""
        self.lag: float = 0
        """Seconds until a revoked token is dead."""
        self.revocations: list[float] = []
        """When it was asked to revoke, within the last hour."""

    def add(
        self,
        *,
        now: float,
        login: str = "octocat",
        scopes: tuple[str, ...] | None = ("repo",),
        days: float | None = 30,
    ) -> Token:
        """Make a token as its owner would, on a page; without scopes it is fine-grained."""
        if scopes is None:
            value = f"github_pat_{self._letters(22)}_{self._letters(59)}"
        else:
            value = f"ghp_{self._letters(36)}"
        token = Token(value, login, scopes, None if days is None else now + days * DAY)
        self.tokens[value] = token
        return token

    def lives(self, token: str, now: float) -> bool:
        return token in self.tokens and self.tokens[token].lives(now)

    def reply(self, request: Request) -> Answer:
        path = request.path.removeprefix("/api/v3") if self.server else request.path
        if (request.method, path) == ("GET", "/user"):
            return self._user(request)
        has_revoke = not self.server or self.version >= (3, 18)
        if (request.method, path) == ("POST", "/credentials/revoke") and has_revoke:
            return self._revoke(request)
        return json_answer(404, {"message": "Not Found", "status": "404"})

    def _user(self, request: Request) -> Answer:
        token = self.tokens.get(request.bearer("token", "bearer") or "")
        if token is None or not token.lives(request.now):
            return _BAD_CREDENTIALS
        headers = []
        if token.scopes is not None:
            headers.append(("X-OAuth-Scopes", ", ".join(token.scopes)))
        if token.expires is not None:
            end = datetime.fromtimestamp(token.expires, timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
            headers.append(("github-authentication-token-expiration", end))
        return json_answer(200, {"login": token.login, "id": 583231, "type": "User"}, headers)

    def _revoke(self, request: Request) -> Answer:
        if self.server and not self.lives(request.bearer("token", "bearer") or "", request.now):
            return _BAD_CREDENTIALS
        if not self.server and "authorization" in request.headers:
            return json_answer(403, {"message": "Forbidden", "documentation_url": _DOCUMENTATION})
        self.revocations = [at for at in self.revocations if at > request.now - _HOUR]
        remaining = _HOURLY - len(self.revocations)
        limits = (("X-RateLimit-Limit", str(_HOURLY)), ("X-RateLimit-Remaining", str(max(0, remaining - 1))))
        if remaining <= 0:
            reset = ("X-RateLimit-Reset", str(int(self.revocations[0] + _HOUR)))
            return json_answer(403, {"message": "API rate limit exceeded for 192.0.2.1."}, (*limits, reset))
        self.revocations.append(request.now)
        values = _credentials(request)
        if values is None:
            message = {"message": "Validation Failed", "documentation_url": _DOCUMENTATION}
            return json_answer(422, message, limits)
        for token in filter(None, map(self.tokens.get, values)):
            if token.revoked_at is None:
                token.revoked_at = request.now + self.lag
                self.notified.append(token.login)
        return json_answer(202, {}, limits)


_BAD_CREDENTIALS = json_answer(
    401, {"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest", "status": "401"}
)


def _credentials(request: Request) -> list[str] | None:
    try:
        values = request.json()["credentials"]
    except (ValueError, TypeError, KeyError):
        return None
    if not isinstance(values, list) or not 1 <= len(values) <= _MOST:
        return None
    return values if all(isinstance(value, str) for value in values) else None

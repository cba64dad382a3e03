"""Gitea and Forgejo: tokens that a user with a password makes and deletes.

It follows the source of both (routers/api/v1/user/app.go): the tokens' addresses take HTTP Basic with the
password only, never a token, and with a second factor its code in `X-Gitea-OTP` (or `X-Forgejo-OTP`). A name
is used once. Tokens have no end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from support.api_server import Answer
from support.token_hosts.host import Host, Request, json_answer, segments

_HEX = "0123456789abcdef"
_LEVELS = ("read", "write")
_KINDS = (
    *("activitypub", "admin", "issue", "misc", "notification", "organization", "package", "repository"),
    "user",
)
_NO_SCOPE = "access token must have a scope"
_SCOPES = frozenset(("all", *(f"{level}:{kind}" for level in _LEVELS for kind in _KINDS)))


@dataclass
class User:
    name: str
    password: str
    code: str = ""
    """What the second factor shows; empty for a user without one."""


@dataclass
class Token:
    id: int
    name: str
    value: str
    user: str
    scopes: tuple[str, ...]


class Gitea(Host):
    """A server with one user, jane. Its settings are attributes, which tests may change."""

    def __init__(self, name: str = "codeberg.org", base: str = "") -> None:
        super().__init__(name)
        self.url = f"https://{name}{base}"
        self.base = base
        self.users = {"jane": User("jane", "the password of jane")}
        self.tokens: dict[int, Token] = {}
        self.name_taken_with = 400
        """The status where a name is taken: some versions answer 422."""
        self._ids = 0

    def add(
        self, *, name: str = "laptop", user: str = "jane", scopes: tuple[str, ...] = ("write:repository",)
    ) -> Token:
        """Make a token as its owner would, on a page."""
        self._ids += 1
        token = Token(self._ids, name, self._letters(40, _HEX), user, scopes)
        self.tokens[token.id] = token
        return token

    def find(self, value: str) -> Token | None:
        return next((token for token in self.tokens.values() if token.value == value), None)

    def lives(self, token: str, now: float) -> bool:
        del now
        return self.find(token) is not None

    def reply(self, request: Request) -> Answer:
        start = f"{self.base}/api/v1/"
        words = segments(request.path.removeprefix(start)) if request.path.startswith(start) else []
        if words == ["user"] and request.method == "GET":
            return self._user(request)
        if words[:1] == ["users"] and words[2:3] == ["tokens"]:
            return self._tokens(request, words[1], words[3:])
        return json_answer(404, {"message": "Not Found", "url": f"{self.url}/api/swagger", "errors": []})

    def _user(self, request: Request) -> Answer:
        token = self.find(request.bearer("token", "bearer") or "")
        name = token.user if token else self._signed_in(request)
        if name is None:
            return self._refused(401, "user does not exist [uid: 0, name: ]")
        if token and not {"all", "read:user", "write:user"} & {*token.scopes}:
            return self._refused(403, "token does not have at least one of required scope(s): [read:user]")
        return json_answer(200, {"id": 3, "login": name, "username": name, "full_name": name.title()})

    def _tokens(self, request: Request, name: str, rest: list[str]) -> Answer:
        signed_in = self._signed_in(request)
        if signed_in is None:
            return self._refused(
                401, "invalid username, password or token" if request.login else "auth required"
            )
        if signed_in != name.lower():
            return self._refused(403, "doer should be the site admin or be same as the contextUser")
        own = [token for token in self.tokens.values() if token.user == name.lower()]
        if request.method == "DELETE" and len(rest) == 1:
            return self._delete(own, rest[0])
        if request.method == "GET" and not rest:
            return json_answer(200, [{**_shown(token), "sha1": ""} for token in own])
        if request.method == "POST" and not rest:
            return self._create(request, own, signed_in)
        return self._refused(405, "Method Not Allowed")

    def _delete(self, own: list[Token], which: str) -> Answer:
        found = [token for token in own if which in (str(token.id), token.name)]
        if not found:
            return self._refused(404, "The target couldn't be found.")
        del self.tokens[found[0].id]
        return Answer(204)

    def _create(self, request: Request, own: list[Token], user: str) -> Answer:
        try:
            fields = request.fields
        except ValueError:
            return self._refused(422, "[]: invalid JSON")
        name, scopes = fields.get("name"), fields.get("scopes") or []
        unknown = [scope for scope in scopes if scope not in _SCOPES]
        if not name:
            return self._refused(422, "[Name]: Required")
        if any(token.name == name for token in own):
            return self._refused(self.name_taken_with, "access token name has been used already")
        if unknown or not scopes:
            reason = f"invalid access token scope provided: {unknown[0]}" if unknown else _NO_SCOPE
            return self._refused(400, reason)
        token = self.add(name=name, user=user, scopes=tuple(scopes))
        return json_answer(201, {**_shown(token), "sha1": token.value})

    def _signed_in(self, request: Request) -> str | None:
        """Return the user of a right password, and of a right code where one is wanted."""
        name, password = request.login or ("", "")
        user = self.users.get(name.lower())
        if user is None or user.password != password:
            return None
        code = request.headers.get("x-forgejo-otp") or request.headers.get("x-gitea-otp")
        return user.name if not user.code or code == user.code else None

    def _refused(self, status: int, message: str) -> Answer:
        return json_answer(status, {"message": message, "url": f"{self.url}/api/swagger"})


def _shown(token: Token) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "token_last_eight": token.value[-8:],
        "scopes": list(token.scopes),
    }

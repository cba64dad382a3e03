"""GitLab's interface for personal access tokens, and for those of groups and projects.

It follows GitLab's documentation (doc/api/personal_access_tokens.md, group_access_tokens.md,
project_access_tokens.md) and its source (lib/api/personal_access_tokens, lib/gitlab/auth/auth_finders.rb,
app/services/personal_access_tokens/rotate_service.rb):

- A token rotates itself with the permission `api`, or `self_rotate` from 17.9 on; the old one dies at once.
- A request to rotate with a dead token revokes all that came after it: somebody else may have stolen it. No
  other request does that.
- Without an end in the request the one made lives 7 days, where the server wants tokens to end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from typing import Any, NamedTuple
from urllib.parse import unquote

from support.api_server import Answer
from support.token_hosts.host import Host, Request, json_answer, page

_WEEK = 7
_PAGE = 20
_NO_OWN_PERMISSIONS = ("deploy", "job")
_PREFIXES = {"deploy": "gldt-", "job": "glcbt-64_"}
_BOT = 1000
"""The first number of a user that is the bot of a group's or project's token."""


@dataclass
class Token:
    id: int
    value: str
    name: str
    scopes: tuple[str, ...]
    user: int
    created: float
    expires: date | None
    """The token is dead when this day begins, in UTC."""
    kind: str = "personal"
    """One of personal, group, project, deploy, job."""
    owner: int = 0
    """The group or project whose it is."""
    before: int = 0
    """The token that it took the place of."""
    revoked: bool = False

    def has_expired(self, now: float) -> bool:
        return self.expires is not None and self.expires <= _day(now)

    def lives(self, now: float) -> bool:
        return not self.revoked and not self.has_expired(now)


class Rotation(NamedTuple):
    old: int
    new: int
    at: float


class Place(NamedTuple):
    """A group or project, and the level of access that tokens have to it: 0 for a public one of others."""

    kind: str
    id: int
    path: str
    level: int = 30


class GitLab(Host):
    """A GitLab server below `base` of its names. Its settings are attributes, which tests may change."""

    def __init__(self, name: str = "gitlab.com", base: str = "") -> None:
        super().__init__(name)
        self.url = f"https://{name}{base}"
        self.base = base
        self.version = (18, 5)
        self.wants_end = True
        self.longest: int | None = 365
        """Days; None for a server without a maximum."""
        self.clamps = False
        """Whether a later end is moved to the maximum, in silence. Else it is an error."""
        self.legacy_rotation = True
        """Whether tokens of the old kind may rotate: an administrator may want fine-grained ones."""
        self.bots_rotate_as_persons = True
        """Whether a group's or project's token is let in at the address for personal ones."""
        self.places: list[Place] = []
        self.tokens: dict[int, Token] = {}
        self.rotations: list[Rotation] = []
        self.reuses: list[int] = []
        """Each dead token that a request wanted to rotate: whatever came after it was revoked."""

    def add(  # noqa: PLR0913  # all of them by name
        self,
        *,
        now: float,
        name: str = "laptop",
        scopes: tuple[str, ...] = ("api",),
        days: int | None = 30,
        kind: str = "personal",
        owner: int = 0,
        value: str = "",
    ) -> Token:
        """Make a token as its owner would, on a page; it ends after `days`."""
        number = len(self.tokens) + 1
        token = Token(
            id=number,
            value=value or self._value(kind),
            name=name,
            scopes=scopes,
            user=_BOT + number if kind in ("group", "project") else 3,
            created=now,
            expires=None if days is None else _day(now) + timedelta(days=days),
            kind=kind,
            owner=owner,
        )
        self.tokens[number] = token
        return token

    def find(self, value: str) -> Token | None:
        return next((token for token in self.tokens.values() if token.value == value), None)

    def lives(self, token: str, now: float) -> bool:
        found = self.find(token)
        return found is not None and found.lives(now)

    @property
    def living(self) -> list[Token]:
        """The tokens that nobody revoked."""
        return [token for token in self.tokens.values() if not token.revoked]

    def reply(self, request: Request) -> Answer:
        start = f"{self.base}/api/v4/"
        if not request.path.startswith(start):
            return page(404, "The page could not be found (404)")
        words = request.path.removeprefix(start)
        rotates, associates = self.version >= (16, 10), self.version >= (17, 4)
        personal = {
            "GET personal_access_tokens/self": self._show,
            "DELETE personal_access_tokens/self": self._revoke,
            "POST personal_access_tokens/self/rotate": self._rotate if rotates else None,
            "GET personal_access_tokens/self/associations": self._associations if associates else None,
            "GET job": self._job,
        }.get(f"{request.method} {words}")
        if personal:
            return personal(request)
        owned = re.fullmatch(r"(group|project)s/([^/]+)/access_tokens/self/rotate", words)
        if owned and request.method == "POST" and rotates:
            return self._rotate(request, owned[1], unquote(owned[2]))
        return json_answer(404, {"error": "404 Not Found"})

    def _show(self, request: Request) -> Answer:
        token = self._authenticated(request)
        if isinstance(token, Answer):
            return token
        return json_answer(200, {**_shown(token, request.now), "last_used_ips": ["192.0.2.1"]})

    def _revoke(self, request: Request) -> Answer:
        token = self._authenticated(request)
        if isinstance(token, Answer):
            return token
        token.revoked = True
        return Answer(204)

    def _rotate(self, request: Request, kind: str = "personal", owner: str = "") -> Answer:  # noqa: PLR0911  # each refusal is one
        token = self._presented(request)
        if token is None:
            return _UNAUTHORIZED
        if token.kind in _NO_OWN_PERMISSIONS:
            return _NOT_ALLOWED
        dead = self._dead(token, request.now, rotates=True)
        if dead:
            return dead
        if not {"api", *(["self_rotate"] if self.version >= (17, 9) else [])} & {*token.scopes}:
            return _insufficient("api self_rotate")
        if kind != "personal":
            if token.kind == "personal":
                return _NOT_ALLOWED
            if not self._owns(token, kind, owner):
                return _UNAUTHORIZED
        elif token.kind != "personal" and not self.bots_rotate_as_persons:
            return _NOT_ALLOWED
        if not self.legacy_rotation and token.kind == "personal":
            return _bad(
                "Rotation of legacy personal access tokens is disabled. Use a fine-grained token instead."
            )
        return self._rotated(token, request)

    def _rotated(self, token: Token, request: Request) -> Answer:
        try:
            given = {**request.query, **request.fields}.get("expires_at")
            wanted = date.fromisoformat(given) if given else None
        except (TypeError, ValueError):
            return json_answer(400, {"error": "expires_at is invalid"})
        today = _day(request.now)
        latest = None if self.longest is None else today + timedelta(days=self.longest)
        if wanted is None:
            wanted = today + timedelta(days=_WEEK) if self.wants_end else latest
        if latest and wanted and wanted > latest:
            if not self.clamps:
                return _bad(f"Expiration date must be before {latest.isoformat()}")
            wanted = latest
        token.revoked = True
        number = len(self.tokens) + 1
        made = replace(
            token,
            id=number,
            value=self._value(token.kind),
            created=request.now,
            expires=wanted,
            before=token.id,
            revoked=False,
        )
        self.tokens[number] = made
        self.rotations.append(Rotation(token.id, number, request.now))
        return json_answer(200, {**_shown(made, request.now), "token": made.value})

    def _associations(self, request: Request) -> Answer:
        token = self._authenticated(request)
        if isinstance(token, Answer):
            return token
        least, number = int(request.query.get("min_access_level", 0)), int(request.query.get("page", 1))
        size = min(100, int(request.query.get("per_page", _PAGE)))
        seen = {
            kind: [
                place
                for place in self.places
                if place.kind == kind and self._level(token, place) >= max(least, 0)
            ]
            for kind in ("group", "project")
        }
        shown = {
            f"{kind}s": [
                _shown_place(place, self._level(token, place), self.url)
                for place in places[(number - 1) * size : number * size]
            ]
            for kind, places in seen.items()
        }
        return json_answer(200, shown, (("X-Page", str(number)), ("X-Per-Page", str(size))))

    def _level(self, token: Token, place: Place) -> int:
        """Return a token's access to a place; -1 for one that it does not see."""
        if token.kind == "personal" or (token.kind, token.owner) == (place.kind, place.id):
            return place.level
        return 0 if place.level == 0 else -1

    def _job(self, request: Request) -> Answer:
        token = self._presented(request)
        if token is None or token.kind != "job" or token.revoked:
            return _UNAUTHORIZED
        return json_answer(200, {"id": token.id, "status": "running", "user": {"username": "jane"}})

    def _authenticated(self, request: Request) -> Token | Answer:
        """Return the personal token of a request for which any permission is enough."""
        token = self._presented(request)
        if token is None:
            return _UNAUTHORIZED
        if token.kind in _NO_OWN_PERMISSIONS:
            return _bad("This endpoint requires token type to be a personal access token")
        return self._dead(token, request.now) or token

    def _presented(self, request: Request) -> Token | None:
        given = (request.headers.get(name) for name in ("private-token", "job-token", "deploy-token"))
        value = next(filter(None, given), None) or request.bearer()
        return self.find(value) if value else None

    def _dead(self, token: Token, now: float, *, rotates: bool = False) -> Answer | None:
        if token.has_expired(now):
            return _invalid("Token is expired. You can either do re-authorization or token refresh.")
        if not token.revoked:
            return None
        if rotates:
            self.reuses.append(token.id)
            self._revoke_after(token)
        return _invalid("Token was revoked. You have to re-authorize from the user.")

    def _revoke_after(self, token: Token) -> None:
        for later in self.tokens.values():
            if later.before == token.id:
                later.revoked = True
                self._revoke_after(later)

    def _owns(self, token: Token, kind: str, owner: str) -> bool:
        place = next((place for place in self.places if (place.kind, place.id) == (kind, token.owner)), None)
        return token.kind == kind and owner in (str(token.owner), place.path if place else "")

    def _value(self, kind: str) -> str:
        return f"{_PREFIXES.get(kind, 'glpat-')}{self._letters(20)}"


_UNAUTHORIZED = json_answer(401, {"message": "401 Unauthorized"})
_NOT_ALLOWED = json_answer(405, {"message": "405 Method Not Allowed"})


def _bad(reason: str) -> Answer:
    return json_answer(400, {"message": f"400 Bad request - {reason}"})


def _invalid(reason: str) -> Answer:
    return json_answer(401, {"error": "invalid_token", "error_description": reason})


def _insufficient(scopes: str) -> Answer:
    words = "The request requires higher privileges than provided by the access token."
    return json_answer(403, {"error": "insufficient_scope", "error_description": words, "scope": scopes})


def _shown(token: Token, now: float) -> dict[str, Any]:
    made = datetime.fromtimestamp(token.created, timezone.utc)
    return {
        "id": token.id,
        "name": token.name,
        "revoked": token.revoked,
        "created_at": made.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "description": None,
        "scopes": list(token.scopes),
        "user_id": token.user,
        "last_used_at": None,
        "active": token.lives(now),
        "expires_at": token.expires.isoformat() if token.expires else None,
    }


def _shown_place(place: Place, level: int, url: str) -> dict[str, Any]:
    name = place.path.rpartition("/")[2]
    facts: dict[str, Any] = {
        "id": place.id,
        "name": name,
        "visibility": "private" if place.level else "public",
    }
    if place.kind == "group":
        facts |= {"web_url": f"{url}/groups/{place.path}", "parent_id": None, "access_levels": level or None}
    else:
        facts |= {"web_url": f"{url}/{place.path}", "path_with_namespace": place.path}
        facts |= {"access_levels": {"project_access_level": level or None, "group_access_level": None}}
    return facts


def _day(now: float) -> date:
    return datetime.fromtimestamp(now, timezone.utc).date()

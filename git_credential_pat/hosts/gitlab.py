"""GitLab: a personal token takes any username, a deploy token exactly its own name."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from git_credential_pat.hosts.family import OwnedPaths, Path, UsernameRule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from git_credential_pat.hosts.support.variables import Source, Variables
    from git_credential_pat.hosts.support.verdict import Asking, Subject, Verdict
    from git_credential_pat.model.entry import Seconds
    from git_credential_pat.model.scope import Scope
    from git_credential_pat.web import Reply

_DEPLOY = b"gldt-"
_JOB = b"glcbt-"
_PERSONAL = b"glpat-"
_SHORTEST = 25
_SERVERS = ("GITLAB_HOST", "GL_HOST", "GITLAB_URI", "CI_SERVER_URL")
_BELOW = {"GITLAB_HOST": "GITLAB_SUBFOLDER", "GL_HOST": "GITLAB_SUBFOLDER"}
_OK = 200


class GitLab(OwnedPaths):
    """gitlab.com, and other GitLab servers by `pat.<url>.provider`."""

    name: ClassVar[str] = "gitlab"
    title: ClassVar[str] = "GitLab"
    usual_names: ClassVar[frozenset[bytes]] = frozenset((b"gitlab",))
    rule: ClassVar[UsernameRule] = "stored"
    permissions: ClassVar[str] = "write_repository"
    owner_pages: ClassVar[frozenset[bytes]] = frozenset((b"groups", b"users"))
    other_pages: ClassVar[frozenset[bytes]] = frozenset(
        b"- admin dashboard explore help import profile projects search".split()
    )
    repository_tokens: ClassVar[tuple[bytes, ...]] = (_DEPLOY, _JOB)
    selective_tokens: ClassVar[tuple[bytes, ...]] = (_PERSONAL,)  # a project's token has the same form
    short_lived: ClassVar[Mapping[bytes, str]] = {_JOB: "a job's token, which ends with it"}

    def owner_in(self, path: Path) -> Path:
        """Return the group, which may be below others: what is before the `-` of its pages."""
        return path[: path.index(b"-")] if b"-" in path else path

    def seed_scope(self, protocol: bytes, host: bytes, path: Path) -> Scope:
        """Return the top group for a clone or web URL, else exactly the group that the URL stops at."""
        start = len(self.base)
        named = path[: start + self.repository_depth(path[start:])]
        place = self.owned(protocol, host, named)
        is_group = named == path and not place.open and not any(map(_is_clone, path[start:]))
        return place.scope if is_group else place.own

    def repository_depth(self, path: Path) -> int:
        """Return how many segments there are before a page's `-`, or up to the first that ends in `.git`."""
        ends = (
            at + (segment != b"-") for at, segment in enumerate(path) if segment == b"-" or _is_clone(segment)
        )
        return next(ends, len(path))

    def default_username(self, token: bytes) -> bytes:
        """Return the username for a token of this shape: none for a deploy token, which has its own name."""
        if token.startswith(_DEPLOY):
            return b""
        return b"gitlab-ci-token" if token.startswith(_JOB) else b"oauth2"

    def looks_like_token(self, value: bytes) -> bool:
        """Know personal, deploy and job tokens by their usual prefixes; a server may have others."""
        return value.startswith((_PERSONAL, _DEPLOY, _JOB)) and len(value) >= _SHORTEST

    def token_page(self, scope: Scope) -> str | None:
        """Return the settings page of the signed-in user."""
        return f"{self.server(scope).text}/-/user_settings/personal_access_tokens"

    def repository_in(self, path: Path) -> Path:
        """Take a path for a repository's up to `.git` or before a page's `-`: else it may be a group's."""
        start = len(self.base)
        repository = path[: start + self.repository_depth(path[start:])]
        is_repository = len(repository) < len(path) or any(map(_is_clone, repository[-1:]))
        return repository if is_repository else ()

    def verify(self, subject: Subject) -> Asking:
        """Ask as the token's prefix says: a deploy token only opens repositories."""
        from git_credential_pat.hosts.support import repository
        from git_credential_pat.web import Question

        if subject.token.startswith(_DEPLOY):
            return (yield from repository.verify(subject))
        if subject.token.startswith(_JOB):
            return (yield from self._verify_job(subject))
        own = f"{subject.server}/api/v4/personal_access_tokens/self"
        reply = yield Question(own, {"PRIVATE-TOKEN": subject.text})
        return _personal(reply.json()) if reply.status == _OK else self._refused(reply)

    def is_own(self, reply: Reply) -> bool:
        """Return whether a refusal is GitLab's: by its header, or in the words of its interface."""
        from git_credential_pat.hosts.support.verdict import member

        facts = reply.json()
        is_plain = str(member(facts, "message")).startswith(f"{reply.status} ")
        names_fault = member(facts, "error") in ("invalid_token", "insufficient_scope")
        return is_plain or names_fault or bool(reply.value("x-gitlab-meta"))

    def sources(self) -> tuple[Source, ...]:
        """Return the variables of glab and python-gitlab."""
        from git_credential_pat.hosts.support.variables import Source

        return tuple(Source(name, _SERVERS, _BELOW) for name in ("GITLAB_TOKEN", "GITLAB_ACCESS_TOKEN"))

    def variables(self, organization: Scope) -> Variables:
        """Return the variables of glab; some that steer it and others name the host alone."""
        from git_credential_pat.hosts.support.variables import Variables

        server = self.server(organization)
        below = server.text.removeprefix(server.server.text).strip("/")
        host = {"GITLAB_HOST": server.server.text}
        steering = {
            **dict.fromkeys(("CI_SERVER_URL", "GITLAB_URI", "GITLAB_URL", "GL_URL"), server.text),
            "CI_API_V4_URL": f"{server.text}/api/v4",
            "GL_HOST": server.text,
            "GITLAB_SUBFOLDER": below,
        }
        return Variables(("GITLAB_TOKEN",), {**host, "GITLAB_SUBFOLDER": below} if below else host, steering)

    def _verify_job(self, subject: Subject) -> Asking:
        from git_credential_pat.hosts.support.verdict import member, valid
        from git_credential_pat.web import Question

        reply = yield Question(f"{subject.server}/api/v4/job", {"JOB-TOKEN": subject.text})
        if reply.status != _OK:
            return self._refused(reply)
        return valid(member(reply.json(), "user", "username"), "it ends with its job")

    def _refused(self, reply: Reply) -> Verdict:
        from git_credential_pat.hosts.support.verdict import refused

        return refused(reply, stranger="" if self.is_own(reply) else "GitLab")


def _is_clone(segment: bytes) -> bool:
    return segment.endswith(b".git")


def _personal(facts: object) -> Verdict:
    """Return what GitLab reports about a personal token."""
    from git_credential_pat.hosts.support.verdict import invalid, member, not_verified, permitted, valid

    name, scopes, user = (member(facts, key) for key in ("name", "scopes", "user_id"))
    if not isinstance(name, str):
        return not_verified("the answer is not that of GitLab")
    if member(facts, "revoked") is True:
        return invalid("it was revoked")
    if member(facts, "active") is False:
        return invalid("it has expired")
    return valid(f'user {user}, "{name}"' if isinstance(user, int) else f'"{name}"').with_facts(
        permitted(scopes if isinstance(scopes, list) else ()), _midnight(member(facts, "expires_at"))
    )


def _midnight(day: object) -> Seconds | None:
    """Return the second at which a day of GitLab's begins: from then on the token is expired (UTC)."""
    from datetime import date, datetime, timezone

    from git_credential_pat.hosts.support.verdict import moment

    try:
        start = date.fromisoformat(day if isinstance(day, str) else "")
    except ValueError:
        return None
    return moment(datetime(start.year, start.month, start.day, tzinfo=timezone.utc))

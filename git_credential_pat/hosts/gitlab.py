"""GitLab: a personal token takes any username, a deploy token exactly its own name.

The interface names a project or a group by its path, or by a number, which says nothing of its group.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from git_credential_pat.hosts.family import OwnedPaths, Path, UsernameRule, without_registry
from git_credential_pat.model.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from git_credential_pat.hosts.support.lifecycle import Lifecycle
    from git_credential_pat.hosts.support.packages import Packages
    from git_credential_pat.hosts.support.variables import Source, Variables
    from git_credential_pat.hosts.support.verdict import Asking, Subject, Verdict
    from git_credential_pat.model.entry import Seconds
    from git_credential_pat.web import Reply

_DEPLOY = b"gldt-"
_JOB = b"glcbt-"
_PERSONAL = b"glpat-"
_SHORTEST = 25
_SERVERS = ("GITLAB_HOST", "GL_HOST", "GITLAB_URI", "CI_SERVER_URL")
_BELOW = {"GITLAB_HOST": "GITLAB_SUBFOLDER", "GL_HOST": "GITLAB_SUBFOLDER"}
_HOME, _CONTAINERS = b"gitlab.com", b"registry.gitlab.com"
_API = (b"api", b"v4")
_PROJECTS = b"projects"
_GROUPS = (b"groups", b"group")
_SIGN_IN = (b"jwt", b"auth")
"""Where registries of containers have the tokens of their own made, for any group."""
_ENDS = (b"-", b"packages")
"""What follows the path of a group or project in the addresses of its packages."""
_READ_PACKAGES = {
    *("api", "read_api", "read_registry", "write_registry"),
    *("read_package_registry", "write_package_registry"),
}
"""Each of these permissions lets a token read packages or images."""
_WITHIN_API = _READ_PACKAGES | {"read_user", "read_repository", "write_repository", "self_rotate"}
_OK = 200


class GitLab(OwnedPaths):
    """gitlab.com, and other GitLab servers by `pat.<url>.provider`."""

    name: ClassVar[str] = "gitlab"
    title: ClassVar[str] = "GitLab"
    usual_names: ClassVar[frozenset[bytes]] = frozenset((b"gitlab",))
    rule: ClassVar[UsernameRule] = "stored"
    permissions: ClassVar[str] = "write_repository"
    package_permissions: ClassVar[str] = (
        "api (to install only: read_api; for images alone: write_registry or read_registry)"
    )
    takes_bearer: ClassVar[bool] = True
    nix_format: ClassVar[str] = "PAT:{}"
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

    def owner_of_packages(self, url: Scope) -> Scope | None:
        """Know the interface, the registry of gitlab.com, and what its groups keep of other registries."""
        start = len(self.base)
        below = url.path[start:]
        if url.host == _CONTAINERS:
            return url._replace(host=_HOME, path=_clone(without_registry(url.path)))
        if below[:2] == _API:
            owner = _owner(below[2:])
        elif below == _SIGN_IN:
            owner = ()
        elif below != without_registry(below):
            owner = _clone(without_registry(below))
        else:
            return None
        return url._replace(path=url.path[:start] + owner)

    def seed_scope(self, protocol: bytes, host: bytes, path: Path) -> Scope:
        """Return the top group for a clone or web URL, else exactly the group that the URL stops at."""
        if self.owner_of_packages(Scope(protocol, host, path)):
            return super().seed_scope(protocol, host, path)
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

    def renewal_page(self, scope: Scope, token: bytes, name: str, permissions: Iterable[str]) -> str | None:
        """Return the form for a personal token, which takes name and permissions in its link."""
        from urllib.parse import urlencode

        del token
        filled = {"name": name, "scopes": ",".join(permissions)}
        query = urlencode({key: value for key, value in filled.items() if value}, safe=",")
        return f"{self.token_page(scope)}{query and f'?{query}'}"

    def user_in(self, owner: str) -> str:
        """Return the user's number: the token's name stands behind it, and is another for the next token."""
        number = owner.partition(",")[0]
        return number if number.startswith("user ") else ""

    def lacking(self, permissions: Iterable[str], before: Iterable[str]) -> list[str]:
        """Know that `api` has all that repositories and packages need."""
        known = {*permissions}
        lacking = super().lacking(known, before)
        return [one for one in lacking if "api" not in known or one not in _WITHIN_API]

    def package_obstacle(self, token: bytes, permissions: Iterable[str] = ()) -> str:
        """Know the permissions one of which packages or images need."""
        del token
        known = {*permissions}
        return 'it lacks the permission "read_api"' if known and not known & _READ_PACKAGES else ""

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

    def lifecycle(self, token: bytes) -> type[Lifecycle]:
        """Return that of tokens which replace themselves, but for deploy tokens and those of jobs."""
        from git_credential_pat.hosts.support.gitlab_lifecycle import GitLabLifecycle

        return super().lifecycle(token) if token.startswith((_DEPLOY, _JOB)) else GitLabLifecycle

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

    def packages(self, organization: Scope) -> Packages:
        """Return the server, whose registries of packages lie below it, and gitlab.com's host of images."""
        from git_credential_pat.hosts.support.packages import Packages

        (host,) = super().packages(organization).hosts
        images = (_CONTAINERS.decode("ascii"),) if organization.host == _HOME else ()
        return Packages((host, *images), registries=(f"{self.server(organization).text}/",), images=images)

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


def _owner(path: Path) -> Path:
    """Return the group in a path of the interface, or the project as its clone address has it; or nothing."""
    kind, named = path[:1], path[1:]
    if named[:1] and named[0].isdigit():
        return ()
    if kind == (_PROJECTS,):
        return _clone(named[: _end_of(named, 2)])  # a group is before the project
    return named[: _end_of(named, 1)] if kind and kind[0] in _GROUPS else ()


def _end_of(path: Path, least: int) -> int | None:
    return next((at for at, segment in enumerate(path) if at >= least and segment in _ENDS), None)


def _clone(path: Path) -> Path:
    """Return the path of a project as its clone address has it."""
    return (*path[:-1], path[-1] + b".git") if path else ()


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
        permitted(scopes if isinstance(scopes, list) else ()), midnight(member(facts, "expires_at"))
    )


def midnight(day: object) -> Seconds | None:
    """Return the second at which a day of GitLab's begins: from then on the token is expired (UTC)."""
    from datetime import date, datetime, timezone

    from git_credential_pat.hosts.support.verdict import moment

    try:
        start = date.fromisoformat(day if isinstance(day, str) else "")
    except ValueError:
        return None
    return moment(datetime(start.year, start.month, start.day, tzinfo=timezone.utc))

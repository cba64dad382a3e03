"""Gitea and Forgejo: any username goes with a token."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from git_credential_pat.hosts.family import OwnedPaths, Path, UsernameRule, without_registry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from git_credential_pat.hosts.support.lifecycle import Lifecycle
    from git_credential_pat.hosts.support.packages import Packages
    from git_credential_pat.hosts.support.variables import Source, Variables
    from git_credential_pat.hosts.support.verdict import Asking, Subject
    from git_credential_pat.model.scope import Scope
    from git_credential_pat.web import Reply

_TOKEN_LENGTH = 40
_TOKENS = ("GITEA_TOKEN", "GITEA_SERVER_TOKEN")
_SERVERS = ("GITEA_SERVER_URL", "GITEA_INSTANCE_URL")
_OF_JOBS = ("GITHUB_TOKEN", "GITEA_TOKEN")
_PACKAGES = (b"api", b"packages")
_SIGN_IN = (b"token",)
"""Where the registry of containers makes the tokens of its own, for any owner."""
_OK = 200


class Gitea(OwnedPaths):
    """codeberg.org, gitea.com, and other servers by `pat.<url>.provider`."""

    name: ClassVar[str] = "gitea"
    title: ClassVar[str] = "Gitea"
    usual_names: ClassVar[frozenset[bytes]] = frozenset((b"gitea", b"forgejo"))
    rule: ClassVar[UsernameRule] = "any"
    owner_pages: ClassVar[frozenset[bytes]] = frozenset((b"org",))
    other_pages: ClassVar[frozenset[bytes]] = frozenset(
        b"- admin explore issues milestones notifications pulls repo user".split()
    )
    job_variables: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "GITEA_ACTIONS": _OF_JOBS,
        "FORGEJO_ACTIONS": _OF_JOBS,
    }
    permissions: ClassVar[str] = "repository: Read and write"
    package_permissions: ClassVar[str] = "package: Read and write (to install only: package: Read)"
    takes_bearer: ClassVar[bool] = True

    def owner_of_packages(self, url: Scope) -> Scope | None:
        """Know packages, and the registry of containers."""
        start = len(self.base)
        below = url.path[start:]
        if below[:2] == _PACKAGES:
            return url._replace(path=url.path[:start] + below[2:3])
        containers = without_registry(below)
        if containers == below:
            return None
        return url._replace(path=url.path[:start] + (() if containers == _SIGN_IN else containers[:1]))

    def base_of(self, path: Path) -> Path:
        """Return what is before owner and repository in a clone address that ends in `.git`."""
        return path[:-2] if path and path[-1].endswith(b".git") else ()

    def default_username(self, token: bytes) -> bytes:
        """Return a username that the server ignores."""
        del token
        return b"pat"

    def looks_like_token(self, value: bytes) -> bool:
        """Know a token by its 40 hexadecimal digits."""
        return len(value) == _TOKEN_LENGTH and not value.translate(None, b"0123456789abcdef")

    def token_page(self, scope: Scope) -> str | None:
        """Return the settings page of the signed-in user."""
        return f"{self.server(scope).text}/user/settings/applications"

    def verify(self, subject: Subject) -> Asking:
        """Ask for the token's user, which needs a permission."""
        from git_credential_pat.hosts.support.verdict import member, not_verified, refused, valid
        from git_credential_pat.web import Question

        headers = {"Accept": "application/json", "Authorization": f"token {subject.text}"}
        reply = yield Question(f"{subject.server}/api/v1/user", headers)
        if reply.status != _OK:
            return refused(reply, stranger="" if self.is_own(reply) else "Gitea or Forgejo")
        login = member(reply.json(), "login")
        if not isinstance(login, str):
            return not_verified("the answer is not that of Gitea or Forgejo")
        return valid(login)

    def lifecycle(self, token: bytes) -> type[Lifecycle]:
        """Return that of users who give their password, by which tokens are made."""
        from git_credential_pat.hosts.support.gitea_lifecycle import GiteaLifecycle

        del token
        return GiteaLifecycle

    def is_own(self, reply: Reply) -> bool:
        """Return whether a refusal is Gitea's or Forgejo's: each names the description of the interface."""
        from git_credential_pat.hosts.support.verdict import member

        url = member(reply.json(), "url")
        return isinstance(url, str) and url.endswith("/api/swagger")

    def sources(self) -> tuple[Source, ...]:
        """Return the variables of tea and of jobs."""
        from git_credential_pat.hosts.support.variables import Source

        return tuple(Source(name, _SERVERS) for name in _TOKENS)

    def packages(self, organization: Scope) -> Packages:
        """Return the owner's registries, which lie on the server itself, images too."""
        from git_credential_pat.hosts.support.packages import Packages

        (host,) = super().packages(organization).hosts
        owner = organization.text.removeprefix(self.server(organization).text)
        below = f"{self.server(organization).text}/api/packages{owner}/npm/"
        return Packages((host,), registries=(below,) if owner else (), images=(host,))

    def variables(self, organization: Scope) -> Variables:
        """Return the variables of tea and of jobs, which take the server from others."""
        from git_credential_pat.hosts.support.variables import Variables

        server = self.server(organization).text
        return Variables(_TOKENS, dict.fromkeys(sorted(_SERVERS), server))

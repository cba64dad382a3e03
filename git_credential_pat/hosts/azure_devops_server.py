"""Azure DevOps Server and TFS: a server of one's own, with collections in the path.

Its name does not show which host is one, so the setting `pat.<url>.provider` says so; `seed` sets it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from git_credential_pat.hosts.azure_devops import COLLECTION, TOKENS, azure_repository, is_azure_pat
from git_credential_pat.hosts.family import OPEN, OWNER, Family, Path, Place, UsernameRule
from git_credential_pat.model.scope import Scope, ascii_folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from git_credential_pat.hosts.support.variables import Source, Variables
    from git_credential_pat.hosts.support.verdict import Asking, Subject
    from git_credential_pat.web import Reply

_JOB = "SYSTEM_ACCESSTOKEN"
_NOT_FOUND = 404


class AzureDevOpsServer(Family):
    """A server whose tokens are for the whole host, or for a collection if seeded so."""

    name: ClassVar[str] = "azure-devops-server"
    title: ClassVar[str] = "Azure DevOps Server"
    usual_names: ClassVar[frozenset[bytes]] = frozenset((b"tfs", b"azuredevops"))
    rule: ClassVar[UsernameRule] = "any"
    permissions: ClassVar[str] = "Code: Read & write"
    package_permissions: ClassVar[str] = "Packaging: Read & write (to install only: Packaging: Read)"
    forces_basic: ClassVar[bool] = True
    is_self_hosted: ClassVar[bool] = True
    needs_token: ClassVar[bool] = True
    job_variables: ClassVar[Mapping[str, tuple[str, ...]]] = {_JOB: (_JOB,)}

    def locate(self, protocol: bytes, host: bytes, path: Path | None) -> Place | None:
        """Return the place on the server; without a path, a collection may be inferred."""
        scope = Scope(protocol, host, ascii_folded(path or ()))
        return Place(scope, own=self.server(scope).folded, names=OWNER if path else OPEN)

    def seed_scope(self, protocol: bytes, host: bytes, path: Path) -> Scope:
        """Return the server for a clone or web URL, else exactly the collection that the URL stops at."""
        server = self.server(Scope(protocol, host)).folded
        below = ascii_folded(path)[len(self.base) :]
        is_page = any(segment.startswith(b"_") for segment in below)
        return server if is_page else server._replace(path=server.path + below)

    def base_of(self, path: Path) -> Path:
        """Return `tfs` if an address begins so; else what is before collection and project, two at most."""
        folded = ascii_folded(path)
        if folded[:1] == (b"tfs",):
            return path[:1]
        return path[: max(0, folded.index(b"_git") - 2)] if b"_git" in folded else ()

    def bases(self, path: Path) -> Iterable[Path]:
        """Give the usual folder, too."""
        return dict.fromkeys((*super().bases(path), (b"tfs",)))

    def default_username(self, token: bytes) -> bytes:
        """Return a username that the server ignores."""
        del token
        return b"pat"

    def looks_like_token(self, value: bytes) -> bool:
        """Know a PAT by its shape."""
        return is_azure_pat(value)

    def token_page(self, scope: Scope) -> str | None:
        """Return the page of the server or collection."""
        place = scope if len(scope.path) > len(self.base) else self.server(scope)
        return f"{place.text}/_usersSettings/tokens"

    def has_path(self, path: Path) -> bool:
        """Know the usual folder, and the address of a repository."""
        folded = ascii_folded(path)
        return folded[:1] == (b"tfs",) or b"_git" in folded

    def repository_in(self, path: Path) -> Path:
        """Return what is before the pages of a repository."""
        return azure_repository(path)

    def verify(self, subject: Subject) -> Asking:
        """Ask the collection, else the application, else the server: which there is differs by version."""
        from git_credential_pat.hosts.support.azure_answers import names_user
        from git_credential_pat.hosts.support.azure_questions import connection_data, with_repository

        path, base = (subject.remote or subject.scope).path, subject.base
        paths = dict.fromkeys((base + path[len(base) : len(base) + 1], base))
        first, *others = (subject.scope._replace(path=each) for each in paths)
        reply = yield connection_data(first, subject)
        for place in others:
            if reply.status != _NOT_FOUND or names_user(reply):
                break
            reply = yield connection_data(place, subject)
        return (yield from with_repository(subject, reply, on_premises=True))

    def is_own(self, reply: Reply) -> bool:
        """Return whether Azure DevOps Server answers, or the IIS that it runs in for it."""
        from git_credential_pat.hosts.support.azure_answers import is_azure, is_iis

        return is_azure(reply) or is_iis(reply)

    def probe(self, scope: Scope) -> str:
        """Return what asks for a sign-in, which shows what is before the server."""
        return f"{scope.text}/_apis/connectionData"

    def obstacle(self, scope: Scope, reply: Reply) -> str:
        """Know IIS that asks for a sign-in of its own, by Basic."""
        from git_credential_pat.hosts.support.azure_answers import is_iis_basic

        if not is_iis_basic(reply):
            return ""
        return (
            f"IIS Basic Authentication at {scope.text}, which takes tokens for Windows passwords; its "
            "administrator switches it off there: "
            "appcmd set config -section:basicAuthentication /enabled:false"
        )

    def sources(self) -> tuple[Source, ...]:
        """Return the variables of az, Terraform and agents, which are for Azure DevOps Services too."""
        from git_credential_pat.hosts.support.variables import Source

        return (
            Source("AZURE_DEVOPS_EXT_PAT", names_server=False),
            Source("AZURE_DEVOPS_PAT", names_server=False),
            Source("AZDO_PERSONAL_ACCESS_TOKEN", ("AZDO_ORG_SERVICE_URL",), names_server=False),
            Source("AZP_TOKEN", ("AZP_URL",), names_server=False),
        )

    def variables(self, organization: Scope) -> Variables:
        """Return the variables of az and of jobs, which need a collection."""
        from git_credential_pat.hosts.support.variables import Variables

        has_collection = len(organization.path) > len(self.base)
        steering = dict.fromkeys(COLLECTION, f"{organization.text}/") if has_collection else {}
        return Variables(TOKENS, {}, steering)

"""Azure DevOps Server and TFS: a server of one's own, with collections in the path.

Which host is one cannot be told from its name, so the setting `pat.<url>.provider` says so; `seed` sets it.
"""

from collections.abc import Iterable
from typing import ClassVar

from git_credential_pat.hosts.azure_devops import is_azure_pat
from git_credential_pat.hosts.family import Family, Path, Place, UsernameRule
from git_credential_pat.model.scope import Scope, ascii_folded


class AzureDevOpsServer(Family):
    """A server whose tokens are for the whole host, or for a collection if seeded so."""

    name: ClassVar[str] = "azure-devops-server"
    title: ClassVar[str] = "Azure DevOps Server"
    rule: ClassVar[UsernameRule] = "any"
    permissions: ClassVar[str] = "Code: Read & write"
    forces_basic: ClassVar[bool] = True

    def locate(self, protocol: bytes, host: bytes, path: Path | None) -> Place | None:
        """Return the place on the server; without a path, a collection may be inferred."""
        scope = Scope(protocol, host, ascii_folded(path or ()))
        return Place(scope, own=self.server(scope).folded, open=not path)

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


def is_server_path(path: Path) -> bool:
    """Tell whether a path is of the kind that only Azure DevOps Server and TFS have."""
    folded = ascii_folded(path)
    return folded[:1] == (b"tfs",) or b"_git" in folded

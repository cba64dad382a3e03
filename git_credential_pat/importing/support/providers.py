"""What runs at the servers of logins that were found: by settings, else by their tool or address."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from git_credential_pat.hosts import family_by_path, family_named, family_of
from git_credential_pat.model.scope import Provider, Scope, split_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from git_credential_pat.git.settings import Settings
    from git_credential_pat.importing.support.found import Found
    from git_credential_pat.model.request import Request


class Providers:
    """What runs at servers that are not public, by protocol and host: from the settings, and noted here."""

    def __init__(self, found: Iterable[Found], settings: Settings) -> None:
        """Take the settings, and what else the found logins reveal."""
        self._rows: dict[tuple[bytes, ...], list[Provider]] = defaultdict(list)
        for row in settings.providers:
            self._rows[row.scope[:2]].append(row)
        self._noted: dict[tuple[bytes, ...], dict[Scope, Provider]] = defaultdict(dict)
        for one in found:
            if one.request is not None:
                self._note(one.request, one)
        for host, rows in self._noted.items():
            self._rows[host] += rows.values()

    def of(self, request: Request) -> Sequence[Provider]:
        """Return the rows for a host."""
        return self._rows.get((request.protocol, request.host), ())

    def noted_for(self, scope: Scope) -> Iterable[Provider]:
        """Return what was noted of the servers that a scope is at."""
        return [row for row in self._noted.get(scope[:2], {}).values() if row.scope.covers(scope)]

    def _note(self, request: Request, found: Found) -> None:
        """Note what runs at a host that nothing is known of, and where, as `seed` does."""
        path = split_path(request.path or b"")
        if path is None:
            return
        server = family_by_path(path)
        provider = found.provider or (server.name if server else "")
        scope = Scope(request.protocol, request.host, path)
        if provider and not family_of(scope, self.of(request)).is_known:
            base = path if found.is_server else family_named(provider).base_of(path)
            row = Provider(scope._replace(path=base), provider)
            self._noted[scope[:2]][row.scope] = row

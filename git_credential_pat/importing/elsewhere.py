"""Tokens of Azure DevOps that Git gets from git-credential-store alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_credential_pat.errors import PatError
from git_credential_pat.hosts import family_of
from git_credential_pat.importing import Around, source_named
from git_credential_pat.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from git_credential_pat.entry import Entry


def is_stored_elsewhere(kept: Iterable[Entry], environment: Mapping[str, str]) -> bool:
    """Tell whether its file has one that is not among these entries, or only without its organization."""
    around = Around(environment.get("HOME", ""), "/", environment, keyring=None, may_ask=False)
    try:
        found = source_named("git-credentials").find(around, ()).found
    except PatError:  # there is no such file, or none that can be read
        return False
    held = {entry.secret for entry in kept if entry.scope.path}
    requests = [one.request for one in found if one.request and one.request.password not in held]
    return not all(family_of(Scope(*request[:2])).host_covers for request in requests)

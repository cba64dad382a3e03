"""Tokens of Azure DevOps that Git gets from git-credential-store alone."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from git_credential_pat.errors import PatError
from git_credential_pat.hosts import configured_names
from git_credential_pat.importing.git_credentials import usual_files
from git_credential_pat.importing.support.files import read_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from git_credential_pat.model.entry import Entry


def is_stored_elsewhere(kept: Iterable[Entry], environment: Mapping[str, str]) -> bool:
    """Return whether its file has one that is not among these entries, or only without its organization.

    Its lines are searched and not taken apart, for there may be many and this is done at each change.
    """
    hosts = configured_names()
    held = {entry.secret for entry in kept if entry.scope.path}
    for path in usual_files(environment.get("HOME", ""), environment):
        try:
            data = read_file(path) or b""
        except PatError:  # it cannot be read, by Git neither
            continue
        for line in data.splitlines():
            folded = line.lower()
            if line.startswith(b"http") and any(host in folded for host in hosts):
                login = line.partition(b"://")[2].partition(b"@")[0]
                password = unquote_to_bytes(login.partition(b":")[2])
                if password and password not in held:  # git passes over lines without one
                    return True
    return False

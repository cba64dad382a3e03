"""What `tfx login` keeps: `~/.tfx/<URL>/.allusers`, the URL without ":" and with "_" for "/".

That cannot be turned back for every address. It can for Azure DevOps Services, whose names have no "_"; for
the address used last, which tfx notes; and for those that the user names.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from git_credential_pat.errors import PatError
from git_credential_pat.hosts import is_public
from git_credential_pat.hosts.azure_devops_server import AzureDevOpsServer
from git_credential_pat.importing.support.files import notes_on, read_file
from git_credential_pat.importing.support.found import Around, Found, Reading, found_at, request_of
from git_credential_pat.importing.support.scrubbing import WholeFile
from git_credential_pat.operations.matching import locate
from git_credential_pat.text import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

_PAT = b"pat:"


def find(around: Around, places: Sequence[str]) -> Reading:
    """Return the tokens of all addresses; places are URLs that folders may stand for."""
    root = around.home_path(".tfx")
    try:
        folders = sorted(os.listdir(root))
    except OSError:
        folders = []
    paths = {folder: f"{root}/{folder}/.allusers" for folder in folders}
    there = {folder: data for folder, path in paths.items() if (data := read_file(path)) is not None}
    if not there:
        raise PatError(f"tfx has no token here: there is none below {quoted(root)}")
    last = (read_file(f"{root}/cache/.connection") or b"").decode("utf-8", "replace")
    urls = {_folder_of(url): url for url in [last.strip(), *places]}
    found = (_found(paths[folder], folder, data, urls) for folder, data in there.items())
    return Reading(tuple(found), notes_on([paths[folder] for folder in there]))


def _folder_of(url: str) -> str:
    return url.replace(":", "").replace("/", "_").rstrip("_").lower()


def _found(path: str, folder: str, data: bytes, urls: dict[str, str]) -> Found:
    where = quoted(path)
    if not data.startswith(_PAT):
        return Found(where, reason="it is a username and password, no token")
    url = urls.get(_folder_of(folder)) or _public(folder)
    if url is None:
        return Found(where, reason="its folder's name can mean several addresses; give the URL as PLACE")
    return found_at(
        where,
        url.encode("utf-8", "surrogateescape"),
        password=data.removeprefix(_PAT).strip(),
        trace=WholeFile(path, data),
        provider=AzureDevOpsServer.name,
    )


def _public(folder: str) -> str | None:
    """Return the URL of Azure DevOps Services that a folder stands for, or None if it is none."""
    protocol, divider, rest = folder.partition("__")
    url = f"{protocol}://{rest.replace('_', '/')}"
    try:
        target = locate(request_of(url.encode("utf-8", "surrogateescape")), ())
    except PatError:
        return None
    return url if divider and target and is_public(target.place.scope) else None

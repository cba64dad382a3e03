"""Tokens inside the remote URLs of repositories, as `git clone https://TOKEN@host/…` leaves them.

A repository's configuration is read by `git config --file`, which follows no includes and runs nothing that
the repository names.
"""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from git_credential_pat.errors import PatError, printable, quoted
from git_credential_pat.hosts import looks_like_any_token
from git_credential_pat.importing.files import read_file
from git_credential_pat.importing.found import Around, Found, Reading, found_at
from git_credential_pat.importing.scrubbing import RemoteUrl
from git_credential_pat.settings import git_environment, git_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_KEYS = r"^remote\..*\.(url|pushurl)$"
_WEB = ("http://", "https://")
_USERNAME_ALONE = ("", "x-oauth-basic")
"""Passwords beside which a username may be the token."""


def find(around: Around, places: Sequence[str]) -> Reading:
    """Return the URLs with a login in the repositories of these folders, else of the working folder."""
    configs = [path for place in places or [around.folder] for path in _configs(place)]
    return Reading(tuple(found for path in dict.fromkeys(configs) for found in _found(path)))


def _configs(folder: str) -> list[str]:
    """Return the configuration files of the repository that a folder belongs to."""
    git_folder = _git_folder(folder)
    if git_folder is None:
        raise PatError(f"{quoted(folder)} is in no repository; name its folder")
    shared = read_file(os.path.join(git_folder, "commondir"))
    common = git_folder if shared is None else os.path.join(git_folder, os.fsdecode(shared.strip()))
    paths = [os.path.join(common, "config"), os.path.join(git_folder, "config.worktree")]
    return [os.path.realpath(path) for path in paths if os.path.isfile(path)]


def _git_folder(folder: str) -> str | None:
    at = os.path.abspath(folder)
    while True:
        inside = os.path.join(at, ".git")
        if os.path.isfile(inside):  # of a worktree or a submodule
            pointer = (read_file(inside) or b"").strip()
            return os.path.join(at, os.fsdecode(pointer.removeprefix(b"gitdir: ")))
        if _is_git_folder(inside):
            return inside
        if _is_git_folder(at):
            return at
        above = os.path.dirname(at)
        if above == at:
            return None
        at = above


def _is_git_folder(path: str) -> bool:
    return os.path.isfile(os.path.join(path, "config")) and os.path.isdir(os.path.join(path, "objects"))


def _found(config: str) -> Iterator[Found]:
    command = [git_path(), "config", "--file", config, "--null", "--get-regexp", _KEYS]
    finished = subprocess.run(command, env=git_environment(), capture_output=True, check=False)
    if finished.returncode not in (0, 1):  # git-config(1): 1 is "not found"
        name = quoted(config)
        raise PatError(f"git cannot read {name}; see why by: git config --file {name} --list --name-only")
    for row in filter(None, os.fsdecode(finished.stdout).split("\0")):
        key, _, url = row.partition("\n")
        username, password, clean = _login(url)
        if password or looks_like_any_token(os.fsencode(username)):
            trace = RemoteUrl(config, key, url, clean)
            yield found_at(f"{quoted(config)} ({_remote(key)})", os.fsencode(url), trace=trace)


def _login(url: str) -> tuple[str, str, str]:
    """Return the username and password in a URL, encoded as there, and the URL without what is secret."""
    if not url.lower().startswith(_WEB):
        return "", "", url
    protocol, _, rest = url.partition("://")
    end = min((at for at in map(rest.find, "/?#") if at >= 0), default=len(rest))
    userinfo, _, host = rest[:end].rpartition("@")
    username, _, password = userinfo.partition(":")
    is_token = looks_like_any_token(os.fsencode(username)) or password in _USERNAME_ALONE
    shown = "" if is_token or not username else f"{username}@"
    return username, password, f"{protocol}://{shown}{host}{rest[end:]}"


def _remote(key: str) -> str:
    return f"remote {printable(key.removeprefix('remote.').rpartition('.')[0])}"

"""Tokens inside the URLs of repositories' configuration, as `git clone https://TOKEN@host/…` leaves them.

A token that one remote had spreads: `git submodule` copies it for each submodule and each one below it, a
worktree may have a configuration of its own, and a URL stands behind other settings as well. So every file of
a repository that git reads URLs from is looked at, and in it every URL that git sends to a host by itself.

A configuration is read by `git config --file`, which follows no includes and runs nothing that the repository
names.
"""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from git_credential_pat.errors import PatError, printable, quoted
from git_credential_pat.hosts import looks_like_any_token
from git_credential_pat.importing.files import read_file
from git_credential_pat.importing.found import Around, Found, Reading, found_at
from git_credential_pat.importing.scrubbing import Login
from git_credential_pat.settings import git_environment, git_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_SECTIONS = r"^(branch|bundle|credential|fetch|http|lfs|remote|submodule|url)\."
_OF_OTHERS = frozenset(("extraheader", "proxy"))
"""Names whose values are no URLs that git asks its helpers about: a proxy's login is no token."""
_URL = re.compile(r"https?://[^\s\"']+", re.IGNORECASE)
_USERNAME_ALONE = ("", "x-oauth-basic")
"""Passwords beside which a username may be the token."""
_TRACKED = (".gitmodules", ".lfsconfig")
_OLD = ("branches", "remotes")
"""Folders with a file for each remote, which git reads beside the configuration (gitrepository-layout(5))."""


class _Parts(NamedTuple):
    """A URL with a login, whose username and password are encoded as there; and the URL without a secret."""

    url: str
    username: str
    password: str
    clean: str

    def __repr__(self) -> str:
        """Leave out the login."""
        return f"_Parts({self.clean!r})"


def find(around: Around, places: Sequence[str]) -> Reading:
    """Return the URLs with a login in these files and the repositories of these folders.

    Without any it is the working folder's repository.
    """
    return read(places or [around.folder])


def read(places: Sequence[str]) -> Reading:
    """Return the URLs with a login in these files of git's, and in all those of a folder's repository."""
    files = dict.fromkeys(os.path.realpath(path) for place in places for path in _files(place))
    found = tuple(one for path in files for one in _found(path))
    tracked = {one.where.rpartition(" (")[0] for one in found if one.trace is None}
    notes = (
        f"{name} is left as it is, for it is part of the history; make another token, and revoke this one"
        for name in sorted(tracked)
    )
    return Reading(found, tuple(notes))


def _files(place: str) -> Iterator[str]:
    """Return the files of the repository that a folder belongs to; a file is one by itself."""
    if os.path.isfile(place):
        yield place
        return
    inside = _git_folder(place)
    if inside is None:
        raise PatError(f"{quoted(place)} is in no repository; name its folder")
    git_folder, top = inside
    shared = read_file(os.path.join(git_folder, "commondir"))
    common = git_folder if shared is None else os.path.join(git_folder, os.fsdecode(shared.strip()))
    common = os.path.normpath(common)
    yield from _of_repository(common)
    for tree in dict.fromkeys([top, *_worktrees(common)]):
        yield from _of_worktree(tree)


def _git_folder(folder: str) -> tuple[str, str] | None:
    """Return a repository's own folder and the top of its work tree, from a folder within either.

    A bare repository is taken for its own work tree, in which nothing is tracked.
    """
    at = os.path.abspath(folder)
    while True:
        git_folder = _git_folder_of(at)
        if git_folder is not None:
            return git_folder, at
        if _is_git_folder(at):
            return at, os.path.dirname(at) if os.path.basename(at) == ".git" else at
        above = os.path.dirname(at)
        if above == at:
            return None
        at = above


def _git_folder_of(top: str) -> str | None:
    """Return the repository's own folder for the top of a work tree; None if it is none."""
    inside = os.path.join(top, ".git")
    if os.path.isfile(inside):  # of a worktree or a submodule
        pointer = (read_file(inside) or b"").strip()
        return os.path.normpath(os.path.join(top, os.fsdecode(pointer.removeprefix(b"gitdir: "))))
    return inside if _is_git_folder(inside) else None


def _is_git_folder(path: str) -> bool:
    return os.path.isfile(os.path.join(path, "config")) and os.path.isdir(os.path.join(path, "objects"))


def _of_repository(git_folder: str) -> Iterator[str]:
    """Give the files in a repository's own folder, and in those of its submodules, which lie in it."""
    yield from _existing(git_folder, "config", "config.worktree")
    for old in _OLD:
        yield from _existing(os.path.join(git_folder, old), *_names(os.path.join(git_folder, old)))
    for name in _names(os.path.join(git_folder, "worktrees")):
        worktree = os.path.join(git_folder, "worktrees", name)
        yield from _existing(worktree, "config.worktree")
        yield from _of_modules(os.path.join(worktree, "modules"))
    yield from _of_modules(os.path.join(git_folder, "modules"))


def _of_modules(folder: str) -> Iterator[str]:
    """Give the files of the submodules below a folder, whose names may have slashes."""
    for name in _names(folder):
        path = os.path.join(folder, name)
        if os.path.islink(path):
            continue
        yield from _of_repository(path) if _is_git_folder(path) else _of_modules(path)


def _worktrees(git_folder: str) -> Iterator[str]:
    """Give the tops of all of a repository's work trees, as far as they lie where git would make them."""
    if os.path.basename(git_folder) == ".git":
        yield os.path.dirname(git_folder)
    for name in _names(os.path.join(git_folder, "worktrees")):
        pointer = read_file(os.path.join(git_folder, "worktrees", name, "gitdir"))
        if pointer:
            yield os.path.dirname(os.path.join(git_folder, os.fsdecode(pointer.strip())))


def _of_worktree(top: str) -> Iterator[str]:
    """Give what is tracked in a work tree, and the files of submodules whose repository lies in it."""
    yield from _existing(top, *_TRACKED)
    modules = os.path.join(top, ".gitmodules")
    if not os.path.isfile(modules):
        return
    root = os.path.realpath(top)
    for _, path in _rows(modules, r"^submodule\..*\.path$"):
        inner = os.path.realpath(os.path.join(root, path))
        is_inside = inner.startswith(f"{root}/")  # the repository's author wrote the path
        git_folder = _git_folder_of(inner) if is_inside else None
        if git_folder is not None and _is_git_folder(git_folder):
            yield from _of_repository(git_folder)
            yield from _of_worktree(inner)


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _existing(folder: str, *names: str) -> Iterator[str]:
    paths = (os.path.join(folder, name) for name in names)
    return (path for path in paths if os.path.isfile(path))


def _found(path: str) -> Iterator[Found]:
    is_tracked = os.path.basename(path) in _TRACKED
    for label, login in _logins(path):
        trace = Login(path, os.fsencode(login.url), os.fsencode(login.clean))
        yield found_at(
            f"{quoted(path)} ({printable(label)})",
            os.fsencode(login.url),
            trace=None if is_tracked else trace,
        )


def _logins(path: str) -> Iterator[tuple[str, _Parts]]:
    """Give the URLs with a login in a file, each with the name of its setting, which holds no secret."""
    if os.path.basename(os.path.dirname(path)) in _OLD:
        text = os.fsdecode(read_file(path) or b"")
        yield from ((os.path.basename(path), login) for login in _logins_in([text]))
        return
    for key, value in _rows(path, _SECTIONS):
        section, _, rest = key.partition(".")
        inner, _, name = rest.rpartition(".")
        label = f"{section}.{_URL.sub(lambda url: _login(url.group()).clean, inner)}.{name}"
        for login in _logins_in([inner] if name in _OF_OTHERS else [inner, value]):
            yield label.replace("..", "."), login


def _logins_in(texts: Iterable[str]) -> Iterator[_Parts]:
    urls = (url.group() for text in texts for url in _URL.finditer(text))
    logins = (_login(url) for url in urls)
    return (one for one in logins if one.password or looks_like_any_token(os.fsencode(one.username)))


def _rows(path: str, keys: str) -> Iterator[tuple[str, str]]:
    command = [git_path(), "config", "--file", path, "--null", "--get-regexp", keys]
    finished = subprocess.run(command, env=git_environment(), capture_output=True, check=False)
    if finished.returncode not in (0, 1):  # git-config(1): 1 is "not found"
        name = quoted(path)
        raise PatError(f"git cannot read {name}; see why by: git config --file {name} --list --name-only")
    for row in filter(None, os.fsdecode(finished.stdout).split("\0")):
        key, _, value = row.partition("\n")
        yield key, value


def _login(url: str) -> _Parts:
    """Take a URL of the web apart."""
    protocol, _, rest = url.partition("://")
    end = min((at for at in map(rest.find, "/?#") if at >= 0), default=len(rest))
    userinfo, _, host = rest[:end].rpartition("@")
    username, _, password = userinfo.partition(":")
    is_token = looks_like_any_token(os.fsencode(username)) or password in _USERNAME_ALONE
    kept = "" if is_token or not username else f"{username}@"
    return _Parts(url, username, password, f"{protocol}://{kept}{host}{rest[end:]}")

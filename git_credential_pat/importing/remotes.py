"""Tokens inside the URLs of repositories' configuration, as `git clone https://TOKEN@host/…` leaves them.

A token that one remote had spreads: `git submodule` copies it for each submodule and each one below it, a
worktree may have a configuration of its own, and a URL stands behind other settings as well. So every file of
a repository that git reads URLs from is looked at, and in it every URL that git sends to a host by itself.

A configuration is read by `git config --file`, which follows no includes and runs nothing that the repository
names.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal

from git_credential_pat.errors import PatError, UnreadableConfigError
from git_credential_pat.git import config
from git_credential_pat.hosts import looks_like_any_token
from git_credential_pat.importing.support.files import read_file
from git_credential_pat.importing.support.found import Around, Found, Reading, found_at
from git_credential_pat.importing.support.scrubbing import Login
from git_credential_pat.model import NamedTuple
from git_credential_pat.text import printable, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SECTIONS = r"^(branch|bundle|credential|fetch|http|include|includeif|lfs|remote|submodule|url)\."
_OF_OTHERS = frozenset(("extraheader", "proxy"))
"""Names whose values are no URLs that git asks its helpers about: a proxy's login is no token."""
_WEB = ("http://", "https://")
_USERNAME_ALONE = ("", "x-oauth-basic")
"""Passwords beside which a username may be the token."""
_TRACKED = (".gitmodules", ".lfsconfig")
_OLD = ("branches", "remotes")
"""Folders with a file for each remote, which git reads beside the configuration (gitrepository-layout(5))."""
_DEEPEST = 20
"""Submodules within submodules, and the slashes in their names."""

_Kind = Literal["config", "tracked", "old"]


class _File(NamedTuple):
    """A file from which git reads URLs."""

    path: str
    kind: _Kind = "config"


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
    files = dict.fromkeys(file for place in places for file in _files(place))
    found: list[Found] = []
    notes: list[str] = []
    for number, file in enumerate(files):
        try:
            found += _found(file)
            notes += _notes_on(file, found)
        except PatError as error:  # noqa: PERF203  # the others are still to be read
            if not number:  # the repository's own
                raise
            notes.append(str(error))
    return Reading(tuple(found), tuple(notes))


def configurations(folder: str) -> list[str]:
    """Return the configuration files of a folder's repository, its submodules' and work trees' too."""
    return [file.path for file in _files(folder) if file.kind == "config"]


def _notes_on(file: _File, found: Sequence[Found]) -> Iterator[str]:
    """Return what the user must know of a file that was read: what of it is left."""
    name = quoted(file.path)
    if file.kind == "tracked" and found and found[-1].where.startswith(f"{name} ("):
        yield (
            f"{name} is left as it is, for it belongs to the work tree; take the login out there, and revoke "
            "the token if it was ever committed"
        )
    if file.kind == "config" and any(
        key.endswith(".path") for key, _ in _rows(file.path, r"^include(if)?\.")
    ):
        yield f"files that {name} includes are not read; name them as PLACE"


def _files(place: str) -> Iterator[_File]:
    """Return the files of the repository that a folder belongs to; a file is one by itself."""
    if os.path.isfile(place):
        yield _File(os.path.realpath(place))
        return
    inside = _git_folder(place)
    if inside is None:
        raise PatError(f"{quoted(place)} is not in a repository; give its folder")
    git_folder, top = inside
    shared = _pointer(os.path.join(git_folder, "commondir"))
    common = os.path.normpath(os.path.join(git_folder, shared or ""))
    own = os.path.join(common, "config")
    if os.path.islink(own):
        raise PatError(f"{quoted(own)} is a link; give the file that it points to")
    yield from _of_repository(os.path.realpath(common), _DEEPEST)
    for tree in dict.fromkeys(map(os.path.realpath, [top, *_worktrees(common)])):
        yield from _of_worktree(tree, _DEEPEST)


def _git_folder(folder: str) -> tuple[str, str] | None:
    """Return a repository's own folder and the top of its work tree, from a folder within either.

    A bare repository is taken for its own work tree, in which nothing is tracked.
    """
    at = os.path.abspath(folder)
    while True:
        inside = os.path.join(at, ".git")
        pointer = _pointer(inside)  # of a worktree or a submodule
        if pointer is not None:
            return os.path.normpath(os.path.join(at, pointer)), at
        if _is_git_folder(inside):
            return inside, at
        if _is_git_folder(at):
            return at, os.path.dirname(at) if os.path.basename(at) == ".git" else at
        above = os.path.dirname(at)
        if above == at:
            return None
        at = above


def _pointer(path: str) -> str | None:
    """Return the path that a file of git's names; None if there is no such file."""
    data = read_file(path) if os.path.isfile(path) else None
    if data is None or b"\0" in data:
        return None
    return os.fsdecode(data.strip().removeprefix(b"gitdir: "))


def _is_git_folder(path: str) -> bool:
    return os.path.isfile(os.path.join(path, "config")) and os.path.isdir(os.path.join(path, "objects"))


def _of_repository(git_folder: str, depth: int) -> Iterator[_File]:
    """Give the files in a repository's own folder, and in those of its submodules, which lie in it."""
    yield from _existing(git_folder, "config", "config.worktree")
    for old in _OLD:
        folder = os.path.join(git_folder, old)
        yield from _existing(folder, *_names(folder), kind="old")
    for name in _names(os.path.join(git_folder, "worktrees")):
        worktree = os.path.join(git_folder, "worktrees", name)
        yield from _existing(worktree, "config.worktree")
        yield from _of_modules(os.path.join(worktree, "modules"), depth)
    yield from _of_modules(os.path.join(git_folder, "modules"), depth)


def _of_modules(folder: str, depth: int) -> Iterator[_File]:
    """Give the files of the submodules below a folder, whose names may have slashes."""
    if not depth:
        return
    for name in _names(folder):
        path = os.path.join(folder, name)
        if _is_git_folder(path):
            yield from _of_repository(path, depth - 1)
        else:
            yield from _of_modules(path, depth - 1)


def _worktrees(git_folder: str) -> Iterator[str]:
    """Give the tops of a repository's work trees, as far as they lie where git would make them."""
    if os.path.basename(git_folder) == ".git":
        yield os.path.dirname(git_folder)
    for name in _names(os.path.join(git_folder, "worktrees")):
        own = os.path.join(git_folder, "worktrees", name)
        pointer = os.path.join(own, _pointer(os.path.join(own, "gitdir")) or "")
        if os.path.realpath(_pointer(pointer) or "/") == os.path.realpath(own):  # it points back
            yield os.path.dirname(pointer)


def _of_worktree(top: str, depth: int) -> Iterator[_File]:
    """Give what is tracked in a work tree, and the files of submodules whose repository lies in it."""
    yield from _existing(top, *_TRACKED, kind="tracked")
    modules = [*_existing(top, ".gitmodules")]
    if not (modules and depth):
        return
    for _, path in _rows(modules[0].path, r"^submodule\..*\.path$"):
        inner = os.path.realpath(os.path.join(top, path))
        inside = os.path.join(inner, ".git")
        is_below = inner.startswith(f"{top}/")  # the repository's author wrote the path
        if is_below and _is_git_folder(inside) and not os.path.islink(inside):
            yield from _of_repository(inside, depth - 1)
            yield from _of_worktree(inner, depth - 1)


def _names(folder: str) -> list[str]:
    """Return what is in a folder; nothing where a link leads elsewhere."""
    try:
        return [] if os.path.islink(folder) else sorted(os.listdir(folder))
    except OSError:
        return []


def _existing(folder: str, *names: str, kind: _Kind = "config") -> Iterator[_File]:
    """Give the files that are there; no links, for what they lead to may be anybody's."""
    paths = (os.path.join(folder, name) for name in names)
    return (_File(path, kind) for path in paths if os.path.isfile(path) and not os.path.islink(path))


def _found(file: _File) -> Iterator[Found]:
    for label, login in _logins(file):
        trace = Login(file.path, os.fsencode(login.url), os.fsencode(login.clean))
        yield found_at(
            f"{quoted(file.path)} ({printable(label)})",
            os.fsencode(login.url),
            trace=None if file.kind == "tracked" else trace,
        )


def _logins(file: _File) -> Iterator[tuple[str, _Parts]]:
    """Give the URLs with a login in a file, each with the name of its setting, which holds no secret."""
    if file.kind == "old":
        lines = os.fsdecode(read_file(file.path) or b"").splitlines()
        name = os.path.basename(file.path)
        yield from ((name, login) for line in lines for login in _login(line.removeprefix("URL:").strip()))
        return
    for key, value in _rows(file.path, _SECTIONS):
        section, _, rest = key.partition(".")
        inner, _, name = rest.rpartition(".")
        in_key = [*_login(inner)]
        shown = in_key[0].clean if in_key else inner
        label = ".".join(filter(None, (section, shown, name)))
        for login in in_key if name in _OF_OTHERS else [*in_key, *_login(value)]:
            yield label, login


def _rows(path: str, keys: str) -> Iterator[tuple[str, str]]:
    try:
        rows = config.read(["--file", path, "--get-regexp", keys])
    except UnreadableConfigError:
        name = quoted(path)
        raise PatError(
            f"git cannot read {name}; to see why, run: git config --file {name} --list --name-only"
        ) from None
    for row in rows:
        yield row.key, row.value


def _login(url: str) -> Iterator[_Parts]:
    """Take a URL of the web apart; give nothing if it holds no password and no token."""
    if not url.lower().startswith(_WEB):
        return
    protocol, _, rest = url.partition("://")
    end = min((at for at in map(rest.find, "/?#") if at >= 0), default=len(rest))
    userinfo, _, host = rest[:end].rpartition("@")
    username, _, password = userinfo.partition(":")
    is_token = looks_like_any_token(os.fsencode(username)) or password in _USERNAME_ALONE
    kept = "" if is_token or not username else f"{username}@"
    if password or looks_like_any_token(os.fsencode(username)):
        yield _Parts(url, username, password, f"{protocol}://{kept}{host}{rest[end:]}")

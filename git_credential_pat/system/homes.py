"""Which home belongs to another user, and what may be done there.

Root may run with another user's home, as where `sudo` keeps HOME. What it made there would shut that user
out, so it makes and changes nothing there.
"""

from __future__ import annotations

import os
import stat

from git_credential_pat.errors import PatError
from git_credential_pat.model import NamedTuple
from git_credential_pat.system.users import is_own, is_root
from git_credential_pat.text import quoted

_POINTERS = (
    "XDG_DATA_HOME",
    "XDG_CONFIG_HOME",
    "XDG_CACHE_HOME",
    "XDG_RUNTIME_DIR",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
)
"""The variables besides HOME that say where something is made."""
_IN_USE = (
    ".gitconfig",
    ".config/git/config",
    ".config/git-credential-pat",
    ".local/share/git-credential-pat",
    "Library/Application Support/git-credential-pat",
)
"""What a home has whose user works with Git there."""


class Home(NamedTuple):
    """The home of another user, or a folder of that user's into which a variable points."""

    folder: str
    owner: int

    def refusal(self) -> PatError:
        """Return the message for whoever would make or change something there."""
        whose = f"{quoted(self.folder)} belongs to {_name_of(self.owner) or f'user {self.owner}'}"
        if not is_root():
            return PatError(f"{whose}; run it as that user, or with HOME set")
        return PatError(f"{whose}, and root changes nothing there; {self._advice()}")

    def way_out(self) -> str | None:
        """Return the command after which root is elsewhere; None if no variable points there."""
        from pwd import getpwuid  # few calls need it

        home = f"export HOME={quoted(getpwuid(os.geteuid()).pw_dir)}" if self._is_named_by("HOME") else ""
        unset = " ".join(["unset", *self._variables()]) if self._variables() else ""
        return " && ".join(filter(None, (home, unset))) or None

    def _advice(self) -> str:
        variables = self._variables()
        unset = f"{' and '.join(variables)} unset" if variables else ""
        if self._is_named_by("HOME"):
            return f'run it without sudo, as "sudo -H", or with HOME set{unset and f" and {unset}"}'
        return f"run it without sudo, or with {unset}" if unset else "give another place"

    def _variables(self) -> list[str]:
        return [name for name in _POINTERS if self._is_named_by(name)]

    def _is_named_by(self, variable: str) -> bool:
        return _is_below(os.environ.get(variable, ""), self.folder)


def anothers_home(path: str) -> Home | None:
    """Return the home of another user in which root may change nothing and a path lies; None for other users.

    A path in HOME is in the home of HOME's owner. One elsewhere, or to which a variable points, is in that of
    the owner of the folder that it lies in; it need not be there yet. A user counts whom the system knows,
    and so does one who uses Git there; under `sudo` each does. Else it is a container's home, which may
    belong to a user that nobody knows.
    """
    if not is_root():
        return None
    home, real = _home(), os.path.realpath(path)
    folders = [home] if home is not None and _is_below(real, home) else []
    if not folders or any(_is_below(real, place) for place in _variables_places()):
        folders.append(os.path.dirname(real))
    return next(filter(None, (_as_anothers(_nearest(folder), path) for folder in folders)), None)


def require_own_home(*paths: str) -> None:
    """Raise PatError if root would make or change one of these paths in another user's home."""
    for home in map(anothers_home, paths):
        if home is not None:
            raise home.refusal()


def is_readable_here(status: os.stat_result, path: str) -> bool:
    """Return whether what is not root's own is that of the user in whose home root was called."""
    home = anothers_home(path)
    return home is not None and home.owner == status.st_uid


def belonging_to_another(path: str, option: str = "") -> PatError:
    """Return the message about a file or folder that is not the user's own."""
    home = _wrong_home(path)
    if home is not None:
        return home.refusal()
    name = quoted(path)
    return PatError(f'{name} belongs to another user; run: sudo chown {option}"$(id -un)" {name}')


def denied(path: str) -> PatError | None:
    """Return the message about a path that another user's folder closes; None if it is closed otherwise."""
    home, part = _wrong_home(path), foreign_part(path)
    if home is not None:
        return home.refusal()
    if part is None:
        return None
    return belonging_to_another(part, "-R " if os.path.isdir(part) else "")


def foreign_part(path: str) -> str | None:
    """Return the first part of a path below the user's own home that belongs to another user.

    A link ends the search: what it leads to need not be the user's.
    """
    homes = (os.environ.get("HOME", "").rstrip("/"), _home())
    part = next((home for home in homes if home and path.startswith(f"{home}/")), None)
    if part is None:
        return None
    for name in path[len(part) + 1 :].split("/"):
        part = os.path.join(part, name)
        try:
            status = os.lstat(part)
        except OSError:
            return None
        if stat.S_ISLNK(status.st_mode):
            return None
        if not is_own(status):
            return part
    return None


def _home() -> str | None:
    """Return HOME; None if it is no folder that could be somebody's."""
    home = os.environ.get("HOME", "")
    real = os.path.realpath(home) if home.startswith("/") else "/"
    return real if real != "/" else None


def _as_anothers(folder: str, path: str) -> Home | None:
    """Return a folder as the home of another user who counts; None if it is none."""
    try:
        status = os.stat(folder)
    except OSError:  # it went meanwhile
        return None
    if is_own(status) or status.st_mode & stat.S_ISVTX:  # a folder for all users, as /tmp, is no home
        return None
    counts = _name_of(status.st_uid) or "SUDO_UID" in os.environ or _is_used(folder, path)
    return Home(folder, status.st_uid) if counts else None


def _wrong_home(path: str) -> Home | None:
    """Return the home of another user that a path lies in, by what root may change or by HOME."""
    home = _home()
    if is_root() or home is None or not _is_below(path, home) or not os.path.isdir(home):
        return anothers_home(path)
    status = os.stat(home)
    return None if is_own(status) else Home(home, status.st_uid)


def _variables_places() -> list[str]:
    return [
        os.path.realpath(value) for name in _POINTERS if (value := os.environ.get(name, "")).startswith("/")
    ]


def _is_below(path: str, folder: str) -> bool:
    return path.startswith("/") and f"{os.path.realpath(path)}/".startswith(f"{folder}/")


def _nearest(folder: str) -> str:
    """Return a folder, or the nearest above it that is there."""
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    return folder


def _name_of(user: int) -> str:
    """Return the name of a user; empty if the system knows none."""
    from pwd import getpwuid

    try:
        return getpwuid(user).pw_name
    except KeyError:
        return ""


def _is_used(folder: str, path: str) -> bool:
    """Return whether another user than root has what Git or this program keeps, or the path itself."""
    for name in (path, *(os.path.join(folder, name) for name in _IN_USE)):
        try:
            if os.lstat(name).st_uid:
                return True
        except OSError:  # noqa: PERF203  # most are not there
            continue
    return False

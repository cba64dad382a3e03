"""Settings that follow git's configuration while the agent runs.

Asking git at each request would double the time of one, so the agent asks again only when one of the
files that git read, or would have read, is another than before.
"""

import os

from git_credential_pat.errors import PatError
from git_credential_pat.git import config
from git_credential_pat.git.settings import Settings, SettingsReader, user_config_files

_GIT_TIMEOUT = 1.0
"""Seconds for git to read its configuration; if it hangs, the agent must not."""
_FILE = "file:"
_INCLUDES = ("include.path", "includeif.")

State = tuple[tuple[int, ...], ...]


class SettingsWatch:
    """The settings for one environment and backend's name."""

    def __init__(self, backend: str | None = None) -> None:
        """Take the backend's name from the command line, if it names one."""
        self._backend = backend
        self._files: tuple[str, ...] = ()
        self._state: State = ()
        self._settings: Settings | None = None

    def current(self) -> Settings:
        """Return the settings as they are now; raises PatError if git's configuration cannot be read."""
        if self._settings is None or self._state != _state(self._files):
            self._settings = None
            self._files = _files()
            self._state = _state(self._files)  # before reading, so that a change meanwhile is noticed next
            self._settings = SettingsReader().finish(self._backend, _GIT_TIMEOUT)
        return self._settings


def _state(files: tuple[str, ...]) -> State:
    return tuple(_identity(path) for path in files)


def _identity(path: str) -> tuple[int, ...]:
    try:
        status = os.stat(path)
    except OSError:
        return ()
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _files() -> tuple[str, ...]:
    """Return every file that git's configuration comes from, or would come from were it there."""
    rows = config.start(["--list"], with_origin=True).finish(_GIT_TIMEOUT)
    files = {*user_config_files(), *_system_files()}
    for row in rows:
        place = row.origin.removeprefix(_FILE)
        files.add(place)
        if row.key.startswith(_INCLUDES) and row.key.endswith(".path"):
            files.add(os.path.join(os.path.dirname(place), os.path.expanduser(row.value)))
    return tuple(sorted(path for path in files if path.startswith("/")))


def _system_files() -> tuple[str, ...]:
    try:
        return (config.system_file(_GIT_TIMEOUT),)
    except PatError:  # GIT_CONFIG_NOSYSTEM
        return ()

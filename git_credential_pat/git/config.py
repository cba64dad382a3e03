"""The one reader of `git config`: which git is run, what it sees around it, and what its answer means.

Unless a caller says otherwise, git sees no repository, so that only protected configuration counts (system,
global, command line). `start` is for what Git waits for: git runs while the caller loads its libraries.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from git_credential_pat.errors import PatError, UnreadableConfigError
from git_credential_pat.model import NamedTuple
from git_credential_pat.system.processes import DEFAULT_PATH, Ended, Started, find_program
from git_credential_pat.system.processes import run as run_program
from git_credential_pat.system.processes import start as start_program

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_OTHER_CONFIG = frozenset(
    ("GIT_CONFIG", "GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX")
)
_LIMIT = 10.0
"""Seconds for a git whose answer a command of the user only warns of."""
_WITHOUT_VALUE = "true"
"""What Git takes a key without a value for."""


class Row(NamedTuple):
    """One row of the configuration; the key is in Git's canonical form."""

    key: str
    value: str
    origin: str = ""
    """Where it comes from, as `file:PATH`, if that was asked for."""
    scope: str = ""
    """`system`, `global`, `local`, `worktree` or `command`, if that was asked for."""

    def __repr__(self) -> str:
        """Name the row without its value, which may be a secret."""
        return f"Row({self.origin!r}, {self.key!r})"


class Reading:
    """A `git config` that runs; `finish` must be called once."""

    def __init__(self, git: Started, before: int) -> None:
        """Take the program, and how many fields stand before each row."""
        self._git = git
        self._before = before

    def finish(self, limit: float | None = None) -> list[Row]:
        """Return the rows, none where nothing fits.

        Raises UnreadableConfigError if git fails, or prints nothing for `limit` seconds.
        """
        return rows(Ended(*self._git.finish(limit)), self._before)


def start(
    arguments: Sequence[str], environment: Mapping[str, str] = os.environ, *, with_origin: bool = False
) -> Reading:
    """Start `git config` with these arguments; raises PatError if there is no git.

    With `with_origin` each row says where it comes from.
    """
    command = _command(arguments, ("origin",) if with_origin else ())
    git = start_program(git_path(environment), command, git_environment(environment))
    return Reading(git, int(with_origin))


def read(
    arguments: Sequence[str], environment: Mapping[str, str] = os.environ, *, given: str = ""
) -> list[Row]:
    """Run `git config` with these arguments, and `given` as its input; return the rows, as `Reading` does."""
    seen = git_environment(environment)
    return rows(run_program([git_path(environment), *_command(arguments)], seen, given=_bytes(given)))


def read_in(
    folder: str, arguments: Sequence[str], environment: Mapping[str, str], limit: float, *, given: str = ""
) -> list[Row]:
    """Do as `read` does from within a folder, whose repository git sees if the environment lets it."""
    return rows(run_in(folder, _command(arguments), environment, limit, given=given))


def list_in(folder: str, environment: Mapping[str, str], limit: float) -> Ended:
    """List everything from within a folder, as `read_in` does; `rows` reads it by `before=2`."""
    return run_in(folder, _command(["--list"], ("scope", "origin")), environment, limit)


def run_in(
    folder: str, arguments: Sequence[str], environment: Mapping[str, str], limit: float, *, given: str = ""
) -> Ended:
    """Run any command of git in a folder and return how it ended; one that takes too long is killed."""
    command = ["-C", folder, *arguments]
    return run_program([git_path(environment), *command], environment, given=_bytes(given), limit=limit)


def rows(ended: Ended, before: int = 0) -> list[Row]:
    """Return the rows that git printed, with `before` fields before each; fail if git did."""
    if ended.status not in (0, 1):  # git-config(1): 1 is "not found"
        raise UnreadableConfigError
    fields = ended.output.decode("utf-8", "surrogateescape").split("\0")
    each = [fields[at : at + before + 1] for at in range(0, len(fields) - before, before + 1)]
    return [_row(*reversed(one)) for one in each if any(one)]


def system_file(limit: float | None = None) -> str:
    """Return the path of the file that `git config --system` writes; git itself is asked for it."""
    environment = {**git_environment(), "GIT_EDITOR": "printf %s"}
    status, path = start_program(git_path(), ["config", "--system", "--edit"], environment).finish(limit)
    if status or not path:
        raise PatError("git does not say where its system configuration is; configure without --system")
    return os.fsdecode(path)


def takes_headers() -> bool:
    """Return whether Git takes a ready header from a helper, as it does from 2.46 on; git itself is asked."""
    ended = run_in("/", ["credential", "capability"], git_environment(), _LIMIT)
    return b"capability authtype" in ended.output.splitlines()


def git_path(environment: Mapping[str, str] = os.environ) -> str:
    """Return the absolute path of git; raise PatError if PATH does not have it."""
    path = find_program("git", environment.get("PATH", DEFAULT_PATH))
    if path is None:
        raise PatError("git is not on PATH; install Git, or add its folder to PATH")
    return path


def git_environment(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return an environment in which git sees no repository, so that only protected config is read."""
    kept = {name: value for name, value in environment.items() if name not in _OTHER_CONFIG}
    return {**kept, "GIT_DIR": os.devnull}


def _command(arguments: Sequence[str], show: Sequence[str] = ()) -> list[str]:
    return ["config", "--null", *(f"--show-{name}" for name in show), *arguments]


def _row(text: str, origin: str = "", scope: str = "") -> Row:
    key, newline, value = text.partition("\n")
    return Row(key, value if newline else _WITHOUT_VALUE, origin, scope)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
